use jiff::{Timestamp, civil::Date};

use super::{
    Authority, Decision, EmployeeId, Escalation, Outcome, Plan, State, Submission, WindowBounds,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("only a draft or a returned plan may be changed")]
    NotEditable,
    #[error("the plan does not wait for this decision")]
    NotWaiting,
    #[error("another rates this employee today")]
    NotTheRater,
    #[error("another is the rater's superior today")]
    NotTheSuperior,
    #[error("nobody else rates this employee")]
    NoRater,
    #[error("the rater has no superior but the employee")]
    NoSuperior,
    #[error(
        "there is no disagreement to escalate: nothing was submitted, or it was changed since it was returned"
    )]
    NothingToEscalate,
    #[error("the plan has no approved version")]
    NotApproved,
    #[error("the plan is closed")]
    Closed,
    #[error("the day lies outside of the days the plan covers")]
    OutsidePeriod,
}

/// Who rates an employee on a day, and who stands above the rater.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub rater: Authority,
    pub superior: Option<Authority>,
}

impl Plan {
    /// Makes room for other content. What comes of a returned plan is a draft again, which the rater has not
    /// seen: it is submitted before anybody decides on it.
    pub fn edit(self) -> Result<Self, PlanError> {
        if !self.is_editable() {
            return Err(PlanError::NotEditable);
        }
        Ok(self.in_state(State::Draft))
    }

    /// Hands the version to the rater.
    pub fn submit(
        self,
        at: Timestamp,
        window: WindowBounds,
        rater: Authority,
    ) -> Result<Self, PlanError> {
        if !self.is_editable() {
            return Err(PlanError::NotEditable);
        }
        self.check_rater(&rater)?;
        Ok(self.in_state(State::Submitted(Submission { at, window, rater })))
    }

    /// The rater agrees, or sends the version back.
    pub fn decide(
        self,
        at: Timestamp,
        actor: EmployeeId,
        rater: Authority,
        outcome: Outcome,
    ) -> Result<Self, PlanError> {
        let State::Submitted(submission) = &self.state else {
            return Err(PlanError::NotWaiting);
        };
        self.check_rater(&rater)?;
        if rater.employee_id != actor {
            return Err(PlanError::NotTheRater);
        }
        let submission = Submission { rater, ..submission.clone() };
        let decision = Decision { at, by: actor, outcome };
        Ok(self.in_state(decided(submission, None, decision)))
    }

    /// Asks the rater's superior: the employee about a return, or the rater about a submission.
    pub fn escalate(self, at: Timestamp, actor: EmployeeId, line: Line) -> Result<Self, PlanError> {
        let submission = match &self.state {
            State::Returned(submission, None, _) if actor == self.employee_id => submission.clone(),
            State::Submitted(submission) if actor != self.employee_id => {
                if line.rater.employee_id != actor {
                    return Err(PlanError::NotTheRater);
                }
                submission.clone()
            }
            _ => return Err(PlanError::NothingToEscalate),
        };
        let superior = self.check_superior(&line)?;
        let submission = Submission { rater: line.rater, ..submission };
        Ok(self.in_state(State::Escalated(submission, Escalation { at, superior })))
    }

    /// The rater's superior decides.
    pub fn decide_escalation(
        self,
        at: Timestamp,
        actor: EmployeeId,
        line: Line,
        outcome: Outcome,
    ) -> Result<Self, PlanError> {
        let State::Escalated(submission, escalation) = &self.state else {
            return Err(PlanError::NotWaiting);
        };
        let superior = self.check_superior(&line)?;
        if superior.employee_id != actor {
            return Err(PlanError::NotTheSuperior);
        }
        let submission = Submission { rater: line.rater, ..submission.clone() };
        let escalation = Escalation { superior, ..escalation.clone() };
        let decision = Decision { at, by: actor, outcome };
        Ok(self.in_state(decided(submission, Some(escalation), decision)))
    }

    /// Stamps who rates the employee now, and who stands above, on a version that waits for one of them.
    pub fn refresh_line(self, line: Line) -> Result<Self, PlanError> {
        self.check_rater(&line.rater)?;
        let state = match &self.state {
            State::Submitted(submission) => {
                State::Submitted(Submission { rater: line.rater, ..submission.clone() })
            }
            State::Escalated(submission, escalation) => {
                let superior = self.check_superior(&line)?;
                let submission = Submission { rater: line.rater, ..submission.clone() };
                State::Escalated(submission, Escalation { superior, ..escalation.clone() })
            }
            _ => return Err(PlanError::NotWaiting),
        };
        Ok(self.in_state(state))
    }

    /// The next version, as a draft. This one stands until that is approved.
    pub fn amend(&self, at: Timestamp) -> Result<Self, PlanError> {
        if !matches!(self.state, State::Approved(..)) {
            return Err(PlanError::NotApproved);
        }
        let draft = Self { version: self.version + 1, created_at: at, ..self.clone() };
        Ok(draft.in_state(State::Draft))
    }

    /// Gives way to a later version that was approved. What was told about this one stays as it was told.
    pub fn supersede(self) -> Result<Self, PlanError> {
        let State::Approved(submission, escalation, decision) = self.state.clone() else {
            return Err(PlanError::NotApproved);
        };
        Ok(Self { state: State::Superseded(submission, escalation, decision), ..self })
    }

    /// Ends the plan on a day that it covers.
    pub fn close(self, ends_on: Date) -> Result<Self, PlanError> {
        if matches!(self.state, State::Closed(_)) {
            return Err(PlanError::Closed);
        }
        if ends_on < self.starts_on || ends_on > self.ends_on {
            return Err(PlanError::OutsidePeriod);
        }
        let traces = self.state.traces();
        Ok(Self { ends_on, ..self.in_state(State::Closed(traces)) })
    }

    fn check_rater(&self, rater: &Authority) -> Result<(), PlanError> {
        if rater.employee_id == self.employee_id { Err(PlanError::NoRater) } else { Ok(()) }
    }

    fn check_superior(&self, line: &Line) -> Result<Authority, PlanError> {
        self.check_rater(&line.rater)?;
        let apart = |above: &&Authority| {
            above.employee_id != self.employee_id && above.employee_id != line.rater.employee_id
        };
        line.superior.as_ref().filter(apart).cloned().ok_or(PlanError::NoSuperior)
    }

    fn in_state(self, state: State) -> Self {
        Self { state, ..self }.changed()
    }

    fn changed(self) -> Self {
        Self { revision: self.revision + 1, ..self }
    }
}

fn decided(submission: Submission, escalation: Option<Escalation>, decision: Decision) -> State {
    match decision.outcome {
        Outcome::Approved => State::Approved(submission, escalation, decision),
        Outcome::Returned => State::Returned(submission, escalation, decision),
    }
}
