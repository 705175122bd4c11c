//! Events that cannot be applied stand aside, and the feed goes on.

use std::sync::atomic::Ordering;

use kinerja_kit::{
    events::{self, ParkedKeys},
    testing,
};
use sqlx::PgPool;

use super::{
    eventually,
    sink::{Neighbours, applied, cursor, effects, held},
    source::{OURS, Served, THEIRS, commit, commit_many, key, quick},
};

/// What is parked, in order: keys, and whether with an error.
async fn parked(pool: &PgPool) -> Vec<(uuid::Uuid, bool)> {
    sqlx::query_as("SELECT key, error IS NOT NULL FROM parked_events ORDER BY nth")
        .fetch_all(pool)
        .await
        .expect("parked")
}

fn all() -> ParkedKeys {
    ParkedKeys { projection: "neighbours".to_owned(), tenant: None, key: None }
}

async fn cure(pool: &PgPool) {
    sqlx::query("ALTER TABLE effects DROP CONSTRAINT effects_name_edible")
        .execute(pool)
        .await
        .expect("cure");
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_poison_event_is_parked_with_the_later_ones_of_its_key(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    commit_many(&db, OURS, 1, 200).await;
    commit(&db, OURS, key(7), "poison").await;
    commit(&db, OURS, key(8), "well").await;
    commit(&db, OURS, key(7), "better").await;
    commit(&db, THEIRS, key(7), "another government's").await;
    let consumer = Neighbours::new().start(&db, source.client());
    eventually("applied", async || cursor(&pool).await == 204).await;
    commit(&db, OURS, key(7), "best").await;
    eventually("applied", async || cursor(&pool).await == 205).await;

    assert_eq!(parked(&pool).await, [(key(7), true), (key(7), false), (key(7), false)]);
    assert_eq!(effects(&pool).await, (202, 202));
    assert_eq!(held(&db, THEIRS).await.len(), 1);
    let error: String =
        sqlx::query_scalar("SELECT error FROM parked_events WHERE error IS NOT NULL")
            .fetch_one(&pool)
            .await
            .expect("error");
    assert!(error.contains("effects_name_edible"), "{error}");
    consumer.stop().await;
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_retry_applies_what_was_parked_in_order(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    let consumer = Neighbours::new().start(&db, source.client());
    for name in ["poison", "poison again", "fine"] {
        commit(&db, OURS, key(7), name).await;
    }
    eventually("parked", async || parked(&pool).await.len() == 3).await;
    cure(&pool).await;
    assert_eq!(events::retry(&db, &all()).await.expect("retry"), 1);
    eventually("applied", async || parked(&pool).await.is_empty()).await;
    assert_eq!(applied(&pool, key(7)).await, [1, 2, 3]);
    assert_eq!(held(&db, OURS).await, [(key(7), "fine".to_owned())]);
    consumer.stop().await;
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_retry_in_vain_leaves_everything_parked(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    let consumer = Neighbours::new().start(&db, source.client());
    commit(&db, OURS, key(7), "poison").await;
    commit(&db, OURS, key(7), "fine").await;
    eventually("parked", async || parked(&pool).await.len() == 2).await;
    events::retry(&db, &all()).await.expect("retry");
    let is_due = async || {
        sqlx::query_scalar::<_, bool>("SELECT bool_or(is_due) FROM parked_events")
            .fetch_one(&pool)
            .await
            .expect("due")
    };
    eventually("tried", async || !is_due().await).await;
    assert_eq!(parked(&pool).await, [(key(7), true), (key(7), false)]);
    assert_eq!(effects(&pool).await, (0, 0));
    consumer.stop().await;
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_skip_drops_the_event_and_applies_those_behind_it(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    let consumer = Neighbours::new().start(&db, source.client());
    commit(&db, OURS, key(7), "poison").await;
    commit(&db, OURS, key(7), "fine").await;
    eventually("parked", async || parked(&pool).await.len() == 2).await;
    let elsewhere = ParkedKeys { tenant: Some(crate::tenancy::tenant(THEIRS)), ..all() };
    assert_eq!(events::skip(&db, &elsewhere).await.expect("skip"), 0);
    let this = ParkedKeys { key: Some(key(7)), ..all() };
    assert_eq!(events::skip(&db, &this).await.expect("skip"), 1);
    eventually("applied", async || parked(&pool).await.is_empty()).await;
    assert_eq!(applied(&pool, key(7)).await, [2]);
    consumer.stop().await;
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_panic_and_a_refusal_elsewhere_are_parked_too(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    commit_many(&db, OURS, 1, 20).await;
    commit(&db, OURS, key(7), "panic").await;
    commit(&db, OURS, key(8), "unknown elsewhere").await;
    let consumer = Neighbours::new().start(&db, source.client());
    eventually("applied", async || cursor(&pool).await == 22).await;
    assert_eq!(parked(&pool).await, [(key(7), true), (key(8), true)]);
    assert_eq!(effects(&pool).await, (20, 20));
    consumer.stop().await;
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_database_that_is_not_migrated_makes_the_feed_wait_and_parks_nothing(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    let projection = Neighbours::new();
    sqlx::query("ALTER TABLE effects RENAME TO effects_to_come")
        .execute(&pool)
        .await
        .expect("ahead");
    commit(&db, OURS, key(1), "one").await;
    let consumer = projection.start(&db, source.client());
    eventually("tried again", async || projection.prepared.load(Ordering::Relaxed) >= 2).await;
    assert_eq!((parked(&pool).await, cursor(&pool).await), (vec![], 0));
    sqlx::query("ALTER TABLE effects_to_come RENAME TO effects")
        .execute(&pool)
        .await
        .expect("migrate");
    eventually("applied", async || cursor(&pool).await == 1).await;
    assert_eq!(effects(&pool).await, (1, 1));
    consumer.stop().await;
}
