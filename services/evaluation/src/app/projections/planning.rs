use jiff_sqlx::ToSqlx as _;
use kinerja_kit::{
    clock::Clock,
    events::{self, ApplyError, Event, Projection},
    fields::Fields,
    tenant::TenantId,
};
use kinerja_proto::events::v1 as pb;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{date, id};
use crate::{
    domain::{
        achievement::{Polarity, Target},
        results::Indicator,
    },
    store::{
        self,
        periods::{Period, Periods},
        plans::{Plan, Plans},
    },
};

/// Figures have at most so many decimal places.
const SCALE: u32 = 4;

/// Periods, and the reference version of each plan. A plan that is approved has an evaluation opened in
/// every open cycle of its days.
#[derive(Debug, Clone)]
pub struct PlanningProjection {
    pub clock: Clock,
}

impl Projection for PlanningProjection {
    type Prepared = ();

    fn name(&self) -> &'static str {
        "planning"
    }

    fn version(&self) -> i32 {
        1
    }

    fn source(&self) -> &'static str {
        "planning"
    }

    fn types(&self) -> Vec<String> {
        vec![
            events::kind::<pb::PeriodChanged>(),
            events::kind::<pb::PlanApproved>(),
            events::kind::<pb::PlanClosed>(),
        ]
    }

    async fn apply(
        &self,
        conn: &mut PgConnection,
        _: &TenantId,
        events: &[Event],
        (): &Self::Prepared,
    ) -> Result<(), ApplyError> {
        apply_periods(&mut *conn, events).await?;
        self.apply_approvals(&mut *conn, events).await?;
        apply_ends(conn, events).await
    }

    async fn forget(
        &self,
        conn: &mut PgConnection,
        _: &TenantId,
        facts: &[Event],
    ) -> Result<(), ApplyError> {
        let keys: Vec<Uuid> = facts.iter().map(|fact| fact.key).collect();
        store::periods::forget(&mut *conn, &keys).await?;
        store::plans::forget(conn, &keys).await?;
        Ok(())
    }

    async fn close(
        &self,
        conn: &mut PgConnection,
        _: &TenantId,
        known: &[Uuid],
    ) -> Result<(), ApplyError> {
        store::periods::close(&mut *conn, known).await?;
        store::plans::close(conn, known).await?;
        Ok(())
    }
}

impl PlanningProjection {
    async fn apply_approvals(
        &self,
        conn: &mut PgConnection,
        events: &[Event],
    ) -> Result<(), ApplyError> {
        let mut plans = Plans::default();
        for fact in events::newest::<pb::PlanApproved>(events)? {
            plans.push(plan(fact.message)?, fact.event.revision);
        }
        if plans.ids().is_empty() {
            return Ok(());
        }
        store::governments::hold(&mut *conn).await?;
        store::plans::upsert(&mut *conn, &plans).await?;
        store::openings::follow_plans(&mut *conn, plans.ids()).await?;
        let openings = store::openings::of_plans(&mut *conn, plans.ids()).await?;
        let ids: Vec<Uuid> = openings.iter().map(|_| self.clock.new_uuid()).collect();
        Ok(store::openings::open(conn, &openings, &ids, self.clock.now()).await?)
    }
}

async fn apply_periods(conn: &mut PgConnection, events: &[Event]) -> Result<(), ApplyError> {
    let mut periods = Periods::default();
    for fact in events::newest::<pb::PeriodChanged>(events)? {
        let pb::PeriodChanged { year, kind, ordinal, .. } = fact.message;
        periods.push(Period { id: fact.event.key, year, kind, ordinal }, fact.event.revision);
    }
    Ok(store::periods::upsert(conn, &periods).await?)
}

async fn apply_ends(conn: &mut PgConnection, events: &[Event]) -> Result<(), ApplyError> {
    let (mut ids, mut ends, mut revisions) = (Vec::new(), Vec::new(), Vec::new());
    for fact in events::newest::<pb::PlanClosed>(events)? {
        ids.push(fact.event.key);
        ends.push(date("ends_on", &fact.message.ends_on)?.to_sqlx());
        revisions.push(fact.event.revision);
    }
    if ids.is_empty() {
        return Ok(());
    }
    Ok(store::plans::end(conn, &ids, &ends, &revisions).await?)
}

fn plan(approved: pb::PlanApproved) -> Result<Plan, ApplyError> {
    let mut indicators = Vec::new();
    for result in approved.results {
        let main = result.kind == "MAIN";
        for one in &result.indicators {
            indicators.push(indicator(one, &result.result_id, &result.name, main)?);
        }
    }
    Ok(Plan {
        id: id("plan_id", &approved.plan_id)?,
        version: approved.version,
        employee_id: id("employee_id", &approved.employee_id)?,
        unit_id: id("unit_id", &approved.unit_id)?,
        heads_unit: approved.heads_unit,
        year: approved.year,
        starts_on: date("starts_on", &approved.starts_on)?,
        ends_on: date("ends_on", &approved.ends_on)?,
        rater_id: id("rater_employee_id", &approved.rater_employee_id)?,
        indicators,
    })
}

fn indicator(
    planned: &pb::plan_approved::Indicator,
    result_id: &str,
    result_name: &str,
    main: bool,
) -> Result<Indicator, ApplyError> {
    Ok(Indicator {
        indicator_id: id("indicator_id", &planned.indicator_id)?,
        result_id: id("result_id", result_id)?,
        result_name: result_name.to_owned(),
        main,
        name: planned.name.clone(),
        aspect: planned.aspect.clone(),
        polarity: polarity(&planned.polarity)?,
        target: target(planned)?,
        unit: planned.target_unit.clone(),
        pair: (!planned.pair.is_empty()).then(|| planned.pair.clone()),
    })
}

fn polarity(word: &str) -> Result<Polarity, ApplyError> {
    word.parse().map_err(|_| ApplyError::Refused(format!("{word:?} is no polarity")))
}

fn target(planned: &pb::plan_approved::Indicator) -> Result<Option<Target>, ApplyError> {
    let mut fields = Fields::default();
    let min = fields.opt_decimal("target_min", &planned.target_min, SCALE);
    let max = fields.opt_decimal("target_max", &planned.target_max, SCALE);
    fields.finish().map_err(|status| ApplyError::Refused(status.message().to_owned()))?;
    Ok(min.zip(max).map(|(min_e4, max_e4)| Target { min_e4, max_e4 }))
}
