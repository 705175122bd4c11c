//! The service under test, the people in it, and its clients.

use jiff::Timestamp;
use kinerja_evaluation::{
    DEFINITION,
    app::{PlanningProjection, RegistryProjection},
};
use kinerja_kit::{
    auth::{Identity, Role},
    client::Channel,
    clock::Clock,
    events::{Event, Projection},
    tenant::{Database, TenantId},
    testing::{self, Served, Surroundings},
};
use kinerja_proto::events::v1 as events;
use pb::{
    annual_predicate_service_client::AnnualPredicateServiceClient,
    cycle_service_client::CycleServiceClient, evaluation_service_client::EvaluationServiceClient,
    policy_service_client::PolicyServiceClient, rating_service_client::RatingServiceClient,
};
use prost::Name;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{neighbours::Neighbours, pb, sample};

/// Mataram: eight hours ahead of UTC.
pub(crate) const TENANT: &str = "52.71";

pub(crate) const UNIT: Uuid = Uuid::from_u128(0x10);
pub(crate) const SITI: Uuid = Uuid::from_u128(0x21);
pub(crate) const BUDI: Uuid = Uuid::from_u128(0x22);
/// Leads the unit; rates Siti and Budi.
pub(crate) const HEAD: Uuid = Uuid::from_u128(0x23);
/// Rates the head and stands above.
pub(crate) const CHIEF: Uuid = Uuid::from_u128(0x24);

pub(crate) struct World {
    pub(crate) served: Served,
    pub(crate) neighbours: Neighbours,
    pub(crate) db: Database,
    pub(crate) pool: PgPool,
    pub(crate) clock: Clock,
}

/// Whoever calls, with a client for each service.
pub(crate) struct Calls(Channel);

impl World {
    /// 2 April 2026, with three approved plans and the realisations of the first quarter.
    pub(crate) async fn new(pool: PgPool) -> Self {
        let clock = Clock::fixed(at("2026-04-02T01:00:00Z"));
        let neighbours = Neighbours::default();
        let mut around = Surroundings::new(clock.clone());
        let url = neighbours.start().await;
        around.neighbours.registry_url = url.clone();
        around.neighbours.planning_url = url;
        let served = testing::serve_among(&DEFINITION, &pool, &around).await;
        let db = testing::app(&pool, "evaluation").await;
        let world = Self { served, neighbours, db, pool, clock };
        world.settle().await;
        world
    }

    async fn settle(&self) {
        let (name, time_zone) = ("Kota Mataram".into(), "Asia/Makassar".into());
        let government = events::TenantChanged { name, time_zone };
        let unit = sample::unit(UNIT, "Dinas Penanaman Modal");
        let mut told =
            vec![event(TENANT, Uuid::from_u128(1), 1, &government), event(TENANT, UNIT, 1, &unit)];
        for (person, name) in [(SITI, "Siti"), (BUDI, "Budi"), (HEAD, "Hadi"), (CHIEF, "Citra")] {
            told.push(event(TENANT, person, 1, &sample::person(person, name)));
        }
        self.registry_tells(&told).await;
        for person in [SITI, BUDI] {
            self.neighbours.set_line(person, HEAD, Some(CHIEF));
        }
        self.neighbours.set_line(HEAD, CHIEF, None);
        let mut told = Vec::new();
        for (n, (kind, ordinal)) in
            [("ANNUAL", 1), ("QUARTER", 1), ("QUARTER", 2)].iter().enumerate()
        {
            let key = Uuid::from_u128(0x50 + n as u128);
            told.push(event(TENANT, key, 1, &sample::period(key, kind, *ordinal)));
        }
        for (person, rater) in [(SITI, HEAD), (BUDI, HEAD), (HEAD, CHIEF)] {
            let plan = sample::plan(person, rater);
            told.push(event(TENANT, sample::plan_of(person), 2, &plan));
            self.neighbours.realise(sample::plan_of(person), 1, &sample::REALISED);
        }
        self.planning_tells(&told).await;
    }

    pub(crate) async fn registry_tells(&self, events: &[Event]) {
        self.apply(&RegistryProjection { clock: self.clock.clone() }, events).await;
    }

    pub(crate) async fn planning_tells(&self, events: &[Event]) {
        self.apply(&PlanningProjection { clock: self.clock.clone() }, events).await;
    }

    async fn apply<P: Projection<Prepared = ()>>(&self, projection: &P, events: &[Event]) {
        let tenant: TenantId = events[0].tenant.clone();
        let mut tx = self.db.begin(&tenant).await.expect("begin");
        projection.apply(&mut tx, &tenant, events, &()).await.expect("applies");
        tx.commit().await.expect("commit");
    }

    pub(crate) fn person(&self, employee: Uuid) -> Calls {
        Calls(self.served.channel(&Identity::employee(&tenant(), employee)))
    }

