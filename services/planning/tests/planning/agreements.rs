use kinerja_planning::MIGRATOR;
use pb::plan_row_result::Outcome;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    is, pb, refusal, sample,
    world::{BUDI, CHIEF, HEAD, SITI, World, at, request_id},
};

pub(crate) fn row(plan: &pb::Plan) -> pb::PlanRow {
    pb::PlanRow { plan_id: plan.plan_id.clone(), etag: plan.etag.clone() }
}

fn steps(plan: &pb::Plan) -> pb::ListPlanStepsRequest {
    pb::ListPlanStepsRequest { plan_id: plan.plan_id.clone(), ..Default::default() }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_rater_of_the_day_approves_and_is_stamped_on_the_plan(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let submitted = world.submit(SITI, &draft).await;
    for other in [SITI, BUDI, CHIEF] {
        let request = sample::approve(&submitted);
        let status =
            world.agreements(other).approve_plan(request).await.expect_err("not the rater");
        assert_eq!(refusal(&status), is(Code::PermissionDenied, "NOT_THE_RATER"));
    }
    let approved = world.approve(HEAD, &submitted).await;
    assert_eq!(approved.state(), pb::PlanState::Approved);
    let agreement = approved.agreement.expect("agreement");
    let rater = agreement.rater.expect("rater");
    assert_eq!(rater.employee_id, HEAD.to_string());
    assert_eq!((rater.on.as_str(), rater.reason.as_str()), ("2026-01-15", "HEAD_OF_UNIT"));
    assert_eq!(agreement.decided_by_employee_id, HEAD.to_string());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_approval_is_announced_once_with_the_whole_plan(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let approved = world.approved(&year).await;
    let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
        "SELECT payload FROM outbox WHERE type_name = 'kinerja.events.v1.PlanApproved'",
    )
    .fetch_all(&world.pool)
    .await
    .expect("events");
    let [payload] = payloads.as_slice() else { panic!("one event, not {}", payloads.len()) };
    let told: kinerja_proto::events::v1::PlanApproved =
        prost::Message::decode(payload.as_slice()).expect("a message");
    assert_eq!((told.plan_id, told.version), (approved.plan_id, 1));
    assert_eq!(told.rater_employee_id, HEAD.to_string());
    let first = &told.results[0].indicators[0];
    assert_eq!((first.aspect.as_str(), first.polarity.as_str()), ("TIME", "LOWER"));
    assert_eq!((first.target_min.as_str(), first.target_max.as_str()), ("7", "8"));
    assert_eq!((first.pair.as_str(), told.results[1].kind.as_str()), ("izin", "ADDITIONAL"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn who_became_rater_since_then_decides(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let submitted = world.submit(SITI, &draft).await;
    world.registry.set_line(SITI, CHIEF, None);

    let request = sample::approve(&submitted);
    let status = world.agreements(HEAD).approve_plan(request).await.expect_err("no longer");
    assert_eq!(refusal(&status), is(Code::PermissionDenied, "NOT_THE_RATER"));
    let request = pb::RefreshPlanRaterRequest {
        plan_id: submitted.plan_id.clone(),
        etag: submitted.etag.clone(),
        request_id: request_id(),
    };
    let fresh = world.agreements(SITI).refresh_plan_rater(request).await.expect("asked anew");
    let fresh = fresh.into_inner().plan.expect("plan");
    let waiting = |who| {
        let mut agreements = world.agreements(who);
        async move {
            let request = pb::ListWaitingPlansRequest::default();
            agreements.list_waiting_plans(request).await.expect("list").into_inner().plans.len()
        }
    };
    assert_eq!((waiting(HEAD).await, waiting(CHIEF).await), (0, 1));
    assert_eq!(world.approve(CHIEF, &fresh).await.state(), pb::PlanState::Approved);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_returned_plan_is_changed_and_submitted_again(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let submitted = world.submit(SITI, &draft).await;
    let request = pb::ReturnPlanRequest { reason: " ".into(), ..sample::send_back(&submitted) };
    let status = world.agreements(HEAD).return_plan(request).await.expect_err("without reason");
    assert_eq!(crate::faults(&status), ["reason"]);

    let request = sample::send_back(&submitted);
    let returned =
        world.agreements(HEAD).return_plan(request).await.expect("returned").into_inner();
    let request = sample::update(&returned.plan.expect("plan"), sample::content());
    let updated = world.plans(SITI).update_plan(request).await.expect("updated").into_inner();
    let again = world.submit(SITI, &updated.plan.expect("plan")).await;
    world.approve(HEAD, &again).await;

    let list = world.agreements(SITI).list_plan_steps(steps(&draft)).await.expect("steps");
    let steps: Vec<_> =
        list.into_inner().steps.into_iter().map(|step| (step.kind(), step.reason)).collect();
    use pb::PlanStepKind::{Approved, Returned, Submitted};
    assert_eq!(
        steps,
        [
            (Submitted, String::new()),
            (Returned, "target terlalu rendah".into()),
            (Submitted, String::new()),
            (Approved, String::new()),
        ]
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_disagreement_goes_to_the_raters_superior_and_the_dissent_is_kept(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let early = world.agreements(SITI).escalate_plan(sample::escalate(&draft)).await;
    let early = early.expect_err("nobody disagreed yet");
    assert_eq!(refusal(&early), is(Code::FailedPrecondition, "NOTHING_TO_ESCALATE"));

    let submitted = world.submit(SITI, &draft).await;
    let request = sample::send_back(&submitted);
    let returned =
        world.agreements(HEAD).return_plan(request).await.expect("returned").into_inner();
    let request = sample::escalate(&returned.plan.expect("plan"));
    let escalated = world.agreements(SITI).escalate_plan(request).await.expect("escalated");
    let escalated = escalated.into_inner().plan.expect("plan");

    let status = world.agreements(HEAD).decide_escalation(sample::decide(&escalated, true)).await;
    let status = status.expect_err("the rater is a party");
    assert_eq!(refusal(&status), is(Code::PermissionDenied, "NOT_THE_SUPERIOR"));
    let decided = world.agreements(CHIEF).decide_escalation(sample::decide(&escalated, true)).await;
    let decided = decided.expect("decided").into_inner().plan.expect("plan");
    assert_eq!(decided.state(), pb::PlanState::Approved);
    let agreement = decided.agreement.as_ref().expect("agreement");
    assert_eq!(agreement.decided_by_employee_id, CHIEF.to_string());
    assert_eq!(agreement.rater.as_ref().expect("rater").employee_id, HEAD.to_string());

    let list = world.agreements(CHIEF).list_plan_steps(steps(&draft)).await.expect("steps");
    let kept = list.into_inner().steps;
    assert_eq!(kept[2].reason, "target itu tidak mungkin dengan dua loket");
    assert_eq!(kept[3].reason, "beban sudah dihitung");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_superior_decides_on_nothing_that_the_rater_has_not_seen(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let submitted = world.submit(SITI, &draft).await;
    let returned = world.send_back(HEAD, &submitted).await;
    let request = sample::update(&returned, sample::content());
    let changed = world.plans(SITI).update_plan(request).await.expect("changed").into_inner();
    let changed = changed.plan.expect("plan");
    assert_eq!((changed.state(), &changed.agreement), (pb::PlanState::Draft, &None));

    let refused = world.agreements(SITI).escalate_plan(sample::escalate(&changed)).await;
    let refused = refused.expect_err("the rater has not seen it");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "NOTHING_TO_ESCALATE"));
    let again = world.submit(SITI, &changed).await;
    let returned = world.send_back(HEAD, &again).await;
    let escalated = world.agreements(SITI).escalate_plan(sample::escalate(&returned)).await;
    let escalated = escalated.expect("escalated").into_inner().plan.expect("plan");
    assert_eq!(escalated.state(), pb::PlanState::Escalated);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn nobody_rates_where_the_registry_names_nobody(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(CHIEF, &year).await;
    let status = world.agreements(CHIEF).submit_plan(sample::submit(&draft)).await;
    let status = status.expect_err("no rater");
    assert_eq!(refusal(&status), is(Code::FailedPrecondition, "NO_RATER"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_is_ready_is_signed_at_once_and_each_row_has_its_answer(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let mut ready = Vec::new();
    for employee in [SITI, BUDI] {
        let draft = world.draft(employee, &year).await;
        ready.push(world.submit(employee, &draft).await);
    }
    let chiefs = world.draft(HEAD, &year).await;
    let stale = pb::PlanRow { etag: "\"1\"".into(), ..row(&ready[1]) };
    let request = pb::ApprovePlansRequest {
        rows: vec![row(&ready[0]), stale, row(&chiefs)],
        request_id: request_id(),
    };
    let reply = world.agreements(HEAD).approve_plans(request.clone()).await.expect("answered");
    let outcomes: Vec<_> = reply.into_inner().results.into_iter().map(outcome).collect();
    let expected = ["APPROVED", "ABORTED/ETAG_MISMATCH", "PERMISSION_DENIED/NOT_THE_RATER"];
    assert_eq!(outcomes, expected);

    let again = world.agreements(HEAD).approve_plans(request).await.expect("answered");
    let outcomes: Vec<_> = again.into_inner().results.into_iter().map(outcome).collect();
    assert_eq!(outcomes, expected, "a repeat answers the same");
    let request = pb::ApprovePlansRequest { rows: vec![row(&ready[1])], request_id: request_id() };
    let rest = world.agreements(HEAD).approve_plans(request).await.expect("answered");
    assert_eq!(outcome(rest.into_inner().results.remove(0)), "APPROVED");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_row_that_cannot_be_measured_names_its_faults(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let mut content = sample::content();
    content.results[0].indicators[0].data_source = String::new();
    let request =
        pb::CreatePlanRequest { content: Some(content), ..sample::create_plan(&year.period_id) };
    let made = world.plans(SITI).create_plan(request).await.expect("draft").into_inner();
    let rows = vec![row(&made.plan.expect("plan"))];
    let request = pb::SubmitPlansRequest { rows, request_id: request_id() };
    let reply = world.agreements(SITI).submit_plans(request).await.expect("answered").into_inner();
    let Some(Outcome::Refusal(refusal)) = reply.results[0].outcome.clone() else {
        panic!("a refusal")
    };
    assert_eq!(refusal.faults[0].field, "results[0].indicators[0].data_source");
}

pub(crate) fn outcome(result: pb::PlanRowResult) -> String {
    match result.outcome.expect("an outcome") {
        Outcome::Plan(plan) => {
            plan.state().as_str_name().trim_start_matches("PLAN_STATE_").to_owned()
        }
        Outcome::Refusal(refusal) => format!("{}/{}", refusal.code, refusal.reason),
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn of_two_decisions_at_once_one_stands(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let submitted = world.submit(SITI, &draft).await;
    let (mut one, mut other) = (world.agreements(HEAD), world.agreements(HEAD));
    let (approved, returned) = tokio::join!(
        one.approve_plan(sample::approve(&submitted)),
        other.return_plan(sample::send_back(&submitted)),
    );
    let refused = match (approved, returned) {
        (Ok(_), Err(status)) | (Err(status), Ok(_)) => status,
        both => panic!("one decision stands, not {both:?}"),
    };
    assert_eq!(refusal(&refused), is(Code::Aborted, "ETAG_MISMATCH"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_database_refuses_what_the_rules_forbid(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    world.approved(&year).await;
    let forbidden = [
        ("decided_by = superior_employee_id", "plans_decision_whole"),
        ("decided_by = employee_id", "plans_decided_by_authority"),
        ("rater_employee_id = employee_id, decided_by = employee_id", "plans_rater_is_another"),
        ("submitted_at = closes_at", "plans_submitted_in_window"),
        ("state = 'SUBMITTED'", "plans_waiting_is_undecided"),
        ("state = 'DRAFT'", "plans_draft_is_untouched"),
        ("opens_at = opens_at - interval '1 day'", "plans_window"),
    ];
    for (change, constraint) in forbidden {
        let statement = sqlx::AssertSqlSafe(format!("UPDATE plans SET {change}"));
        let error = sqlx::query(statement).execute(&world.pool).await.expect_err(change);
        assert_eq!(kinerja_kit::errors::constraint(&error), Some(constraint), "{change}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn nothing_moves_in_a_closed_period(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let submitted = world.submit(SITI, &draft).await;
    world.clock.set(at("2027-01-10T01:00:00Z"));
    let request = pb::ClosePeriodRequest {
        period_id: year.period_id.clone(),
        etag: year.etag.clone(),
        request_id: request_id(),
    };
    world.periods().close_period(request).await.expect("closed");
    let status = world.agreements(HEAD).approve_plan(sample::approve(&submitted)).await;
    let status = status.expect_err("closed");
    assert_eq!(refusal(&status), is(Code::FailedPrecondition, "PERIOD_NOT_OPEN"));
}
