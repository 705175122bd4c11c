//! Who is to rate, and by whose word.

use jiff::civil::Date;

use super::EmployeeId;

/// Who is to rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rater {
    /// Who rated the plan; the registry has not been asked.
    OfPlan(EmployeeId),
    Answered(RaterAnswer),
}

/// Who rates a person on a day, as the registry answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaterAnswer {
    pub rater_id: EmployeeId,
    pub as_of: Date,
    pub basis: String,
    /// Who stands above the rater and reads along.
    pub superior_id: Option<EmployeeId>,
}

impl Rater {
    pub fn id(&self) -> EmployeeId {
        match self {
            Self::OfPlan(id) => *id,
            Self::Answered(answer) => answer.rater_id,
        }
    }

    /// The answer, if it is one for this day.
    pub fn answer_for(&self, day: Date) -> Option<&RaterAnswer> {
        match self {
            Self::Answered(answer) if answer.as_of == day => Some(answer),
            Self::Answered(_) | Self::OfPlan(_) => None,
        }
    }
}
