use jiff::civil::Date;
use kinerja_kit::{auth::Caller, events, idempotency::RequestKey, tenant::Tx};
use kinerja_proto::planning::v1::Reason;
use sqlx::PgConnection;

use super::{
    App, Error,
    authority::{check_owner, check_reader, employee},
    claim,
    error::{of_plan, period_not_found, plan_not_found, plan_taken},
    events::plan_closed,
};
use crate::{
    domain::{
        Assignment, EmployeeId, Fault, Period, PeriodId, Plan, PlanContent, PlanError, PlanId,
        State, StateName, StepKind, faults,
    },
    store::{self, plans::Which},
};

/// A version with what was planned.
#[derive(Debug, Clone)]
pub struct Document {
    pub plan: Plan,
    pub content: PlanContent,
}

#[derive(Debug)]
pub struct CreatePlan {
    pub period_id: PeriodId,
    /// The first day it covers; the period's unless given.
    pub starts_on: Option<Date>,
    pub content: PlanContent,
    pub key: RequestKey,
}

#[derive(Debug)]
pub struct UpdatePlan {
    pub plan_id: PlanId,
    pub content: PlanContent,
    pub revision: i64,
    pub key: RequestKey,
}

#[derive(Debug)]
pub struct AmendPlan {
    pub plan_id: PlanId,
    /// Of the approved version.
    pub revision: i64,
    pub key: RequestKey,
}

#[derive(Debug)]
pub struct ClosePlan {
    pub plan_id: PlanId,
    pub ends_on: Date,
    pub reason: String,
    pub revision: i64,
    pub key: RequestKey,
}

impl App {
    /// Begins a draft, from the employee's own projection alone.
    pub async fn create_plan(&self, caller: &Caller, new: CreatePlan) -> Result<Document, Error> {
        let (now, id) = (self.clock.now(), self.clock.new_id());
        let employee_id = employee(caller)?;
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(made) = claim(&mut tx, &new.key, PlanId::uuid(id), now).await? {
            return document(&mut tx, made.into(), Which::Latest).await;
        }
        let period = open_year(&mut tx, new.period_id).await?;
        let starts_on = new.starts_on.unwrap_or(period.span.starts_on());
        if starts_on < period.span.starts_on() || starts_on > period.span.ends_on() {
            return Err(PlanError::OutsidePeriod.into());
        }
        let assignment = assignment(&mut tx, employee_id).await?;
        let position = assignment.position_id;
        if store::plans::has_reference(&mut tx, employee_id, period.id, position).await? {
            return Err(plan_taken());
        }
        let plan = Plan {
            id,
            version: 1,
            employee_id,
            period_id: period.id,
            year: period.span.year(),
            assignment,
            starts_on,
            ends_on: period.span.ends_on(),
            state: State::Draft,
            created_at: now,
            revision: 1,
        };
        store::plans::insert(&mut tx, &plan, &new.content).await.map_err(of_plan)?;
        store::contents::insert(&mut tx, &plan, &new.content).await?;
        tx.commit().await?;
        Ok(Document { plan, content: new.content })
    }

    pub async fn get_plan(
        &self,
        caller: &Caller,
        id: PlanId,
        version: Option<i32>,
    ) -> Result<Document, Error> {
        let which = version.map_or(Which::Latest, Which::Version);
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let plan = store::plans::find(&mut tx, id, which).await?.ok_or_else(plan_not_found)?;
        check_reader(caller, &plan)?;
        let content = content(&mut tx, &plan).await?;
        tx.rollback().await?;
        self.access_log.record(caller, "GetPlan", plan.employee_id.uuid()).await;
        Ok(Document { plan, content })
    }

