use kinerja_competency::MIGRATOR;
use kinerja_kit::{auth::Role, client::Channel};
use kinerja_proto::competency::v1::{
    self as pb, AssessmentSource, assessment_service_client::AssessmentServiceClient,
};
use sqlx::PgPool;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use super::world::{
    CHIEF, ELSEWHERE, HEAD, OFFICER, PEER, TODAY, World, assessment, refused, request_id,
};

fn client(channel: Channel) -> AssessmentServiceClient<Channel> {
    AssessmentServiceClient::new(channel)
}

async fn record(
    channel: Channel,
    request: pb::RecordAssessmentRequest,
) -> Result<pb::Assessment, Status> {
    let reply = client(channel).record_assessment(request).await?;
    Ok(reply.into_inner().assessment.expect("an assessment"))
}

fn read(id: &str) -> pb::GetAssessmentRequest {
    pb::GetAssessmentRequest { assessment_id: id.to_owned() }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_assessment_centre_counts_for_three_years(pool: PgPool) {
    let world = World::new(pool).await;
    let made = world.assess("2026-03-15", &[("M.03", 2)]).await;
    assert_eq!((made.valid_until.as_str(), made.basis.as_str()), ("2029-03-14", "HR_OFFICER"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_superior_whom_the_registry_names_assesses(pool: PgPool) {
    let world = World::new(pool).await;
    let request = assessment(AssessmentSource::Superior, TODAY, &[("M.03", 2)]);
    let by_head = record(world.employee(HEAD), request.clone()).await.expect("recorded");
    assert_eq!(by_head.basis, "HEAD_OF_UNIT");
    assert_eq!(by_head.recorded_by_employee_id, HEAD.to_string());
    for other in [CHIEF, PEER] {
        let request = pb::RecordAssessmentRequest { request_id: request_id(), ..request.clone() };
        let reply = record(world.employee(other), request).await;
        assert_eq!(refused(reply), (Code::PermissionDenied, "NOT_THE_ASSESSOR".into()));
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn while_the_registry_is_down_the_superior_is_asked_to_come_back(pool: PgPool) {
    let world = World::new(pool).await;
    world.registry.go_down();
    let request = assessment(AssessmentSource::Superior, TODAY, &[("M.03", 2)]);
    let status = record(world.employee(HEAD), request).await.expect_err("unavailable");
    assert!(status.get_details_retry_info().is_some());
    assert_eq!(refused::<()>(Err(status)), (Code::Unavailable, "NEIGHBOUR_UNAVAILABLE".into()));
    world.assess(TODAY, &[("M.03", 2)]).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_the_superior_recorded_is_told_again_while_the_registry_is_down(pool: PgPool) {
    let world = World::new(pool).await;
    let request = assessment(AssessmentSource::Superior, TODAY, &[("M.03", 2)]);
    let first = record(world.employee(HEAD), request.clone()).await.expect("recorded");
    world.registry.go_down();
    let second = record(world.employee(HEAD), request).await.expect("told again");
    assert_eq!(first, second);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn nobody_assesses_oneself_but_as_oneself(pool: PgPool) {
    let world = World::new(pool).await;
    let own = assessment(AssessmentSource::Self_, TODAY, &[("M.03", 4)]);
    record(world.employee(OFFICER), own.clone()).await.expect("one's own view");
    let as_superior = assessment(AssessmentSource::Superior, TODAY, &[("M.03", 4)]);
    let for_another = pb::RecordAssessmentRequest { request_id: request_id(), ..own };
    for (who, request) in [(OFFICER, as_superior), (HEAD, for_another)] {
        let reply = record(world.employee(who), request).await;
        assert_eq!(refused(reply), (Code::PermissionDenied, "NOT_THE_ASSESSOR".into()));
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_employee_does_not_speak_for_the_assessment_centre(pool: PgPool) {
    let world = World::new(pool).await;
    let request = assessment(AssessmentSource::AssessmentCentre, TODAY, &[("M.03", 4)]);
    let reply = record(world.employee(HEAD), request).await;
    assert_eq!(refused(reply), (Code::PermissionDenied, "NOT_THE_ASSESSOR".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn peers_are_heard_through_three_ballots(pool: PgPool) {
    let world = World::new(pool).await;
    let ballots = |ballots| pb::RecordAssessmentRequest {
        ballots,
        ..assessment(AssessmentSource::Peers, TODAY, &[("M.02", 2)])
    };
    let team = || world.officer(Role::PerformanceTeam);
    let two = record(team(), ballots(2)).await;
    assert_eq!(refused(two), (Code::InvalidArgument, "TOO_FEW_BALLOTS".into()));
    assert_eq!(record(team(), ballots(3)).await.expect("three").basis, "PERFORMANCE_TEAM");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn nobody_is_assessed_tomorrow(pool: PgPool) {
    let world = World::new(pool).await;
    let request = assessment(AssessmentSource::AssessmentCentre, "2026-12-16", &[("M.03", 2)]);
    let reply = record(world.hr(), request).await;
    assert_eq!(refused(reply), (Code::InvalidArgument, "DATE_IN_FUTURE".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_source_speaks_once_a_day_unless_it_is_taken_back(pool: PgPool) {
    let world = World::new(pool).await;
    let made = world.assess(TODAY, &[("M.03", 2)]).await;
    let again = || assessment(AssessmentSource::AssessmentCentre, TODAY, &[("M.03", 3)]);
    let taken = record(world.hr(), again()).await;
    assert_eq!(refused(taken), (Code::AlreadyExists, "ASSESSMENT_TAKEN".into()));
    let withdraw = pb::WithdrawAssessmentRequest {
        assessment_id: made.id,
        reason: "tertukar".into(),
        etag: made.etag,
        request_id: request_id(),
    };
    let mut hr = client(world.hr());
    let withdrawn = hr.withdraw_assessment(withdraw.clone()).await.expect("withdrawn").into_inner();
    let repeated = hr.withdraw_assessment(withdraw).await.expect("repeated").into_inner();
    assert_eq!(withdrawn, repeated);
    record(world.hr(), again()).await.expect("recorded anew");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_same_request_twice_at_once_makes_one_assessment(pool: PgPool) {
    let world = World::new(pool).await;
    let request = assessment(AssessmentSource::AssessmentCentre, TODAY, &[("M.03", 2)]);
    let (one, other) =
        tokio::join!(record(world.hr(), request.clone()), record(world.hr(), request));
    assert_eq!(one.expect("recorded"), other.expect("the same"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_is_not_in_the_dictionary_is_not_assessed(pool: PgPool) {
    let world = World::new(pool).await;
    let request = assessment(AssessmentSource::AssessmentCentre, TODAY, &[("T.NONE", 2)]);
    let reply = record(world.hr(), request).await;
    assert_eq!(refused(reply), (Code::NotFound, "COMPETENCY_NOT_FOUND".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_unknown_person_is_not_assessed(pool: PgPool) {
    let world = World::new(pool).await;
    let request = pb::RecordAssessmentRequest {
        employee_id: Uuid::from_u128(99).to_string(),
        ..assessment(AssessmentSource::AssessmentCentre, TODAY, &[("M.03", 2)])
    };
    let reply = record(world.hr(), request).await;
    assert_eq!(refused(reply), (Code::NotFound, "EMPLOYEE_NOT_FOUND".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_assessment_is_read_by_the_person_and_those_who_lead_the_unit(pool: PgPool) {
    let world = World::new(pool).await;
    let made = world.assess(TODAY, &[("M.03", 2)]).await;
    for reader in [OFFICER, HEAD, CHIEF] {
        let reply = client(world.employee(reader)).get_assessment(read(&made.id)).await;
        assert_eq!(reply.expect("read").into_inner().assessment, Some(made.clone()));
    }
    let peer = client(world.employee(PEER)).get_assessment(read(&made.id)).await;
    assert_eq!(refused(peer), (Code::PermissionDenied, "NOT_YOUR_DATA".into()));
    let elsewhere = world.officer_of(ELSEWHERE, Role::HrOfficer);
    let elsewhere = client(elsewhere).get_assessment(read(&made.id)).await;
    assert_eq!(refused(elsewhere), (Code::NotFound, "ASSESSMENT_NOT_FOUND".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn assessments_are_listed_latest_first_in_pages_that_join_up(pool: PgPool) {
    let world = World::new(pool).await;
    for on in ["2026-02-01", "2026-04-01", "2026-03-01"] {
        world.assess(on, &[("M.03", 2)]).await;
    }
    let (mut list, mut seen, mut page_token) =
        (client(world.employee(HEAD)), vec![], String::new());
    loop {
        let employee_id = OFFICER.to_string();
        let request = pb::ListAssessmentsRequest {
            employee_id,
            page_size: 2,
            page_token,
            ..Default::default()
        };
        let page = list.list_assessments(request).await.expect("a page").into_inner();
        seen.extend(page.assessments.into_iter().map(|one| one.assessed_on));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ["2026-04-01", "2026-03-01", "2026-02-01"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn who_read_another_persons_assessment_is_on_record(pool: PgPool) {
    let world = World::new(pool).await;
    let made = world.assess(TODAY, &[("M.03", 2)]).await;
    for reader in [OFFICER, HEAD] {
        client(world.employee(reader)).get_assessment(read(&made.id)).await.expect("read");
    }
    assert_eq!(world.reads("GetAssessment").await, [(format!("employee:{HEAD}"), OFFICER)]);
}
