//! The service under test, the government in it, and its clients.

use jiff::Timestamp;
use kinerja_kit::{
    auth::{Identity, Role},
    client::Channel,
    clock::Clock,
    tenant::TenantId,
    testing::{self, Served, Surroundings},
};
use kinerja_registry::DEFINITION;
use pb::{
    arrival_service_client::ArrivalServiceClient,
    assignment_service_client::AssignmentServiceClient,
    calendar_service_client::CalendarServiceClient,
    correction_service_client::CorrectionServiceClient,
    delegation_service_client::DelegationServiceClient,
    employee_service_client::EmployeeServiceClient, position_service_client::PositionServiceClient,
    reporting_line_service_client::ReportingLineServiceClient,
    tenant_service_client::TenantServiceClient, unit_service_client::UnitServiceClient,
};
use sqlx::PgPool;
use uuid::Uuid;

use crate::pb;

/// Tebing Tinggi: seven hours ahead of UTC.
pub(crate) const TEBING: &str = "12.76";
/// Batanghari.
pub(crate) const BATANG: &str = "15.04";

pub(crate) struct World {
    pub(crate) served: Served,
    pub(crate) pool: PgPool,
    pub(crate) clock: Clock,
    around: Surroundings,
}

impl World {
    /// Monday 2 March 2026, eight in the morning, with two governments and nothing in them.
    pub(crate) async fn new(pool: PgPool) -> Self {
        Self::around(pool, Surroundings::new(morning())).await
    }

    /// The same, served over so many connections.
    pub(crate) async fn over(pool: PgPool, connections: u32) -> Self {
        let around = Surroundings { pool_size: connections, ..Surroundings::new(morning()) };
        Self::around(pool, around).await
    }

    async fn around(pool: PgPool, around: Surroundings) -> Self {
        let clock = around.clock.clone();
        let served = testing::serve_among(&DEFINITION, &pool, &around).await;
        let world = Self { served, pool, clock, around };
        for (code, name) in [(TEBING, "Kota Tebing Tinggi"), (BATANG, "Kabupaten Batanghari")] {
            let request = create_tenant(code, name);
            world.operators_tenants().create_tenant(request).await.expect("a government");
        }
        world
    }

    /// Another replica on the same database.
    pub(crate) async fn replica(&self) -> Self {
        let served = testing::serve_among(&DEFINITION, &self.pool, &self.around).await;
        let (pool, clock, around) = (self.pool.clone(), self.clock.clone(), self.around.clone());
        Self { served, pool, clock, around }
    }

    pub(crate) fn officer_of(&self, tenant: &str) -> Channel {
        self.served.channel(&Identity::officer(&id(tenant), Role::HrOfficer))
    }

    fn officer(&self) -> Channel {
        self.officer_of(TEBING)
    }

    /// The person, and nothing more.
    pub(crate) fn person(&self, employee_id: &str) -> Channel {
        let employee = employee_id.parse::<Uuid>().expect("an id");
        self.served.channel(&Identity::employee(&id(TEBING), employee))
    }

    pub(crate) fn operators_tenants(&self) -> TenantServiceClient<Channel> {
        TenantServiceClient::new(self.served.channel(&Identity::operator()))
    }

    pub(crate) fn tenants(&self) -> TenantServiceClient<Channel> {
        TenantServiceClient::new(self.officer())
    }

    pub(crate) fn calendars(&self) -> CalendarServiceClient<Channel> {
        CalendarServiceClient::new(self.officer())
    }

    pub(crate) fn units(&self) -> UnitServiceClient<Channel> {
        UnitServiceClient::new(self.officer())
    }

    pub(crate) fn positions(&self) -> PositionServiceClient<Channel> {
        PositionServiceClient::new(self.officer())
    }

    pub(crate) fn employees(&self) -> EmployeeServiceClient<Channel> {
        EmployeeServiceClient::new(self.officer())
    }

    pub(crate) fn assignments(&self) -> AssignmentServiceClient<Channel> {
        AssignmentServiceClient::new(self.officer())
    }

    pub(crate) fn arrivals_of(&self, tenant: &str) -> ArrivalServiceClient<Channel> {
        ArrivalServiceClient::new(self.officer_of(tenant))
    }

    pub(crate) fn lines(&self) -> ReportingLineServiceClient<Channel> {
        ReportingLineServiceClient::new(self.officer())
    }

    pub(crate) fn delegations(&self) -> DelegationServiceClient<Channel> {
        DelegationServiceClient::new(self.officer())
    }

    pub(crate) fn corrections(&self) -> CorrectionServiceClient<Channel> {
        CorrectionServiceClient::new(self.officer())
    }

    pub(crate) fn corrections_of(&self, employee_id: &str) -> CorrectionServiceClient<Channel> {
        CorrectionServiceClient::new(self.person(employee_id))
    }

    pub(crate) async fn unit(&self, name: &str, parent: &str) -> pb::Unit {
        let request = create_unit(name, parent);
        let made = self.units().create_unit(request).await.expect("a unit").into_inner();
        made.unit.expect("unit")
    }

    pub(crate) async fn position(&self, request: pb::CreatePositionRequest) -> pb::Position {
        let made = self.positions().create_position(request).await.expect("a position");
        made.into_inner().position.expect("position")
    }

