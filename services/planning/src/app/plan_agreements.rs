use std::collections::HashMap;

use jiff::Timestamp;
use kinerja_kit::{
    auth::{Caller, Role},
    events::{self, Append},
    idempotency::RequestKey,
    tenant::Tx,
};

use super::{
    App, Error,
    authority::not_yours,
    claim,
    error::{not_measurable, of_plan, period_not_found, plan_not_found},
    events::plan_approved,
    plans::{Document, document},
    registry::{Lines, resolved},
    today,
};
use crate::{
    domain::{
        EmployeeId, Outcome, Period, PeriodId, Plan, PlanContent, PlanError, PlanId, State, Step,
        StepKind, WindowKind, faults,
    },
    store::{self, plans::Which},
};

/// A plan as its caller last saw it.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    pub plan_id: PlanId,
    pub revision: i64,
}

/// A step towards agreement.
#[derive(Debug, Clone)]
pub enum Act {
    Submit,
    Approve,
    Return { reason: String },
    Escalate { dissent: String },
    Decide { outcome: Outcome, reason: String },
    RefreshRater,
}

impl App {
    /// Takes one step with one plan, or none at all.
    pub async fn agree(
        &self,
        caller: &Caller,
        act: Act,
        seen: Seen,
        key: RequestKey,
    ) -> Result<Document, Error> {
        let lines = self.ask(caller, &act, &[seen]).await?;
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let done = claim(&mut tx, &key, seen.plan_id.uuid(), now).await?.is_some();
        let mut desk = Desk::lay_out(&mut tx, caller, act, lines, now, &[seen]).await?;
        desk.take(seen, done)?;
        desk.put_away(&mut tx).await?;
        let document = document(&mut tx, seen.plan_id, Which::Latest).await?;
        tx.commit().await?;
        self.note_act(caller, &desk, [&document.plan]).await;
        Ok(document)
    }

    /// Takes the same step with many plans, each for itself: one transaction, a result per plan.
    pub async fn agree_all(
        &self,
        caller: &Caller,
        act: Act,
        seen: &[Seen],
        key: RequestKey,
    ) -> Result<Vec<Result<Plan, Error>>, Error> {
        let lines = self.ask(caller, &act, seen).await?;
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let done = claim(&mut tx, &key, self.clock.new_uuid(), now).await?.is_some();
        let mut desk = Desk::lay_out(&mut tx, caller, act, lines, now, seen).await?;
        let results: Vec<_> = seen.iter().map(|seen| desk.take(*seen, done)).collect();
        desk.put_away(&mut tx).await?;
        tx.commit().await?;
        self.note_act(caller, &desk, results.iter().flatten()).await;
        Ok(results)
    }

    /// Asks the registry about those plans whose step depends on it.
    async fn ask(&self, caller: &Caller, act: &Act, seen: &[Seen]) -> Result<Lines, Error> {
        let ids: Vec<_> = seen.iter().map(|seen| seen.plan_id).collect();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let latest = vec![Which::Latest; ids.len()];
        let plans = store::plans::find_all(&mut tx, &ids, &latest).await?;
        let actor = caller.employee_id.map(EmployeeId::from);
        let concerned = plans.iter().filter(|plan| act.needs_line(plan, actor));
        let mut employees: Vec<_> = concerned.map(|plan| plan.employee_id).collect();
        employees.sort_unstable();
        employees.dedup();
        if employees.is_empty() {
            return Ok(Lines::new());
        }
        let today = today(&mut tx, self.clock.now()).await?;
        tx.rollback().await?;
        self.registry.lines(caller.tenant()?, &employees, today).await
    }

    async fn note_act(&self, caller: &Caller, desk: &Desk, plans: impl IntoIterator<Item = &Plan>) {
        let subjects: Vec<_> = plans.into_iter().map(|plan| plan.employee_id.uuid()).collect();
        self.access_log.record_all(caller, desk.act.method(), subjects).await;
    }
}

/// Everything a step is decided by, locked or held, and what it leads to.
struct Desk {
    act: Act,
    now: Timestamp,
    actor: Option<EmployeeId>,
    is_officer: bool,
    lines: Lines,
    /// Every version of each plan, oldest first.
    plans: HashMap<PlanId, Vec<Plan>>,
    periods: HashMap<PeriodId, Period>,
    contents: HashMap<(PlanId, i32), PlanContent>,
    superseded: Vec<Plan>,
    changed: Vec<Plan>,
    steps: Vec<Step>,
}

