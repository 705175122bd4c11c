use kinerja_planning::MIGRATOR;
use sqlx::PgPool;
use tonic::Code;
use uuid::Uuid;

use crate::{
    faults, is, pb, refusal, sample,
    world::{BUDI, CHILD_UNIT, HEAD, SITI, UNIT, World},
};

fn list(year: &pb::Period, units: &[Uuid], subtree: bool) -> pb::ListPlansRequest {
    pb::ListPlansRequest {
        period_id: year.period_id.clone(),
        unit_ids: units.iter().map(ToString::to_string).collect(),
        include_subtree: subtree,
        ..Default::default()
    }
}

async fn employees(world: &World, request: pb::ListPlansRequest) -> Vec<String> {
    let mut seen = Vec::new();
    let mut request = request;
    loop {
        let page = world.officers_plans().list_plans(request.clone()).await.expect("page");
        let page = page.into_inner();
        seen.extend(page.plans.into_iter().map(|plan| plan.employee_id));
        if page.next_page_token.is_empty() {
            return seen;
        }
        request.page_token = page.next_page_token;
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn plans_are_listed_by_unit_with_those_below(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    for employee in [BUDI, HEAD, SITI] {
        world.draft(employee, &year).await;
    }
    let [siti, head, budi] = [SITI, HEAD, BUDI].map(|employee| employee.to_string());
    let own = employees(&world, list(&year, &[UNIT], false)).await;
    assert_eq!(own, [siti.clone(), head.clone()]);
    let all = employees(&world, list(&year, &[UNIT], true)).await;
    assert_eq!(all, [siti, head, budi.clone()]);
    assert_eq!(employees(&world, list(&year, &[CHILD_UNIT], true)).await, [budi]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn pages_join_up_without_gaps(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let mut made = Vec::new();
    for number in 0..7 {
        let employee = Uuid::from_u128(0x40 + number);
        world.employ(employee, UNIT, 1).await;
        world.draft(employee, &year).await;
        made.push(employee.to_string());
    }
    let request = pb::ListPlansRequest { page_size: 2, ..list(&year, &[UNIT], true) };
    assert_eq!(employees(&world, request).await, made);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn plans_are_listed_by_state(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    world.draft(HEAD, &year).await;
    world.approved(&year).await;
    let states = vec![pb::PlanState::Approved.into()];
    let request = pb::ListPlansRequest { states, ..list(&year, &[UNIT], true) };
    assert_eq!(employees(&world, request).await, [SITI.to_string()]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_page_token_belongs_to_its_request(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    for employee in [SITI, HEAD] {
        world.draft(employee, &year).await;
    }
    let request = pb::ListPlansRequest { page_size: 1, ..list(&year, &[UNIT], true) };
    let page = world.officers_plans().list_plans(request.clone()).await.expect("page");
    let other = pb::ListPlansRequest {
        include_subtree: false,
        page_token: page.into_inner().next_page_token,
        ..request
    };
    let status = world.officers_plans().list_plans(other).await.expect_err("another request");
    assert_eq!(faults(&status), ["page_token"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_list_names_its_period_and_its_units(pool: PgPool) {
    let world = World::new(pool).await;
    let unknown = pb::Period { period_id: Uuid::from_u128(9).to_string(), ..Default::default() };
    let status = world.officers_plans().list_plans(list(&unknown, &[UNIT], true)).await;
    assert_eq!(refusal(&status.expect_err("no period")), is(Code::NotFound, "PERIOD_NOT_FOUND"));
    let status = world.officers_plans().list_plans(list(&unknown, &[], true)).await;
    assert_eq!(faults(&status.expect_err("no units")), ["unit_ids"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_longest_wait_comes_first(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    for employee in [BUDI, SITI] {
        let draft = world.draft(employee, &year).await;
        world.clock.set(world.clock.now() + jiff::SignedDuration::from_mins(1));
        world.submit(employee, &draft).await;
    }
    let mut waiting = Vec::new();
    let mut page_token = String::new();
    for _ in 0..2 {
        let request = pb::ListWaitingPlansRequest { page_size: 1, page_token };
        let page = world.agreements(HEAD).list_waiting_plans(request).await.expect("page");
        let page = page.into_inner();
        waiting.extend(page.plans.into_iter().map(|plan| plan.employee_id));
        page_token = page.next_page_token;
    }
    assert_eq!(waiting, [BUDI.to_string(), SITI.to_string()]);
    assert_eq!(page_token, "");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_employee_finds_every_version_of_the_own_plans(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let approved = world.approved(&year).await;
    world.plans(SITI).amend_plan(sample::amend(&approved)).await.expect("amended");
    let request =
        || pb::ListEmployeePlansRequest { employee_id: SITI.to_string(), ..Default::default() };
    let list = world.plans(SITI).list_employee_plans(request()).await.expect("list").into_inner();
    let versions: Vec<_> = list.plans.iter().map(|plan| plan.version).collect();
    assert_eq!(versions, [2, 1]);
    let status = world.plans(BUDI).list_employee_plans(request()).await.expect_err("another's");
    assert_eq!(refusal(&status), is(Code::PermissionDenied, "NOT_YOUR_PLAN"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn no_list_shows_a_row_of_another_government(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    world.draft(SITI, &year).await;
    let elsewhere = "12.76".parse().expect("a tenant");
    let officer =
        kinerja_kit::auth::Identity::officer(&elsewhere, kinerja_kit::auth::Role::HrOfficer);
    let mut plans = pb::plan_service_client::PlanServiceClient::new(world.channel(&officer));
    let status = plans.list_plans(list(&year, &[UNIT], true)).await.expect_err("another's year");
    assert_eq!(refusal(&status), is(Code::NotFound, "PERIOD_NOT_FOUND"));
    let request =
        pb::ListEmployeePlansRequest { employee_id: SITI.to_string(), ..Default::default() };
    let list = plans.list_employee_plans(request).await.expect("an empty list").into_inner();
    assert_eq!(list.plans, []);
}
