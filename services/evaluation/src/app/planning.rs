use std::collections::HashMap;

use futures_util::{StreamExt as _, stream};
use kinerja_kit::{
    client::{self, Channel},
    errors::try_again,
    fields::Fields,
    tenant::TenantId,
};
use kinerja_proto::{common::v1::Reason as Common, planning::v1 as pb};
use pb::realisation_service_client::RealisationServiceClient;
use tonic::{Code, Status};
use uuid::Uuid;

use super::Error;
use crate::domain::{
    PeriodId, PlanId,
    evaluation::EvaluationId,
    results::{Indicator, Measurement},
};

/// How many plans are asked about at a time.
const AT_ONCE: usize = 16;
/// Figures have at most so many decimal places.
const SCALE: u32 = 4;

/// What became of plans, asked of the planning service.
#[derive(Debug, Clone)]
pub struct Planning {
    realisations: RealisationServiceClient<Channel>,
}

/// Whose realisations are wanted, and of which version.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) evaluation_id: EvaluationId,
    pub(super) plan_id: PlanId,
    pub(super) period_id: PeriodId,
    pub(super) version: i32,
    pub(super) indicators: Vec<Indicator>,
}

/// Indicators with what became of them, and planning's etag of that.
#[derive(Debug)]
pub(super) struct Realised {
    /// The version of the plan.
    pub(super) version: i32,
    pub(super) measurements: Vec<Measurement>,
    pub(super) etag: String,
}

impl Planning {
    pub fn new(channel: Channel) -> Self {
        Self { realisations: RealisationServiceClient::new(channel) }
    }

    /// What became of these plans, each for itself; UNAVAILABLE for all of them while planning does
    /// not answer or its feed is behind.
    pub(super) async fn realised(
        &self,
        tenant: &TenantId,
        wanted: Vec<Wanted>,
    ) -> Result<HashMap<EvaluationId, Result<Realised, Error>>, Error> {
        let calls = wanted.into_iter().map(|wanted| async move {
            let id = wanted.evaluation_id;
            (id, self.ask(tenant, wanted).await)
        });
        let answers: Vec<_> = stream::iter(calls).buffer_unordered(AT_ONCE).collect().await;
        let mut realised = HashMap::with_capacity(answers.len());
        for (id, answer) in answers {
            match answer {
                Ok(answer) => realised.insert(id, Ok(answer)),
                Err(status) if status.code() == Code::Unavailable => {
                    return Err(Error::elsewhere(status));
                }
                Err(status) => realised.insert(id, Err(Error::elsewhere(status))),
            };
        }
        Ok(realised)
    }

    async fn ask(&self, tenant: &TenantId, wanted: Wanted) -> Result<Realised, Status> {
        let request = pb::GetPlanResultsRequest {
            plan_id: wanted.plan_id.to_string(),
            period_id: wanted.period_id.to_string(),
        };
        let mut realisations = self.realisations.clone();
        let reply = realisations.get_plan_results(client::request(tenant, request)).await;
        let reply = reply.map_err(|status| Status::from(Error::elsewhere(status)))?;
        let results = reply.into_inner().results.ok_or_else(unreadable)?;
        if results.version != wanted.version {
            let message = "planning's feed has not told yet of the plan's version";
            return Err(try_again(Code::Unavailable, Common::NeighbourUnavailable, message));
        }
        Ok(Realised {
            version: results.version,
            measurements: measurements(wanted.indicators, &results.realisations)?,
            etag: results.etag,
        })
    }
}

fn measurements(
    indicators: Vec<Indicator>,
    realisations: &[pb::Realisation],
) -> Result<Vec<Measurement>, Status> {
    let mut fields = Fields::default();
    let mut values: HashMap<Uuid, Option<i64>> = HashMap::new();
    for realisation in realisations {
        let id = fields.uuid("indicator_id", &realisation.indicator_id);
        values.insert(id, fields.opt_decimal("value", &realisation.value, SCALE));
    }
    fields.finish().map_err(|_| unreadable())?;
    let measured = indicators.into_iter().map(|indicator| {
        let realised_e4 = values.get(&indicator.indicator_id).copied().flatten();
        Measurement { indicator, realised_e4 }
    });
    Ok(measured.collect())
}

fn unreadable() -> Status {
    Status::from(Error::elsewhere(Status::internal("planning's answer cannot be read")))
}
