//! The evaluation of one plan in one cycle, or of a part of it, and the states it goes through.

use jiff::{Timestamp, ToSpan as _, civil::Date};
use kinerja_kit::id::Id;

use super::{
    EmployeeId, PlanId, Refusal, UnitId, behaviour,
    cycle::{CycleId, Window},
    matrix::Matrix,
    percent::Percent,
    policy::PolicyId,
    rater::{Rater, RaterAnswer},
    rating::{Predicate, Proposal, Tally},
    receipt::Receipt,
    submission::Submission,
};

pub type EvaluationId = Id<Evaluation>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    pub id: EvaluationId,
    pub employee_id: EmployeeId,
    /// As the registry has it now; empty until it is known.
    pub employee_name: String,
    pub plan_id: PlanId,
    pub cycle_id: CycleId,
    pub policy_id: PolicyId,
    pub year: i16,
    pub unit_id: UnitId,
    /// As the registry has it now; empty until it is known.
    pub unit_name: String,
    pub heads_unit: bool,
    pub days: Days,
    pub rater: Rater,
    pub state: State,
    pub created_at: Timestamp,
    pub revision: i64,
}

/// The days an evaluation is about; the last one included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    pub starts_on: Date,
    pub ends_on: Date,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Open,
    Prepared(ResultsProposal),
    Rated { proposal: ResultsProposal, rating: GivenRating },
    Acknowledged { proposal: ResultsProposal, rating: GivenRating, receipt: Receipt },
    Finalised { proposal: ResultsProposal, rating: GivenRating, receipt: Receipt, at: Timestamp },
}

/// What policy made of the realisations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultsProposal {
    /// From 1.
    pub number: i32,
    pub proposal: Proposal,
    pub tally: Tally,
    pub unmeasured: u16,
    pub mean: Option<Percent>,
    pub plan_version: i32,
    /// Planning's etag of the realisations.
    pub source_etag: String,
    pub prepared_at: Timestamp,
}

/// A rating in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenRating {
    /// From 1.
    pub number: i32,
    pub proposal_number: i32,
    pub submission: Submission,
    pub behaviour_proposal: Proposal,
    pub predicate: Predicate,
    pub rater: RaterAnswer,
    pub rated_at: Timestamp,
    pub window: Window,
}

/// What rules the giving of a rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RatingRules {
    /// Rule K7.
    pub behaviour_above_from: u8,
    pub matrix: Matrix,
    /// None while the cycle is not open.
    pub window: Option<Window>,
}

/// Somebody gives a rating.
#[derive(Debug, Clone)]
pub struct Act {
    pub by: EmployeeId,
    pub at: Timestamp,
    /// The registry's answer for [`Evaluation::day_in_question`].
    pub answer: RaterAnswer,
}

impl State {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Prepared(_) => "PREPARED",
            Self::Rated { .. } => "RATED",
            Self::Acknowledged { .. } => "ACKNOWLEDGED",
            Self::Finalised { .. } => "FINALISED",
        }
    }
}

impl Evaluation {
    /// The day whose rater rates: the last one, or today if that is earlier.
    pub fn day_in_question(&self, today: Date) -> Date {
        self.days.ends_on.min(today)
    }

    /// Whether `person` may read it by being its rater or the rater's superior.
    pub fn is_overseen_by(&self, person: EmployeeId) -> bool {
        let superior = match &self.rater {
            Rater::OfPlan(_) => None,
            Rater::Answered(answer) => answer.superior_id,
        };
        self.rater.id() == person || superior == Some(person)
    }

    pub fn proposal(&self) -> Option<&ResultsProposal> {
        match &self.state {
            State::Open => None,
            State::Prepared(proposal)
            | State::Rated { proposal, .. }
            | State::Acknowledged { proposal, .. }
            | State::Finalised { proposal, .. } => Some(proposal),
        }
    }

    pub fn rating(&self) -> Option<&GivenRating> {
        match &self.state {
            State::Open | State::Prepared(_) => None,
            State::Rated { rating, .. }
            | State::Acknowledged { rating, .. }
            | State::Finalised { rating, .. } => Some(rating),
        }
    }

