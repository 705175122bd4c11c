//! Bringing a projection back to the truth.

use std::{sync::atomic::Ordering, time::Duration};

use kinerja_kit::{clock::Clock, events::Retention, testing};
use sqlx::PgPool;

use super::{
    eventually,
    sink::{Neighbours, cursor, effects, held},
    source::{OURS, Served, THEIRS, commit, commit_many, key, noon, quick, stamped},
};

/// The version of the projection, 0 while it is rebuilt.
async fn version(pool: &PgPool) -> i32 {
    sqlx::query_scalar(
        "SELECT CASE WHEN rebuild_token IS NULL THEN version ELSE 0 END FROM cursors",
    )
    .fetch_one(pool)
    .await
    .expect("version")
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_projection_that_learned_a_field_is_rebuilt_once(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    let projection = Neighbours::new();
    let consumer = projection.start(&db, source.client());
    commit_many(&db, OURS, 1, 1500).await;
    eventually("applied", async || cursor(&pool).await == 1500).await;
    consumer.stop().await;
    sqlx::query("UPDATE neighbours SET name = 'not learned'").execute(&pool).await.expect("update");

    projection.version.store(2, Ordering::Relaxed);
    let consumer = projection.start(&db, source.client());
    eventually("rebuilt", async || version(&pool).await == 2).await;
    let ours = held(&db, OURS).await;
    assert!(ours.iter().all(|(_, name)| name == "one of many"), "equal revisions are read again");
    assert_eq!(ours.len(), 1500);
    consumer.stop().await;
    let consumer = projection.start(&db, source.client());
    commit(&db, OURS, key(1), "after").await;
    eventually("applied", async || cursor(&pool).await == 1501).await;
    assert_eq!(effects(&pool).await.0, 1500 + 1500 + 1, "applied, rebuilt, followed");
    consumer.stop().await;
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn an_older_build_leaves_a_newer_projection_alone(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    let (old, new) = (Neighbours::new(), Neighbours::new());
    new.version.store(2, Ordering::Relaxed);
    let new_consumer = new.start(&db, source.client());
    commit(&db, OURS, key(1), "one").await;
    eventually("applied", async || cursor(&pool).await == 1).await;
    let old_consumer = old.start(&db, source.client());
    commit(&db, OURS, key(2), "two").await;
    eventually("applied", async || cursor(&pool).await == 2).await;
    assert_eq!((version(&pool).await, *old.at_gate.borrow()), (2, 0));
    new_consumer.stop().await;
    old_consumer.stop().await;
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn behind_the_horizon_a_projection_is_rebuilt_and_closes_what_is_gone(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    let consumer = Neighbours::new().start(&db, source.client());
    commit_many(&db, OURS, 1, 3).await;
    commit(&db, THEIRS, key(9), "theirs").await;
    eventually("applied", async || cursor(&pool).await == 4).await;
    consumer.stop().await;

    sqlx::query("DELETE FROM sources WHERE source_id IN ($1, $2)")
        .bind(key(2))
        .bind(key(9))
        .execute(&pool)
        .await
        .expect("delete");
    commit(&db, OURS, key(1), "renamed").await;
    commit(&db, OURS, key(4), "new").await;
    eventually("stamped", async || stamped(&pool).await == 6).await;
    let later = Clock::fixed(noon() + jiff::SignedDuration::from_secs(1));
    let strict = Retention { events: Duration::ZERO, spare_events: 1, ..Retention::default() };
    strict.apply(&db, &later).await.expect("prune");

    let consumer = Neighbours::new().start(&db, source.client());
    eventually("rebuilt", async || cursor(&pool).await == 6).await;
    let names: Vec<String> = held(&db, OURS).await.into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["renamed", "one of many", "new"]);
    assert_eq!(held(&db, THEIRS).await, []);
    let closed: i64 = sqlx::query_scalar("SELECT count(*) FROM neighbours WHERE is_gone")
        .fetch_one(&pool)
        .await
        .expect("count");
    assert_eq!(closed, 2, "closed, never deleted");
    consumer.stop().await;
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_rebuild_that_was_interrupted_goes_on_elsewhere(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    let first = Neighbours::new();
    let consumer = first.start(&db, source.client());
    commit_many(&db, OURS, 1, 2500).await;
    eventually("applied", async || cursor(&pool).await == 2500).await;
    consumer.stop().await;

    let stuck = Neighbours::stuck();
    stuck.version.store(2, Ordering::Relaxed);
    stuck.gate.add_permits(1);
    let consumer = stuck.start(&testing::app(&pool, "kit").await, source.client());
    stuck.at_gate.subscribe().wait_for(|times| *times == 2).await.expect("in the second page");
    consumer.kill().await;
    commit(&db, OURS, key(1), "meanwhile").await;
    commit(&db, OURS, key(9000), "new").await;

    let other = Neighbours::new();
    other.version.store(2, Ordering::Relaxed);
    let consumer = other.start(&testing::app(&pool, "kit").await, source.client());
    eventually("replayed", async || cursor(&pool).await == 2502).await;
    let ours = held(&db, OURS).await;
    assert_eq!((ours.len(), ours[0].1.as_str()), (2501, "meanwhile"));
    assert_eq!(version(&pool).await, 2);
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM rebuild_keys")
        .fetch_one(&pool)
        .await
        .expect("count");
    assert_eq!(left, 0);
    consumer.stop().await;
}
