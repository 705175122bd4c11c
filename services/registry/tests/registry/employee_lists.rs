//! Pages of people by one filter.

use kinerja_registry::MIGRATOR;
use pb::list_employees_request::Filter;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    is, pb, refusal,
    world::{World, post, request_id},
};

fn unit(unit: &pb::Unit, with_subtree: bool) -> Filter {
    Filter::Unit(pb::UnitFilter { unit_id: unit.unit_id.clone(), with_subtree })
}

/// Every page of two, joined.
async fn list(world: &World, filter: Option<Filter>, on: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListEmployeesRequest {
            filter: filter.clone(),
            on: on.into(),
            page_size: 2,
            page_token,
        };
        let page = world.employees().list_employees(request).await.expect("a page").into_inner();
        seen.extend(page.employees.into_iter().map(|employee| employee.employee_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return seen;
        }
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn everybody_is_listed_once_in_pages(pool: PgPool) {
    let world = World::new(pool).await;
    let mut made = Vec::new();
    for nth in 1..=5 {
        made.push(world.employee(nth).await.employee_id);
    }
    assert_eq!(list(&world, None, "").await, made);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_subtree_is_listed_by_unit_and_then_person(pool: PgPool) {
    let world = World::new(pool).await;
    let top = world.unit("top", "").await;
    let (left, right) =
        (world.unit("left", &top.unit_id).await, world.unit("right", &top.unit_id).await);
    let other = world.unit("other", "").await;
    let mut expected = Vec::new();
    // People are made against the order of the units.
    for (nth, place) in [&right, &left, &top, &left, &right].into_iter().enumerate() {
        let nth = u16::try_from(nth).expect("few") + 1;
        let member = world.member(nth, post(place, pb::PositionKind::Pelaksana)).await;
        expected.push((place.unit_id.clone(), member.employee_id));
    }
    world.member(9, post(&other, pb::PositionKind::Pelaksana)).await;
    expected.sort_unstable();
    let expected: Vec<_> = expected.into_iter().map(|(_, employee)| employee).collect();
    assert_eq!(list(&world, Some(unit(&top, true)), "").await, expected);
    assert_eq!(list(&world, Some(unit(&top, false)), "").await.len(), 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_unit_lists_who_was_in_it_on_the_day(pool: PgPool) {
    let world = World::new(pool).await;
    let place = world.unit("Dinas", "").await;
    let member = world.member(1, post(&place, pb::PositionKind::Pelaksana)).await;
    let end = pb::EndAssignmentRequest {
        assignment_id: member.assignment.assignment_id,
        until_on: "2026-02-01".into(),
        etag: member.assignment.etag,
        request_id: request_id(),
    };
    world.assignments().end_assignment(end).await.expect("ended");
    assert_eq!(list(&world, Some(unit(&place, false)), "").await, Vec::<String>::new());
    let then = list(&world, Some(unit(&place, false)), "2026-01-31").await;
    assert_eq!(then, [member.employee_id]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn people_are_listed_by_kind_of_position_and_by_status(pool: PgPool) {
    let world = World::new(pool).await;
    let place = world.unit("Dinas", "").await;
    let clerk = world.member(1, post(&place, pb::PositionKind::Pelaksana)).await;
    let expert = world.member(2, post(&place, pb::PositionKind::Functional)).await;
    let functional = Filter::PositionKind(pb::PositionKind::Functional.into());
    assert_eq!(list(&world, Some(functional), "").await, std::slice::from_ref(&expert.employee_id));

    let record = world.get(&clerk.employee_id).await;
    let leave = pb::ChangeStatusRequest {
        employee_id: clerk.employee_id.clone(),
        status: pb::EmployeeStatus::StudyLeave.into(),
        from_on: "2026-02-01".into(),
        etag: record.etag,
        request_id: request_id(),
        ..Default::default()
    };
    world.employees().change_status(leave).await.expect("on leave");
    let of = |status: pb::EmployeeStatus| Some(Filter::Status(status.into()));
    assert_eq!(list(&world, of(pb::EmployeeStatus::StudyLeave), "").await, [clerk.employee_id]);
    let active = list(&world, of(pb::EmployeeStatus::Active), "").await;
    assert_eq!(active, [expert.employee_id]);
    assert_eq!(list(&world, of(pb::EmployeeStatus::Active), "2026-01-01").await.len(), 2);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_unknown_unit_is_not_found(pool: PgPool) {
    let world = World::new(pool).await;
    for with_subtree in [false, true] {
        let unit_id = request_id();
        let filter = Some(Filter::Unit(pb::UnitFilter { unit_id, with_subtree }));
        let request = pb::ListEmployeesRequest { filter, ..Default::default() };
        let refused = world.employees().list_employees(request).await.expect_err("unknown");
        assert_eq!(refusal(&refused), is(Code::NotFound, "UNIT_NOT_FOUND"));
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_list_of_people_is_not_for_everybody(pool: PgPool) {
    let world = World::new(pool).await;
    let employee = world.employee(1).await;
    let mut own = pb::employee_service_client::EmployeeServiceClient::new(
        world.person(&employee.employee_id),
    );
    let refused = own.list_employees(pb::ListEmployeesRequest::default()).await;
    assert_eq!(refused.expect_err("an employee").code(), Code::PermissionDenied);
}
