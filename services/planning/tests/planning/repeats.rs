//! A request that was carried out is told again from the present state, whoever is away.

use kinerja_planning::MIGRATOR;
use pb::plan_row_result::Outcome;
use sqlx::PgPool;

use crate::{
    agreements::{outcome, row},
    pb, sample,
    world::{BUDI, HEAD, SITI, World, request_id},
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
