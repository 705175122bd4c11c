//! A source that was restored: from a dump of now, or from an older copy.

use kinerja_kit::{tenant::Database, testing};
use sqlx::PgPool;
use uuid::Uuid;

use super::{
    database::Other,
    eventually,
    sink::{Neighbours, cursor, effects, held},
    source::{OURS, Served, commit, commit_many, key, quick, stamped},
};
use crate::tenancy::tenant;

/// The source's own view of what the projection should hold.
async fn truth(db: &Database, code: &str) -> Vec<(Uuid, String)> {
    let mut tx = db.begin(&tenant(code)).await.expect("begin");
    sqlx::query_as("SELECT source_id, name FROM sources ORDER BY source_id")
        .fetch_all(&mut *tx)
        .await
        .expect("read")
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_feed_survives_dump_and_restore(pool: PgPool) {
    let sink = testing::app(&pool, "kit").await;
    let (before, after) = (Other::migrated(&pool, "a").await, Other::create(&pool, "b").await);
    let (source_pool, db) = before.app().await;
    let source = Served::start(&db, quick()).await;
    let addr = source.addr;
    let consumer = Neighbours::new().start(&sink, source.client());
    commit_many(&db, OURS, 1, 50).await;
    eventually("applied", async || cursor(&pool).await == 50).await;
    source.stop().await;
    commit(&db, OURS, key(1), "not stamped at the dump").await;
    commit(&db, OURS, key(1), "neither").await;
    source_pool.close().await;
    before.dump_into(&after).await;

    let (_, db) = after.app().await;
    let source = Served::start_at(&db, quick(), addr).await;
    commit(&db, OURS, key(2), "after the restore").await;
    eventually("applied", async || cursor(&pool).await == 53).await;
    assert_eq!(effects(&pool).await, (53, 53), "nothing was lost, doubled or rebuilt");
    assert_eq!(held(&sink, OURS).await, truth(&db, OURS).await);
    consumer.stop().await;
    source.stop().await;
    before.drop().await;
    after.drop().await;
}

/// Ten events that a backup has, and five more that a restore will lose.
async fn consume_past_a_backup(pool: &PgPool, source: &Other, sink: &Database) -> Other {
    let (source_pool, db) = source.app().await;
    commit_many(&db, OURS, 1, 10).await;
    let serving = Served::start(&db, quick()).await;
    eventually("stamped", async || stamped(&source.pool().await).await == 10).await;
    serving.stop().await;
    source_pool.close().await;
    let backup = source.copy(pool, "older").await;

    let (source_pool, db) = source.app().await;
    let serving = Served::start(&db, quick()).await;
    let consumer = Neighbours::new().start(sink, serving.client());
    for name in ["lost", "lost too", "lost as well", "lost at last"] {
        commit(&db, OURS, key(1), name).await;
    }
    commit(&db, OURS, key(100), "never was").await;
    eventually("applied", async || cursor(pool).await == 15).await;
    consumer.stop().await;
    serving.stop().await;
    source_pool.close().await;
    backup
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_source_restored_to_an_earlier_time_is_noticed_and_rebuilt_from(pool: PgPool) {
    let sink = testing::app(&pool, "kit").await;
    let lost = Other::migrated(&pool, "lost").await;
    let restored = consume_past_a_backup(&pool, &lost, &sink).await;

    let (source_pool, db) = restored.app().await;
    let source = Served::start(&db, quick()).await;
    for n in 1..=6 {
        commit(&db, OURS, key(n), "another history").await;
    }
    eventually("positions are given again", async || stamped(&restored.pool().await).await == 16)
        .await;
    let consumer = Neighbours::new().start(&sink, source.client());
    eventually("rebuilt", async || cursor(&pool).await == 16).await;
    assert_eq!(held(&sink, OURS).await, truth(&db, OURS).await);
    commit(&db, OURS, key(1), "and goes on").await;
    eventually("applied", async || cursor(&pool).await == 17).await;
    assert_eq!(held(&sink, OURS).await, truth(&db, OURS).await, "revisions lost are used again");
    consumer.stop().await;
    source.stop().await;
    source_pool.close().await;
    lost.drop().await;
    restored.drop().await;
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_source_restored_to_before_the_cursor_is_noticed(pool: PgPool) {
    let sink = testing::app(&pool, "kit").await;
    let lost = Other::migrated(&pool, "lost").await;
    let restored = consume_past_a_backup(&pool, &lost, &sink).await;
    let (source_pool, db) = restored.app().await;
    let source = Served::start(&db, quick()).await;
    let consumer = Neighbours::new().start(&sink, source.client());
    eventually("rebuilt", async || cursor(&pool).await == 10).await;
    assert_eq!(held(&sink, OURS).await, truth(&db, OURS).await);
    consumer.stop().await;
    source.stop().await;
    source_pool.close().await;
    lost.drop().await;
    restored.drop().await;
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_restore_under_a_running_source_is_noticed(pool: PgPool) {
    let sink = testing::app(&pool, "kit").await;
    let live = Other::migrated(&pool, "live").await;
    let restored = consume_past_a_backup(&pool, &live, &sink).await;

    let (source_pool, db) = live.app().await;
    let source = Served::start(&db, quick()).await;
    let consumer = Neighbours::new().start(&sink, source.client());
    commit(&db, OURS, key(2), "the last that is lost").await;
    eventually("applied", async || cursor(&pool).await == 16).await;
    live.replace_by(restored).await;
    eventually("rebuilt", async || cursor(&pool).await == 10).await;
    assert_eq!(held(&sink, OURS).await, truth(&db, OURS).await);
    consumer.stop().await;
    source.stop().await;
    source_pool.close().await;
    live.drop().await;
}
