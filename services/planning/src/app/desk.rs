use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use kinerja_kit::{
    auth::{Caller, Role},
    events::{self, Append},
    tenant::Tx,
};

use super::{
    Error,
    acts::Act,
    authority::not_yours,
    error::{not_measurable, of_plan, period_not_found, plan_not_found},
    events::plan_approved,
    plan_agreements::Seen,
    plans::held_period,
    registry::{Lines, resolved},
};
use crate::{
    domain::{
        EmployeeId, Outcome, Period, PeriodId, Plan, PlanContent, PlanError, PlanId, State, Step,
        WindowKind, faults,
    },
    store,
};

/// What was found out before the transaction began.
pub(super) struct Answers {
    pub(super) lines: Lines,
    pub(super) periods: Vec<PeriodId>,
}

/// Everything a step is decided by, locked or held, and what it leads to.
pub(super) struct Desk {
    pub(super) act: Act,
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
    /// Periods are held before plans are locked: whoever moves a window goes the same way.
    pub(super) async fn lay_out(
        tx: &mut Tx,
        caller: &Caller,
        act: Act,
        answers: Answers,
        now: Timestamp,
        seen: &[Seen],
    ) -> Result<Self, Error> {
        let mut periods = HashMap::new();
        for id in answers.periods {
            periods.insert(id, held_period(tx, id).await?);
        }
        let ids: Vec<_> = seen.iter().map(|seen| seen.plan_id).collect();
        let mut plans: HashMap<PlanId, Vec<Plan>> = HashMap::new();
        for plan in store::plans::lock(tx, &ids).await? {
            plans.entry(plan.id).or_default().push(plan);
        }
        let latest = || plans.values().filter_map(|versions| versions.last());
        let keys: Vec<_> = latest().map(|plan| (plan.id, plan.version)).collect();
        let contents = store::contents::find_all(tx, &keys).await?;
        Ok(Self {
            act,
            now,
            actor: caller.employee_id.map(EmployeeId::from),
            is_officer: caller.has(Role::HrOfficer),
            lines: answers.lines,
            plans,
            periods,
            contents,
            superseded: Vec::new(),
            changed: Vec::new(),
            steps: Vec::new(),
        })
    }

    fn latest(&self, id: PlanId) -> Result<&Plan, Error> {
        self.plans.get(&id).and_then(|versions| versions.last()).ok_or_else(plan_not_found)
    }

    /// Answers for one plan of a request that came before, and rules on nothing anew: what was `taken`
    /// then is told, whatever followed and whomever the plan concerns now. Why a plan was refused then
    /// is not kept; the caller is to look at it again, and to ask anew.
    pub(super) fn take_again(&self, seen: Seen, taken: &HashSet<PlanId>) -> Result<Plan, Error> {
        let plan = self.latest(seen.plan_id)?;
        if taken.contains(&plan.id) {
            return Ok(plan.clone());
        }
        self.check_concerned(plan)?;
        Err(Error::Stale)
    }

    /// Rules on one plan.
    pub(super) fn take(&mut self, seen: Seen) -> Result<Plan, Error> {
        let plan = self.latest(seen.plan_id)?.clone();
        self.check_concerned(&plan)?;
        if plan.revision != seen.revision {
            return Err(Error::Stale);
        }
        let ruled = self.rule(plan)?;
        if let State::Approved(..) = ruled.state {
            let versions = self.plans.get(&ruled.id).into_iter().flatten();
            let earlier = versions.filter(|plan| plan.version < ruled.version);
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
                let line = line()?;
                plan.refresh_line(line)?
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
    pub(super) async fn put_away(&self, tx: &mut Tx) -> Result<(), Error> {
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

/// The windows a version may be submitted in.
fn windows(plan: &Plan) -> &'static [WindowKind] {
    if plan.version == 1 {
        &[WindowKind::Planning, WindowKind::Amendment]
    } else {
        &[WindowKind::Amendment]
    }
}
