//! Governments, their settings, and that they never see each other.

use kinerja_kit::auth::{Identity, Role};
use kinerja_registry::MIGRATOR;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    faults, is, pb, refusal,
    world::{BATANG, TEBING, World, create_tenant, create_unit, definitive, id, post, request_id},
};

type Units<C> = pb::unit_service_client::UnitServiceClient<C>;
type Employees<C> = pb::employee_service_client::EmployeeServiceClient<C>;

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_government_is_taken_in_once(pool: PgPool) {
    let world = World::new(pool).await;
    let again = world.operators_tenants().create_tenant(create_tenant(TEBING, "Again")).await;
    let again = again.expect_err("known");
    assert_eq!(refusal(&again), is(Code::AlreadyExists, "TENANT_EXISTS"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_repeated_request_takes_a_government_in_once(pool: PgPool) {
    let world = World::new(pool).await;
    let request = create_tenant("52.71", "Kota Mataram");
    let mut api = world.operators_tenants();
    let first = api.create_tenant(request.clone()).await.expect("first").into_inner();
    let second = api.create_tenant(request.clone()).await.expect("second").into_inner();
    assert_eq!(first, second);
    let other = pb::CreateTenantRequest { name: "Another".into(), ..request };
    let reused = api.create_tenant(other).await.expect_err("other arguments");
    assert_eq!(refusal(&reused), is(Code::InvalidArgument, "REQUEST_ID_REUSED"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_faulty_field_of_a_government_is_named(pool: PgPool) {
    let world = World::new(pool).await;
    let request = pb::CreateTenantRequest {
        tenant_id: "1276".into(),
        time_zone: "Europe/Paris".into(),
        ..pb::CreateTenantRequest::default()
    };
    let refused = world.operators_tenants().create_tenant(request).await.expect_err("faults");
    assert_eq!(faults(&refused), ["tenant_id", "time_zone", "name", "request_id"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn only_operators_and_services_and_auditors_list_governments(pool: PgPool) {
    let world = World::new(pool).await;
    let request = pb::ListTenantsRequest::default();
    let denied = world.tenants().list_tenants(request.clone()).await.expect_err("an officer");
    assert_eq!(denied.code(), Code::PermissionDenied);
    let all = world.operators_tenants().list_tenants(request.clone()).await.expect("all");
    let codes: Vec<_> = all.into_inner().tenants.into_iter().map(|t| t.tenant_id).collect();
    assert_eq!(codes, [TEBING, BATANG]);
    let auditor = world.served.channel(&Identity::province("15"));
    let mut auditor = pb::tenant_service_client::TenantServiceClient::new(auditor);
    let own = auditor.list_tenants(request).await.expect("the province's").into_inner().tenants;
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].tenant_id, BATANG);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_operator_of_one_government_reaches_no_other(pool: PgPool) {
    let world = World::new(pool).await;
    let confined = Identity::officer(&id(TEBING), Role::Operator);
    let mut api =
        pb::tenant_service_client::TenantServiceClient::new(world.served.channel(&confined));
    let update = |code: &str| pb::UpdateTenantRequest {
        tenant_id: code.into(),
        name: "Renamed".into(),
        time_zone: "Asia/Jakarta".into(),
        etag: "\"1\"".into(),
        request_id: request_id(),
    };
    let refused = api.update_tenant(update(BATANG)).await.expect_err("another's");
    assert_eq!(refusal(&refused), is(Code::NotFound, "TENANT_NOT_FOUND"));
    let refused = api.create_tenant(create_tenant("52.71", "Kota Mataram")).await;
    assert_eq!(refusal(&refused.expect_err("no scope")), is(Code::NotFound, "TENANT_NOT_FOUND"));
    let own = api.update_tenant(update(TEBING)).await.expect("its own").into_inner();
    assert_eq!(own.tenant.expect("tenant").name, "Renamed");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn another_governments_ids_are_not_found_and_its_lists_are_empty(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    let employee = world.employee(1).await;
    let mut units = Units::new(world.officer_of(BATANG));
    let mut employees = Employees::new(world.officer_of(BATANG));

    let get = pb::GetUnitRequest { unit_id: unit.unit_id.clone(), on: String::new() };
    let refused = units.get_unit(get).await.expect_err("theirs");
    assert_eq!(refusal(&refused), is(Code::NotFound, "UNIT_NOT_FOUND"));
    let get = pb::GetEmployeeRequest {
        employee_id: employee.employee_id,
        ..pb::GetEmployeeRequest::default()
    };
    let refused = employees.get_employee(get).await.expect_err("theirs");
    assert_eq!(refusal(&refused), is(Code::NotFound, "EMPLOYEE_NOT_FOUND"));

    let listed = units.list_units(pb::ListUnitsRequest::default()).await.expect("none");
    assert_eq!(listed.into_inner().units, []);
    let listed = employees.list_employees(pb::ListEmployeesRequest::default()).await.expect("none");
    assert_eq!(listed.into_inner().employees, []);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_belongs_to_another_governments_id_is_not_found(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    let member = world.member(1, post(&unit, pb::PositionKind::Functional)).await;
    let employee = world.get(&member.employee_id).await;
    let theirs = || world.officer_of(BATANG);

    let list = pb::ListPositionsRequest { unit_id: unit.unit_id, ..Default::default() };
    let mut api = pb::position_service_client::PositionServiceClient::new(theirs());
    let refused = api.list_positions(list).await.expect_err("theirs");
    assert_eq!(refusal(&refused), is(Code::NotFound, "UNIT_NOT_FOUND"));
    let of = pb::list_assignments_request::Of::EmployeeId(member.employee_id.clone());
    let list = pb::ListAssignmentsRequest { of: Some(of), ..Default::default() };
    let mut api = pb::assignment_service_client::AssignmentServiceClient::new(theirs());
    let refused = api.list_assignments(list).await.expect_err("theirs");
    assert_eq!(refusal(&refused), is(Code::NotFound, "EMPLOYEE_NOT_FOUND"));
    let list =
        pb::ListRecusalsRequest { employee_id: member.employee_id.clone(), ..Default::default() };
    let mut api = pb::delegation_service_client::DelegationServiceClient::new(theirs());
    let refused = api.list_recusals(list).await.expect_err("theirs");
    assert_eq!(refusal(&refused), is(Code::NotFound, "EMPLOYEE_NOT_FOUND"));
    let release = pb::ReleaseEmployeeRequest {
        employee_id: member.employee_id,
        destination_tenant_id: BATANG.into(),
        left_on: "2026-03-01".into(),
        etag: employee.etag,
        request_id: request_id(),
    };
    let refused = world.arrivals_of(BATANG).release_employee(release).await.expect_err("theirs");
    assert_eq!(refusal(&refused), is(Code::NotFound, "EMPLOYEE_NOT_FOUND"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn rows_of_two_governments_cannot_be_linked(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    let position = world.position(post(&unit, pb::PositionKind::Pelaksana)).await;
    let employee = world.employee(1).await;
    let mut units = Units::new(world.officer_of(BATANG));
    let below = units.create_unit(create_unit("Bidang", &unit.unit_id)).await.expect_err("theirs");
    assert_eq!(refusal(&below), is(Code::NotFound, "UNIT_NOT_FOUND"));
    let mut assignments =
        pb::assignment_service_client::AssignmentServiceClient::new(world.officer_of(BATANG));
    let refused = assignments.create_assignment(definitive(&employee, &position)).await;
    let refused = refused.expect_err("theirs");
    assert_eq!(refusal(&refused), is(Code::NotFound, "EMPLOYEE_NOT_FOUND"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_government_starts_with_the_default_policy(pool: PgPool) {
    let world = World::new(pool).await;
    let found = world.tenants().get_tenant_policy(pb::GetTenantPolicyRequest::default()).await;
    let policy = found.expect("a policy").into_inner().policy.expect("policy");
    assert_eq!((policy.version, policy.working_week, policy.delegation_allowed), (1, 5, true));
    let clocks: Vec<_> = policy.clocks.iter().map(|c| (c.clock(), c.days)).collect();
    use pb::ClockKind::{Complaint, EvaluationHandover, EvaluationReturn, RaterQuestion};
    // How an objection is counted is the evaluation policy's to say.
    assert_eq!(
        clocks,
        [(Complaint, 0), (EvaluationHandover, 14), (EvaluationReturn, 14), (RaterQuestion, 5)]
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn settings_change_by_a_later_version_and_the_past_keeps_its_own(pool: PgPool) {
    let world = World::new(pool).await;
    let mut api = world.tenants();
    let tenant = api.get_tenant(pb::GetTenantRequest::default()).await.expect("tenant");
    let tenant = tenant.into_inner().tenant.expect("tenant");
    let first = api.get_tenant_policy(pb::GetTenantPolicyRequest::default()).await;
    let first = first.expect("a policy").into_inner().policy.expect("policy");
    let later = pb::SetTenantPolicyRequest {
        policy: Some(pb::TenantPolicy {
            from_on: "2026-07-01".into(),
            delegation_allowed: false,
            ..first
        }),
        etag: tenant.etag,
        request_id: request_id(),
    };
    let set = api.set_tenant_policy(later.clone()).await.expect("set").into_inner();
    assert_eq!(set.policy.expect("policy").version, 2);

    let on = |day: &str| pb::GetTenantPolicyRequest { on: day.into() };
    for (day, version) in [("2026-06-30", 1), ("2026-07-01", 2), ("1999-01-01", 1)] {
        let ruling = api.get_tenant_policy(on(day)).await.expect("a policy").into_inner();
        assert_eq!(ruling.policy.expect("policy").version, version, "{day}");
    }
    let etag = set.tenant.expect("tenant").etag;
    let earlier = pb::SetTenantPolicyRequest { etag, request_id: request_id(), ..later.clone() };
    let refused = api.set_tenant_policy(earlier).await.expect_err("not later");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "POLICY_NOT_LATER"));
    let stale = pb::SetTenantPolicyRequest { request_id: request_id(), ..later };
    let refused = api.set_tenant_policy(stale).await.expect_err("stale");
    assert_eq!(refusal(&refused), is(Code::Aborted, "ETAG_MISMATCH"));
}