    pub(crate) fn officer(&self) -> Calls {
        Calls(self.served.channel(&Identity::officer(&tenant(), Role::HrOfficer)))
    }

    /// Somebody of the government next door.
    pub(crate) fn stranger(&self) -> Calls {
        let elsewhere: TenantId = "12.76".parse().expect("a tenant");
        Calls(self.served.channel(&Identity::officer(&elsewhere, Role::HrOfficer)))
    }

    /// A cycle that is open and is rated in from 1 to 15 April.
    pub(crate) async fn cycle(&self, kind: pb::CycleKind, ordinal: i32) -> pb::Cycle {
        let request = sample::create_cycle(kind, ordinal);
        let made = self.officer().cycles().create_cycle(request).await.expect("cycle").into_inner();
        let request = sample::open_cycle(&made.cycle.expect("cycle"));
        let opened = self.officer().cycles().open_cycle(request).await.expect("opens").into_inner();
        opened.cycle.expect("cycle")
    }

    pub(crate) async fn evaluations_of(&self, employee: Uuid) -> Vec<pb::Evaluation> {
        let request =
            pb::ListEvaluationsRequest { employee_id: employee.to_string(), ..Default::default() };
        let mut evaluations = self.officer().evaluations();
        evaluations.list_evaluations(request).await.expect("list").into_inner().evaluations
    }

    /// The evaluation of the first quarter, whose cycle this opens.
    pub(crate) async fn opened(&self, employee: Uuid) -> pb::Evaluation {
        self.cycle(pb::CycleKind::Quarter, 1).await;
        self.evaluations_of(employee).await.remove(0)
    }

    pub(crate) async fn prepare(&self, rater: Uuid, evaluation: &pb::Evaluation) -> pb::Evaluation {
        let request = sample::prepare(evaluation);
        let reply = self.person(rater).ratings().prepare_rating(request).await.expect("prepared");
        reply.into_inner().evaluation.expect("evaluation")
    }

    pub(crate) async fn rate(&self, rater: Uuid, evaluation: &pb::Evaluation) -> pb::Evaluation {
        let request = sample::submit(evaluation, sample::rating());
        let reply = self.person(rater).ratings().submit_rating(request).await.expect("rated");
        reply.into_inner().evaluation.expect("evaluation")
    }

    /// The first quarter of Siti's, prepared.
    pub(crate) async fn prepared(&self) -> pb::Evaluation {
        let open = self.opened(SITI).await;
        self.prepare(HEAD, &open).await
    }

    /// The first quarter of Siti's, rated.
    pub(crate) async fn rated(&self) -> pb::Evaluation {
        let prepared = self.prepared().await;
        self.rate(HEAD, &prepared).await
    }

    pub(crate) async fn acknowledge(&self, rated: &pb::Evaluation) -> pb::Evaluation {
        let employee: Uuid = rated.employee_id.parse().expect("a UUID");
        let request = sample::acknowledge(rated);
        let mut evaluations = self.person(employee).evaluations();
        let reply = evaluations.acknowledge_evaluation(request).await.expect("acknowledged");
        reply.into_inner().evaluation.expect("evaluation")
    }

    pub(crate) async fn finalise(&self, received: &pb::Evaluation) -> pb::Evaluation {
        let request = sample::finalise(received);
        let mut evaluations = self.officer().evaluations();
        let reply = evaluations.finalise_evaluation(request).await.expect("finalised");
        reply.into_inner().evaluation.expect("evaluation")
    }

    /// The messages of this type that were announced.
    pub(crate) async fn told<M: Name + Default>(&self) -> Vec<M> {
        let payloads: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT payload FROM outbox WHERE type_name = $1 ORDER BY event_id")
                .bind(M::full_name())
                .fetch_all(&self.pool)
                .await
                .expect("events");
        payloads.iter().map(|payload| M::decode(payload.as_slice()).expect("a message")).collect()
    }
}

impl Calls {
    pub(crate) fn policies(&self) -> PolicyServiceClient<Channel> {
        PolicyServiceClient::new(self.0.clone())
    }

    pub(crate) fn cycles(&self) -> CycleServiceClient<Channel> {
        CycleServiceClient::new(self.0.clone())
    }

    pub(crate) fn evaluations(&self) -> EvaluationServiceClient<Channel> {
        EvaluationServiceClient::new(self.0.clone())
    }

    pub(crate) fn ratings(&self) -> RatingServiceClient<Channel> {
        RatingServiceClient::new(self.0.clone())
    }

    pub(crate) fn annual_predicates(&self) -> AnnualPredicateServiceClient<Channel> {
        AnnualPredicateServiceClient::new(self.0.clone())
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

/// An event of a neighbour.
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
