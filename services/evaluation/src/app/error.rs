use kinerja_kit::errors;
use kinerja_proto::evaluation::v1::Reason;

use crate::domain::Refusal;

/// Why a use case of evaluation failed.
pub type Error = errors::Error<Reason>;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            Refusal::EvaluationState => Self::wrong_state(Reason::EvaluationState, message),
            Refusal::WindowClosed | Refusal::WindowOrder => {
                Self::wrong_state(Reason::WindowClosed, message)
            }
            Refusal::CycleState => Self::wrong_state(Reason::CycleState, message),
            Refusal::NotTheRater => Self::forbidden(Reason::NotTheRater, message),
            Refusal::RatesOneself => Self::forbidden(Reason::RatesOneself, message),
            Refusal::DepartureNeedsReason => Self::refused(Reason::DepartureNeedsReason, message),
            Refusal::BelowNeedsFact => Self::refused(Reason::BelowNeedsFact, message),
            Refusal::UnitResultMissing => Self::refused(Reason::UnitResultMissing, message),
            Refusal::SplitOutsidePart => Self::wrong_state(Reason::SplitOutsidePart, message),
            Refusal::PartsNotRated => Self::wrong_state(Reason::PartsNotRated, message),
            Refusal::PartsNotRead => Self::wrong_state(Reason::PartsNotRead, message),
        }
    }
}

pub(super) fn evaluation_not_found() -> Error {
    Error::not_found(Reason::EvaluationNotFound, "there is no such evaluation")
}

pub(super) fn policy_not_found() -> Error {
    Error::not_found(Reason::PolicyNotFound, "there is no such policy version")
}

pub(super) fn tenant_unknown() -> Error {
    Error::wrong_state(
        Reason::TenantUnknown,
        "the registry has not made this government known yet: try again later",
    )
}
