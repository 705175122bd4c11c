//! What a rater says of an evaluation, and what it has to say.

use super::{
    Refusal,
    rating::{CoreValue, Proposal, Rating, Tally},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    pub results: ResultsRating,
    pub behaviour: BehaviourRating,
    /// At least one.
    pub goes_well: Vec<String>,
    pub improvements: Vec<Improvement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultsRating {
    pub rating: Rating,
    pub reason: String,
    /// Why it is not the proposed one.
    pub departure: Option<String>,
    /// What the unit achieved that the employee leads.
    pub unit_result: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BehaviourRating {
    pub rating: Rating,
    pub reason: String,
    /// Why it is not the proposed one.
    pub departure: Option<String>,
    /// What happened.
    pub fact: Option<String>,
    pub core_values: CoreValueRatings,
}

/// Each of the seven, in the order of [`CoreValue::ALL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreValueRatings(Vec<CoreValueRating>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreValueRating {
    pub core_value: CoreValue,
    pub rating: Rating,
    pub reason: String,
    /// What happened.
    pub fact: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Improvement {
    pub text: String,
    /// Of the competency dictionary.
    pub competency_code: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("each of the seven core values must be there once")]
pub struct NotSevenCoreValues;

impl TryFrom<Vec<CoreValueRating>> for CoreValueRatings {
    type Error = NotSevenCoreValues;

    fn try_from(mut ratings: Vec<CoreValueRating>) -> Result<Self, Self::Error> {
        ratings.sort_by_key(|rating| rating.core_value);
        if ratings.iter().map(|rating| rating.core_value).eq(CoreValue::ALL) {
            Ok(Self(ratings))
        } else {
            Err(NotSevenCoreValues)
        }
    }
}

impl CoreValueRatings {
    pub fn iter(&self) -> impl Iterator<Item = &CoreValueRating> {
        self.0.iter()
    }

    pub fn tally(&self) -> Tally {
        self.0.iter().map(|rating| rating.rating).collect()
    }
}

impl Submission {
    /// Whether everything is said that the proposals and the ratings make necessary.
    pub fn check(
        &self,
        results: Proposal,
        behaviour: Proposal,
        heads_unit: bool,
    ) -> Result<(), Refusal> {
        if self.lacks_a_fact() {
            return Err(Refusal::BelowNeedsFact);
        }
        let silent = |proposal: Proposal, rating, departure: &Option<String>| {
            proposal.departs(rating) && departure.is_none()
        };
        if silent(results, self.results.rating, &self.results.departure)
            || silent(behaviour, self.behaviour.rating, &self.behaviour.departure)
        {
            return Err(Refusal::DepartureNeedsReason);
        }
        if heads_unit && self.results.unit_result.is_none() {
            return Err(Refusal::UnitResultMissing);
        }
        Ok(())
    }

    fn lacks_a_fact(&self) -> bool {
        let behaviour = &self.behaviour;
        let silent = |rating, fact: &Option<String>| rating == Rating::Below && fact.is_none();
        silent(behaviour.rating, &behaviour.fact)
            || behaviour.core_values.iter().any(|value| silent(value.rating, &value.fact))
    }
}
