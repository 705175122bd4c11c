//! A request id marks one logical request: done once, answered again, refused for another.

use jiff::Timestamp;
use kinerja_kit::{
    idempotency::{Claim, RequestKey, claim},
    tenant::Database,
    testing,
};
use kinerja_proto::common::v1::SetClockRequest;
use sqlx::PgPool;
use uuid::Uuid;

use crate::tenancy::tenant;

const REQUEST: Uuid = Uuid::from_u128(7);

fn key(caller: &str, seconds: i64) -> RequestKey {
    let now = Some(prost_types::Timestamp { seconds, nanos: 0 });
    RequestKey::new(caller.to_owned(), "SetClock", REQUEST, &SetClockRequest { now })
}

async fn claimed(db: &Database, code: &str, key: &RequestKey, resource: u128) -> Claim {
    let mut tx = db.begin(&tenant(code)).await.expect("begin");
    let claim = claim(&mut tx, key, Uuid::from_u128(resource), Timestamp::UNIX_EPOCH).await;
    tx.commit().await.expect("commit");
    claim.expect("claim")
}

#[sqlx::test(migrations = "tests/migrations")]
async fn a_replay_is_answered_from_the_first(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    assert_eq!(claimed(&db, "12.76", &key("ana", 1), 1).await, Claim::New);
    assert_eq!(claimed(&db, "12.76", &key("ana", 1), 2).await, Claim::Done(Uuid::from_u128(1)));
}

#[sqlx::test(migrations = "tests/migrations")]
async fn other_arguments_under_the_same_id_are_refused(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    claimed(&db, "12.76", &key("ana", 1), 1).await;
    assert_eq!(claimed(&db, "12.76", &key("ana", 2), 2).await, Claim::Reused);
}

#[sqlx::test(migrations = "tests/migrations")]
async fn a_key_belongs_to_its_caller_and_tenant(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    claimed(&db, "12.76", &key("ana", 1), 1).await;
    assert_eq!(claimed(&db, "12.76", &key("budi", 2), 2).await, Claim::New);
    assert_eq!(claimed(&db, "15.04", &key("ana", 2), 3).await, Claim::New);
}

#[sqlx::test(migrations = "tests/migrations")]
async fn of_racing_claims_one_does_the_work(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let mut racers = tokio::task::JoinSet::new();
    for resource in 1..=8 {
        let db = db.clone();
        racers.spawn(async move { claimed(&db, "12.76", &key("ana", 1), resource).await });
    }
    let claims = racers.join_all().await;
    assert_eq!(claims.iter().filter(|claim| **claim == Claim::New).count(), 1);
    assert!(!claims.contains(&Claim::Reused));
}

#[sqlx::test(migrations = "tests/migrations")]
async fn work_that_was_rolled_back_leaves_the_key_free(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let mut tx = db.begin(&tenant("12.76")).await.expect("begin");
    claim(&mut tx, &key("ana", 1), Uuid::nil(), Timestamp::UNIX_EPOCH).await.expect("claim");
    tx.rollback().await.expect("rollback");
    assert_eq!(claimed(&db, "12.76", &key("ana", 1), 1).await, Claim::New);
}
