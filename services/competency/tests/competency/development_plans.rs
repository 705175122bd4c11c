use kinerja_competency::MIGRATOR;
use kinerja_kit::{auth::Role, client::Channel};
use kinerja_proto::competency::v1::{
    self as pb, DevelopmentPlanState, NeedOrigin, NeedState,
    development_plan_service_client::DevelopmentPlanServiceClient,
};
use sqlx::PgPool;
use tonic::{Code, Status};

use super::world::{
    CHIEF, ELSEWHERE, HEAD, OFFICE, OFFICER, PEER, UNIT, World, refused, request_id,
};

type Reply = Result<pb::DevelopmentPlan, Status>;

fn client(channel: Channel) -> DevelopmentPlanServiceClient<Channel> {
    DevelopmentPlanServiceClient::new(channel)
}

/// The world with a plan of two needs.
async fn planned(pool: PgPool) -> (World, pb::DevelopmentPlan) {
    let world = World::new(pool).await;
    world.finalise(0x51, &[("Bahasa lebih mudah.", "M.03"), ("Lebih dini melapor.", "M.04")]).await;
    let plan = world.plan().await;
    (world, plan)
}

async fn agree(channel: Channel, plan: &pb::DevelopmentPlan) -> Reply {
    let (plan_id, etag) = (plan.id.clone(), plan.etag.clone());
    let request = pb::AgreeDevelopmentPlanRequest { plan_id, etag, request_id: request_id() };
    let reply = client(channel).agree_development_plan(request).await?;
    Ok(reply.into_inner().plan.expect("a plan"))
}

/// The word of both.
async fn agreed(world: &World, plan: &pb::DevelopmentPlan) -> pb::DevelopmentPlan {
    let one = agree(world.employee(OFFICER), plan).await.expect("the employee's word");
    agree(world.employee(HEAD), &one).await.expect("the superior's word")
}

async fn start(channel: Channel, plan: &pb::DevelopmentPlan, need: usize) -> Reply {
    let request = pb::StartDevelopmentNeedRequest {
        plan_id: plan.id.clone(),
        need_id: plan.needs[need].id.clone(),
        etag: plan.etag.clone(),
        request_id: request_id(),
    };
    let reply = client(channel).start_development_need(request).await?;
    Ok(reply.into_inner().plan.expect("a plan"))
}

async fn complete(channel: Channel, plan: &pb::DevelopmentPlan, need: usize) -> Reply {
    let request = pb::CompleteDevelopmentNeedRequest {
        plan_id: plan.id.clone(),
        need_id: plan.needs[need].id.clone(),
        outcome: "lulus".into(),
        etag: plan.etag.clone(),
        request_id: request_id(),
    };
    let reply = client(channel).complete_development_need(request).await?;
    Ok(reply.into_inner().plan.expect("a plan"))
}

async fn give_up(channel: Channel, plan: &pb::DevelopmentPlan, need: usize) -> Reply {
    let request = pb::DropDevelopmentNeedRequest {
        plan_id: plan.id.clone(),
        need_id: plan.needs[need].id.clone(),
        reason: "tugas berubah".into(),
        etag: plan.etag.clone(),
        request_id: request_id(),
    };
    let reply = client(channel).drop_development_need(request).await?;
    Ok(reply.into_inner().plan.expect("a plan"))
}

fn addition(plan: &pb::DevelopmentPlan) -> pb::AddDevelopmentNeedRequest {
    pb::AddDevelopmentNeedRequest {
        plan_id: plan.id.clone(),
        competency_code: "M.06".into(),
        reason: "ingin membimbing rekan baru".into(),
        activity: "mentoring".into(),
        due_on: "2027-03-31".into(),
        etag: plan.etag.clone(),
        request_id: request_id(),
    }
}

async fn list(channel: Channel, request: pb::ListDevelopmentPlansRequest) -> Result<usize, Status> {
    let reply = client(channel).list_development_plans(request).await?;
    Ok(reply.into_inner().plans.len())
}

