use std::collections::HashMap;

use kinerja_kit::{auth::Caller, idempotency::RequestKey, tenant::Tx};
use kinerja_proto::planning::v1::Reason;
use sqlx::PgConnection;
use tonic_types::FieldViolation;

use super::{
    App, Error,
    authority::{check_owner, check_reader},
    claim,
    error::{period_not_found, plan_not_found},
    plans::held_period,
};
use crate::{
    domain::{
        CountingUnit, Measured, Period, PeriodId, Plan, PlanError, PlanId, Realisation, Sheet,
        StateName, WindowKind, WorkResult, measure, units,
    },
    store::{self, plans::Which},
};

/// The words of all realisations of a plan in a period, in bytes: they are read and told whole.
const MAX_WORDS: usize = 1 << 20;

/// What became of a plan in a period. Without a sheet nothing was recorded yet.
#[derive(Debug, Clone)]
pub struct PlanResults {
    /// The version whose targets are applied.
    pub plan: Plan,
    pub period_id: PeriodId,
    pub results: Vec<WorkResult>,
    pub sheet: Option<Sheet>,
    pub measured: Vec<Measured>,
    pub units: Vec<CountingUnit>,
}

#[derive(Debug)]
pub struct RecordRealisations {
    pub plan_id: PlanId,
    pub period_id: PeriodId,
    pub records: Vec<Realisation>,
    /// Unset for the first record of the period.
    pub revision: Option<i64>,
    pub key: RequestKey,
}

impl App {
    pub async fn record_realisations(
        &self,
        caller: &Caller,
        record: RecordRealisations,
    ) -> Result<PlanResults, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let done = claim(&mut tx, &record.key, record.plan_id.uuid(), now).await?;
        let period = held_period(&mut tx, record.period_id).await?;
        let plan = lock_reference(&mut tx, caller, record.plan_id).await?;
        if done.is_some() {
            return results(&mut tx, plan, record.period_id).await;
        }
        check_covered(&plan, &period)?;
        let window = period.open_window(&[WindowKind::Realisation], now)?;
        let planned = store::contents::results_of(&mut tx, plan.id, plan.version).await?;
        check_indicators(&planned, &record.records)?;
        let found = store::sheets::find(&mut tx, plan.id, period.id).await?;
        let (known, before) = found.ok_or_else(period_not_found)?;
        let revision = next_revision(known.as_ref(), record.revision)?;
        let policy = store::policies::as_of(&mut tx, period.span.ends_on()).await?;
        let sheet = Sheet {
            plan_id: plan.id,
            period_id: period.id,
            version: plan.version,
            employee_id: plan.employee_id,
            policy_id: policy.id.clone(),
            recorded_at: now,
            window,
            created_at: known.map_or(now, |known| known.created_at),
            revision,
        };
        let told = merged(before, record.records);
        check_words(&told)?;
        let measured = measure(&planned, &policy, told);
        store::realisations::delete(&mut tx, plan.id, period.id).await?;
        store::sheets::upsert(&mut tx, &sheet).await?;
        store::realisations::insert(&mut tx, &sheet, &measured).await?;
        tx.commit().await?;
        Ok(assemble(plan, period.id, planned, Some(sheet), measured))
    }

    pub async fn get_plan_results(
        &self,
        caller: &Caller,
        id: PlanId,
        period: Option<PeriodId>,
    ) -> Result<PlanResults, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let plan = match store::plans::find(&mut tx, id, Which::Reference).await? {
            Some(plan) => plan,
            None => return Err(without_reference(&mut tx, caller, id).await?),
        };
        check_reader(caller, &plan)?;
        let period = period.unwrap_or(plan.period_id);
        let employee = plan.employee_id;
        let results = results(&mut tx, plan, period).await?;
        tx.rollback().await?;
        self.access_log.record(caller, "GetPlanResults", employee.uuid()).await;
        Ok(results)
    }
}

