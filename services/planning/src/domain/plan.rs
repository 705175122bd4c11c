use jiff::{Timestamp, civil::Date};

use super::{Assignment, EmployeeId, PeriodId, PlanId, WindowBounds};

/// One version of an employee's work plan for a period; its content is kept beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub id: PlanId,
    pub version: i32,
    pub employee_id: EmployeeId,
    pub period_id: PeriodId,
    pub year: i32,
    pub assignment: Assignment,
    /// The days it covers.
    pub starts_on: Date,
    pub ends_on: Date,
    pub state: State,
    pub created_at: Timestamp,
    /// Grows over all versions of a plan.
    pub revision: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Not submitted as it is: new, or changed since it was returned.
    Draft,
    /// Waits for the rater.
    Submitted(Submission),
    /// Waits for the employee, unchanged since the rater or the superior saw it.
    Returned(Submission, Option<Escalation>, Decision),
    /// Waits for the rater's superior.
    Escalated(Submission, Escalation),
    /// The reference of the period.
    Approved(Submission, Option<Escalation>, Decision),
    /// A later version was approved.
    Superseded(Submission, Option<Escalation>, Decision),
    /// Over, wherever it stood.
    Closed(Traces),
}

/// The name of a [`State`], without what it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateName {
    Draft,
    Submitted,
    Returned,
    Escalated,
    Approved,
    Superseded,
    Closed,
}

/// When and under which window a version was handed in, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    pub at: Timestamp,
    pub window: WindowBounds,
    /// As last resolved.
    pub rater: Authority,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    pub at: Timestamp,
    /// As last resolved.
    pub superior: Authority,
}

/// The registry's answer to who, on a day, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    pub employee_id: EmployeeId,
    pub on: Date,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub at: Timestamp,
    pub by: EmployeeId,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Approved,
    Returned,
}

/// What the agreement left behind in a version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traces {
    pub submission: Option<Submission>,
    pub escalation: Option<Escalation>,
    pub decision: Option<Decision>,
}

/// One step of the agreement, kept for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub plan_id: PlanId,
    pub version: i32,
    /// The revision that the step made.
    pub revision: i64,
    pub kind: StepKind,
    /// Unset where an officer acted who is no employee of the government.
    pub actor: Option<EmployeeId>,
    pub at: Timestamp,
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    Submitted,
    Returned,
    Escalated,
    Approved,
    Closed,
}

impl State {
    pub fn name(&self) -> StateName {
        match self {
            Self::Draft => StateName::Draft,
            Self::Submitted(..) => StateName::Submitted,
            Self::Returned(..) => StateName::Returned,
            Self::Escalated(..) => StateName::Escalated,
            Self::Approved(..) => StateName::Approved,
            Self::Superseded(..) => StateName::Superseded,
            Self::Closed(..) => StateName::Closed,
        }
    }

    /// Puts together what [`State::name`] and [`State::traces`] took apart.
    pub fn from_parts(name: StateName, traces: Traces) -> Option<Self> {
        let Traces { submission, escalation, decision } = traces.clone();
        Some(match name {
            StateName::Draft => Self::Draft,
            StateName::Submitted => Self::Submitted(submission?),
            StateName::Returned => Self::Returned(submission?, escalation, decision?),
            StateName::Escalated => Self::Escalated(submission?, escalation?),
            StateName::Approved => Self::Approved(submission?, escalation, decision?),
            StateName::Superseded => Self::Superseded(submission?, escalation, decision?),
            StateName::Closed => Self::Closed(traces),
        })
    }

    pub fn traces(&self) -> Traces {
        let (submission, escalation, decision) = match self {
            Self::Draft => (None, None, None),
            Self::Submitted(submission) => (Some(submission), None, None),
            Self::Escalated(submission, escalation) => (Some(submission), Some(escalation), None),
            Self::Returned(submission, escalation, decision)
            | Self::Approved(submission, escalation, decision)
            | Self::Superseded(submission, escalation, decision) => {
                (Some(submission), escalation.as_ref(), Some(decision))
            }
            Self::Closed(traces) => return traces.clone(),
        };
        Traces {
            submission: submission.cloned(),
            escalation: escalation.cloned(),
            decision: decision.cloned(),
        }
    }
}

impl Plan {
    /// Whether its content may still change.
    pub fn is_editable(&self) -> bool {
        matches!(self.state, State::Draft | State::Returned(..))
    }

    /// Whether the version was ever approved.
    pub fn was_approved(&self) -> bool {
        self.state.traces().decision.is_some_and(|decision| decision.outcome == Outcome::Approved)
    }

    /// Whether this person rates the plan, or decides of it above the rater, as last resolved.
    pub fn is_under(&self, employee: EmployeeId) -> bool {
        let traces = self.state.traces();
        traces.submission.is_some_and(|submission| submission.rater.employee_id == employee)
            || traces.escalation.is_some_and(|e| e.superior.employee_id == employee)
    }

    /// The step that made this revision.
    pub fn step(
        &self,
        kind: StepKind,
        actor: Option<EmployeeId>,
        at: Timestamp,
        reason: &str,
    ) -> Step {
        Step {
            plan_id: self.id,
            version: self.version,
            revision: self.revision,
            kind,
            actor,
            at,
            reason: reason.to_owned(),
        }
    }
}
