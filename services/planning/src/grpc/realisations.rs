use std::collections::{HashMap, HashSet};

use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_PROSE, decimal, etag, instant},
};
use kinerja_proto::planning::v1 as pb;
use tonic::{Request, Response, Status};

use super::{MAX_ROWS, content::amount, names::to_wire};
use crate::{
    app::{App, PlanResults, RecordRealisations},
    domain::{Achievement, Amount, CountingUnit, Indicator, Measured, Realisation, WorkResult},
};

const MAX_URL: usize = 2000;

#[derive(Debug, Clone)]
pub(super) struct RealisationService {
    pub(super) app: App,
}

#[tonic::async_trait]
impl pb::realisation_service_server::RealisationService for RealisationService {
    async fn record_realisations(
        &self,
        request: Request<pb::RecordRealisationsRequest>,
    ) -> Result<Response<pb::RecordRealisationsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "RecordRealisations", &request.request_id, &request);
        let record = RecordRealisations {
            plan_id: fields.id("plan_id", &request.plan_id),
            period_id: fields.id("period_id", &request.period_id),
            records: records(&mut fields, &request.records),
            revision: (!request.etag.is_empty()).then(|| fields.etag("etag", &request.etag)),
            key,
        };
        fields.finish()?;
        let results = self.app.record_realisations(&caller, record).await?;
        Ok(Response::new(pb::RecordRealisationsResponse { results: Some(results.into()) }))
    }

    async fn get_plan_results(
        &self,
        request: Request<pb::GetPlanResultsRequest>,
    ) -> Result<Response<pb::GetPlanResultsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("plan_id", &request.plan_id);
        let period = fields.opt_id("period_id", &request.period_id);
        fields.finish()?;
        let results = self.app.get_plan_results(&caller, id, period).await?;
        Ok(Response::new(pb::GetPlanResultsResponse { results: Some(results.into()) }))
    }
}

fn records(fields: &mut Fields, given: &[pb::RealisationRecord]) -> Vec<Realisation> {
    if given.is_empty() || given.len() > MAX_ROWS {
        fields.fault("records", format!("must be from 1 to {MAX_ROWS}"));
    }
    let mut known = HashSet::new();
    let mut records = Vec::new();
    for (at, given) in given.iter().take(MAX_ROWS).enumerate() {
        let record = record(fields, &format!("records[{at}]"), given);
        if !known.insert(record.indicator_id) {
            let field = format!("records[{at}].indicator_id");
            fields.fault(field, "must not be that of another record");
        }
        records.push(record);
    }
    records
}

fn record(fields: &mut Fields, path: &str, given: &pb::RealisationRecord) -> Realisation {
    let mut prose = |field: &str, text: &str, max| {
        fields.opt_text(&format!("{path}.{field}"), text, max).unwrap_or_default()
    };
    let narrative = prose("narrative", &given.narrative, MAX_PROSE);
    let evidence = prose("evidence", &given.evidence, MAX_PROSE);
    let evidence_url = prose("evidence_url", &given.evidence_url, MAX_URL);
    if !evidence_url.is_empty() && !evidence_url.starts_with("https://") {
        fields.fault(format!("{path}.evidence_url"), "must be an https address");
    }
    if given.value.is_empty() && narrative.is_empty() {
        fields.fault(format!("{path}.narrative"), "must be set where there is no value");
    }
    let field = format!("{path}.value");
    let value = (!given.value.is_empty()).then(|| amount(fields, &field, &given.value)).flatten();
    let indicator_id = fields.id(&format!("{path}.indicator_id"), &given.indicator_id);
    Realisation { indicator_id, value, narrative, evidence, evidence_url }
}

impl From<PlanResults> for pb::PlanResults {
    fn from(results: PlanResults) -> Self {
        let mut recorded: HashMap<_, _> = results
            .measured
            .into_iter()
            .map(|measured| (measured.realisation.indicator_id, measured))
            .collect();
        let indicators = results
            .results
            .iter()
            .flat_map(|result| result.indicators.iter().map(move |indicator| (result, indicator)));
        let realisations = indicators
            .map(|(result, indicator)| {
                realisation(result, indicator, recorded.remove(&indicator.id))
            })
            .collect();
        let sheet = results.sheet.as_ref();
        Self {
            plan_id: results.plan.id.to_string(),
            period_id: results.period_id.to_string(),
            version: results.plan.version,
            employee_id: results.plan.employee_id.to_string(),
            realisations,
            units: results.units.into_iter().map(Into::into).collect(),
            policy_id: sheet.map(|sheet| sheet.policy_id.to_string()).unwrap_or_default(),
            record_time: sheet.map(|sheet| instant(sheet.recorded_at)),
            etag: sheet.map(|sheet| etag(sheet.revision)).unwrap_or_default(),
        }
    }
}

fn realisation(
    result: &WorkResult,
    indicator: &Indicator,
    recorded: Option<Measured>,
) -> pb::Realisation {
    let mut wire = pb::Realisation {
        indicator_id: indicator.id.to_string(),
        result_id: result.id.to_string(),
        result_kind: to_wire("WORK_RESULT_KIND_", result.kind, pb::WorkResultKind::from_str_name),
        aspect: to_wire("ASPECT_", indicator.aspect, pb::Aspect::from_str_name),
        name: indicator.name.clone(),
        ..Default::default()
    };
    if let Some(Measured { realisation, achievement }) = recorded {
        let value = realisation.value.map(|value| decimal(value.e4(), Amount::SCALE));
        wire.value = value.unwrap_or_default();
        wire.narrative = realisation.narrative;
        wire.evidence = realisation.evidence;
        wire.evidence_url = realisation.evidence_url;
        wire.achievement = achievement.map(Into::into);
    }
    wire
}

impl From<Achievement> for pb::Achievement {
    fn from(achievement: Achievement) -> Self {
        let (percent, class) = (achievement.percent_e2, achievement.class);
        Self {
            percent: format!("{}.{:02}", percent / 100, percent % 100),
            numerator: achievement.share.numerator(),
            denominator: achievement.share.denominator(),
            class: to_wire("ACHIEVEMENT_CLASS_", class, pb::AchievementClass::from_str_name),
        }
    }
}

impl From<CountingUnit> for pb::CountingUnit {
    fn from(unit: CountingUnit) -> Self {
        let class = unit
            .class
            .map(|class| to_wire("ACHIEVEMENT_CLASS_", class, pb::AchievementClass::from_str_name));
        Self {
            indicator_ids: unit.indicator_ids.iter().map(ToString::to_string).collect(),
            pair: unit.pair.unwrap_or_default(),
            class: class.unwrap_or_default(),
        }
    }
}
