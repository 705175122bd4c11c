//! The two doors: what each reaches, and that nothing leaks between them.

use std::{future::poll_fn, pin::pin, task::Poll};

use kinerja_kit::{
    tenant::{Database, TenantId},
    testing,
};
use sqlx::PgPool;
use uuid::Uuid;

pub(crate) fn tenant(code: &str) -> TenantId {
    code.parse().expect("a tenant's code")
}

async fn write(db: &Database, code: &str, text: &str) {
    let mut tx = db.begin(&tenant(code)).await.expect("begin");
    sqlx::query("INSERT INTO notes (note_id, text) VALUES (gen_random_uuid(), $1)")
        .bind(text)
        .execute(&mut *tx)
        .await
        .expect("insert");
    tx.commit().await.expect("commit");
}

async fn read(db: &Database, code: &str) -> Vec<String> {
    let mut tx = db.begin(&tenant(code)).await.expect("begin");
    sqlx::query_scalar("SELECT text FROM notes").fetch_all(&mut *tx).await.expect("select")
}

#[sqlx::test(migrations = "tests/migrations")]
async fn tests_serve_as_the_app_role(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let mut tx = db.begin(&tenant("12.76")).await.expect("begin");
    let role: String =
        sqlx::query_scalar("SELECT current_user::text").fetch_one(&mut *tx).await.expect("role");
    assert_eq!(role, "kit_app");
}

#[sqlx::test(migrations = "tests/migrations")]
async fn a_tenant_sees_its_own_rows_alone(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    write(&db, "12.76", "ours").await;
    write(&db, "15.04", "theirs").await;
    assert_eq!(read(&db, "12.76").await, ["ours"]);
    assert_eq!(read(&db, "15.04").await, ["theirs"]);
    assert!(read(&db, "12").await.is_empty(), "a province is a tenant of its own");
}

#[sqlx::test(migrations = "tests/migrations")]
async fn a_row_cannot_be_written_for_another_tenant(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let mut tx = db.begin(&tenant("12.76")).await.expect("begin");
    let error =
        sqlx::query("INSERT INTO notes (tenant_id, note_id, text) VALUES ('15.04', $1, 'x')")
            .bind(Uuid::nil())
            .execute(&mut *tx)
            .await
            .expect_err("refused");
    assert_eq!(error.as_database_error().and_then(|e| e.code()).as_deref(), Some("42501"));
}

#[sqlx::test(migrations = "tests/migrations")]
async fn the_system_door_reaches_plumbing_and_no_tenants_table(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let mut tx = db.begin_system().await.expect("begin");
    sqlx::query("SELECT count(*) FROM request_keys").execute(&mut *tx).await.expect("plumbing");
    let error =
        sqlx::query("SELECT count(*) FROM notes").execute(&mut *tx).await.expect_err("refused");
    assert_eq!(error.as_database_error().and_then(|e| e.code()).as_deref(), Some("42501"));
}

#[sqlx::test(migrations = "tests/migrations")]
async fn outside_a_door_no_row_is_seen(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    write(&db, "12.76", "ours").await;
    let bare = testing::app_pool(&pool, "kit", 1).await;
    let seen: i64 =
        sqlx::query_scalar("SELECT count(*) FROM notes").fetch_one(&bare).await.expect("count");
    assert_eq!(seen, 0);
}

/// A caller who hangs up in the middle of a begin leaves nothing open behind.
#[sqlx::test(migrations = "tests/migrations")]
async fn a_thousand_cancelled_calls_on_a_pool_of_one_leak_no_tenant(pool: PgPool) {
    let one = testing::app_pool(&pool, "kit", 1).await;
    let db = Database::new(one.clone(), "kit");
    write(&db, "12.76", "ours").await;
    write(&db, "15.04", "theirs").await;
    for round in 0..1000_u32 {
        let code = if round % 2 == 0 { "12.76" } else { "15.04" };
        cancelled_after(round % 5, read(&db, code)).await;
        let inside: Option<String> =
            sqlx::query_scalar("SELECT nullif(current_setting('kinerja.tenant_id', true), '')")
                .fetch_one(&one)
                .await
                .expect("a connection");
        assert_eq!(inside, None, "the connection came back inside a transaction, round {round}");
    }
    assert_eq!(read(&db, "15.04").await, ["theirs"]);
}

/// Polls `work` so many times, then drops it where it stands.
async fn cancelled_after(polls: u32, work: impl Future) {
    let mut work = pin!(work);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 || work.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        left -= 1;
        Poll::Pending
    })
    .await;
}

/// The kind of each table, told by its policies and grants; compared literally.
#[sqlx::test(migrations = "tests/migrations")]
async fn every_table_is_of_one_of_the_three_kinds(pool: PgPool) {
    let kinds = testing::table_kinds(&pool, "kit").await;
    assert_eq!(kinds.tenant, ["notes"]);
    assert_eq!(kinds.plumbing[..1], ["access_log"]);
    assert!(
        kinds.plumbing.contains(&"outbox".to_owned())
            && kinds.plumbing.contains(&"request_keys".to_owned())
    );
    assert_eq!(kinds.unknown, Vec::<String>::new());
}
