use kinerja_proto::competency::v1::Reason;

use crate::domain::{AlreadyWithdrawn, CompetencyError, PlanError, Withdrawn};

/// Why a use case failed.
pub type Error = kinerja_kit::errors::Error<Reason>;

/// How a broken rule is told.
pub(super) trait Refusal {
    fn refusal(self) -> Error;
}

impl Refusal for CompetencyError {
    fn refusal(self) -> Error {
        let reason = match self {
            Self::National => Reason::CompetencyNational,
            Self::Retired => Reason::CompetencyRetired,
        };
        Error::wrong_state(reason, self.to_string())
    }
}

impl Refusal for AlreadyWithdrawn {
    fn refusal(self) -> Error {
        Error::wrong_state(Reason::StandardWithdrawn, self.to_string())
    }
}

impl Refusal for Withdrawn {
    fn refusal(self) -> Error {
        Error::wrong_state(Reason::AssessmentWithdrawn, self.to_string())
    }
}

impl Refusal for PlanError {
    fn refusal(self) -> Error {
        let message = self.to_string();
        match self {
            Self::Closed => Error::wrong_state(Reason::PlanClosed, message),
            Self::AlreadyAgreed => Error::wrong_state(Reason::AlreadyAgreed, message),
            Self::NoSuchNeed => Error::not_found(Reason::NeedNotFound, message),
            Self::NeedState => Error::wrong_state(Reason::NeedState, message),
            Self::TooManyNeeds => Error::wrong_state(Reason::TooManyNeeds, message),
            Self::NotTheSuperior => Error::forbidden(Reason::NotYourPlan, message),
        }
    }
}
