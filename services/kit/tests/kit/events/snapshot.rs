//! The present state of a source, page by page.

use kinerja_kit::{client, events, testing};
use kinerja_proto::events::v1 as pb;
use sqlx::PgPool;
use tonic::Code;

use super::source::{OURS, Served, THEIRS, commit_many, quick};

/// Governments and keys of all pages of a snapshot.
async fn everything(source: &Served, types: Vec<String>, page_size: i32) -> Vec<(String, String)> {
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListSnapshotRequest { types: types.clone(), page_size, page_token };
        let page = source.stub().list_snapshot(client::system(request)).await.expect("page");
        let page = page.into_inner();
        found.extend(page.events.into_iter().map(|event| (event.tenant_id, event.key)));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn snapshot_pages_of_all_governments_join_up(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    commit_many(&db, OURS, 1, 25).await;
    commit_many(&db, THEIRS, 101, 12).await;
    let found = everything(&source, vec![], 10).await;
    let of = |code: &str| found.iter().filter(|(tenant, _)| tenant == code).count();
    assert_eq!((found.len(), of(OURS), of(THEIRS)), (37, 25, 12));
    let mut distinct = found.clone();
    distinct.dedup();
    assert_eq!(distinct, found);
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_snapshot_has_only_the_types_wanted(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    commit_many(&db, OURS, 1, 5).await;
    let types = vec![events::kind::<pb::EmployeeChanged>()];
    assert_eq!(everything(&source, types, 50).await, []);
    assert_eq!(everything(&source, vec![], 50).await.len(), 5);
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_page_token_of_our_own_making_is_refused(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    let request = pb::ListSnapshotRequest { page_token: "bm8".to_owned(), ..Default::default() };
    let refused = source.stub().list_snapshot(client::system(request)).await.expect_err("refused");
    assert_eq!(refused.code(), Code::InvalidArgument);
}
