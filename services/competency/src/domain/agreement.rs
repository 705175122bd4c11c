use jiff::Timestamp;

use super::{EmployeeId, PlanError};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanState {
    Proposed(Awaited),
    Agreed {
        employee_at: Timestamp,
        superior: SuperiorConsent,
    },
    /// Every need is settled.
    Closed {
        employee_at: Option<Timestamp>,
        superior: Option<SuperiorConsent>,
    },
}

/// Whose word a proposed plan waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Awaited {
    Both,
    Superior { employee_at: Timestamp },
    Employee { superior: SuperiorConsent },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuperiorConsent {
    pub superior: Superior,
    pub at: Timestamp,
}

/// The superior of a day, and why it is this person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superior {
    pub employee_id: EmployeeId,
    pub basis: String,
}

/// Who acts on a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    Employee,
    Superior(Superior),
}

impl PlanState {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Proposed(_) => "PROPOSED",
            Self::Agreed { .. } => "AGREED",
            Self::Closed { .. } => "CLOSED",
        }
    }

    /// The words that stand.
    pub fn consents(&self) -> (Option<Timestamp>, Option<&SuperiorConsent>) {
        match self {
            Self::Proposed(Awaited::Both) => (None, None),
            Self::Proposed(Awaited::Superior { employee_at }) => (Some(*employee_at), None),
            Self::Proposed(Awaited::Employee { superior }) => (None, Some(superior)),
            Self::Agreed { employee_at, superior } => (Some(*employee_at), Some(superior)),
            Self::Closed { employee_at, superior } => (*employee_at, superior.as_ref()),
        }
    }
}

impl Awaited {
    /// The state once a party has given its word.
    pub(super) fn hear(self, party: Party, at: Timestamp) -> Result<PlanState, PlanError> {
        Ok(match (self, party) {
            (Awaited::Both, Party::Employee) => {
                PlanState::Proposed(Awaited::Superior { employee_at: at })
            }
            (Awaited::Both, Party::Superior(superior)) => PlanState::Proposed(Awaited::Employee {
                superior: SuperiorConsent { superior, at },
            }),
            (Awaited::Superior { employee_at }, Party::Superior(superior)) => {
                PlanState::Agreed { employee_at, superior: SuperiorConsent { superior, at } }
            }
            (Awaited::Employee { superior }, Party::Employee) => {
                PlanState::Agreed { employee_at: at, superior }
            }
            (Awaited::Superior { .. }, Party::Employee)
            | (Awaited::Employee { .. }, Party::Superior(_)) => {
                return Err(PlanError::AlreadyAgreed);
            }
        })
    }
}