fn of_unit(unit: uuid::Uuid) -> pb::ListDevelopmentPlansRequest {
    pb::ListDevelopmentPlansRequest { unit_id: unit.to_string(), ..Default::default() }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn employee_and_superior_agree_and_the_registrys_word_is_kept(pool: PgPool) {
    let (world, plan) = planned(pool).await;
    let agreed = agreed(&world, &plan).await;
    assert_eq!(agreed.state(), DevelopmentPlanState::Agreed);
    assert!(agreed.needs.iter().all(|need| need.state() == NeedState::Agreed));
    let consent = agreed.superior_consent.expect("the superior's word");
    assert_eq!((consent.employee_id, consent.basis), (HEAD.to_string(), "HEAD_OF_UNIT".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn nobody_else_agrees(pool: PgPool) {
    let (world, plan) = planned(pool).await;
    for other in [PEER, CHIEF] {
        let reply = agree(world.employee(other), &plan).await;
        assert_eq!(refused(reply), (Code::PermissionDenied, "NOT_YOUR_PLAN".into()));
    }
    let officer = agree(world.hr(), &plan).await;
    assert_eq!(refused(officer), (Code::PermissionDenied, "PERMISSION_DENIED".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn while_the_registry_is_down_the_employee_still_agrees(pool: PgPool) {
    let (world, plan) = planned(pool).await;
    world.registry.go_down();
    let superior = agree(world.employee(HEAD), &plan).await;
    assert_eq!(refused(superior), (Code::Unavailable, "NEIGHBOUR_UNAVAILABLE".into()));
    let own = agree(world.employee(OFFICER), &plan).await.expect("the employee's word");
    assert!(own.employee_consent.is_some());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_repeated_word_is_one_word(pool: PgPool) {
    let (world, plan) = planned(pool).await;
    let request = pb::AgreeDevelopmentPlanRequest {
        plan_id: plan.id.clone(),
        etag: plan.etag.clone(),
        request_id: request_id(),
    };
    let mut plans = client(world.employee(OFFICER));
    let first = plans.agree_development_plan(request.clone()).await.expect("first").into_inner();
    let second = plans.agree_development_plan(request).await.expect("again").into_inner();
    assert_eq!(first, second);
    let anew = agree(world.employee(OFFICER), &first.plan.expect("a plan")).await;
    assert_eq!(refused(anew), (Code::FailedPrecondition, "ALREADY_AGREED".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_the_superior_did_is_told_again_while_the_registry_is_down(pool: PgPool) {
    let (world, plan) = planned(pool).await;
    let mut plans = client(world.employee(HEAD));
    let request = addition(&plan);
    let first = plans.add_development_need(request.clone()).await.expect("added").into_inner();
    world.registry.go_down();
    let second = plans.add_development_need(request).await.expect("told again").into_inner();
    assert_eq!(first, second);
    let told = [(format!("employee:{HEAD}"), OFFICER)];
    assert_eq!(world.reads("AddDevelopmentNeed").await, told, "a reading");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_stale_etag_is_refused(pool: PgPool) {
    let (world, plan) = planned(pool).await;
    agree(world.employee(OFFICER), &plan).await.expect("the employee's word");
    let stale = agree(world.employee(HEAD), &plan).await;
    assert_eq!(refused(stale), (Code::Aborted, "ETAG_MISMATCH".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_added_need_asks_both_again(pool: PgPool) {
    let (world, plan) = planned(pool).await;
    let plan = agreed(&world, &plan).await;
    let mut plans = client(world.employee(OFFICER));
    let reply = plans.add_development_need(addition(&plan)).await.expect("added").into_inner();
    let reopened = reply.plan.expect("a plan");
    assert_eq!(reopened.state(), DevelopmentPlanState::Proposed);
    assert_eq!(
        (reopened.employee_consent.clone(), reopened.superior_consent.clone()),
        (None, None)
    );
    let added = reopened.needs.last().expect("the need");
    assert_eq!((added.origin(), added.due_on.as_str()), (NeedOrigin::Added, "2027-03-31"));
    let unknown =
        pb::AddDevelopmentNeedRequest { competency_code: "T.NONE".into(), ..addition(&reopened) };
    let unknown = plans.add_development_need(unknown).await;
    assert_eq!(refused(unknown), (Code::NotFound, "COMPETENCY_NOT_FOUND".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_planned_need_is_changed_before_anybody_agreed(pool: PgPool) {
    let (world, plan) = planned(pool).await;
    let change = |plan: &pb::DevelopmentPlan| pb::UpdateDevelopmentNeedRequest {
        plan_id: plan.id.clone(),
        need_id: plan.needs[0].id.clone(),
        activity: "pelatihan menulis surat".into(),
        due_on: "2027-06-30".into(),
        etag: plan.etag.clone(),
        request_id: request_id(),
    };
    let mut superior = client(world.employee(HEAD));
    let reply =
        superior.update_development_need(change(&plan)).await.expect("changed").into_inner();
    let changed = reply.plan.expect("a plan");
    assert_eq!(changed.needs[0].activity, "pelatihan menulis surat");
    let agreed = agreed(&world, &changed).await;
    let late = superior.update_development_need(change(&agreed)).await;
    assert_eq!(refused(late), (Code::FailedPrecondition, "NEED_STATE".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_plan_closes_when_every_need_is_done_or_dropped(pool: PgPool) {
    let (world, plan) = planned(pool).await;
    let early = start(world.employee(OFFICER), &plan, 0).await;
    assert_eq!(refused(early), (Code::FailedPrecondition, "NEED_STATE".into()));
    let plan = agreed(&world, &plan).await;
    let plan = start(world.employee(OFFICER), &plan, 0).await.expect("started");
    let plan = complete(world.employee(OFFICER), &plan, 0).await.expect("done");
    assert_eq!(plan.needs[0].outcome, "lulus");
    let own = give_up(world.employee(OFFICER), &plan, 1).await;
    assert_eq!(refused(own), (Code::PermissionDenied, "NOT_YOUR_PLAN".into()));
    let closed = give_up(world.employee(HEAD), &plan, 1).await.expect("dropped");
    assert_eq!(closed.state(), DevelopmentPlanState::Closed);
    let again = agree(world.employee(OFFICER), &closed).await;
    assert_eq!(refused(again), (Code::FailedPrecondition, "PLAN_CLOSED".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn plans_are_listed_by_unit_and_state(pool: PgPool) {
    let (world, plan) = planned(pool).await;
    let state = |state: DevelopmentPlanState| pb::ListDevelopmentPlansRequest {
        state: state.into(),
        ..of_unit(UNIT)
    };
    assert_eq!(list(world.hr(), of_unit(UNIT)).await.expect("a list"), 1);
    assert_eq!(list(world.hr(), of_unit(OFFICE)).await.expect("a list"), 0);
    assert_eq!(list(world.hr(), state(DevelopmentPlanState::Agreed)).await.expect("a list"), 0);
    agreed(&world, &plan).await;
    assert_eq!(list(world.hr(), state(DevelopmentPlanState::Agreed)).await.expect("a list"), 1);
    let everywhere = pb::ListDevelopmentPlansRequest::default();
    assert_eq!(list(world.hr(), everywhere).await.expect("a list"), 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_unit_is_listed_for_those_who_lead_it(pool: PgPool) {
    let (world, _) = planned(pool).await;
    for leader in [HEAD, CHIEF] {
        assert_eq!(list(world.employee(leader), of_unit(UNIT)).await.expect("a list"), 1);
    }
    for (reader, request) in [
        (PEER, of_unit(UNIT)),
        (HEAD, of_unit(OFFICE)),
        (CHIEF, pb::ListDevelopmentPlansRequest::default()),
    ] {
        let reply = list(world.employee(reader), request).await;
        assert_eq!(refused(reply), (Code::PermissionDenied, "NOT_YOUR_DATA".into()));
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_plan_is_read_by_its_parties_alone(pool: PgPool) {
    let (world, plan) = planned(pool).await;
    let request = pb::GetDevelopmentPlanRequest { plan_id: plan.id.clone() };
    for channel in
        [world.employee(OFFICER), world.employee(HEAD), world.employee(CHIEF), world.hr()]
    {
        let reply = client(channel).get_development_plan(request.clone()).await;
        assert_eq!(reply.expect("read").into_inner().plan, Some(plan.clone()));
    }
    let peer = client(world.employee(PEER)).get_development_plan(request.clone()).await;
    assert_eq!(refused(peer), (Code::PermissionDenied, "NOT_YOUR_PLAN".into()));
    let elsewhere = world.officer_of(ELSEWHERE, Role::HrOfficer);
    let elsewhere = client(elsewhere).get_development_plan(request).await;
    assert_eq!(refused(elsewhere), (Code::NotFound, "DEVELOPMENT_PLAN_NOT_FOUND".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn plans_of_another_governments_person_or_unit_are_not_found(pool: PgPool) {
    let (world, _) = planned(pool).await;
    let mut elsewhere = client(world.officer_of(ELSEWHERE, Role::HrOfficer));
    let of_person = pb::ListEmployeeDevelopmentPlansRequest {
        employee_id: OFFICER.to_string(),
        ..Default::default()
    };
    let reply = elsewhere.list_employee_development_plans(of_person).await;
    assert_eq!(refused(reply), (Code::NotFound, "EMPLOYEE_NOT_FOUND".into()));
    let of_unit =
        pb::ListDevelopmentPlansRequest { unit_id: UNIT.to_string(), ..Default::default() };
    let reply = elsewhere.list_development_plans(of_unit).await;
    assert_eq!(refused(reply), (Code::NotFound, "UNIT_NOT_FOUND".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn two_words_at_once_both_count_or_one_is_told_to_look_again(pool: PgPool) {
    let (world, plan) = planned(pool).await;
    let (own, superior) =
        tokio::join!(agree(world.employee(OFFICER), &plan), agree(world.employee(HEAD), &plan),);
    let (won, lost): (Vec<_>, Vec<_>) = [own, superior].into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 1));
    for reply in lost {
        assert_eq!(refused(reply), (Code::Aborted, "ETAG_MISMATCH".into()));
    }
}
