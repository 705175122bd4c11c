//! The words in which people are rated.

use std::str::FromStr;

use super::word::{self, UnknownWord};

/// How results or behaviour stand to what was expected; the better one is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rating {
    Below,
    Meets,
    Above,
}

/// What the matrix makes of two ratings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Predicate {
    VeryGood,
    Good,
    NeedsImprovement,
    Poor,
    VeryPoor,
}

/// What policy proposes to the rater.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proposal {
    Rate(Rating),
    /// There is nothing to propose from, or it takes a named fact and a human.
    RaterDecides,
}

/// The core values of the civil service (BerAKHLAK).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CoreValue {
    ServiceOriented,
    Accountable,
    Competent,
    Harmonious,
    Loyal,
    Adaptive,
    Collaborative,
}

/// How many of something are above, meet and are below expectation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub above: u16,
    pub meets: u16,
    pub below: u16,
}

const RATINGS: &[(Rating, &str)] =
    &[(Rating::Above, "ABOVE"), (Rating::Meets, "MEETS"), (Rating::Below, "BELOW")];

const PREDICATES: &[(Predicate, &str)] = &[
    (Predicate::VeryGood, "VERY_GOOD"),
    (Predicate::Good, "GOOD"),
    (Predicate::NeedsImprovement, "NEEDS_IMPROVEMENT"),
    (Predicate::Poor, "POOR"),
    (Predicate::VeryPoor, "VERY_POOR"),
];

const PROPOSALS: &[(Proposal, &str)] = &[
    (Proposal::Rate(Rating::Above), "ABOVE"),
    (Proposal::Rate(Rating::Meets), "MEETS"),
    (Proposal::Rate(Rating::Below), "BELOW"),
    (Proposal::RaterDecides, "RATER_DECIDES"),
];

const CORE_VALUES: &[(CoreValue, &str)] = &[
    (CoreValue::ServiceOriented, "SERVICE_ORIENTED"),
    (CoreValue::Accountable, "ACCOUNTABLE"),
    (CoreValue::Competent, "COMPETENT"),
    (CoreValue::Harmonious, "HARMONIOUS"),
    (CoreValue::Loyal, "LOYAL"),
    (CoreValue::Adaptive, "ADAPTIVE"),
    (CoreValue::Collaborative, "COLLABORATIVE"),
];

impl Rating {
    pub const ALL: [Self; 3] = [Self::Above, Self::Meets, Self::Below];

    pub fn word(self) -> &'static str {
        word::of(RATINGS, self)
    }
}

impl FromStr for Rating {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(RATINGS, text)
    }
}

impl Predicate {
    pub fn word(self) -> &'static str {
        word::of(PREDICATES, self)
    }
}

impl FromStr for Predicate {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(PREDICATES, text)
    }
}

impl Proposal {
    pub fn word(self) -> &'static str {
        word::of(PROPOSALS, self)
    }

    /// Whether `rating` is another one than was proposed.
    pub fn departs(self, rating: Rating) -> bool {
        matches!(self, Self::Rate(proposed) if proposed != rating)
    }
}

impl FromStr for Proposal {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(PROPOSALS, text)
    }
}

impl CoreValue {
    pub const ALL: [Self; 7] = [
        Self::ServiceOriented,
        Self::Accountable,
        Self::Competent,
        Self::Harmonious,
        Self::Loyal,
        Self::Adaptive,
        Self::Collaborative,
    ];

    pub fn word(self) -> &'static str {
        word::of(CORE_VALUES, self)
    }
}

impl FromStr for CoreValue {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(CORE_VALUES, text)
    }
}

impl Tally {
    pub fn total(self) -> u16 {
        self.above + self.meets + self.below
    }
}

impl FromIterator<Rating> for Tally {
    fn from_iter<I: IntoIterator<Item = Rating>>(ratings: I) -> Self {
        let mut tally = Self::default();
        for rating in ratings {
            match rating {
                Rating::Above => tally.above += 1,
                Rating::Meets => tally.meets += 1,
                Rating::Below => tally.below += 1,
            }
        }
        tally
    }
}