/// The version that is or was the reference, with every version of the plan locked.
async fn lock_reference(tx: &mut Tx, caller: &Caller, id: PlanId) -> Result<Plan, Error> {
    let versions = store::plans::lock(tx, &[id]).await?;
    check_owner(caller, versions.last().ok_or_else(plan_not_found)?)?;
    let mut standing = versions
        .into_iter()
        .filter(|plan| plan.was_approved() && plan.state.name() != StateName::Superseded);
    standing.next_back().ok_or_else(|| PlanError::NotApproved.into())
}

/// Why a plan has no version to measure by: there is none, it is not the caller's to read, or nothing was
/// approved yet.
async fn without_reference(tx: &mut Tx, caller: &Caller, id: PlanId) -> Result<Error, Error> {
    let plan = store::plans::find(tx, id, Which::Latest).await?.ok_or_else(plan_not_found)?;
    check_reader(caller, &plan)?;
    Ok(PlanError::NotApproved.into())
}

/// A plan is measured in its year and in those parts of it that it lasts into.
fn check_covered(plan: &Plan, period: &Period) -> Result<(), Error> {
    let overlaps =
        plan.starts_on <= period.span.ends_on() && plan.ends_on >= period.span.starts_on();
    if period.is_within(plan.period_id) && overlaps {
        return Ok(());
    }
    let message = "the plan does not last into this period";
    Err(Error::wrong_state(Reason::PeriodNotOfPlan, message))
}

fn check_indicators(planned: &[WorkResult], records: &[Realisation]) -> Result<(), Error> {
    let known = |record: &Realisation| {
        let mut indicators = planned.iter().flat_map(|result| &result.indicators);
        indicators.any(|indicator| indicator.id == record.indicator_id)
    };
    if records.iter().all(known) {
        return Ok(());
    }
    let message = "the approved version has no such indicator";
    Err(Error::not_found(Reason::IndicatorNotFound, message))
}

fn check_words(told: &[Realisation]) -> Result<(), Error> {
    let words: usize = told.iter().map(Realisation::words).sum();
    if words <= MAX_WORDS {
        return Ok(());
    }
    let fault = "must leave the words of all records of the period at most 1 MiB";
    Err(Error::Invalid(vec![FieldViolation::new("records", fault)]))
}

fn next_revision(known: Option<&Sheet>, seen: Option<i64>) -> Result<i64, Error> {
    match (known.map(|sheet| sheet.revision), seen) {
        (None, None) => Ok(1),
        (Some(known), Some(seen)) if known == seen => Ok(known + 1),
        (Some(_), None) => {
            let fault = "must be set: realisations of this period were recorded before";
            Err(Error::Invalid(vec![FieldViolation::new("etag", fault)]))
        }
        _ => Err(Error::Stale),
    }
}

/// What was recorded before, with the new records in place of earlier ones.
fn merged(before: Vec<Measured>, records: Vec<Realisation>) -> Vec<Realisation> {
    let before = before.into_iter().map(|measured| measured.realisation);
    let mut merged: HashMap<_, _> = before.map(|told| (told.indicator_id, told)).collect();
    merged.extend(records.into_iter().map(|told| (told.indicator_id, told)));
    merged.into_values().collect()
}

async fn results(
    conn: &mut PgConnection,
    reference: Plan,
    period: PeriodId,
) -> Result<PlanResults, Error> {
    let found = store::sheets::find(conn, reference.id, period).await?;
    let (sheet, measured) = found.ok_or_else(period_not_found)?;
    let version = sheet.as_ref().map_or(reference.version, |sheet| sheet.version);
    let planned = store::contents::results_of(conn, reference.id, version).await?;
    Ok(assemble(Plan { version, ..reference }, period, planned, sheet, measured))
}

fn assemble(
    plan: Plan,
    period_id: PeriodId,
    results: Vec<WorkResult>,
    sheet: Option<Sheet>,
    measured: Vec<Measured>,
) -> PlanResults {
    let class = |measured: &Measured| {
        Some((measured.realisation.indicator_id, measured.achievement?.class))
    };
    let classes = measured.iter().filter_map(class).collect();
    let units = units(&results, &classes);
    PlanResults { plan, period_id, results, sheet, measured, units }
}
