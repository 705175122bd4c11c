use std::time::Duration;

use kinerja_competency::DEFINITION;
use kinerja_kit::{
    auth::{Identity, Role},
    client::Channel,
    clock::Clock,
    tenant::TenantId,
    testing::{Served, Surroundings, serve_among},
};
use kinerja_proto::{
    competency::v1::{
        self as pb, assessment_service_client::AssessmentServiceClient,
        development_plan_service_client::DevelopmentPlanServiceClient,
    },
    evaluation::v1::{Improvement, Predicate},
    events::v1 as ev,
};
use sqlx::PgPool;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use super::neighbours::Neighbour;

pub(crate) const TENANT: &str = "12.76";
pub(crate) const ELSEWHERE: &str = "15.04";
/// Today, in the government's zone and in UTC alike.
pub(crate) const TODAY: &str = "2026-12-15";

/// A service at a time, between neighbours, with the people of one unit.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) registry: Neighbour,
    pub(crate) evaluation: Neighbour,
    pub(crate) pool: PgPool,
    served: Served,
}

/// A permit officer (functional, ahli pertama) of the unit.
pub(crate) const OFFICER: Uuid = Uuid::from_u128(0x11);
/// Heads the unit.
pub(crate) const HEAD: Uuid = Uuid::from_u128(0x12);
/// Heads the unit above.
pub(crate) const CHIEF: Uuid = Uuid::from_u128(0x13);
/// A colleague in the unit.
pub(crate) const PEER: Uuid = Uuid::from_u128(0x14);
pub(crate) const UNIT: Uuid = Uuid::from_u128(0x21);
pub(crate) const OFFICE: Uuid = Uuid::from_u128(0x22);
pub(crate) const POSITION: Uuid = Uuid::from_u128(0x31);

impl World {
    /// The service alone, before the registry told anything.
    pub(crate) async fn empty(pool: PgPool) -> Self {
        let clock = Clock::fixed(format!("{TODAY}T05:00:00Z").parse().expect("an instant"));
        let (registry, evaluation) = (Neighbour::start().await, Neighbour::start().await);
        let mut surroundings = Surroundings::new(clock);
        surroundings.neighbours.registry_url = registry.url.clone();
        surroundings.neighbours.evaluation_url = evaluation.url.clone();
        let served = serve_among(&DEFINITION, &pool, &surroundings).await;
        Self { registry, evaluation, pool, served }
    }

    /// The same, once the registry has told of the unit and its people, all rated by its head.
    pub(crate) async fn new(pool: PgPool) -> Self {
        let world = Self::empty(pool).await;
        world.tell_registry().await;
        world
    }

    pub(crate) async fn tell_registry(&self) {
        self.tell_government(TENANT);
        self.tell_unit(OFFICE, None);
        self.tell_unit(UNIT, Some(OFFICE));
        self.tell_employee(CHIEF, OFFICE, true, ("JPT", "PRATAMA"));
        self.tell_employee(HEAD, UNIT, true, ("ADMINISTRATOR", ""));
        self.tell_employee(PEER, UNIT, false, ("PELAKSANA", "OPERATOR"));
        let last = self.tell_employee(OFFICER, UNIT, false, ("FUNCTIONAL", "AHLI_PERTAMA"));
        self.registry.rates(HEAD, OFFICER);
        self.registry.rates(HEAD, PEER);
        self.registry.rates(CHIEF, HEAD);
        self.caught_up("registry", last).await;
    }

    pub(crate) fn tell_government(&self, tenant: &str) -> i64 {
        let changed = ev::TenantChanged { name: tenant.into(), time_zone: "Asia/Jakarta".into() };
        self.registry.feed.tell(tenant, Uuid::from_u128(1), 1, &changed)
    }

    fn tell_unit(&self, unit: Uuid, parent: Option<Uuid>) -> i64 {
        let changed = ev::UnitChanged {
            unit_id: unit.to_string(),
            parent_unit_id: parent.map(|id| id.to_string()).unwrap_or_default(),
            ..Default::default()
        };
        self.registry.feed.tell(TENANT, unit, 1, &changed)
    }

    pub(crate) fn tell_employee(
        &self,
        employee: Uuid,
        unit: Uuid,
        heads_unit: bool,
        (kind, level): (&str, &str),
    ) -> i64 {
        let position = if employee == OFFICER { POSITION } else { Uuid::from_u128(0x32) };
        let changed = ev::EmployeeChanged {
            employee_id: employee.to_string(),
            unit_id: unit.to_string(),
            position_id: position.to_string(),
            position_kind: kind.into(),
            position_level: level.into(),
            heads_unit,
            ..Default::default()
        };
        self.registry.feed.tell(TENANT, employee, 1, &changed)
    }

    /// Tells that an evaluation of the officer is final, and waits until it was heard.
    pub(crate) async fn finalise(&self, evaluation: u128, improvements: &[(&str, &str)]) {
        self.finalise_in(2026, evaluation, improvements).await;
    }

    pub(crate) async fn finalise_in(
        &self,
        year: i32,
        evaluation: u128,
        improvements: &[(&str, &str)],
    ) {
        let position = self.tell_final(year, evaluation, improvements);
        self.caught_up("evaluation", position).await;
    }

