use kinerja_kit::errors::constraint;
use kinerja_proto::registry::v1::Reason;

/// Why a use case of the registry failed.
pub(crate) type Error = kinerja_kit::errors::Error<Reason>;

/// What a named constraint means to a caller; the rule behind it was checked before, and a race lost.
pub(super) fn of_constraint(error: sqlx::Error) -> Error {
    match constraint(&error) {
        Some("tenants_pkey") => Error::taken(Reason::TenantExists, "the government is known"),
        Some("units_tenant_exists") => {
            Error::wrong_state(Reason::TenantNotFound, "the government is not known")
        }
        Some("units_code_unique") => {
            Error::taken(Reason::UnitCodeTaken, "another unit has the code")
        }
        Some("positions_code_unique") => {
            Error::taken(Reason::PositionCodeTaken, "another position has the code")
        }
        Some("positions_one_head") => {
            Error::taken(Reason::UnitHasHead, "another open position heads the unit")
        }
        Some("identity_numbers_number_unique") => {
            Error::taken(Reason::IdentityNumberTaken, "another record has the identity number")
        }
        Some("assignments_one_definitive_open" | "assignments_one_definitive_at_a_time") => {
            definitive_exists()
        }
        Some("assignments_one_acting_open") => acting_exists(),
        Some("corrections_one_open") => {
            let message = "a correction of this kind waits for a decision";
            Error::taken(Reason::CorrectionOpen, message)
        }
        Some(
            "reporting_lines_rater_exists"
            | "delegations_employee_exists"
            | "recusals_employee_exists"
            | "recusals_rater_exists"
            | "recusals_delegate_exists"
            | "corrections_rater_exists",
        ) => no_employee(),
        Some("delegations_position_exists") => no_position(),
        _ => error.into(),
    }
}

pub(super) fn no_tenant() -> Error {
    Error::not_found(Reason::TenantNotFound, "the government is not known")
}

pub(super) fn no_unit() -> Error {
    Error::not_found(Reason::UnitNotFound, "the unit does not exist")
}

pub(super) fn no_position() -> Error {
    Error::not_found(Reason::PositionNotFound, "the position does not exist")
}

pub(super) fn no_employee() -> Error {
    Error::not_found(Reason::EmployeeNotFound, "the employee does not exist")
}

pub(super) fn no_assignment() -> Error {
    Error::not_found(Reason::AssignmentNotFound, "the assignment does not exist")
}

pub(super) fn definitive_exists() -> Error {
    let message = "the person holds a definitive position in that time";
    Error::taken(Reason::DefinitiveAssignmentExists, message)
}

pub(super) fn acting_exists() -> Error {
    let message = "somebody acts in the position in that time";
    Error::taken(Reason::ActingOfficialExists, message)
}

pub(super) fn record_closed() -> Error {
    Error::wrong_state(Reason::RecordClosed, "the person went to another government")
}

pub(super) fn end_before_start() -> Error {
    Error::wrong_state(Reason::EndBeforeStart, "the end does not come after the beginning")
}

pub(super) fn not_your_record() -> Error {
    Error::forbidden(Reason::NotYourRecord, "only the person and HR officers may read this")
}

pub(super) fn never_oneself(message: &'static str) -> Error {
    Error::refused(Reason::NeverOneself, message)
}