    pub async fn update_plan(
        &self,
        caller: &Caller,
        update: UpdatePlan,
    ) -> Result<Document, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let done = claim(&mut tx, &update.key, update.plan_id.uuid(), now).await?;
        let (period, plan) = take_up(&mut tx, update.plan_id).await?;
        check_owner(caller, &plan)?;
        if done.is_some() {
            return document(&mut tx, plan.id, Which::Latest).await;
        }
        if plan.revision != update.revision {
            return Err(Error::Stale);
        }
        let plan = plan.edit()?;
        period.check_open()?;
        store::plans::update_draft(&mut tx, &plan, &update.content).await?;
        store::contents::delete(&mut tx, &plan).await?;
        store::contents::insert(&mut tx, &plan, &update.content).await?;
        tx.commit().await?;
        Ok(Document { plan, content: update.content })
    }

    /// Everything in the latest version that cannot be measured yet.
    pub async fn check_plan(&self, caller: &Caller, id: PlanId) -> Result<Vec<Fault>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let found = store::plans::find(&mut tx, id, Which::Latest).await?;
        let plan = found.ok_or_else(plan_not_found)?;
        check_reader(caller, &plan)?;
        let content = content(&mut tx, &plan).await?;
        tx.rollback().await?;
        self.access_log.record(caller, "CheckPlan", plan.employee_id.uuid()).await;
        Ok(faults(&content))
    }

    pub async fn amend_plan(&self, caller: &Caller, amend: AmendPlan) -> Result<Document, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let done = claim(&mut tx, &amend.key, amend.plan_id.uuid(), now).await?;
        let (period, latest) = take_up(&mut tx, amend.plan_id).await?;
        check_owner(caller, &latest)?;
        if done.is_some() {
            return document(&mut tx, latest.id, Which::Latest).await;
        }
        if latest.version > 1 && is_in_the_making(&latest) {
            let message = "a new version is being drawn up already";
            return Err(Error::taken(Reason::VersionTaken, message));
        }
        if latest.revision != amend.revision {
            return Err(Error::Stale);
        }
        let plan = latest.amend(now)?;
        period.check_open()?;
        let content = content(&mut tx, &latest).await?;
        store::plans::insert(&mut tx, &plan, &content).await.map_err(of_plan)?;
        store::contents::insert(&mut tx, &plan, &content).await?;
        tx.commit().await?;
        Ok(Document { plan, content })
    }

    pub async fn close_plan(&self, caller: &Caller, close: ClosePlan) -> Result<Document, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let done = claim(&mut tx, &close.key, close.plan_id.uuid(), now).await?;
        let versions = store::plans::lock(&mut tx, &[close.plan_id]).await?;
        let latest = versions.last().cloned().ok_or_else(plan_not_found)?;
        if done.is_some() {
            let document = document(&mut tx, latest.id, Which::Latest).await?;
            drop(tx);
            self.access_log.record(caller, "ClosePlan", latest.employee_id.uuid()).await;
            return Ok(document);
        }
        if latest.revision != close.revision {
            return Err(Error::Stale);
        }
        let closed = closed(versions, close.ends_on, latest.revision + 1)?;
        let Some(plan) = closed.last() else {
            return Err(PlanError::Closed.into());
        };
        store::plans::update(&mut tx, &closed.iter().collect::<Vec<_>>()).await?;
        let actor = caller.employee_id.map(EmployeeId::from);
        let step = plan.step(StepKind::Closed, actor, now, &close.reason);
        store::plan_steps::insert(&mut tx, &[step]).await?;
        if closed.iter().any(Plan::was_approved) {
            let told = plan_closed(plan);
            events::append(&mut tx, plan.id.uuid(), plan.revision, now, &told).await?;
        }
        let document = document(&mut tx, plan.id, Which::Latest).await?;
        tx.commit().await?;
        self.access_log.record(caller, "ClosePlan", document.plan.employee_id.uuid()).await;
        Ok(document)
    }
}

/// The versions that end with the plan: the reference, and the one in the making.
fn closed(versions: Vec<Plan>, ends_on: Date, revision: i64) -> Result<Vec<Plan>, PlanError> {
    let standing = versions
        .into_iter()
        .filter(|plan| !matches!(plan.state.name(), StateName::Superseded | StateName::Closed));
    standing.map(|plan| Ok(Plan { revision, ..plan.close(ends_on)? })).collect()
}

fn is_in_the_making(plan: &Plan) -> bool {
    matches!(
        plan.state.name(),
        StateName::Draft | StateName::Submitted | StateName::Returned | StateName::Escalated
    )
}

pub(super) async fn document(
    conn: &mut PgConnection,
    id: PlanId,
    which: Which,
) -> Result<Document, Error> {
    let plan = store::plans::find(conn, id, which).await?.ok_or_else(plan_not_found)?;
    let content = content(conn, &plan).await?;
    Ok(Document { plan, content })
}

pub(super) async fn content(conn: &mut PgConnection, plan: &Plan) -> Result<PlanContent, Error> {
    store::contents::find(conn, plan.id, plan.version).await?.ok_or_else(plan_not_found)
}

/// Locks a plan and gives its latest version. Its period is held first: whoever moves a window goes the
/// same way.
async fn take_up(tx: &mut Tx, id: PlanId) -> Result<(Period, Plan), Error> {
    let seen = store::plans::find(tx, id, Which::Latest).await?.ok_or_else(plan_not_found)?;
    let period = held_period(tx, seen.period_id).await?;
    let plan = store::plans::lock(tx, &[id]).await?.pop().ok_or_else(plan_not_found)?;
    Ok((period, plan))
}

/// A period whose state stays as it is until the transaction ends.
pub(super) async fn held_period(tx: &mut Tx, id: PeriodId) -> Result<Period, Error> {
    store::periods::hold(tx, id).await?.ok_or_else(period_not_found)
}

async fn open_year(tx: &mut Tx, id: PeriodId) -> Result<Period, Error> {
    let period = held_period(tx, id).await?;
    if !period.is_annual() {
        return Err(Error::wrong_state(Reason::PeriodNotAnnual, "plans are made for a year"));
    }
    period.check_open()?;
    Ok(period)
}

async fn assignment(tx: &mut Tx, employee: EmployeeId) -> Result<Assignment, Error> {
    let known = store::employees::assignment(tx, employee).await?.ok_or_else(|| {
        let message = "the registry has not made this employee known yet";
        Error::not_found(Reason::EmployeeNotFound, message)
    })?;
    known.ok_or_else(|| {
        Error::wrong_state(Reason::NoPosition, "the employee holds no position to plan for")
    })
}
