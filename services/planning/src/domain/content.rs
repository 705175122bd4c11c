use super::{IndicatorId, ResultId};

/// What employee and rater agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanContent {
    pub approach: Approach,
    pub results: Vec<WorkResult>,
    /// At most one for each core value.
    pub expectations: Vec<Expectation>,
    pub support: String,
    pub accountability: String,
    pub consequences: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approach {
    Quantitative,
    Qualitative,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkResult {
    pub id: ResultId,
    pub kind: ResultKind,
    pub scope: ResultScope,
    pub name: String,
    pub assigned_from: String,
    pub indicators: Vec<Indicator>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultKind {
    Main,
    Additional,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultScope {
    Organisational,
    Individual,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    pub id: IndicatorId,
    pub aspect: Aspect,
    pub name: String,
    pub polarity: Polarity,
    pub target: Option<Target>,
    /// What success is, in words.
    pub success: String,
    pub data_source: String,
    /// The word shared by the two indicators of a pair.
    pub pair: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    Quantity,
    Quality,
    Time,
    Cost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polarity {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// To stay between the bounds is best.
    Range,
}

/// Anything from `min` to `max`; one value where the two are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub min: Amount,
    pub max: Amount,
    pub unit: String,
}

/// A figure of at most four decimal places, from 0 to 10¹², in ten-thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(i64);

/// What the leader expects of a core value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    pub core_value: CoreValue,
    pub text: String,
}

/// In the order of the law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CoreValue {
    ServiceOriented,
    Accountable,
    Competent,
    Harmonious,
    Loyal,
    Adaptive,
    Collaborative,
}

impl Amount {
    /// Decimal places.
    pub const SCALE: u32 = 4;
    /// The largest, in ten-thousandths.
    pub const MAX_E4: i64 = 1_000_000_000_000 * 10_i64.pow(Self::SCALE);

    /// Of so many ten-thousandths.
    pub fn of(e4: i64) -> Option<Self> {
        (0..=Self::MAX_E4).contains(&e4).then_some(Self(e4))
    }

    pub fn e4(self) -> i64 {
        self.0
    }
}
