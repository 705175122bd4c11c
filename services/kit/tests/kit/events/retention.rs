//! What is kept for a time only.

use std::time::Duration;

use jiff::SignedDuration;
use kinerja_kit::{
    args::RetentionArgs, clock::Clock, events::Retention, tenant::Database, testing,
};
use sqlx::PgPool;
use uuid::Uuid;

use super::source::{OURS, commit_many, feed, key, noon, quick};
use crate::tenancy::tenant;

async fn positions(pool: &PgPool) -> (i64, Option<i64>, Option<i64>) {
    sqlx::query_as("SELECT count(*), min(position), max(position) FROM outbox")
        .fetch_one(pool)
        .await
        .expect("outbox")
}

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 3600)
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn stamped_events_go_at_an_age_and_the_latest_stay(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    commit_many(&db, OURS, 1, 100).await;
    feed(&db, quick()).stamp().await.expect("stamp");
    commit_many(&db, OURS, 201, 5).await;
    let retention = Retention { events: days(30), spare_events: 10, ..Retention::default() };

    let young = Clock::fixed(noon() + SignedDuration::from_hours(24 * 29));
    retention.apply(&db, &young).await.expect("apply");
    assert_eq!(positions(&pool).await, (105, Some(1), Some(100)));

    let old = Clock::fixed(noon() + SignedDuration::from_hours(24 * 31));
    retention.apply(&db, &old).await.expect("apply");
    assert_eq!(
        positions(&pool).await,
        (15, Some(91), Some(100)),
        "what is not stamped is never pruned"
    );
    assert_eq!(feed(&db, quick()).stamp().await.expect("stamp"), 5);
    assert_eq!(positions(&pool).await, (15, Some(91), Some(105)));
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn the_last_event_always_stays(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    commit_many(&db, OURS, 1, 3).await;
    feed(&db, quick()).stamp().await.expect("stamp");
    let retention = Retention { events: Duration::ZERO, spare_events: 0, ..Retention::default() };
    let later = Clock::fixed(noon() + SignedDuration::from_hours(1));
    retention.apply(&db, &later).await.expect("apply");
    assert_eq!(positions(&pool).await, (1, Some(3), Some(3)));
    commit_many(&db, OURS, 11, 1).await;
    feed(&db, quick()).stamp().await.expect("stamp");
    assert_eq!(positions(&pool).await, (2, Some(3), Some(4)), "positions go on");
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn request_keys_go_after_a_day(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    for (nth, hours) in [(1, 25), (2, 23)] {
        let at = noon() - SignedDuration::from_hours(hours);
        let mut tx = db.begin(&tenant(OURS)).await.expect("begin");
        sqlx::query(
            "INSERT INTO request_keys (caller, method, request_id, fingerprint, resource_id, claimed_at)
             VALUES ('ana', 'Do', $1, '', $1, $2)",
        )
        .bind(key(nth))
        .bind(jiff_sqlx::ToSqlx::to_sqlx(at))
        .execute(&mut *tx)
        .await
        .expect("insert");
        tx.commit().await.expect("commit");
    }
    Retention::default().apply(&db, &Clock::fixed(noon())).await.expect("apply");
    let left: Vec<Uuid> = sqlx::query_scalar("SELECT request_id FROM request_keys")
        .fetch_all(&pool)
        .await
        .expect("left");
    assert_eq!(left, [key(2)]);
}

async fn note(db: &Database, nth: u128, days_ago: i64) {
    let at = noon() - SignedDuration::from_hours(24 * days_ago);
    let mut tx = db.begin(&tenant(OURS)).await.expect("begin");
    sqlx::query(
        "INSERT INTO access_log (entry_id, read_at, caller, method, subject_employee_id)
         VALUES ($1, $2, 'ana', 'GetEmployee', $1)",
    )
    .bind(key(nth))
    .bind(jiff_sqlx::ToSqlx::to_sqlx(at))
    .execute(&mut *tx)
    .await
    .expect("insert");
    tx.commit().await.expect("commit");
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn entries_of_the_access_log_go_at_the_age_that_the_process_is_told(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    for (nth, days_ago) in [(1, 1827), (2, 1825), (3, 31), (4, 29)] {
        note(&db, nth, days_ago).await;
    }
    let left = || sqlx::query_scalar("SELECT entry_id FROM access_log ORDER BY entry_id");
    Retention::default().apply(&db, &Clock::fixed(noon())).await.expect("apply");
    let kept: Vec<Uuid> = left().fetch_all(&pool).await.expect("left");
    assert_eq!(kept, [key(2), key(3), key(4)], "five years");

    let args = RetentionArgs { access_log_days: 30 };
    let short = Retention { access_log: args.access_log(), ..Retention::default() };
    short.apply(&db, &Clock::fixed(noon())).await.expect("apply");
    let kept: Vec<Uuid> = left().fetch_all(&pool).await.expect("left");
    assert_eq!(kept, [key(4)]);
}

/// However long the log is, a look at what is too old in it ends at the first entry that is not.
#[sqlx::test(migrations = "tests/feed_migrations")]
async fn old_entries_of_the_access_log_are_found_by_their_age(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let mut tx = db.begin_system().await.expect("begin");
    sqlx::query("SET LOCAL enable_seqscan = off").execute(&mut *tx).await.expect("set");
    let plan: Vec<String> = sqlx::query_scalar(
        "EXPLAIN SELECT ctid FROM access_log WHERE read_at < '2026-01-01' ORDER BY read_at LIMIT 5000",
    )
    .fetch_all(&mut *tx)
    .await
    .expect("a plan");
    assert!(plan.iter().any(|line| line.contains("access_log_by_age")), "{plan:?}");
}
