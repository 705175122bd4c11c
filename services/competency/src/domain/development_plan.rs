use jiff::{Timestamp, civil::Date};

use super::{
    Awaited, Code, EmployeeId, EvaluationId, Level, NeedId, Party, PlanId, PlanState, UnitId,
};

/// What an employee is to learn after the evaluations of a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevelopmentPlan {
    pub id: PlanId,
    pub employee_id: EmployeeId,
    pub year: i32,
    /// Unknown until the registry has made the employee known.
    pub unit_id: Option<UnitId>,
    pub state: PlanState,
    /// Oldest first.
    pub needs: Vec<Need>,
    pub created_at: Timestamp,
    pub revision: i64,
}

/// One thing to learn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    pub id: NeedId,
    pub code: Option<Code>,
    pub origin: Origin,
    pub reason: String,
    pub activity: String,
    pub due_on: Option<Date>,
    pub state: NeedState,
    /// When it came to its present state.
    pub state_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Gap { evaluation_id: EvaluationId, required: Level, found: Level },
    Rater { evaluation_id: EvaluationId },
    Added,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NeedState {
    Planned,
    Agreed,
    Started,
    Done { outcome: String },
    Dropped { reason: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("every need of the plan is settled")]
    Closed,
    #[error("this party agreed to the plan as it stands")]
    AlreadyAgreed,
    #[error("the plan has no such need")]
    NoSuchNeed,
    #[error("the need does not stand where this could be done")]
    NeedState,
    #[error("only the superior gives up a need")]
    NotTheSuperior,
    #[error("a plan has at most {MOST_NEEDS} needs")]
    TooManyNeeds,
}

/// A plan is read and written whole, and nobody learns more in a year.
pub const MOST_NEEDS: usize = 100;

impl DevelopmentPlan {
    /// The word of one party on the needs as they stand; with that of both, planned needs are agreed.
    pub fn agree(mut self, party: Party, at: Timestamp) -> Result<Self, PlanError> {
        let awaited = match self.state {
            PlanState::Proposed(awaited) => awaited,
            PlanState::Agreed { .. } => return Err(PlanError::AlreadyAgreed),
            PlanState::Closed { .. } => return Err(PlanError::Closed),
        };
        self.state = awaited.hear(party, at)?;
        if matches!(self.state, PlanState::Agreed { .. }) {
            for need in self.needs.iter_mut().filter(|need| need.state == NeedState::Planned) {
                need.come_to(NeedState::Agreed, at);
            }
        }
        Ok(self.changed())
    }

    /// A new need, on which both have to agree, whatever the plan was before.
    pub fn with_need(mut self, need: Need) -> Result<Self, PlanError> {
        if self.needs.len() >= MOST_NEEDS {
            return Err(PlanError::TooManyNeeds);
        }
        self.needs.push(need);
        Ok(self.reopened())
    }

    /// Changes what will be done about a planned need; words given so far lapse.
    pub fn change(
        mut self,
        need: NeedId,
        activity: String,
        due_on: Option<Date>,
    ) -> Result<Self, PlanError> {
        let need = self.need(need)?;
        if need.state != NeedState::Planned {
            return Err(PlanError::NeedState);
        }
        (need.activity, need.due_on) = (activity, due_on);
        Ok(self.reopened())
    }

    pub fn start(mut self, need: NeedId, at: Timestamp) -> Result<Self, PlanError> {
        let need = self.need(need)?;
        if need.state != NeedState::Agreed {
            return Err(PlanError::NeedState);
        }
        need.come_to(NeedState::Started, at);
        Ok(self.changed())
    }

    pub fn complete(
        mut self,
        need: NeedId,
        outcome: String,
        at: Timestamp,
    ) -> Result<Self, PlanError> {
        let need = self.need(need)?;
        if !matches!(need.state, NeedState::Agreed | NeedState::Started) {
            return Err(PlanError::NeedState);
        }
        need.come_to(NeedState::Done { outcome }, at);
        Ok(self.settled())
    }

    /// Gives up a need that is not settled. A planned one was part of what is agreed on: words lapse.
    pub fn give_up(
        mut self,
        party: &Party,
        need: NeedId,
        reason: String,
        at: Timestamp,
    ) -> Result<Self, PlanError> {
        if *party == Party::Employee {
            return Err(PlanError::NotTheSuperior);
        }
        let need = self.need(need)?;
        let was_planned = match need.state {
            NeedState::Planned => true,
            NeedState::Agreed | NeedState::Started => false,
            NeedState::Done { .. } | NeedState::Dropped { .. } => return Err(PlanError::NeedState),
        };
        need.come_to(NeedState::Dropped { reason }, at);
        if was_planned && matches!(self.state, PlanState::Proposed(_)) {
            self.state = PlanState::Proposed(Awaited::Both);
        }
        Ok(self.settled())
    }

    fn need(&mut self, id: NeedId) -> Result<&mut Need, PlanError> {
        self.needs.iter_mut().find(|need| need.id == id).ok_or(PlanError::NoSuchNeed)
    }

    fn reopened(self) -> Self {
        Self { state: PlanState::Proposed(Awaited::Both), ..self.changed() }
    }

    /// Closes the plan once nothing is left to do.
    fn settled(self) -> Self {
        let open = self.needs.iter().any(|need| !need.state.is_settled());
        if open {
            return self.changed();
        }
        let (employee_at, superior) = self.state.consents();
        let superior = superior.cloned();
        Self { state: PlanState::Closed { employee_at, superior }, ..self.changed() }
    }

    fn changed(self) -> Self {
        Self { revision: self.revision + 1, ..self }
    }
}

impl Need {
    fn come_to(&mut self, state: NeedState, at: Timestamp) {
        (self.state, self.state_at) = (state, at);
    }
}

impl NeedState {
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Dropped { .. })
    }

    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Planned => "PLANNED",
            Self::Agreed => "AGREED",
            Self::Started => "STARTED",
            Self::Done { .. } => "DONE",
            Self::Dropped { .. } => "DROPPED",
        }
    }

    /// What came of a settled need, or why it was dropped.
    pub fn outcome(&self) -> Option<&str> {
        match self {
            Self::Done { outcome } => Some(outcome),
            Self::Dropped { reason } => Some(reason),
            Self::Planned | Self::Agreed | Self::Started => None,
        }
    }
}

impl Origin {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gap { .. } => "GAP",
            Self::Rater { .. } => "RATER",
            Self::Added => "ADDED",
        }
    }

    pub fn evaluation_id(self) -> Option<EvaluationId> {
        match self {
            Self::Gap { evaluation_id, .. } | Self::Rater { evaluation_id } => Some(evaluation_id),
            Self::Added => None,
        }
    }
}

#[cfg(test)]
#[path = "development_plan_tests.rs"]
mod tests;
