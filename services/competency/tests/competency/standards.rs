use kinerja_competency::MIGRATOR;
use kinerja_kit::{auth::Role, client::Channel};
use kinerja_proto::competency::v1::{self as pb, standard_service_client::StandardServiceClient};
use sqlx::PgPool;
use tonic::Code;

use super::world::{ELSEWHERE, OFFICER, POSITION, World, refused, request_id};

fn client(channel: Channel) -> StandardServiceClient<Channel> {
    StandardServiceClient::new(channel)
}

fn posts(kind: &str, level: &str) -> pb::PostScope {
    pb::PostScope {
        position_kind: kind.into(),
        position_level: level.into(),
        position_id: String::new(),
    }
}

fn standard(posts: pb::PostScope, from: &str, levels: &[(&str, i32)]) -> pb::CreateStandardRequest {
    let level = |(code, level): &(&str, i32)| pb::RequiredLevel {
        competency_code: (*code).to_owned(),
        level: *level,
    };
    pb::CreateStandardRequest {
        posts: Some(posts),
        valid_from: from.into(),
        source: "Keputusan Wali Kota 12/2026".into(),
        levels: levels.iter().map(level).collect(),
        request_id: request_id(),
    }
}

async fn create(world: &World, request: pb::CreateStandardRequest) -> pb::Standard {
    let reply = client(world.hr()).create_standard(request).await.expect("created");
    reply.into_inner().standard.expect("a standard")
}

/// The levels asked for, by code.
async fn asked(world: &World, posts: pb::PostScope, on: &str) -> Vec<(String, i32)> {
    let request = pb::ResolveStandardRequest { posts: Some(posts), on: on.into() };
    let reply = client(world.employee(OFFICER)).resolve_standard(request).await.expect("asked");
    let line = |asked: pb::Requirement| (asked.competency_code, asked.level);
    reply.into_inner().requirements.into_iter().map(line).collect()
}

fn level_of(asked: &[(String, i32)], code: &str) -> Option<i32> {
    asked.iter().find(|(asked, _)| asked == code).map(|(_, level)| *level)
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_national_standard_asks_by_kind_and_level(pool: PgPool) {
    let world = World::empty(pool).await;
    let expected = [
        (posts("JPT", "PRATAMA"), 4),
        (posts("ADMINISTRATOR", ""), 3),
        (posts("PENGAWAS", ""), 2),
        (posts("PELAKSANA", "OPERATOR"), 1),
        (posts("FUNCTIONAL", "AHLI_MUDA"), 3),
    ];
    for (posts, level) in expected {
        let asked = asked(&world, posts, "2026-06-01").await;
        assert_eq!(asked.len(), 9);
        assert!(asked.iter().all(|(_, asked)| *asked == level), "{asked:?}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn before_the_policy_nothing_is_asked(pool: PgPool) {
    let world = World::empty(pool).await;
    let request =
        pb::ResolveStandardRequest { posts: Some(posts("PENGAWAS", "")), on: "2025-12-31".into() };
    let reply = client(world.employee(OFFICER)).resolve_standard(request).await;
    assert_eq!(refused(reply), (Code::NotFound, "NO_STANDARD".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_government_supersedes_the_national_standard_from_a_date(pool: PgPool) {
    let world = World::empty(pool).await;
    create(&world, standard(posts("PENGAWAS", ""), "2026-07-01", &[("M.05", 3)])).await;
    let before = asked(&world, posts("PENGAWAS", ""), "2026-06-30").await;
    assert_eq!(level_of(&before, "M.05"), Some(2));
    let after = asked(&world, posts("PENGAWAS", ""), "2026-07-01").await;
    assert_eq!((level_of(&after, "M.05"), level_of(&after, "M.01")), (Some(3), Some(2)));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_narrower_standard_decides(pool: PgPool) {
    let world = World::empty(pool).await;
    let narrow = pb::PostScope { position_id: POSITION.to_string(), ..posts("PELAKSANA", "") };
    create(&world, standard(posts("PELAKSANA", ""), "2026-05-01", &[("M.03", 2)])).await;
    create(&world, standard(posts("PELAKSANA", "TEKNISI"), "2026-04-01", &[("M.03", 3)])).await;
    create(&world, standard(narrow.clone(), "2026-03-01", &[("M.03", 4)])).await;
    let level = async |posts| level_of(&asked(&world, posts, "2026-06-01").await, "M.03");
    assert_eq!(level(posts("PELAKSANA", "KLEREK")).await, Some(2));
    assert_eq!(level(posts("PELAKSANA", "TEKNISI")).await, Some(3));
    let one = pb::PostScope { position_level: "TEKNISI".into(), ..narrow };
    assert_eq!(level(one).await, Some(4));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn level_zero_takes_a_competency_out_of_what_is_asked(pool: PgPool) {
    let world = World::empty(pool).await;
    create(&world, standard(posts("PELAKSANA", ""), "2026-01-01", &[("M.07", 0)])).await;
    let asked = asked(&world, posts("PELAKSANA", ""), "2026-06-01").await;
    assert_eq!((asked.len(), level_of(&asked, "M.07")), (8, None));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_withdrawn_standard_never_held(pool: PgPool) {
    let world = World::empty(pool).await;
    let set = create(&world, standard(posts("PENGAWAS", ""), "2026-01-01", &[("M.05", 5)])).await;
    let withdraw = pb::WithdrawStandardRequest {
        standard_id: set.id.clone(),
        etag: set.etag.clone(),
        request_id: request_id(),
    };
    client(world.hr()).withdraw_standard(withdraw.clone()).await.expect("withdrawn");
    let asked = asked(&world, posts("PENGAWAS", ""), "2026-06-01").await;
    assert_eq!(level_of(&asked, "M.05"), Some(2));
    let stale = pb::WithdrawStandardRequest { request_id: request_id(), ..withdraw };
    let stale = client(world.hr()).withdraw_standard(stale).await;
    assert_eq!(refused(stale), (Code::Aborted, "ETAG_MISMATCH".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn posts_have_one_standard_from_a_date(pool: PgPool) {
    let world = World::empty(pool).await;
    create(&world, standard(posts("PENGAWAS", ""), "2026-01-01", &[("M.05", 3)])).await;
    let again = standard(posts("PENGAWAS", ""), "2026-01-01", &[("M.05", 4)]);
    let again = client(world.hr()).create_standard(again).await;
    assert_eq!(refused(again), (Code::AlreadyExists, "STANDARD_TAKEN".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_standard_asks_only_for_what_the_dictionary_has(pool: PgPool) {
    let world = World::empty(pool).await;
    let unknown = standard(posts("PENGAWAS", ""), "2026-01-01", &[("T.NONE", 1)]);
    let reply = client(world.hr()).create_standard(unknown).await;
    assert_eq!(refused(reply), (Code::NotFound, "COMPETENCY_NOT_FOUND".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_standard_is_of_one_government_alone(pool: PgPool) {
    let world = World::empty(pool).await;
    let set = create(&world, standard(posts("PENGAWAS", ""), "2026-01-01", &[("M.05", 3)])).await;
    let mut elsewhere = client(world.officer_of(ELSEWHERE, Role::HrOfficer));
    let request = pb::GetStandardRequest { standard_id: set.id };
    let other = elsewhere.get_standard(request).await;
    assert_eq!(refused(other), (Code::NotFound, "STANDARD_NOT_FOUND".into()));
    let list = elsewhere.list_standards(pb::ListStandardsRequest::default()).await;
    assert_eq!(list.expect("a list").into_inner().standards, []);
}
