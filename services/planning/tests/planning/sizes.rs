//! What is as large as it may be is still read by a stock client, which takes four MiB.

use kinerja_planning::MIGRATOR;
use prost::Message as _;
use sqlx::PgPool;

use crate::{
    faults, pb, sample,
    world::{HEAD, SITI, World, at},
};

const MIB: usize = 1 << 20;

/// A plan of 200 indicators that is just about as large as a plan may be.
fn largest() -> pb::PlanContent {
    let mut content = sample::content();
    let indicator =
        pb::Indicator { pair: String::new(), ..content.results[0].indicators[2].clone() };
    content.results[0].indicators = vec![indicator; 20];
    content.results = vec![content.results[0].clone(); 10];
    let room = MIB - content.encoded_len() - 200 * 8;
    for indicator in content.results.iter_mut().flat_map(|result| &mut result.indicators) {
        indicator.success = "a".repeat((room / 200).min(4000));
        indicator.data_source = "b".repeat((room / 200).saturating_sub(4000).min(3000));
    }
    content
}

async fn draft(world: &World, content: pb::PlanContent) -> Result<pb::Plan, tonic::Status> {
    let year = world.year().await;
    let request =
        pb::CreatePlanRequest { content: Some(content), ..sample::create_plan(&year.period_id) };
    Ok(world.plans(SITI).create_plan(request).await?.into_inner().plan.expect("plan"))
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_plan_is_no_larger_than_what_is_read_of_it(pool: PgPool) {
    let world = World::new(pool).await;
    let mut content = largest();
    assert!(content.encoded_len() > MIB - MIB / 10);
    content.support = "a".repeat(4000);
    content.accountability = "a".repeat(4000);
    while content.encoded_len() <= MIB {
        let more = content.results[0].clone();
        content.results.push(pb::WorkResult { indicators: vec![], name: "a".repeat(1000), ..more });
    }
    let refused = draft(&world, content).await.expect_err("too large");
    assert_eq!(faults(&refused), ["content"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_plan_has_no_more_than_two_hundred_indicators(pool: PgPool) {
    let world = World::new(pool).await;
    let mut content = sample::content();
    content.results[0].indicators = vec![content.results[0].indicators[2].clone(); 20];
    content.results = vec![content.results[0].clone(); 11];
    let refused = draft(&world, content).await.expect_err("too many");
    assert_eq!(faults(&refused), ["content.results"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_largest_plan_and_everything_recorded_of_it_is_read(pool: PgPool) {
    let world = World::new(pool).await;
    let draft = draft(&world, largest()).await.expect("a draft");
    let submitted = world.submit(SITI, &draft).await;
    let plan = world.approve(HEAD, &submitted).await;
    world.clock.set(at("2026-12-10T01:00:00Z"));
    let period = pb::Period { period_id: plan.period_id.clone(), ..Default::default() };
    let mut request = sample::record(&plan, &period, "", &["1000"; 200]);
    for record in &mut request.records {
        record.narrative = "a".repeat(MIB / 200 - 4000);
        record.evidence = "b".repeat(4000);
    }
    let mut realisations = world.realisations(SITI);
    let recorded = realisations.record_realisations(request.clone()).await.expect("recorded");
    let recorded = recorded.into_inner().results.expect("results");
    let get = pb::GetPlanResultsRequest { plan_id: plan.plan_id.clone(), ..Default::default() };
    let read = realisations.get_plan_results(get).await.expect("read").into_inner();
    assert_eq!(read.results.as_ref(), Some(&recorded));
    assert_eq!(recorded.realisations.len(), 200);

    // One word more, said of one indicator, would be too much of all of them.
    request.records.truncate(1);
    request.records[0].narrative = "a".repeat(4000);
    request.etag = recorded.etag;
    request.request_id = crate::world::request_id();
    let refused = realisations.record_realisations(request).await.expect_err("too long");
    assert_eq!(faults(&refused), ["records"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn steps_with_long_reasons_are_listed_in_pages_that_a_client_takes(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let plan = world.draft(SITI, &year).await;
    let steps = 300;
    sqlx::query(
        "INSERT INTO plan_steps (tenant_id, plan_id, revision, version, kind, actor_employee_id, taken_at, reason)
         SELECT tenant_id, plan_id, 1 + nth, version, 'RETURNED', employee_id, created_at, repeat('𝄞', 4000)
         FROM plans, generate_series(1, $1) AS nth",
    )
    .bind(steps)
    .execute(&world.pool)
    .await
    .expect("steps");
    let mut request =
        pb::ListPlanStepsRequest { plan_id: plan.plan_id, page_size: 500, ..Default::default() };
    let mut listed = 0;
    loop {
        let page = world.agreements(SITI).list_plan_steps(request.clone()).await;
        let page = page.expect("a page").into_inner();
        listed += page.steps.len();
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(listed, usize::try_from(steps).expect("small"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_row_of_many_names_no_more_than_twenty_faults(pool: PgPool) {
    let world = World::new(pool).await;
    let mut content = sample::content();
    let spoiled = pb::Indicator { target: None, ..content.results[0].indicators[2].clone() };
    content.results[0].indicators = vec![spoiled; 20];
    content.results.push(content.results[0].clone());
    let plan = draft(&world, content).await.expect("a draft");
    let request = pb::SubmitPlansRequest {
        rows: vec![crate::agreements::row(&plan)],
        request_id: crate::world::request_id(),
    };
    let reply = world.agreements(SITI).submit_plans(request).await.expect("answered").into_inner();
    let Some(pb::plan_row_result::Outcome::Refusal(refusal)) = &reply.results[0].outcome else {
        panic!("{reply:?}")
    };
    assert_eq!(refusal.faults.len(), 20);
    let check = pb::CheckPlanRequest { plan_id: plan.plan_id };
    let all = world.plans(SITI).check_plan(check).await.expect("checked").into_inner();
    assert!(all.faults.len() > 20);
}
