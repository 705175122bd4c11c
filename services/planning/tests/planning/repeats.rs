//! A request that was carried out is told again from the present state, whoever is away.

use kinerja_planning::MIGRATOR;
use pb::plan_row_result::Outcome;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    agreements::{outcome, row},
    pb, sample,
    world::{BUDI, CHIEF, HEAD, SITI, World, at, request_id},
};

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_was_done_is_told_again_while_the_registry_is_away(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let submit = sample::submit(&draft);
    let submitted = world.agreements(SITI).submit_plan(submit.clone()).await.expect("submitted");
    let send_back = sample::send_back(&submitted.into_inner().plan.expect("plan"));
    let returned = world.agreements(HEAD).return_plan(send_back.clone()).await.expect("returned");
    let returned = returned.into_inner().plan.expect("plan");
    // Returned, it could be submitted anew, for which the registry would be asked.
    world.registry.go_away();
    let replayed = world.agreements(SITI).submit_plan(submit).await.expect("told again");
    assert_eq!(replayed.into_inner().plan.as_ref(), Some(&returned));
    let replayed = world.agreements(HEAD).return_plan(send_back).await.expect("told again");
    assert_eq!(replayed.into_inner().plan, Some(returned));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn many_that_were_submitted_are_told_again_while_the_registry_is_away(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let ready = world.draft(SITI, &year).await;
    let others = world.draft(BUDI, &year).await;
    let request =
        pb::SubmitPlansRequest { rows: vec![row(&ready), row(&others)], request_id: request_id() };
    let reply = world.agreements(SITI).submit_plans(request.clone()).await.expect("results");
    let submitted = match reply.into_inner().results.swap_remove(0).outcome {
        Some(Outcome::Plan(plan)) => plan,
        other => panic!("{other:?}"),
    };
    world.send_back(HEAD, &submitted).await;
    world.registry.go_away();
    let again = world.agreements(SITI).submit_plans(request).await.expect("told again");
    let outcomes: Vec<_> = again.into_inner().results.into_iter().map(outcome).collect();
    assert_eq!(outcomes, ["RETURNED", "PERMISSION_DENIED/NOT_YOUR_PLAN"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_was_refused_is_neither_done_by_a_repeat_nor_told_as_done(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(CHIEF, &year).await;
    let request = pb::SubmitPlansRequest { rows: vec![row(&draft)], request_id: request_id() };
    assert_eq!(submit_all(&world, CHIEF, &request).await, ["FAILED_PRECONDITION/NO_RATER"]);
    world.registry.set_line(CHIEF, HEAD, None);
    assert_eq!(submit_all(&world, CHIEF, &request).await, ["ABORTED/ETAG_MISMATCH"]);
    let read = world.plans(CHIEF).get_plan(sample::get(&draft, 0)).await.expect("read");
    assert_eq!(read.into_inner().plan.as_ref(), Some(&draft));

    world.clock.set(at("2026-01-15T02:00:00Z"));
    let anew = pb::SubmitPlansRequest { request_id: request_id(), ..request.clone() };
    assert_eq!(submit_all(&world, CHIEF, &anew).await, ["SUBMITTED"]);
    assert_eq!(submit_all(&world, CHIEF, &anew).await, ["SUBMITTED"], "told again");
    let other = submit_all(&world, CHIEF, &request).await;
    assert_eq!(other, ["ABORTED/ETAG_MISMATCH"], "another request did it");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_was_done_is_told_again_whatever_followed(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let request = pb::SubmitPlansRequest { rows: vec![row(&draft)], request_id: request_id() };
    assert_eq!(submit_all(&world, SITI, &request).await, ["SUBMITTED"]);
    let submitted = world.plans(SITI).get_plan(sample::get(&draft, 0)).await.expect("read");
    let returned = world.send_back(HEAD, &submitted.into_inner().plan.expect("plan")).await;
    let update = sample::update(&returned, sample::content());
    world.plans(SITI).update_plan(update).await.expect("changed");
    assert_eq!(submit_all(&world, SITI, &request).await, ["DRAFT"]);

    let changed = world.plans(SITI).get_plan(sample::get(&draft, 0)).await.expect("read");
    let again = world.submit(SITI, &changed.into_inner().plan.expect("plan")).await;
    let others = world.draft(BUDI, &year).await;
    let rows = vec![row(&again), row(&others)];
    let request = pb::ApprovePlansRequest { rows, request_id: request_id() };
    let refused = "PERMISSION_DENIED/NOT_THE_RATER";
    assert_eq!(approve_all(&world, HEAD, &request).await, ["APPROVED", refused]);
    let approved = world.plans(SITI).get_plan(sample::get(&draft, 0)).await.expect("read");
    let amend = sample::amend(&approved.into_inner().plan.expect("plan"));
    world.plans(SITI).amend_plan(amend).await.expect("amended");
    assert_eq!(approve_all(&world, HEAD, &request).await, ["DRAFT", refused]);
    let anew = pb::ApprovePlansRequest { request_id: request_id(), ..request };
    assert_eq!(approve_all(&world, HEAD, &anew).await, [refused, refused], "did nothing itself");
}

async fn approve_all(world: &World, who: Uuid, request: &pb::ApprovePlansRequest) -> Vec<String> {
    let reply = world.agreements(who).approve_plans(request.clone()).await.expect("answered");
    reply.into_inner().results.into_iter().map(outcome).collect()
}

async fn submit_all(world: &World, who: Uuid, request: &pb::SubmitPlansRequest) -> Vec<String> {
    let reply = world.agreements(who).submit_plans(request.clone()).await.expect("answered");
    reply.into_inner().results.into_iter().map(outcome).collect()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_an_officer_is_told_again_of_a_plan_is_in_the_access_log(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let plan = world.approved(&year).await;
    let request = sample::close(&plan, "2026-06-30");
    let mut plans = world.officers_plans();
    let closed = plans.close_plan(request.clone()).await.expect("closed").into_inner();
    let again = plans.close_plan(request).await.expect("told again").into_inner();
    assert_eq!(closed, again);
    let World { served, pool, .. } = world;
    served.stop().await;
    let noted: Vec<Uuid> =
        sqlx::query_scalar("SELECT subject_employee_id FROM access_log WHERE method = 'ClosePlan'")
            .fetch_all(&pool)
            .await
            .expect("entries");
    assert_eq!(noted, [SITI, SITI], "once when it was closed, once when it was told");
}