    pub(crate) fn tell_final(
        &self,
        year: i32,
        evaluation: u128,
        improvements: &[(&str, &str)],
    ) -> i64 {
        let evaluation = Uuid::from_u128(evaluation);
        let improvement = |(text, code): &(&str, &str)| Improvement {
            text: (*text).to_owned(),
            competency_code: (*code).to_owned(),
        };
        let finalised = ev::EvaluationFinalised {
            evaluation_id: evaluation.to_string(),
            employee_id: OFFICER.to_string(),
            year,
            predicate: Predicate::Good.into(),
            improvements: improvements.iter().map(improvement).collect(),
            finalise_time: Some(prost_types::Timestamp {
                seconds: format!("{TODAY}T02:00:00Z")
                    .parse::<jiff::Timestamp>()
                    .expect("an instant")
                    .as_second(),
                nanos: 0,
            }),
            ..Default::default()
        };
        self.evaluation.feed.tell(TENANT, evaluation, 1, &finalised)
    }

    /// Waits until a projection has applied what its source told up to a position.
    pub(crate) async fn caught_up(&self, projection: &str, position: i64) {
        self.until(async || {
            let reached = sqlx::query_scalar("SELECT position FROM cursors WHERE projection = $1");
            let reached: Option<i64> =
                reached.bind(projection).fetch_optional(&self.pool).await.expect("a cursor");
            reached.is_some_and(|reached| reached >= position)
        })
        .await;
    }

    /// Waits until the registry's absence of a person was noticed.
    pub(crate) async fn gone(&self, employee: Uuid) {
        self.until(async || {
            let gone = sqlx::query_scalar("SELECT is_gone FROM employees WHERE employee_id = $1");
            gone.bind(employee).fetch_one(&self.pool).await.expect("the employee")
        })
        .await;
    }

    async fn until(&self, mut holds: impl AsyncFnMut() -> bool) {
        let waiting = async {
            while !holds().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let limit = Duration::from_secs(60);
        tokio::time::timeout(limit, waiting).await.expect("the projection catches up");
    }

    pub(crate) fn employee(&self, employee: Uuid) -> Channel {
        self.served.channel(&Identity::employee(&tenant(TENANT), employee))
    }

    pub(crate) fn officer(&self, role: Role) -> Channel {
        self.officer_of(TENANT, role)
    }

    pub(crate) fn officer_of(&self, code: &str, role: Role) -> Channel {
        self.served.channel(&Identity::officer(&tenant(code), role))
    }

    pub(crate) fn hr(&self) -> Channel {
        self.officer(Role::HrOfficer)
    }

    pub(crate) fn stranger(&self) -> Channel {
        self.served.strangers_channel()
    }

    /// Drains the service, so that everything is written, and says who read whom by this method.
    pub(crate) async fn reads(self, method: &str) -> Vec<(String, Uuid)> {
        self.served.stop().await;
        sqlx::query_as("SELECT caller, subject_employee_id FROM access_log WHERE method = $1")
            .bind(method)
            .fetch_all(&self.pool)
            .await
            .expect("entries")
    }

    /// The officer's only development plan.
    pub(crate) async fn plan(&self) -> pb::DevelopmentPlan {
        let plans = self.plans_of(OFFICER).await;
        let [plan] = plans.try_into().expect("one plan");
        plan
    }

    pub(crate) async fn plans_of(&self, employee: Uuid) -> Vec<pb::DevelopmentPlan> {
        let mut plans = DevelopmentPlanServiceClient::new(self.employee(employee));
        let request = pb::ListEmployeeDevelopmentPlansRequest {
            employee_id: employee.to_string(),
            ..Default::default()
        };
        plans.list_employee_development_plans(request).await.expect("plans").into_inner().plans
    }

    /// Records levels of the officer by the assessment centre.
    pub(crate) async fn assess(&self, on: &str, levels: &[(&str, i32)]) -> pb::Assessment {
        let mut assessments = AssessmentServiceClient::new(self.hr());
        let request = assessment(pb::AssessmentSource::AssessmentCentre, on, levels);
        let reply = assessments.record_assessment(request).await.expect("recorded");
        reply.into_inner().assessment.expect("an assessment")
    }
}

/// An assessment of the officer.
pub(crate) fn assessment(
    source: pb::AssessmentSource,
    on: &str,
    levels: &[(&str, i32)],
) -> pb::RecordAssessmentRequest {
    let level = |(code, level): &(&str, i32)| pb::AssessedLevel {
        competency_code: (*code).to_owned(),
        level: *level,
        evidence: String::new(),
    };
    pb::RecordAssessmentRequest {
        employee_id: OFFICER.to_string(),
        source: source.into(),
        assessed_on: on.to_owned(),
        levels: levels.iter().map(level).collect(),
        ballots: 0,
        note: String::new(),
        request_id: request_id(),
    }
}

pub(crate) fn tenant(code: &str) -> TenantId {
    code.parse().expect("a code")
}

/// A request id that was not used before.
pub(crate) fn request_id() -> String {
    Clock::system().new_uuid().to_string()
}

/// Code and reason of a refusal.
pub(crate) fn refused<T: std::fmt::Debug>(reply: Result<T, Status>) -> (Code, String) {
    let status = reply.expect_err("a refusal");
    let reason = status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
    (status.code(), reason)
}

/// The faulty fields that a refusal names.
pub(crate) fn faults<T: std::fmt::Debug>(reply: Result<T, Status>) -> Vec<String> {
    let details = reply.expect_err("a refusal").get_details_bad_request().expect("faults");
    details.field_violations.into_iter().map(|fault| fault.field).collect()
}
