//! The service under test, the people in it, and its clients.

use jiff::Timestamp;
use kinerja_kit::{
    auth::{Identity, Role},
    client::{self, Channel},
    clock::Clock,
    events::{Event, Projection as _},
    tenant::{Database, TenantId},
    testing::{self, Served, Surroundings},
};
use kinerja_planning::{
    DEFINITION,
    app::{Registry as RegistryClient, RegistryProjection},
};
use kinerja_proto::events::v1 as events;
use pb::{
    period_service_client::PeriodServiceClient,
    plan_agreement_service_client::PlanAgreementServiceClient,
    plan_service_client::PlanServiceClient, realisation_service_client::RealisationServiceClient,
};
use prost::Name;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{pb, registry::Registry, sample};

/// Mataram: eight hours ahead of UTC.
pub(crate) const TENANT: &str = "52.71";

pub(crate) const UNIT: Uuid = Uuid::from_u128(0x10);
pub(crate) const CHILD_UNIT: Uuid = Uuid::from_u128(0x11);
pub(crate) const SITI: Uuid = Uuid::from_u128(0x21);
pub(crate) const BUDI: Uuid = Uuid::from_u128(0x22);
/// Rates Siti and Budi.
pub(crate) const HEAD: Uuid = Uuid::from_u128(0x23);
/// Stands above the head.
pub(crate) const CHIEF: Uuid = Uuid::from_u128(0x24);

pub(crate) struct World {
    pub(crate) served: Served,
    pub(crate) registry: Registry,
    pub(crate) db: Database,
    pub(crate) pool: PgPool,
    pub(crate) clock: Clock,
    pub(crate) projection: RegistryProjection,
}

impl World {
    /// Mid-January 2026, with a unit, its people and their reporting lines.
    pub(crate) async fn new(pool: PgPool) -> Self {
        let clock = Clock::fixed(at("2026-01-15T01:00:00Z"));
        let registry = Registry::default();
        let mut around = Surroundings::new(clock.clone());
        around.neighbours.registry_url = registry.start().await;
        let served = testing::serve_among(&DEFINITION, &pool, &around).await;
        let db = testing::app(&pool, "planning").await;
        let channel = client::connect(&around.neighbours.registry_url, client::Options::default());
        let client = RegistryClient::new(channel.expect("a loopback address"));
        let projection = RegistryProjection::new(db.clone(), clock.clone(), client);
        let world = Self { served, registry, db, pool, clock, projection };
        world.settle().await;
        world
    }

    async fn settle(&self) {
        let tenant = events::TenantChanged {
            name: "Kota Mataram".into(),
            time_zone: "Asia/Makassar".into(),
        };
        self.apply(&[event(TENANT, Uuid::from_u128(1), 1, &tenant)]).await;
        let unit = |id: Uuid, parent: &str| events::UnitChanged {
            unit_id: id.to_string(),
            parent_unit_id: parent.into(),
            ..Default::default()
        };
        self.apply(&[
            event(TENANT, UNIT, 1, &unit(UNIT, "")),
            event(TENANT, CHILD_UNIT, 1, &unit(CHILD_UNIT, &UNIT.to_string())),
        ])
        .await;
        for (employee, unit) in [(SITI, UNIT), (BUDI, CHILD_UNIT), (HEAD, UNIT), (CHIEF, UNIT)] {
            self.employ(employee, unit, 1).await;
        }
        for employee in [SITI, BUDI] {
            self.registry.set_line(employee, HEAD, Some(CHIEF));
        }
        self.registry.set_line(HEAD, CHIEF, None);
    }

    /// Tells planning of an employee in a post of the unit.
    pub(crate) async fn employ(&self, employee: Uuid, unit: Uuid, revision: i64) {
        let changed = events::EmployeeChanged {
            employee_id: employee.to_string(),
            status: "ACTIVE".into(),
            unit_id: unit.to_string(),
            position_id: Uuid::from_u128(employee.as_u128() + 0x100).to_string(),
            position_kind: "PELAKSANA".into(),
            position_name: "Pengelola Perizinan".into(),
            ..Default::default()
        };
        self.apply(&[event(TENANT, employee, revision, &changed)]).await;
    }

    pub(crate) async fn apply(&self, events: &[Event]) {
        let tenant: TenantId = events[0].tenant.clone();
        let prepared = self.projection.prepare(events).await.expect("prepared");
        let mut tx = self.db.begin(&tenant).await.expect("begin");
        self.projection.apply(&mut tx, &tenant, events, &prepared).await.expect("applies");
        tx.commit().await.expect("commit");
    }