impl Desk {
    async fn lay_out(
        tx: &mut Tx,
        caller: &Caller,
        act: Act,
        lines: Lines,
        now: Timestamp,
        seen: &[Seen],
    ) -> Result<Self, Error> {
        let ids: Vec<_> = seen.iter().map(|seen| seen.plan_id).collect();
        let mut plans: HashMap<PlanId, Vec<Plan>> = HashMap::new();
        for plan in store::plans::lock(tx, &ids).await? {
            plans.entry(plan.id).or_default().push(plan);
        }
        let latest = || plans.values().filter_map(|versions| versions.last());
        let mut periods = HashMap::new();
        for plan in latest() {
            if !periods.contains_key(&plan.period_id) {
                let period = store::periods::hold(tx, plan.period_id).await?;
                periods.insert(plan.period_id, period.ok_or_else(period_not_found)?);
            }
        }
        let keys: Vec<_> = latest().map(|plan| (plan.id, plan.version)).collect();
        let contents = store::contents::find_all(tx, &keys).await?;
        Ok(Self {
            act,
            now,
            actor: caller.employee_id.map(EmployeeId::from),
            is_officer: caller.has(Role::HrOfficer),
            lines,
            plans,
            periods,
            contents,
            superseded: Vec::new(),
            changed: Vec::new(),
            steps: Vec::new(),
        })
    }

    /// Rules on one plan. `repeated`: the request came before, and may have been carried out.
    fn take(&mut self, seen: Seen, repeated: bool) -> Result<Plan, Error> {
        let versions = self.plans.get(&seen.plan_id).ok_or_else(plan_not_found)?;
        let plan = versions.last().cloned().ok_or_else(plan_not_found)?;
        self.check_concerned(&plan)?;
        if repeated && plan.revision > seen.revision {
            return Ok(plan);
        }
        if plan.revision != seen.revision {
            return Err(Error::Stale);
        }
        let ruled = self.rule(plan)?;
        if let State::Approved(..) = ruled.state {
            let earlier = versions.iter().filter(|plan| plan.version < ruled.version);
            let gives_way = earlier.cloned().filter_map(|plan| plan.supersede().ok());
            self.superseded.extend(gives_way);
        }
        if let Some((kind, reason)) = self.act.step(&ruled) {
            self.steps.push(ruled.step(kind, self.actor, self.now, &reason));
        }
        self.changed.push(ruled.clone());
        Ok(ruled)
    }

    fn rule(&self, plan: Plan) -> Result<Plan, Error> {
        if !self.act.needs_line(&plan, self.actor) {
            return Err(self.act.wrong_state().into());
        }
        let period = self.periods.get(&plan.period_id).ok_or_else(period_not_found)?;
        period.check_open()?;
        let line = || resolved(&self.lines, plan.employee_id);
        let actor = || self.actor.ok_or_else(not_yours);
        let now = self.now;
        Ok(match &self.act {
            Act::Submit => {
                let window = period.open_window(windows(&plan), now)?;
                self.check_measurable(&plan)?;
                let rater = line()?.rater;
                plan.submit(now, window, rater)?
            }
            Act::Approve => {
                let (actor, rater) = (actor()?, line()?.rater);
                plan.decide(now, actor, rater, Outcome::Approved)?
            }
            Act::Return { .. } => {
                let (actor, rater) = (actor()?, line()?.rater);
                plan.decide(now, actor, rater, Outcome::Returned)?
            }
            Act::Escalate { .. } => {
                self.check_measurable(&plan)?;
                let (actor, line) = (actor()?, line()?);
                plan.escalate(now, actor, line)?
            }
            Act::Decide { outcome, .. } => {
                let (actor, line) = (actor()?, line()?);
                plan.decide_escalation(now, actor, line, *outcome)?
            }
            Act::RefreshRater => {
                let rater = line()?.rater;
                plan.refresh_rater(rater)?
            }
        })
    }

