use jiff::{Timestamp, civil::Date};
use kinerja_kit::id::Id;

use super::{EmployeeId, PersonName, UnknownWord};

pub type CorrectionId = Id<Correction>;

/// What an employee says is wrong in the own record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    pub id: CorrectionId,
    pub employee: EmployeeId,
    pub proposal: Proposal,
    pub grounds: String,
    pub state: CorrectionState,
    pub filed_at: Timestamp,
    pub revision: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposal {
    /// Another rater from a day on; none lets the line follow the units again.
    ReportingLine {
        from_on: Date,
        rater: Option<EmployeeId>,
    },
    Name(PersonName),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorrectionState {
    Filed,
    Accepted(Decision),
    Rejected(Decision),
    Withdrawn,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The subject of the deciding caller.
    pub by: String,
    pub at: Timestamp,
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the correction was decided or withdrawn before")]
pub struct AlreadyDecided;

impl Proposal {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ReportingLine { .. } => "REPORTING_LINE",
            Self::Name(_) => "NAME",
        }
    }
}

impl CorrectionState {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Filed => "FILED",
            Self::Accepted(_) => "ACCEPTED",
            Self::Rejected(_) => "REJECTED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }

    pub fn decision(&self) -> Option<&Decision> {
        match self {
            Self::Accepted(decision) | Self::Rejected(decision) => Some(decision),
            Self::Filed | Self::Withdrawn => None,
        }
    }

    /// Reads the columns that keep a state.
    pub fn of_columns(state: &str, decision: Option<Decision>) -> Result<Self, UnknownWord> {
        match (state, decision) {
            ("FILED", None) => Ok(Self::Filed),
            ("ACCEPTED", Some(decision)) => Ok(Self::Accepted(decision)),
            ("REJECTED", Some(decision)) => Ok(Self::Rejected(decision)),
            ("WITHDRAWN", None) => Ok(Self::Withdrawn),
            _ => Err(UnknownWord),
        }
    }
}

impl Correction {
    /// Closes the correction; what follows from acceptance is the caller's to do.
    pub fn decide(self, accept: bool, decision: Decision) -> Result<Self, AlreadyDecided> {
        self.close(if accept {
            CorrectionState::Accepted(decision)
        } else {
            CorrectionState::Rejected(decision)
        })
    }

    pub fn withdraw(self) -> Result<Self, AlreadyDecided> {
        self.close(CorrectionState::Withdrawn)
    }

    fn close(self, state: CorrectionState) -> Result<Self, AlreadyDecided> {
        if self.state != CorrectionState::Filed {
            return Err(AlreadyDecided);
        }
        Ok(Self { state, revision: self.revision + 1, ..self })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_correction_is_closed_once() {
        let id = Uuid::from_u128(1);
        let filed = Correction {
            id: id.into(),
            employee: id.into(),
            proposal: Proposal::Name(PersonName {
                name: "Siti".into(),
                front_title: String::new(),
                back_title: String::new(),
            }),
            grounds: "misspelt".into(),
            state: CorrectionState::Filed,
            filed_at: Timestamp::UNIX_EPOCH,
            revision: 1,
        };
        let decision =
            Decision { by: "hr".into(), at: Timestamp::UNIX_EPOCH, reason: "the letter".into() };
        let accepted = filed.decide(true, decision.clone()).expect("first");
        assert_eq!(accepted.revision, 2);
        assert_eq!(accepted.clone().withdraw(), Err(AlreadyDecided));
        assert_eq!(accepted.decide(false, decision), Err(AlreadyDecided));
    }
}
