//! What is as large as it may be is still read by a stock client, which takes four MiB.

use kinerja_competency::MIGRATOR;
use kinerja_proto::competency::v1::{
    self as pb, development_plan_service_client::DevelopmentPlanServiceClient,
};
use sqlx::PgPool;

use super::world::{OFFICER, World};

/// So many of the characters that are longest on the wire.
fn long(characters: usize) -> String {
    "𝄞".repeat(characters)
}

/// Five evaluations of a year, in each of which the rater names twenty things, at length.
async fn name_at_length(world: &World, year: i32) {
    let first = u128::try_from(year).expect("a year") * 10;
    for nth in 0..5 {
        let texts: Vec<String> = (0..20).map(|of| format!("{nth}.{of} {}", long(3990))).collect();
        let improvements: Vec<(&str, &str)> =
            texts.iter().map(|text| (text.as_str(), "M.03")).collect();
        world.finalise_in(year, first + nth, &improvements).await;
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn long_plans_are_listed_in_pages_that_a_client_takes(pool: PgPool) {
    let world = World::new(pool).await;
    for year in [2024, 2025, 2026] {
        name_at_length(&world, year).await;
    }
    // Each of them has come to its end, in as many words as it may.
    sqlx::query("UPDATE development_needs SET state = 'DONE', activity = $1, outcome = $1")
        .bind(long(1000))
        .execute(&world.pool)
        .await
        .expect("done");
    let mut plans = DevelopmentPlanServiceClient::new(world.employee(OFFICER));
    let mut request = pb::ListEmployeeDevelopmentPlansRequest {
        employee_id: OFFICER.to_string(),
        page_size: 500,
        ..Default::default()
    };
    let mut listed = Vec::new();
    loop {
        let page = plans.list_employee_development_plans(request.clone()).await;
        let page = page.expect("a page").into_inner();
        listed.extend(page.plans.into_iter().map(|plan| (plan.year, plan.needs.len())));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(listed, [(2026, 100), (2025, 100), (2024, 100)]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_full_plan_takes_no_further_need(pool: PgPool) {
    let world = World::new(pool).await;
    name_at_length(&world, 2026).await;
    let full = world.plan().await;
    world.finalise(0x61, &[("Satu lagi.", "M.03")]).await;
    assert_eq!(world.plan().await, full);
    let mut plans = DevelopmentPlanServiceClient::new(world.employee(OFFICER));
    let request = pb::GetDevelopmentPlanRequest { plan_id: full.id.clone() };
    let read = plans.get_development_plan(request).await.expect("read").into_inner();
    assert_eq!(read.plan, Some(full));
}
