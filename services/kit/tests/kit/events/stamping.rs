//! Who gives events their positions, and which.

use kinerja_kit::{events, tenant::Database, testing};
use sqlx::{PgPool, Row as _};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::{
    eventually,
    source::{OURS, THEIRS, change, commit, commit_many, feed, key, noon, quick, stamped, unit},
};
use crate::tenancy::tenant;

const WRITERS: u128 = 12;
const ROUNDS: u128 = 40;
const KEYS: u128 = 5;

/// Commits, and now and then changes its mind; several writers want the same keys.
async fn write(db: Database, writer: u128) {
    let code = if writer.is_multiple_of(2) { OURS } else { THEIRS };
    for round in 0..ROUNDS {
        let mut tx = db.begin(&tenant(code)).await.expect("begin");
        change(&mut tx, key(1 + (writer + round) % KEYS), "shared").await;
        change(&mut tx, key(100 + writer), "own").await;
        match round % 8 {
            7 => tx.rollback().await.expect("rollback"),
            _ => tx.commit().await.expect("commit"),
        }
    }
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn with_twelve_writers_and_three_stampers_no_event_is_lost_or_doubled(pool: PgPool) {
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    for _ in 0..3 {
        let replica = Database::new(testing::app_pool(&pool, "kit", 3).await, "kit");
        tasks.spawn(feed(&replica, quick()).run(stop.clone()));
    }
    let db = Database::new(testing::app_pool(&pool, "kit", 12).await, "kit");
    let writers = (0..WRITERS).map(|writer| write(db.clone(), writer));
    futures_util::future::join_all(writers).await;
    let expected = i64::try_from(WRITERS * (ROUNDS - ROUNDS / 8) * 2).expect("small");
    eventually("all stamped", async || stamped(&pool).await == expected).await;
    stop.cancel();
    tasks.close();
    tasks.wait().await;

    let rows = sqlx::query(
        "SELECT position, tenant_id::text, key, revision FROM outbox ORDER BY position",
    )
    .fetch_all(&pool)
    .await
    .expect("read");
    let positions: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(positions, (1..=expected).collect::<Vec<_>>(), "consecutive, without gaps");
    let mut last = std::collections::HashMap::<(String, Uuid), i64>::new();
    for row in rows {
        let revision: i64 = row.get(3);
        let before = last.insert((row.get(1), row.get(2)), revision).unwrap_or(0);
        assert_eq!(revision, before + 1, "the events of a key are in order, none is missing");
    }
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn an_open_transaction_delays_no_event_but_its_own(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let feed = feed(&db, quick());
    let mut open = db.begin(&tenant(OURS)).await.expect("begin");
    change(&mut open, key(1), "slow").await;
    commit(&db, OURS, key(2), "quick").await;
    assert_eq!(feed.stamp().await.expect("stamp"), 1);
    open.commit().await.expect("commit");
    assert_eq!(feed.stamp().await.expect("stamp"), 1);

    let order: Vec<Uuid> = sqlx::query_scalar("SELECT key FROM outbox ORDER BY position")
        .fetch_all(&pool)
        .await
        .expect("read");
    assert_eq!(order, [key(2), key(1)], "the order of commits");
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_stamper_does_not_wait_for_another(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    commit(&db, OURS, key(1), "one").await;
    let mut busy = db.begin_system().await.expect("begin");
    let lock: i64 = 0x6b69_6e65_726a_6101;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(lock)
        .execute(&mut *busy)
        .await
        .expect("lock");
    assert_eq!(feed(&db, quick()).stamp().await.expect("stamp"), 0);
    busy.rollback().await.expect("rollback");
    assert_eq!(feed(&db, quick()).stamp().await.expect("stamp"), 1);
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn events_of_one_transaction_keep_the_order_of_their_appends(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let mut tx = db.begin(&tenant(OURS)).await.expect("begin");
    events::append(&mut tx, key(9), 1, noon(), &unit("first")).await.expect("append");
    let all =
        (1..=2000).map(|n| events::Append { key: key(n), revision: 1, message: unit("bulk") });
    events::append_all(&mut tx, noon(), all).await.expect("append");
    tx.commit().await.expect("commit");
    assert_eq!(feed(&db, quick()).stamp().await.expect("stamp"), 2001);

    let order: Vec<Uuid> = sqlx::query_scalar("SELECT key FROM outbox ORDER BY position")
        .fetch_all(&pool)
        .await
        .expect("read");
    let expected = std::iter::once(key(9)).chain((1..=2000).map(key)).collect::<Vec<_>>();
    assert_eq!(order, expected);
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn an_event_belongs_to_the_tenant_of_its_transaction(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    commit(&db, THEIRS, key(1), "theirs").await;
    let mut tx = db.begin(&tenant(OURS)).await.expect("begin");
    let seen: i64 =
        sqlx::query_scalar("SELECT count(*) FROM outbox").fetch_one(&mut *tx).await.expect("count");
    assert_eq!(seen, 0);
}

/// Probes of the index of what is pending, and the entries they walked over, in sessions of `app`.
async fn probes(app: &PgPool) -> (i64, i64) {
    publish_statistics(app).await;
    sqlx::query_as(
        "SELECT idx_scan, idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'outbox_pending'",
    )
    .fetch_one(app)
    .await
    .expect("statistics")
}

/// Statistics of a session are published at the end of a transaction in which this was asked for.
async fn publish_statistics(app: &PgPool) {
    sqlx::query("SELECT pg_stat_force_next_flush()").execute(app).await.expect("flush");
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn an_old_snapshot_held_elsewhere_does_not_make_polls_dear(pool: PgPool) {
    let app = testing::app_pool(&pool, "kit", 1).await;
    let db = Database::new(app.clone(), "kit");
    let mut report = pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ").await.expect("begin");
    sqlx::query("SELECT count(*) FROM outbox").execute(&mut *report).await.expect("a snapshot");

    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    tasks.spawn(feed(&db, quick()).run(stop.clone()));
    commit_many(&db, OURS, 1, 5000).await;
    eventually("stamped", async || stamped(&pool).await == 5000).await;
    // As soon as no transaction of any database is left that was open when the last event was
    // stamped.
    eventually("polls walk over nothing", async || {
        let before = probes(&app).await;
        eventually("polled", async || probes(&app).await.0 >= before.0 + 5).await;
        let after = probes(&app).await;
        after.1 == before.1
    })
    .await;
    report.rollback().await.expect("rollback");
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

/// Scans so far of the table itself, and of its three indexes in alphabetical order.
async fn scans(app: &PgPool) -> [i64; 4] {
    publish_statistics(app).await;
    let table: i64 =
        sqlx::query_scalar("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'outbox'")
            .fetch_one(app)
            .await
            .expect("table");
    let indexes: Vec<i64> = sqlx::query_scalar(
        "SELECT idx_scan FROM pg_stat_user_indexes WHERE relname = 'outbox' ORDER BY indexrelname",
    )
    .fetch_all(app)
    .await
    .expect("indexes");
    [table, indexes[0], indexes[1], indexes[2]]
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn an_empty_poll_is_one_index_probe(pool: PgPool) {
    let app = testing::app_pool(&pool, "kit", 1).await;
    let db = Database::new(app.clone(), "kit");
    let feed = feed(&db, quick());
    commit_many(&db, OURS, 1, 5000).await;
    feed.stamp().await.expect("stamp");
    sqlx::query("VACUUM ANALYZE outbox").execute(&pool).await.expect("vacuum");

    let before = scans(&app).await;
    assert_eq!(feed.stamp().await.expect("stamp"), 0);
    let after = scans(&app).await;
    let [table, pending, pkey, position] = std::array::from_fn(|n| after[n] - before[n]);
    assert_eq!([table, pending, pkey, position], [0, 1, 0, 0]);
}