    /// The `nth` person of the government, PNS of rank III/b since 2015.
    pub(crate) async fn employee(&self, nth: u16) -> pb::Employee {
        let made = self.employees().create_employee(create_employee(nth)).await;
        made.expect("an employee").into_inner().employee.expect("employee")
    }

    pub(crate) async fn assign(&self, request: pb::CreateAssignmentRequest) -> pb::Assignment {
        let made = self.assignments().create_assignment(request).await.expect("an assignment");
        made.into_inner().assignment.expect("assignment")
    }

    /// A new person, definitively in a new position of the unit since 2020.
    pub(crate) async fn member(&self, nth: u16, position: pb::CreatePositionRequest) -> Member {
        let position = self.position(position).await;
        let employee = self.employee(nth).await;
        let assignment = self.assign(definitive(&employee, &position)).await;
        Member { employee_id: employee.employee_id, position, assignment }
    }

    pub(crate) async fn get(&self, employee_id: &str) -> pb::Employee {
        let request = pb::GetEmployeeRequest {
            employee_id: employee_id.into(),
            ..pb::GetEmployeeRequest::default()
        };
        let found = self.employees().get_employee(request).await.expect("an employee");
        found.into_inner().employee.expect("employee")
    }

    /// Who rates on a day, as somebody of HR is told.
    pub(crate) async fn rater(&self, employee_id: &str, on: &str) -> pb::RaterResolution {
        let request = pb::ResolveRaterRequest { employee_id: employee_id.into(), on: on.into() };
        let found = self.lines().resolve_rater(request).await.expect("a rater");
        found.into_inner().resolution.expect("resolution")
    }
}

/// A person in a position.
pub(crate) struct Member {
    pub(crate) employee_id: String,
    pub(crate) position: pb::Position,
    pub(crate) assignment: pb::Assignment,
}

fn morning() -> Clock {
    Clock::fixed(at("2026-03-02T01:00:00Z"))
}

pub(crate) fn create_tenant(code: &str, name: &str) -> pb::CreateTenantRequest {
    pb::CreateTenantRequest {
        tenant_id: code.into(),
        name: name.into(),
        time_zone: "Asia/Jakarta".into(),
        request_id: request_id(),
    }
}

pub(crate) fn create_unit(name: &str, parent: &str) -> pb::CreateUnitRequest {
    pb::CreateUnitRequest {
        name: name.into(),
        kind: pb::UnitKind::Department.into(),
        parent_unit_id: parent.into(),
        opened_on: "2015-01-01".into(),
        request_id: request_id(),
        ..pb::CreateUnitRequest::default()
    }
}

pub(crate) fn post(unit: &pb::Unit, kind: pb::PositionKind) -> pb::CreatePositionRequest {
    let level = match kind {
        pb::PositionKind::Jpt => pb::PositionLevel::Pratama,
        pb::PositionKind::Functional => pb::PositionLevel::AhliPertama,
        _ => pb::PositionLevel::Unspecified,
    };
    pb::CreatePositionRequest {
        unit_id: unit.unit_id.clone(),
        name: format!("Jabatan di {}", unit.name),
        kind: kind.into(),
        level: level.into(),
        opened_on: "2015-01-01".into(),
        request_id: request_id(),
        ..pb::CreatePositionRequest::default()
    }
}

pub(crate) fn head(unit: &pb::Unit, kind: pb::PositionKind) -> pb::CreatePositionRequest {
    let name = format!("Kepala {}", unit.name);
    pb::CreatePositionRequest { heads_unit: true, name, ..post(unit, kind) }
}

pub(crate) fn create_employee(nth: u16) -> pb::CreateEmployeeRequest {
    pb::CreateEmployeeRequest {
        name: Some(pb::PersonName {
            name: format!("Pegawai {nth}"),
            front_title: String::new(),
            back_title: "S.E.".into(),
        }),
        employment_kind: pb::EmploymentKind::Pns.into(),
        identity_number: number(nth),
        rank: "III/b".into(),
        status: pb::EmployeeStatus::Active.into(),
        opened_on: "2015-05-01".into(),
        request_id: request_id(),
        ..pb::CreateEmployeeRequest::default()
    }
}

/// A NIP of its own for each of 900 people.
pub(crate) fn number(nth: u16) -> String {
    format!("198609262015051{:03}", nth + 1)
}

pub(crate) fn definitive(
    employee: &pb::Employee,
    position: &pb::Position,
) -> pb::CreateAssignmentRequest {
    pb::CreateAssignmentRequest {
        employee_id: employee.employee_id.clone(),
        position_id: position.position_id.clone(),
        kind: pb::AssignmentKind::Definitive.into(),
        from_on: "2020-01-01".into(),
        instrument_number: "821.2/1/2020".into(),
        request_id: request_id(),
        ..pb::CreateAssignmentRequest::default()
    }
}

pub(crate) fn id(tenant: &str) -> TenantId {
    tenant.parse().expect("a code")
}

pub(crate) fn at(instant: &str) -> Timestamp {
    instant.parse().expect("an instant")
}

pub(crate) fn request_id() -> String {
    Clock::system().new_uuid().to_string()
}
