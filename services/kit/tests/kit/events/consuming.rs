//! Applying a neighbour's events: at least once delivered, exactly once in effect.

use std::sync::atomic::Ordering;

use kinerja_kit::testing;
use sqlx::PgPool;

use super::{
    eventually,
    sink::{Neighbours, applied, cursor, effects, held},
    source::{OURS, Served, THEIRS, commit, commit_many, key, quick},
};

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn every_tenant_gets_its_own_events(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    let consumer = Neighbours::new().start(&db, source.client());
    commit(&db, OURS, key(1), "ours").await;
    commit(&db, THEIRS, key(2), "theirs").await;
    commit(&db, OURS, key(1), "ours, renamed").await;
    eventually("applied", async || cursor(&pool).await == 3).await;
    assert_eq!(held(&db, OURS).await, [(key(1), "ours, renamed".to_owned())]);
    assert_eq!(held(&db, THEIRS).await, [(key(2), "theirs".to_owned())]);
    consumer.stop().await;
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn two_replicas_apply_each_event_once(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    let replicas = [testing::app(&pool, "kit").await, testing::app(&pool, "kit").await];
    let consumers: Vec<_> =
        replicas.iter().map(|db| Neighbours::new().start(db, source.client())).collect();
    for round in 0..30 {
        commit_many(&db, OURS, 1000 * round + 1, 100).await;
        commit(&db, THEIRS, key(1), "again").await;
    }
    eventually("applied", async || cursor(&pool).await == 3030).await;
    for consumer in consumers {
        consumer.stop().await;
    }
    assert_eq!(effects(&pool).await, (3030, 3030));
    assert_eq!(applied(&pool, key(1)).await.into_iter().filter(|r| *r > 1).count(), 29);
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn what_a_killed_replica_left_half_done_another_does_whole(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    commit_many(&db, OURS, 1, 500).await;
    let stuck = Neighbours::stuck();
    let first = stuck.start(&testing::app(&pool, "kit").await, source.client());
    stuck.at_gate.subscribe().wait_for(|times| *times == 1).await.expect("in mid-batch");
    let second = Neighbours::new().start(&testing::app(&pool, "kit").await, source.client());
    first.kill().await;
    eventually("applied", async || cursor(&pool).await == 500).await;
    assert_eq!(effects(&pool).await, (500, 500));
    second.stop().await;
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_replica_rests_while_another_is_at_work(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    commit(&db, OURS, key(1), "one").await;
    let (stuck, other) = (Neighbours::stuck(), Neighbours::new());
    let first = stuck.start(&testing::app(&pool, "kit").await, source.client());
    stuck.at_gate.subscribe().wait_for(|times| *times == 1).await.expect("in mid-batch");
    let second = other.start(&testing::app(&pool, "kit").await, source.client());
    stuck.gate.add_permits(1);
    eventually("applied", async || cursor(&pool).await == 1).await;
    assert_eq!(*other.at_gate.borrow(), 0, "it did not even try");
    first.stop().await;
    second.stop().await;
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_consumer_goes_on_when_its_source_comes_back(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    let addr = source.addr;
    let consumer = Neighbours::new().start(&db, source.client());
    commit(&db, OURS, key(1), "before").await;
    eventually("applied", async || cursor(&pool).await == 1).await;
    source.stop().await;
    commit(&db, OURS, key(1), "in between").await;
    let source = Served::start_at(&db, quick(), addr).await;
    eventually("applied", async || cursor(&pool).await == 2).await;
    assert_eq!(held(&db, OURS).await, [(key(1), "in between".to_owned())]);
    consumer.stop().await;
    source.stop().await;
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_neighbour_that_does_not_answer_makes_events_wait(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    let projection = Neighbours::new();
    projection.silences.store(2, Ordering::Relaxed);
    commit(&db, OURS, key(1), "one").await;
    let consumer = projection.start(&db, source.client());
    eventually("applied", async || cursor(&pool).await == 1).await;
    let parked: i64 = sqlx::query_scalar("SELECT count(*) FROM parked_events")
        .fetch_one(&pool)
        .await
        .expect("count");
    assert_eq!((parked, projection.silences.load(Ordering::Relaxed)), (0, 0));
    consumer.stop().await;
}
