use kinerja_competency::MIGRATOR;
use kinerja_proto::{
    competency::v1::{
        self as pb, NeedOrigin, NeedState, assessment_service_client::AssessmentServiceClient,
    },
    events::v1::EmployeeChanged,
};
use sqlx::PgPool;
use tonic::Code;
use uuid::Uuid;

use super::world::{OFFICER, PEER, TENANT, UNIT, World, refused};

const RATER_SAYS: &str = "Penjelasan penolakan perlu lebih mudah dipahami.";

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_final_evaluation_makes_needs_of_the_gap_and_of_the_raters_words(pool: PgPool) {
    let world = World::new(pool).await;
    world.assess("2026-03-01", &[("M.03", 1), ("M.05", 2), ("M.08", 0)]).await;
    world.finalise(0x51, &[(RATER_SAYS, "M.03")]).await;
    let plan = world.plan().await;
    assert_eq!((plan.year, plan.unit_id.as_str()), (2026, UNIT.to_string().as_str()));
    let needs: Vec<_> = plan
        .needs
        .iter()
        .map(|need| {
            (need.origin(), need.competency_code.as_str(), need.required_level, need.found_level)
        })
        .collect();
    assert_eq!(
        needs,
        [
            (NeedOrigin::Rater, "M.03", 0, 0),
            (NeedOrigin::Gap, "M.03", 2, 1),
            (NeedOrigin::Gap, "M.08", 2, 0),
        ]
    );
    assert_eq!(plan.needs[0].reason, RATER_SAYS);
    assert!(plan.needs.iter().all(|need| need.state() == NeedState::Planned));
    assert!(plan.needs.iter().all(|need| !need.activity.is_empty()));
    let evaluation = Uuid::from_u128(0x51).to_string();
    assert!(plan.needs.iter().all(|need| need.evaluation_id == evaluation));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_evaluation_that_leaves_nothing_to_learn_makes_no_plan(pool: PgPool) {
    let world = World::new(pool).await;
    world.finalise(0x51, &[]).await;
    assert_eq!(world.plans_of(OFFICER).await, []);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_same_fact_told_twice_makes_nothing_twice(pool: PgPool) {
    let world = World::new(pool).await;
    world.assess("2026-03-01", &[("M.03", 1)]).await;
    world.finalise(0x51, &[(RATER_SAYS, "M.03")]).await;
    let once = world.plan().await;
    world.finalise(0x51, &[(RATER_SAYS, "M.03")]).await;
    assert_eq!(world.plan().await, once);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_later_evaluation_of_the_year_adds_to_the_same_plan(pool: PgPool) {
    let world = World::new(pool).await;
    world.assess("2026-03-01", &[("M.03", 1)]).await;
    world.finalise(0x51, &[(RATER_SAYS, "M.03")]).await;
    world.finalise(0x52, &[(RATER_SAYS, "M.03"), ("Lebih sering memberi kabar.", "M.02")]).await;
    let origins: Vec<_> = world.plan().await.needs.iter().map(|need| need.origin()).collect();
    assert_eq!(origins, [NeedOrigin::Rater, NeedOrigin::Gap, NeedOrigin::Rater]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_evaluation_told_before_its_employee_waits_for_the_registry(pool: PgPool) {
    let world = World::empty(pool).await;
    world.finalise(0x51, &[(RATER_SAYS, "M.03")]).await;
    let early = world.plan().await;
    assert_eq!((early.needs.len(), early.unit_id.as_str()), (1, ""));
    let parked: i64 = sqlx::query_scalar("SELECT count(*) FROM parked_events")
        .fetch_one(&world.pool)
        .await
        .expect("a count");
    assert_eq!(parked, 0);
    world.tell_registry().await;
    assert_eq!(world.plan().await.unit_id, UNIT.to_string());
    let pending: bool = sqlx::query_scalar("SELECT bool_or(gap_pending) FROM evaluations")
        .fetch_one(&world.pool)
        .await
        .expect("evaluations");
    assert!(!pending);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_raters_words_stay_when_the_dictionary_has_no_such_code(pool: PgPool) {
    let world = World::new(pool).await;
    world
        .finalise(
            0x51,
            &[(RATER_SAYS, "MAN.03"), ("Lebih teliti.", "T.NONE"), ("Lebih cepat.", "")],
        )
        .await;
    let needs = world.plan().await.needs;
    let codes: Vec<_> = needs.iter().map(|need| need.competency_code.as_str()).collect();
    assert_eq!(codes, ["", "", ""]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_open_plan_moves_with_its_employee(pool: PgPool) {
    let world = World::new(pool).await;
    world.finalise(0x51, &[(RATER_SAYS, "")]).await;
    let elsewhere = Uuid::from_u128(0x23);
    let changed = EmployeeChanged {
        employee_id: OFFICER.to_string(),
        unit_id: elsewhere.to_string(),
        position_id: Uuid::from_u128(0x33).to_string(),
        position_kind: "PELAKSANA".into(),
        ..Default::default()
    };
    let position = world.registry.feed.tell(TENANT, OFFICER, 2, &changed);
    world.caught_up("registry", position).await;
    assert_eq!(world.plan().await.unit_id, elsewhere.to_string());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn whom_a_restored_registry_does_not_know_is_gone_and_the_others_stay(pool: PgPool) {
    let world = World::new(pool).await;
    world.assess("2026-03-01", &[("M.03", 1)]).await;
    world.registry.feed.restore_without(&[PEER]);
    world.gone(PEER).await;
    let mut assessments = AssessmentServiceClient::new(world.hr());
    let mut list = async |employee: Uuid| {
        let employee_id = employee.to_string();
        let request = pb::ListAssessmentsRequest { employee_id, ..Default::default() };
        assessments.list_assessments(request).await
    };
    assert_eq!(refused(list(PEER).await), (Code::NotFound, "EMPLOYEE_NOT_FOUND".into()));
    assert_eq!(list(OFFICER).await.expect("a list").into_inner().assessments.len(), 1);
    world.finalise(0x51, &[(RATER_SAYS, "M.03")]).await;
    assert_eq!(world.plan().await.needs.len(), 2);
}
