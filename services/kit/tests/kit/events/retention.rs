//! What is kept for a time only.

use std::time::Duration;

use jiff::SignedDuration;
use kinerja_kit::{clock::Clock, events::Retention, testing};
use sqlx::PgPool;

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
    let left: Vec<uuid::Uuid> = sqlx::query_scalar("SELECT request_id FROM request_keys")
        .fetch_all(&pool)
        .await
        .expect("left");
    assert_eq!(left, [key(2)]);
}