    pub(crate) fn channel(&self, identity: &Identity) -> Channel {
        self.served.channel(identity)
    }

    fn of(&self, employee: Uuid) -> Channel {
        self.channel(&Identity::employee(&tenant(), employee))
    }

    pub(crate) fn officer(&self) -> Channel {
        self.channel(&Identity::officer(&tenant(), Role::HrOfficer))
    }

    pub(crate) fn periods(&self) -> PeriodServiceClient<Channel> {
        PeriodServiceClient::new(self.officer())
    }

    pub(crate) fn plans(&self, employee: Uuid) -> PlanServiceClient<Channel> {
        PlanServiceClient::new(self.of(employee))
    }

    pub(crate) fn officers_plans(&self) -> PlanServiceClient<Channel> {
        PlanServiceClient::new(self.officer())
    }

    pub(crate) fn agreements(&self, employee: Uuid) -> PlanAgreementServiceClient<Channel> {
        PlanAgreementServiceClient::new(self.of(employee))
    }

    pub(crate) fn realisations(&self, employee: Uuid) -> RealisationServiceClient<Channel> {
        RealisationServiceClient::new(self.of(employee))
    }

    /// The year 2026, open, with a planning window in January and realisation in December.
    pub(crate) async fn year(&self) -> pb::Period {
        let request = pb::CreatePeriodRequest {
            windows: vec![
                sample::window(pb::WindowKind::Planning, "2026-01-01", "2026-01-31"),
                sample::window(pb::WindowKind::Amendment, "2026-06-01", "2026-06-30"),
                sample::window(pb::WindowKind::Realisation, "2026-12-01", "2026-12-31"),
            ],
            ..sample::period(pb::PeriodKind::Annual, 1)
        };
        let made = self.periods().create_period(request).await.expect("year").into_inner();
        self.open(made.period.expect("period")).await
    }

    pub(crate) async fn open(&self, period: pb::Period) -> pb::Period {
        let request = pb::OpenPeriodRequest {
            period_id: period.period_id,
            etag: period.etag,
            request_id: request_id(),
        };
        let opened = self.periods().open_period(request).await.expect("opens").into_inner();
        opened.period.expect("period")
    }

    pub(crate) async fn draft(&self, employee: Uuid, period: &pb::Period) -> pb::Plan {
        let request = sample::create_plan(&period.period_id);
        let made = self.plans(employee).create_plan(request).await.expect("draft").into_inner();
        made.plan.expect("plan")
    }

    pub(crate) async fn submit(&self, employee: Uuid, plan: &pb::Plan) -> pb::Plan {
        let request = sample::submit(plan);
        let reply = self.agreements(employee).submit_plan(request).await.expect("submitted");
        reply.into_inner().plan.expect("plan")
    }

    pub(crate) async fn approve(&self, rater: Uuid, plan: &pb::Plan) -> pb::Plan {
        let request = sample::approve(plan);
        let reply = self.agreements(rater).approve_plan(request).await.expect("approved");
        reply.into_inner().plan.expect("plan")
    }

    pub(crate) async fn send_back(&self, rater: Uuid, plan: &pb::Plan) -> pb::Plan {
        let request = sample::send_back(plan);
        let reply = self.agreements(rater).return_plan(request).await.expect("returned");
        reply.into_inner().plan.expect("plan")
    }

    /// A plan of Siti's, drawn up, submitted and approved.
    pub(crate) async fn approved(&self, period: &pb::Period) -> pb::Plan {
        let draft = self.draft(SITI, period).await;
        let submitted = self.submit(SITI, &draft).await;
        self.approve(HEAD, &submitted).await
    }
}

pub(crate) fn tenant() -> TenantId {
    TENANT.parse().expect("a tenant")
}

pub(crate) fn at(instant: &str) -> Timestamp {
    instant.parse().expect("an instant")
}

pub(crate) fn request_id() -> String {
    Clock::system().new_uuid().to_string()
}

/// An event of the registry.
pub(crate) fn event<M: Name>(tenant: &str, key: Uuid, revision: i64, message: &M) -> Event {
    let payload = prost_types::Any {
        type_url: format!("type.googleapis.com/{}", M::full_name()),
        value: message.encode_to_vec(),
    };
    let event = events::Event {
        position: revision,
        event_id: Uuid::from_u128(7).to_string(),
        tenant_id: tenant.into(),
        key: key.to_string(),
        revision,
        time: Some(prost_types::Timestamp::default()),
        traceparent: String::new(),
        payload: Some(payload),
    };
    event.try_into().expect("an event")
}
