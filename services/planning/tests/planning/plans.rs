use kinerja_planning::MIGRATOR;
use sqlx::PgPool;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::{
    faults, is, pb, refusal, sample,
    world::{BUDI, CHIEF, HEAD, SITI, World, at},
};

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_draft_goes_on_while_the_registry_is_away(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    world.registry.go_away();
    let draft = world.draft(SITI, &year).await;
    let content = pb::PlanContent { support: "tiga loket".into(), ..sample::content() };
    let request = sample::update(&draft, content);
    let updated = world.plans(SITI).update_plan(request).await.expect("updated").into_inner();
    let updated = updated.plan.expect("plan");

    let request = sample::submit(&updated);
    let status = world.agreements(SITI).submit_plan(request).await.expect_err("registry away");
    assert_eq!(refusal(&status), is(Code::Unavailable, "NEIGHBOUR_UNAVAILABLE"));
    assert!(status.get_details_retry_info().is_some());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_was_planned_is_read_as_it_was_written(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let read = world.plans(SITI).get_plan(sample::get(&draft, 0)).await.expect("read").into_inner();
    assert_eq!(read.plan.as_ref(), Some(&draft));
    let content = draft.content.expect("content");
    let targets = content.results[0].indicators[2].target.clone().expect("target");
    assert_eq!((targets.min.as_str(), targets.max.as_str()), ("1200", "1200"));
    assert_eq!(draft.assignment.expect("assignment").position_name, "Pengelola Perizinan");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn ids_are_kept_when_a_plan_is_changed(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let mut content = draft.content.clone().expect("content");
    content.results.swap(0, 1);
    let request = sample::update(&draft, content.clone());
    let updated = world.plans(SITI).update_plan(request).await.expect("updated").into_inner();
    assert_eq!(updated.plan.expect("plan").content, Some(content));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn there_is_one_plan_for_a_post_and_a_year(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let request = || sample::create_plan(&year.period_id);
    let status = world.plans(SITI).create_plan(request()).await.expect_err("taken");
    assert_eq!(refusal(&status), is(Code::AlreadyExists, "PLAN_TAKEN"));

    let submitted = world.submit(SITI, &draft).await;
    world.approve(HEAD, &submitted).await;
    let status = world.plans(SITI).create_plan(request()).await.expect_err("taken");
    assert_eq!(refusal(&status), is(Code::AlreadyExists, "PLAN_TAKEN"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn everything_that_cannot_be_measured_is_named(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let mut content = sample::content();
    content.results[0].indicators[0].pair = String::new();
    content.results[0].indicators[2].target = None;
    content.results[1].indicators.clear();
    let request =
        pb::CreatePlanRequest { content: Some(content), ..sample::create_plan(&year.period_id) };
    let made = world.plans(SITI).create_plan(request).await.expect("a draft may be unfinished");
    let draft = made.into_inner().plan.expect("plan");

    let expected = [
        "results[0].indicators[2].target",
        "results[0].indicators[1].pair",
        "results[1].indicators",
    ];
    let request = pb::CheckPlanRequest { plan_id: draft.plan_id.clone() };
    let checked = world.plans(SITI).check_plan(request).await.expect("checked").into_inner();
    let named: Vec<_> = checked.faults.into_iter().map(|fault| fault.field).collect();
    assert_eq!(named, expected);

    let request = sample::submit(&draft);
    let status = world.agreements(SITI).submit_plan(request).await.expect_err("not measurable");
    assert_eq!(refusal(&status), is(Code::InvalidArgument, "INVALID_FIELDS"));
    assert_eq!(faults(&status), expected);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_faulty_field_is_named(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let mut content = sample::content();
    content.results[0].kind = 0;
    content.results[0].indicators[0].target =
        Some(pb::Target { min: "9".into(), max: "8".into(), unit: "hari".into() });
    content.results[1].indicators[0].aspect = 99;
    content.expectations.push(content.expectations[0].clone());
    let request = pb::CreatePlanRequest {
        content: Some(content),
        starts_on: "soon".into(),
        ..sample::create_plan(&year.period_id)
    };
    let status = world.plans(SITI).create_plan(request).await.expect_err("invalid");
    assert_eq!(
        faults(&status),
        [
            "starts_on",
            "content.results[0].kind",
            "content.results[0].indicators[0].target.max",
            "content.results[1].indicators[0].aspect",
            "content.expectations[1].core_value",
        ]
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_submitted_plan_does_not_change(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let submitted = world.submit(SITI, &draft).await;
    let request = sample::update(&submitted, sample::content());
    let status = world.plans(SITI).update_plan(request).await.expect_err("submitted");
    assert_eq!(refusal(&status), is(Code::FailedPrecondition, "PLAN_NOT_EDITABLE"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_stale_etag_is_refused(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let request = sample::update(&draft, sample::content());
    world.plans(SITI).update_plan(request).await.expect("updated");
    let request = sample::update(&draft, sample::content());
    let status = world.plans(SITI).update_plan(request).await.expect_err("stale");
    assert_eq!(refusal(&status), is(Code::Aborted, "ETAG_MISMATCH"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_repeated_request_makes_one_plan(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let request = sample::create_plan(&year.period_id);
    let first = world.plans(SITI).create_plan(request.clone()).await.expect("first").into_inner();
    let second = world.plans(SITI).create_plan(request).await.expect("second").into_inner();
    assert_eq!(first, second);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn plans_are_submitted_within_a_window(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    world.clock.set(at("2026-01-31T15:59:59Z"));
    let other = world.draft(BUDI, &year).await;
    world.submit(BUDI, &other).await;
    world.clock.set(at("2026-01-31T16:00:00Z"));
    let request = sample::submit(&draft);
    let status = world.agreements(SITI).submit_plan(request).await.expect_err("closed");
    assert_eq!(refusal(&status), is(Code::FailedPrecondition, "WINDOW_CLOSED"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_late_comer_submits_in_the_window_of_amendments(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    world.clock.set(at("2026-06-10T01:00:00Z"));
    let request = pb::CreatePlanRequest {
        starts_on: "2026-06-08".into(),
        ..sample::create_plan(&year.period_id)
    };
    let made = world.plans(SITI).create_plan(request).await.expect("draft").into_inner();
    let submitted = world.submit(SITI, &made.plan.expect("plan")).await;
    assert_eq!(submitted.starts_on, "2026-06-08");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_plan_is_read_by_those_concerned_and_every_reading_of_another_is_noted(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let status = world.plans(HEAD).get_plan(sample::get(&draft, 0)).await.expect_err("a draft");
    assert_eq!(refusal(&status), is(Code::PermissionDenied, "NOT_YOUR_PLAN"));

    let submitted = world.submit(SITI, &draft).await;
    for reader in [SITI, HEAD] {
        world.plans(reader).get_plan(sample::get(&submitted, 0)).await.expect("concerned");
    }
    world.officers_plans().get_plan(sample::get(&submitted, 0)).await.expect("an officer");
    for stranger in [BUDI, CHIEF] {
        let status = world.plans(stranger).get_plan(sample::get(&submitted, 0)).await;
        let status = status.expect_err("a stranger");
        assert_eq!(refusal(&status), is(Code::PermissionDenied, "NOT_YOUR_PLAN"));
    }
    let World { served, pool, .. } = world;
    served.stop().await;
    let noted: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM access_log WHERE method = 'GetPlan' AND subject_employee_id = $1",
    )
    .bind(SITI)
    .fetch_one(&pool)
    .await
    .expect("count");
    assert_eq!(noted, 2);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_plan_of_another_government_is_not_there(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let elsewhere = "12.76".parse().expect("a tenant");
    let identity = kinerja_kit::auth::Identity::employee(&elsewhere, SITI);
    let mut plans = pb::plan_service_client::PlanServiceClient::new(world.channel(&identity));
    let status = plans.get_plan(sample::get(&draft, 0)).await.expect_err("another government");
    assert_eq!(refusal(&status), is(Code::NotFound, "PLAN_NOT_FOUND"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_plan_ends_with_its_assignment_and_makes_room_for_another(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let approved = world.approved(&year).await;
    let request = sample::close(&approved, "2027-01-01");
    let status = world.officers_plans().close_plan(request).await.expect_err("outside");
    assert_eq!(refusal(&status), is(Code::InvalidArgument, "DATE_OUTSIDE_PERIOD"));

    let request = sample::close(&approved, "2026-06-30");
    let closed = world.officers_plans().close_plan(request).await.expect("closed").into_inner();
    let closed = closed.plan.expect("plan");
    assert_eq!((closed.state(), closed.ends_on.as_str()), (pb::PlanState::Closed, "2026-06-30"));
    let told: Vec<String> =
        sqlx::query_scalar("SELECT type_name FROM outbox WHERE key = $1::uuid ORDER BY revision")
            .bind(&approved.plan_id)
            .fetch_all(&world.pool)
            .await
            .expect("events");
    assert_eq!(told, ["kinerja.events.v1.PlanApproved", "kinerja.events.v1.PlanClosed"]);
    world.draft(SITI, &year).await;
}