    pub fn receipt(&self) -> Option<&Receipt> {
        match &self.state {
            State::Acknowledged { receipt, .. } | State::Finalised { receipt, .. } => Some(receipt),
            State::Open | State::Prepared(_) | State::Rated { .. } => None,
        }
    }

    pub fn finalised_at(&self) -> Option<Timestamp> {
        match self.state {
            State::Finalised { at, .. } => Some(at),
            _ => None,
        }
    }

    /// The number that the next proposal has, if there may be one.
    pub fn next_proposal(&self) -> Result<i32, Refusal> {
        match &self.state {
            State::Open => Ok(1),
            State::Prepared(proposal) => Ok(proposal.number + 1),
            State::Rated { .. } | State::Acknowledged { .. } | State::Finalised { .. } => {
                Err(Refusal::EvaluationState)
            }
        }
    }

    pub fn prepare(self, answer: RaterAnswer, proposal: ResultsProposal) -> Result<Self, Refusal> {
        if self.next_proposal()? != proposal.number {
            return Err(Refusal::EvaluationState);
        }
        if answer.rater_id == self.employee_id {
            return Err(Refusal::RatesOneself);
        }
        Ok(Self { rater: Rater::Answered(answer), ..self.changed(State::Prepared(proposal)) })
    }

    /// Rates, or rates again as long as the employee has not received it.
    pub fn rate(self, act: Act, rules: &RatingRules, said: Submission) -> Result<Self, Refusal> {
        if act.by == self.employee_id {
            return Err(Refusal::RatesOneself);
        }
        if act.by != act.answer.rater_id {
            return Err(Refusal::NotTheRater);
        }
        let (proposal, number) = match &self.state {
            State::Prepared(proposal) => (proposal.clone(), 1),
            State::Rated { proposal, rating } => (proposal.clone(), rating.number + 1),
            _ => return Err(Refusal::EvaluationState),
        };
        let window = rules.window.filter(|window| window.contains(act.at));
        let window = window.ok_or(Refusal::WindowClosed)?;
        let tally = said.behaviour.core_values.tally();
        let behaviour_proposal = behaviour::propose(rules.behaviour_above_from, tally);
        said.check(proposal.proposal, behaviour_proposal, self.heads_unit)?;
        let rating = GivenRating {
            number,
            proposal_number: proposal.number,
            behaviour_proposal,
            predicate: rules.matrix.cell(said.results.rating, said.behaviour.rating),
            submission: said,
            rater: act.answer.clone(),
            rated_at: act.at,
            window,
        };
        let rater = Rater::Answered(act.answer);
        Ok(Self { rater, ..self.changed(State::Rated { proposal, rating }) })
    }

    pub fn receive(self, receipt: Receipt) -> Result<Self, Refusal> {
        match self.state.clone() {
            State::Rated { proposal, rating } => {
                Ok(self.changed(State::Acknowledged { proposal, rating, receipt }))
            }
            _ => Err(Refusal::EvaluationState),
        }
    }

    pub fn finalise(self, at: Timestamp) -> Result<Self, Refusal> {
        match self.state.clone() {
            State::Acknowledged { proposal, rating, receipt } => {
                Ok(self.changed(State::Finalised { proposal, rating, receipt, at }))
            }
            _ => Err(Refusal::EvaluationState),
        }
    }

    /// Makes two of one that is not prepared: the second begins on `on`.
    pub fn split(
        self,
        on: Date,
        second: EvaluationId,
        at: Timestamp,
    ) -> Result<(Self, Self), Refusal> {
        if self.state != State::Open {
            return Err(Refusal::EvaluationState);
        }
        let Days { starts_on, ends_on } = self.days;
        if on <= starts_on || on > ends_on {
            return Err(Refusal::SplitOutsidePart);
        }
        let second = Self {
            id: second,
            days: Days { starts_on: on, ends_on },
            created_at: at,
            revision: 1,
            ..self.clone()
        };
        let first_days = Days { starts_on, ends_on: on.saturating_sub(1.day()) };
        Ok((Self { days: first_days, ..self.changed(State::Open) }, second))
    }

    fn changed(self, state: State) -> Self {
        Self { state, revision: self.revision + 1, ..self }
    }
}

#[cfg(test)]
#[path = "evaluation_tests.rs"]
mod tests;
