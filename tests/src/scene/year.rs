//! The year of a scene: a period, plans, an evaluation, as far as a flow needs it.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use kinerja_kit::client;
use kinerja_proto::planning::v1::{
    self as pb, period_service_client::PeriodServiceClient,
    plan_agreement_service_client::PlanAgreementServiceClient,
    plan_service_client::PlanServiceClient,
};
use tonic::{Response, Status};
use uuid::Uuid;

use super::{Scene, new_id};
use crate::World;

/// How long events may take from one service to the next.
const EVENTS: Duration = Duration::from_secs(20);

/// Tries a call again until the events that it needs have come.
pub async fn eventually<T, F>(mut call: impl FnMut() -> F) -> anyhow::Result<T>
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    let end = Instant::now() + EVENTS;
    loop {
        match call().await {
            Ok(answer) => return Ok(answer.into_inner()),
            Err(status) if Instant::now() > end => return Err(status.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

impl Scene {
    /// Opens the year 2026 with every window open until January 2027. The clock has to be in it.
    pub async fn open_year(&self, world: &World) -> anyhow::Result<String> {
        let periods = PeriodServiceClient::new(world.channel("planning", &self.hr())?);
        let window = |kind: pb::WindowKind| pb::PeriodWindow {
            kind: kind.into(),
            opens_on: "2026-01-02".to_owned(),
            closes_on: "2027-01-31".to_owned(),
            ..Default::default()
        };
        let request = pb::CreatePeriodRequest {
            year: 2026,
            kind: pb::PeriodKind::Annual.into(),
            ordinal: 1,
            name: "Tahun 2026".to_owned(),
            windows: vec![window(pb::WindowKind::Planning), window(pb::WindowKind::Realisation)],
            request_id: new_id(),
        };
        let created = eventually(|| {
            let (mut periods, request) = (periods.clone(), request.clone());
            async move { periods.create_period(client::system(request)).await }
        })
        .await?;
        let period = created.period.context("no period")?;
        let request = pb::OpenPeriodRequest {
            period_id: period.period_id.clone(),
            etag: period.etag,
            request_id: new_id(),
        };
        periods.clone().open_period(client::system(request)).await?;
        Ok(period.period_id)
    }

    /// Somebody's plan, handed to the rater.
    pub async fn submit_plan(
        &self,
        world: &World,
        person: Uuid,
        period_id: &str,
    ) -> anyhow::Result<pb::Plan> {
        let channel = world.channel("planning", &self.person(person))?;
        let plans = PlanServiceClient::new(channel.clone());
        let request = pb::CreatePlanRequest {
            period_id: period_id.to_owned(),
            content: Some(content()),
            request_id: new_id(),
            ..Default::default()
        };
        let created = eventually(|| {
            let (mut plans, request) = (plans.clone(), request.clone());
            async move { plans.create_plan(client::system(request)).await }
        })
        .await?;
        let plan = created.plan.context("no plan")?;
        let request =
            pb::SubmitPlanRequest { plan_id: plan.plan_id, etag: plan.etag, request_id: new_id() };
        let mut agreements = PlanAgreementServiceClient::new(channel);
        let submitted = agreements.submit_plan(client::system(request)).await?;
        submitted.into_inner().plan.context("no plan")
    }

    /// The head of the office agrees.
    pub async fn approve_plan(&self, world: &World, plan: pb::Plan) -> anyhow::Result<pb::Plan> {
        let request =
            pb::ApprovePlanRequest { plan_id: plan.plan_id, etag: plan.etag, request_id: new_id() };
        let channel = world.channel("planning", &self.person(self.head))?;
        let mut agreements = PlanAgreementServiceClient::new(channel);
        let approved = agreements.approve_plan(client::system(request)).await?;
        approved.into_inner().plan.context("no plan")
    }
}

fn content() -> pb::PlanContent {
    let indicator = pb::Indicator {
        aspect: pb::Aspect::Quantity.into(),
        name: "Berkas selesai".to_owned(),
        polarity: pb::Polarity::Higher.into(),
        target: Some(pb::Target {
            min: "240".to_owned(),
            max: "240".to_owned(),
            unit: "berkas".to_owned(),
        }),
        data_source: "Buku register".to_owned(),
        ..Default::default()
    };
    let expectation = |value: i32| pb::BehaviourExpectation {
        core_value: value,
        text: "Menjadi teladan.".to_owned(),
    };
    pb::PlanContent {
        approach: pb::PlanApproach::Quantitative.into(),
        results: vec![pb::WorkResult {
            kind: pb::WorkResultKind::Main.into(),
            scope: pb::WorkResultScope::Individual.into(),
            name: "Berkas dilayani".to_owned(),
            indicators: vec![indicator],
            ..Default::default()
        }],
        expectations: (1..=7).map(expectation).collect(),
        support: "Komputer".to_owned(),
        accountability: "Dialog kinerja".to_owned(),
        consequences: "Pembinaan".to_owned(),
    }
}