    /// Lets pass whom the step is for; who rates today is for [`rule`](Self::rule) to find out.
    fn check_concerned(&self, plan: &Plan) -> Result<(), Error> {
        let actor = self.actor;
        let owns = actor == Some(plan.employee_id);
        let stands_above = actor.is_some_and(|actor| {
            let line = self.lines.get(&plan.employee_id).and_then(|line| line.as_ref().ok());
            let named = line.is_some_and(|line| {
                let superior = line.superior.as_ref();
                line.rater.employee_id == actor || superior.is_some_and(|s| s.employee_id == actor)
            });
            named || plan.is_under(actor)
        });
        match &self.act {
            Act::Submit if owns => Ok(()),
            Act::Escalate { .. } if owns || stands_above => Ok(()),
            Act::RefreshRater if owns || stands_above || self.is_officer => Ok(()),
            Act::Approve | Act::Return { .. } if stands_above => Ok(()),
            Act::Approve | Act::Return { .. } => Err(PlanError::NotTheRater.into()),
            Act::Decide { .. } if stands_above => Ok(()),
            Act::Decide { .. } => Err(PlanError::NotTheSuperior.into()),
            Act::Submit | Act::Escalate { .. } | Act::RefreshRater => Err(not_yours()),
        }
    }

    fn check_measurable(&self, plan: &Plan) -> Result<(), Error> {
        let content = self.contents.get(&(plan.id, plan.version)).ok_or_else(plan_not_found)?;
        let faults = faults(content);
        if faults.is_empty() { Ok(()) } else { Err(not_measurable(faults)) }
    }

    /// Stores what was ruled, and tells what was approved.
    async fn put_away(&self, tx: &mut Tx) -> Result<(), Error> {
        if self.changed.is_empty() {
            return Ok(());
        }
        if !self.superseded.is_empty() {
            store::plans::update(tx, &self.superseded.iter().collect::<Vec<_>>()).await?;
        }
        let changed: Vec<_> = self.changed.iter().collect();
        store::plans::update(tx, &changed).await.map_err(of_plan)?;
        store::plan_steps::insert(tx, &self.steps).await?;
        let approved = self.changed.iter().filter(|plan| matches!(plan.state, State::Approved(..)));
        let told = approved.filter_map(|plan| {
            let content = self.contents.get(&(plan.id, plan.version))?;
            let message = plan_approved(plan, content);
            Some(Append { key: plan.id.uuid(), revision: plan.revision, message })
        });
        events::append_all(tx, self.now, told.collect::<Vec<_>>()).await?;
        Ok(())
    }
}

impl Act {
    /// Whether the plan is where this step begins, so that the registry is to be asked.
    fn needs_line(&self, plan: &Plan, actor: Option<EmployeeId>) -> bool {
        match self {
            Self::Submit => plan.is_editable() && actor == Some(plan.employee_id),
            Self::Approve | Self::Return { .. } | Self::RefreshRater => {
                matches!(plan.state, State::Submitted(_))
            }
            Self::Escalate { .. } => {
                matches!(plan.state, State::Submitted(_) | State::Returned(_, None, _))
            }
            Self::Decide { .. } => matches!(plan.state, State::Escalated(..)),
        }
    }

    /// Why a plan that is not there cannot take the step.
    fn wrong_state(&self) -> PlanError {
        match self {
            Self::Submit => PlanError::NotEditable,
            Self::Escalate { .. } => PlanError::NothingToEscalate,
            Self::Approve | Self::Return { .. } | Self::Decide { .. } | Self::RefreshRater => {
                PlanError::NotWaiting
            }
        }
    }

    /// What is kept of the step that led to `plan`.
    fn step(&self, plan: &Plan) -> Option<(StepKind, String)> {
        let decided = match plan.state {
            State::Approved(..) => StepKind::Approved,
            _ => StepKind::Returned,
        };
        match self {
            Self::Submit => Some((StepKind::Submitted, String::new())),
            Self::Approve => Some((decided, String::new())),
            Self::Return { reason } | Self::Decide { reason, .. } => Some((decided, reason.clone())),
            Self::Escalate { dissent } => Some((StepKind::Escalated, dissent.clone())),
            Self::RefreshRater => None,
        }
    }

    fn method(&self) -> &'static str {
        match self {
            Self::Submit => "SubmitPlan",
            Self::Approve => "ApprovePlan",
            Self::Return { .. } => "ReturnPlan",
            Self::Escalate { .. } => "EscalatePlan",
            Self::Decide { .. } => "DecideEscalation",
            Self::RefreshRater => "RefreshPlanRater",
        }
    }
}

/// The windows a version may be submitted in.
fn windows(plan: &Plan) -> &'static [WindowKind] {
    if plan.version == 1 {
        &[WindowKind::Planning, WindowKind::Amendment]
    } else {
        &[WindowKind::Amendment]
    }
}
