use kinerja_competency::MIGRATOR;
use kinerja_kit::{auth::Role, client::Channel};
use kinerja_proto::competency::v1::{
    self as pb, competency_service_client::CompetencyServiceClient,
};
use sqlx::PgPool;
use tonic::Code;

use super::world::{ELSEWHERE, OFFICER, World, faults, refused, request_id};

fn client(channel: Channel) -> CompetencyServiceClient<Channel> {
    CompetencyServiceClient::new(channel)
}

fn text(word: &str) -> Option<pb::Bilingual> {
    Some(pb::Bilingual { indonesian: word.into(), english: word.into() })
}

fn licensing() -> pb::CreateCompetencyRequest {
    let level = |level| pb::CompetencyLevel {
        level,
        name: None,
        behaviours: text("memeriksa berkas").into_iter().collect(),
    };
    pb::CreateCompetencyRequest {
        code: "T.IZN.01".into(),
        name: text("Pelayanan perizinan"),
        definition: text("Melayani permohonan izin."),
        levels: (1..=5).map(level).collect(),
        request_id: request_id(),
    }
}

async fn create(world: &World) -> pb::Competency {
    let reply = client(world.hr()).create_competency(licensing()).await.expect("created");
    reply.into_inner().competency.expect("a competency")
}

fn retire(entry: &pb::Competency) -> pb::RetireCompetencyRequest {
    let (code, etag) = (entry.code.clone(), entry.etag.clone());
    pb::RetireCompetencyRequest { code, etag, request_id: request_id() }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn everybody_reads_nine_national_competencies_with_five_levels(pool: PgPool) {
    let world = World::empty(pool).await;
    let mut dictionary = client(world.employee(OFFICER));
    let reply = dictionary.list_competencies(pb::ListCompetenciesRequest::default()).await;
    let entries = reply.expect("the dictionary").into_inner().competencies;
    let codes: Vec<_> = entries.iter().map(|entry| entry.code.as_str()).collect();
    let national = ["M.01", "M.02", "M.03", "M.04", "M.05", "M.06", "M.07", "M.08", "S.01"];
    assert_eq!(codes, national);
    for entry in &entries {
        let levels: Vec<_> = entry.levels.iter().map(|level| level.level).collect();
        assert_eq!(levels, [1, 2, 3, 4, 5]);
        assert!(entry.levels.iter().all(|level| level.behaviours.len() == 2));
        assert_eq!(entry.etag, "");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_technical_competency_is_of_one_government_alone(pool: PgPool) {
    let world = World::empty(pool).await;
    let made = create(&world).await;
    assert_eq!(made.kind(), pb::CompetencyKind::Technical);
    let request = pb::GetCompetencyRequest { code: made.code.clone() };
    let own = client(world.employee(OFFICER)).get_competency(request.clone()).await;
    assert_eq!(own.expect("own").into_inner().competency, Some(made));
    let other = client(world.officer_of(ELSEWHERE, Role::HrOfficer)).get_competency(request).await;
    assert_eq!(refused(other), (Code::NotFound, "COMPETENCY_NOT_FOUND".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_code_is_given_once(pool: PgPool) {
    let world = World::empty(pool).await;
    create(&world).await;
    let again = client(world.hr()).create_competency(licensing()).await;
    assert_eq!(refused(again), (Code::AlreadyExists, "COMPETENCY_TAKEN".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_repeated_request_makes_one_competency(pool: PgPool) {
    let world = World::empty(pool).await;
    let (mut dictionary, request) = (client(world.hr()), licensing());
    let first = dictionary.create_competency(request.clone()).await.expect("first").into_inner();
    let second = dictionary.create_competency(request.clone()).await.expect("again").into_inner();
    assert_eq!(first, second);
    let other = pb::CreateCompetencyRequest { code: "T.IZN.02".into(), ..request };
    let reused = dictionary.create_competency(other).await;
    assert_eq!(refused(reused), (Code::InvalidArgument, "REQUEST_ID_REUSED".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn only_hr_officers_add_to_the_dictionary(pool: PgPool) {
    let world = World::empty(pool).await;
    let by_employee = client(world.employee(OFFICER)).create_competency(licensing()).await;
    assert_eq!(refused(by_employee), (Code::PermissionDenied, "PERMISSION_DENIED".into()));
    let by_nobody = client(world.stranger()).create_competency(licensing()).await;
    assert_eq!(refused(by_nobody), (Code::Unauthenticated, "UNAUTHENTICATED".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_reworded_competency_has_a_new_etag_and_the_old_one_is_stale(pool: PgPool) {
    let world = World::empty(pool).await;
    let (mut dictionary, made) = (client(world.hr()), create(&world).await);
    let reworded = pb::UpdateCompetencyRequest {
        code: made.code.clone(),
        name: text("Pelayanan izin"),
        definition: made.definition.clone(),
        levels: made.levels.clone(),
        etag: made.etag.clone(),
        request_id: request_id(),
    };
    let reply = dictionary.update_competency(reworded.clone()).await.expect("reworded");
    let entry = reply.into_inner().competency.expect("a competency");
    assert_eq!(entry.name, text("Pelayanan izin"));
    let again = pb::UpdateCompetencyRequest { request_id: request_id(), ..reworded };
    let stale = dictionary.update_competency(again).await;
    assert_eq!(refused(stale), (Code::Aborted, "ETAG_MISMATCH".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_retired_competency_stays_to_be_read(pool: PgPool) {
    let world = World::empty(pool).await;
    let (mut dictionary, made) = (client(world.hr()), create(&world).await);
    let reply = dictionary.retire_competency(retire(&made)).await.expect("retired").into_inner();
    let retired = reply.competency.expect("a competency");
    assert!(retired.retired);
    let again = dictionary.retire_competency(retire(&retired)).await;
    assert_eq!(refused(again), (Code::FailedPrecondition, "COMPETENCY_RETIRED".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_national_competency_is_not_a_governments_to_change(pool: PgPool) {
    let world = World::empty(pool).await;
    let request = pb::RetireCompetencyRequest {
        code: "M.01".into(),
        etag: "\"1\"".into(),
        request_id: request_id(),
    };
    let reply = client(world.hr()).retire_competency(request).await;
    assert_eq!(refused(reply), (Code::FailedPrecondition, "COMPETENCY_NATIONAL".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_faulty_field_is_named(pool: PgPool) {
    let world = World::empty(pool).await;
    let bad = pb::CreateCompetencyRequest {
        code: "M.09".into(),
        name: None,
        levels: licensing().levels.into_iter().take(4).collect(),
        ..licensing()
    };
    let named = faults(client(world.hr()).create_competency(bad).await);
    assert_eq!(named, ["code", "name.indonesian", "name.english", "levels"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn pages_join_up_without_gaps(pool: PgPool) {
    let world = World::empty(pool).await;
    create(&world).await;
    let (mut dictionary, mut seen) = (client(world.employee(OFFICER)), vec![]);
    let mut page_token = String::new();
    loop {
        let request =
            pb::ListCompetenciesRequest { page_size: 4, page_token, ..Default::default() };
        let page = dictionary.list_competencies(request).await.expect("a page").into_inner();
        seen.extend(page.competencies.into_iter().map(|entry| entry.code));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), 10);
    assert!(seen.is_sorted());
}
