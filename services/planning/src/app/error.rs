use kinerja_kit::errors::{self, constraint};
use kinerja_proto::planning::v1::Reason;
use tonic_types::FieldViolation;

use crate::domain::{Fault, PeriodError, PlanError};

/// Why a use case of planning failed.
pub type Error = errors::Error<Reason>;

impl From<PeriodError> for Error {
    fn from(error: PeriodError) -> Self {
        let reason = match error {
            PeriodError::NotOpen => Reason::PeriodNotOpen,
            PeriodError::WrongState | PeriodError::Closed => Reason::PeriodState,
            PeriodError::WindowClosed => Reason::WindowClosed,
        };
        Self::wrong_state(reason, error.to_string())
    }
}

impl From<PlanError> for Error {
    fn from(error: PlanError) -> Self {
        let message = error.to_string();
        match error {
            PlanError::NotEditable => Self::wrong_state(Reason::PlanNotEditable, message),
            PlanError::NotWaiting => Self::wrong_state(Reason::PlanNotWaiting, message),
            PlanError::NotTheRater => Self::forbidden(Reason::NotTheRater, message),
            PlanError::NotTheSuperior => Self::forbidden(Reason::NotTheSuperior, message),
            PlanError::NoRater => Self::wrong_state(Reason::NoRater, message),
            PlanError::NoSuperior => Self::wrong_state(Reason::NoSuperior, message),
            PlanError::NothingToEscalate => Self::wrong_state(Reason::NothingToEscalate, message),
            PlanError::NotApproved => Self::wrong_state(Reason::PlanNotApproved, message),
            PlanError::Closed => Self::wrong_state(Reason::PlanClosed, message),
            PlanError::OutsidePeriod => Self::refused(Reason::DateOutsidePeriod, message),
        }
    }
}

/// Names every fault of a plan that cannot be measured.
pub(super) fn not_measurable(faults: Vec<Fault>) -> Error {
    let violation = |fault: Fault| FieldViolation::new(fault.field, fault.description);
    Error::Invalid(faults.into_iter().map(violation).collect())
}

/// What a violated constraint on plans means to a caller.
pub(super) fn of_plan(error: sqlx::Error) -> Error {
    match constraint(&error) {
        Some("plans_one_in_the_making" | "plans_one_reference") => plan_taken(),
        _ => error.into(),
    }
}

pub(super) fn plan_taken() -> Error {
    Error::taken(Reason::PlanTaken, "the employee has a plan for this period and position")
}

pub(super) fn plan_not_found() -> Error {
    Error::not_found(Reason::PlanNotFound, "there is no such plan")
}

pub(super) fn period_not_found() -> Error {
    Error::not_found(Reason::PeriodNotFound, "there is no such period")
}
