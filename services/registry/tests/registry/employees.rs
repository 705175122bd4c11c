//! Records of people: numbers, names, ranks, statuses, and who sees what of them.

use kinerja_kit::{auth::Identity, client};
use kinerja_registry::MIGRATOR;
use pb::employee_service_client::EmployeeServiceClient;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    faults, is, pb, refusal,
    world::{TEBING, World, create_employee, definitive, id, number, post, request_id},
};

fn status(employee: &pb::Employee, status: pb::EmployeeStatus) -> pb::ChangeStatusRequest {
    pb::ChangeStatusRequest {
        employee_id: employee.employee_id.clone(),
        status: status.into(),
        from_on: "2026-03-01".into(),
        etag: employee.etag.clone(),
        request_id: request_id(),
        ..Default::default()
    }
}

fn rank(employee: &pb::Employee, rank: &str, from_on: &str) -> pb::ChangeRankRequest {
    pb::ChangeRankRequest {
        employee_id: employee.employee_id.clone(),
        rank: rank.into(),
        from_on: from_on.into(),
        etag: employee.etag.clone(),
        request_id: request_id(),
    }
}

fn get(employee: &pb::Employee) -> pb::GetEmployeeRequest {
    pb::GetEmployeeRequest { employee_id: employee.employee_id.clone(), ..Default::default() }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_identity_number_is_whole_for_its_person_alone(pool: PgPool) {
    let world = World::new(pool).await;
    let employee = world.employee(6).await;
    assert_eq!(employee.identity_number, "***************007");
    let mut own = EmployeeServiceClient::new(world.person(&employee.employee_id));
    let seen = own.get_employee(get(&employee)).await.expect("own").into_inner();
    assert_eq!(seen.employee.expect("employee").identity_number, number(6));
    let colleague = world.employee(7).await;
    let mut other = EmployeeServiceClient::new(world.person(&colleague.employee_id));
    let seen = other.get_employee(get(&employee)).await.expect("a colleague's").into_inner();
    assert_eq!(seen.employee.expect("employee").identity_number, "***************007");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_signed_form_made_by_a_service_has_the_whole_number(pool: PgPool) {
    let world = World::new(pool).await;
    let employee = world.employee(6).await;
    let form = pb::GetEmployeeRequest { for_signed_form: true, ..get(&employee) };
    let seen = world.employees().get_employee(form.clone()).await.expect("an officer");
    assert!(seen.into_inner().employee.expect("employee").identity_number.starts_with('*'));
    let channel = world.served.channel(&Identity::service("planning"));
    let request = client::request(&id(TEBING), form);
    let seen = EmployeeServiceClient::new(channel).get_employee(request).await.expect("a service");
    assert_eq!(seen.into_inner().employee.expect("employee").identity_number, number(6));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_number_that_cannot_be_is_refused_with_the_faulty_part(pool: PgPool) {
    let world = World::new(pool).await;
    let request = pb::CreateEmployeeRequest {
        identity_number: "1.98501E+17".into(),
        rank: "III/f".into(),
        status: pb::EmployeeStatus::ProtectedAbsence.into(),
        ..create_employee(1)
    };
    let refused = world.employees().create_employee(request).await.expect_err("faults");
    assert_eq!(faults(&refused), ["identity_number", "rank", "absence_kind"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_number_belongs_to_one_record(pool: PgPool) {
    let world = World::new(pool).await;
    world.employee(1).await;
    let refused = world.employees().create_employee(create_employee(1)).await.expect_err("taken");
    assert_eq!(refusal(&refused), is(Code::AlreadyExists, "IDENTITY_NUMBER_TAKEN"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn number_and_rank_are_those_of_the_kind_of_employment(pool: PgPool) {
    let world = World::new(pool).await;
    let pppk = pb::EmploymentKind::Pppk.into();
    let wrong = pb::CreateEmployeeRequest { employment_kind: pppk, ..create_employee(1) };
    let refused = world.employees().create_employee(wrong).await.expect_err("a PNS number");
    assert_eq!(refusal(&refused), is(Code::InvalidArgument, "NUMBER_OF_ANOTHER_KIND"));
    let wrong = pb::CreateEmployeeRequest {
        employment_kind: pppk,
        identity_number: "199003122022212004".into(),
        ..create_employee(1)
    };
    let refused = world.employees().create_employee(wrong.clone()).await.expect_err("a PNS rank");
    assert_eq!(refusal(&refused), is(Code::InvalidArgument, "RANK_OF_ANOTHER_KIND"));
    let right = pb::CreateEmployeeRequest { rank: "IX".into(), request_id: request_id(), ..wrong };
    world.employees().create_employee(right).await.expect("a PPPK");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_elected_leader_has_neither_number_nor_rank(pool: PgPool) {
    let world = World::new(pool).await;
    let leader = pb::CreateEmployeeRequest {
        employment_kind: pb::EmploymentKind::StateOfficial.into(),
        identity_number: String::new(),
        rank: String::new(),
        ..create_employee(1)
    };
    let made = world.employees().create_employee(leader).await.expect("a leader").into_inner();
    assert_eq!(made.employee.expect("employee").identity_number, "");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_new_contract_brings_a_new_number_and_the_old_one_stays_in_history(pool: PgPool) {
    let world = World::new(pool).await;
    let first = pb::CreateEmployeeRequest {
        employment_kind: pb::EmploymentKind::Pppk.into(),
        identity_number: "199003122022212004".into(),
        rank: "IX".into(),
        opened_on: "2022-03-01".into(),
        ..create_employee(1)
    };
    let made = world.employees().create_employee(first).await.expect("a PPPK").into_inner();
    let employee = made.employee.expect("employee");
    let change = pb::ChangeIdentityNumberRequest {
        employee_id: employee.employee_id.clone(),
        identity_number: "199003122025222001".into(),
        from_on: "2025-03-01".into(),
        etag: employee.etag.clone(),
        request_id: request_id(),
    };
    world.employees().change_identity_number(change).await.expect("changed");
    let on = |day: &str| pb::GetEmployeeRequest { on: day.into(), ..get(&employee) };
    let mut own = EmployeeServiceClient::new(world.person(&employee.employee_id));
    for (day, expected) in [("2025-02-28", "199003122022212004"), ("", "199003122025222001")] {
        let seen = own.get_employee(on(day)).await.expect("own").into_inner();
        assert_eq!(seen.employee.expect("employee").identity_number, expected);
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_rank_rules_from_its_day_on(pool: PgPool) {
    let world = World::new(pool).await;
    let employee = world.employee(1).await;
    world.employees().change_rank(rank(&employee, "III/c", "2026-04-01")).await.expect("changed");
    assert_eq!(world.get(&employee.employee_id).await.rank, "III/b");
    let april = pb::GetEmployeeRequest { on: "2026-04-01".into(), ..get(&employee) };
    let seen = world.employees().get_employee(april).await.expect("april").into_inner();
    assert_eq!(seen.employee.expect("employee").rank, "III/c");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_kind_of_an_absence_is_not_a_colleagues_business(pool: PgPool) {
    let world = World::new(pool).await;
    let (employee, colleague) = (world.employee(1).await, world.employee(2).await);
    let absent = pb::ChangeStatusRequest {
        absence_kind: pb::AbsenceKind::Maternity.into(),
        ..status(&employee, pb::EmployeeStatus::ProtectedAbsence)
    };
    world.employees().change_status(absent).await.expect("absent");
    let seen = world.get(&employee.employee_id).await;
    assert_eq!(seen.absence_kind(), pb::AbsenceKind::Maternity);
    let mut other = EmployeeServiceClient::new(world.person(&colleague.employee_id));
    let seen = other.get_employee(get(&employee)).await.expect("a colleague's").into_inner();
    let seen = seen.employee.expect("employee");
    assert_eq!(seen.status(), pb::EmployeeStatus::ProtectedAbsence);
    assert_eq!(seen.absence_kind(), pb::AbsenceKind::Unspecified);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn who_is_assigned_does_not_retire(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    let member = world.member(1, post(&unit, pb::PositionKind::Pelaksana)).await;
    let employee = world.get(&member.employee_id).await;
    let retired = status(&employee, pb::EmployeeStatus::Retired);
    let refused = world.employees().change_status(retired).await.expect_err("assigned");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "STILL_ASSIGNED"));

    let end = pb::EndAssignmentRequest {
        assignment_id: member.assignment.assignment_id,
        until_on: "2026-03-01".into(),
        etag: member.assignment.etag,
        request_id: request_id(),
    };
    world.assignments().end_assignment(end).await.expect("ended");
    let employee = world.get(&member.employee_id).await;
    let retired = status(&employee, pb::EmployeeStatus::Retired);
    world.employees().change_status(retired).await.expect("retired");
    let again = pb::CreateAssignmentRequest {
        from_on: "2026-04-01".into(),
        ..definitive(&employee, &member.position)
    };
    let refused = world.assignments().create_assignment(again).await.expect_err("retired");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "NOT_IN_SERVICE"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_stale_etag_is_refused_and_a_repeat_changes_once(pool: PgPool) {
    let world = World::new(pool).await;
    let employee = world.employee(1).await;
    let request = rank(&employee, "III/c", "2026-01-01");
    let first = world.employees().change_rank(request.clone()).await.expect("first").into_inner();
    let second = world.employees().change_rank(request).await.expect("repeat").into_inner();
    assert_eq!(first, second);
    let stale = world.employees().change_rank(rank(&employee, "III/d", "2026-02-01")).await;
    assert_eq!(refusal(&stale.expect_err("stale")), is(Code::Aborted, "ETAG_MISMATCH"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_name_is_corrected_with_its_titles(pool: PgPool) {
    let world = World::new(pool).await;
    let employee = world.employee(1).await;
    let name = pb::PersonName {
        name: "Siti Rahma".into(),
        front_title: "dr.".into(),
        back_title: "Sp.A.".into(),
    };
    let request = pb::UpdateEmployeeRequest {
        employee_id: employee.employee_id,
        name: Some(name),
        employment_kind: pb::EmploymentKind::Pns.into(),
        etag: employee.etag,
        request_id: request_id(),
    };
    let updated = world.employees().update_employee(request).await.expect("updated").into_inner();
    assert_eq!(updated.employee.expect("employee").display_name, "dr. Siti Rahma, Sp.A.");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn history_is_for_the_person_and_hr(pool: PgPool) {
    let world = World::new(pool).await;
    let (employee, colleague) = (world.employee(1).await, world.employee(2).await);
    world.employees().change_rank(rank(&employee, "III/c", "2026-01-01")).await.expect("changed");
    let request = pb::ListEmployeeHistoryRequest {
        employee_id: employee.employee_id.clone(),
        ..Default::default()
    };
    let mut other = EmployeeServiceClient::new(world.person(&colleague.employee_id));
    let refused = other.list_employee_history(request.clone()).await.expect_err("a colleague");
    assert_eq!(refusal(&refused), is(Code::PermissionDenied, "NOT_YOUR_RECORD"));
    let mut own = EmployeeServiceClient::new(world.person(&employee.employee_id));
    let changes = own.list_employee_history(request).await.expect("own").into_inner().changes;
    let days: Vec<_> = changes.iter().map(|change| change.from_on.as_str()).collect();
    assert_eq!(days, ["2026-01-01", "2015-05-01", "2015-05-01", "2015-05-01"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_look_at_another_persons_record_leaves_an_entry(pool: PgPool) {
    let world = World::new(pool).await;
    let (employee, colleague) = (world.employee(1).await, world.employee(2).await);
    let mut other = EmployeeServiceClient::new(world.person(&colleague.employee_id));
    other.get_employee(get(&employee)).await.expect("a colleague's");
    other.get_employee(get(&colleague)).await.expect("own");
    let pool = world.pool.clone();
    world.served.stop().await;
    let entries: Vec<(String, String)> = sqlx::query_as(
        "SELECT method, subject_employee_id::text FROM access_log WHERE method = 'GetEmployee'",
    )
    .fetch_all(&pool)
    .await
    .expect("entries");
    assert_eq!(entries, [("GetEmployee".to_owned(), employee.employee_id)]);
}
