//! Who holds which position.

use kinerja_registry::MIGRATOR;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    is, pb, refusal,
    world::{World, definitive, head, post, request_id},
};

fn acting(
    kind: pb::AssignmentKind,
    employee: &pb::Employee,
    position: &pb::Position,
) -> pb::CreateAssignmentRequest {
    let from_on = "2026-02-01".into();
    pb::CreateAssignmentRequest { kind: kind.into(), from_on, ..definitive(employee, position) }
}

fn end(assignment: &pb::Assignment, until_on: &str) -> pb::EndAssignmentRequest {
    pb::EndAssignmentRequest {
        assignment_id: assignment.assignment_id.clone(),
        until_on: until_on.into(),
        etag: assignment.etag.clone(),
        request_id: request_id(),
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_person_holds_one_definitive_position_at_a_time(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    let member = world.member(1, post(&unit, pb::PositionKind::Pelaksana)).await;
    let employee = world.get(&member.employee_id).await;
    let other = world.position(post(&unit, pb::PositionKind::Pelaksana)).await;
    for from_on in ["2026-01-01", "2019-01-01"] {
        let second = pb::CreateAssignmentRequest {
            from_on: from_on.into(),
            ..definitive(&employee, &other)
        };
        let refused = world.assignments().create_assignment(second).await.expect_err("a second");
        assert_eq!(refusal(&refused), is(Code::AlreadyExists, "DEFINITIVE_ASSIGNMENT_EXISTS"));
    }
    let before = pb::CreateAssignmentRequest {
        from_on: "2018-01-01".into(),
        until_on: "2020-01-01".into(),
        ..definitive(&employee, &other)
    };
    world.assign(before).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn two_replicas_give_a_person_one_definitive_position(pool: PgPool) {
    let world = World::new(pool).await;
    let replica = world.replica().await;
    let unit = world.unit("Dinas", "").await;
    for nth in 1..=5 {
        let employee = world.employee(nth).await;
        let first = world.position(post(&unit, pb::PositionKind::Pelaksana)).await;
        let second = world.position(post(&unit, pb::PositionKind::Pelaksana)).await;
        let (mut here, mut there) = (world.assignments(), replica.assignments());
        let (one, other) = tokio::join!(
            here.create_assignment(definitive(&employee, &first)),
            there.create_assignment(definitive(&employee, &second)),
        );
        assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|ok| **ok).count(), 1);
        let refused = one.err().or(other.err()).expect("one is refused");
        assert_eq!(refusal(&refused), is(Code::AlreadyExists, "DEFINITIVE_ASSIGNMENT_EXISTS"));
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn two_replicas_never_fill_a_seat_twice(pool: PgPool) {
    let world = World::new(pool).await;
    let replica = world.replica().await;
    let unit = world.unit("Dinas", "").await;
    let position = world.position(post(&unit, pb::PositionKind::Pelaksana)).await;
    let (first, second) = (world.employee(1).await, world.employee(2).await);
    let (mut here, mut there) = (world.assignments(), replica.assignments());
    let (one, other) = tokio::join!(
        here.create_assignment(definitive(&first, &position)),
        there.create_assignment(definitive(&second, &position)),
    );
    assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|ok| **ok).count(), 1);
    let refused = one.err().or(other.err()).expect("one is refused");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "SEATS_TAKEN"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_same_request_at_two_replicas_is_done_once(pool: PgPool) {
    let world = World::new(pool).await;
    let replica = world.replica().await;
    let unit = world.unit("Dinas", "").await;
    let position = world.position(post(&unit, pb::PositionKind::Pelaksana)).await;
    let request = definitive(&world.employee(1).await, &position);
    let (mut here, mut there) = (world.assignments(), replica.assignments());
    let (one, other) =
        tokio::join!(here.create_assignment(request.clone()), there.create_assignment(request),);
    assert_eq!(one.expect("one").into_inner(), other.expect("other").into_inner());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_plt_acts_in_a_vacant_position_and_a_plh_for_an_absent_holder(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    let vacant = world.position(head(&unit, pb::PositionKind::Pengawas)).await;
    let held = world.member(1, post(&unit, pb::PositionKind::Pelaksana)).await;
    let stand_in = world.employee(2).await;
    let (plt, plh) = (pb::AssignmentKind::Plt, pb::AssignmentKind::Plh);
    let mut api = world.assignments();
    let refused = api.create_assignment(acting(plh, &stand_in, &vacant)).await;
    let refused = refused.expect_err("nobody is absent");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "POSITION_VACANT"));
    let refused = api.create_assignment(acting(plt, &stand_in, &held.position)).await;
    let refused = refused.expect_err("it is held");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "POSITION_NOT_VACANT"));
    let holder = world.get(&held.employee_id).await;
    let refused = api.create_assignment(acting(plh, &holder, &held.position)).await;
    assert_eq!(refusal(&refused.expect_err("oneself")), is(Code::InvalidArgument, "NEVER_ONESELF"));

    world.assign(acting(plt, &stand_in, &vacant)).await;
    world.assign(acting(plh, &stand_in, &held.position)).await;
    let refused = api.create_assignment(acting(plt, &holder, &vacant)).await.expect_err("a second");
    assert_eq!(refusal(&refused), is(Code::AlreadyExists, "ACTING_OFFICIAL_EXISTS"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_assignment_ends_once_and_after_its_beginning(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    let member = world.member(1, post(&unit, pb::PositionKind::Pelaksana)).await;
    let mut api = world.assignments();
    let refused = api.end_assignment(end(&member.assignment, "2020-01-01")).await;
    let refused = refused.expect_err("too early");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "END_BEFORE_START"));
    let ended = api.end_assignment(end(&member.assignment, "2026-03-01")).await.expect("ended");
    let ended = ended.into_inner().assignment.expect("assignment");
    assert_eq!(world.get(&member.employee_id).await.placement, None);
    let refused = api.end_assignment(end(&ended, "2026-04-01")).await.expect_err("ended");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "ASSIGNMENT_ENDED"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_transfer_ends_one_assignment_and_begins_another(pool: PgPool) {
    let world = World::new(pool).await;
    let (old, new) = (world.unit("A", "").await, world.unit("B", "").await);
    let member = world.member(1, post(&old, pb::PositionKind::Pelaksana)).await;
    let position = world.position(post(&new, pb::PositionKind::Pelaksana)).await;
    let request = pb::TransferEmployeeRequest {
        assignment_id: member.assignment.assignment_id.clone(),
        position_id: position.position_id.clone(),
        from_on: "2026-03-01".into(),
        instrument_number: "821.2/9/2026".into(),
        etag: member.assignment.etag.clone(),
        request_id: request_id(),
    };
    let mut api = world.assignments();
    let done = api.transfer_employee(request.clone()).await.expect("transferred").into_inner();
    assert_eq!(done.ended.as_ref().expect("ended").until_on, "2026-03-01");
    assert_eq!(done.begun.as_ref().expect("begun").unit_id, new.unit_id);
    let again = api.transfer_employee(request).await.expect("a repeat").into_inner();
    assert_eq!(again, done);
    let placement = world.get(&member.employee_id).await.placement.expect("a placement");
    assert_eq!(placement.unit_id, new.unit_id);

    let listed = pb::ListAssignmentsRequest {
        of: Some(pb::list_assignments_request::Of::EmployeeId(member.employee_id)),
        ..Default::default()
    };
    let listed = api.list_assignments(listed).await.expect("listed").into_inner().assignments;
    let days: Vec<_> = listed.iter().map(|assignment| assignment.from_on.as_str()).collect();
    assert_eq!(days, ["2026-03-01", "2020-01-01"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_transfer_of_a_full_position_changes_nothing(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("A", "").await;
    let first = world.member(1, post(&unit, pb::PositionKind::Pelaksana)).await;
    let second = world.member(2, post(&unit, pb::PositionKind::Pelaksana)).await;
    let request = pb::TransferEmployeeRequest {
        assignment_id: first.assignment.assignment_id.clone(),
        position_id: second.position.position_id,
        from_on: "2026-03-01".into(),
        etag: first.assignment.etag.clone(),
        request_id: request_id(),
        ..Default::default()
    };
    let refused = world.assignments().transfer_employee(request).await.expect_err("full");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "SEATS_TAKEN"));
    let get = pb::GetAssignmentRequest { assignment_id: first.assignment.assignment_id.clone() };
    let kept = world.assignments().get_assignment(get).await.expect("kept").into_inner();
    assert_eq!(kept.assignment, Some(first.assignment));
}
