use kinerja_kit::auth::{Caller, Role};
use kinerja_proto::evaluation::v1::Reason;

use super::Error;
use crate::domain::{EmployeeId, evaluation::Evaluation};

/// The employee who calls.
pub(super) fn employee(caller: &Caller) -> Result<EmployeeId, Error> {
    caller.employee_id.map(EmployeeId::from).ok_or_else(|| {
        Error::forbidden(Reason::NotAnEmployee, "the caller's token names no employee")
    })
}

/// Lets pass whose evaluation it is, the rater, who stands above the rater, and officers.
pub(super) fn check_reader(caller: &Caller, evaluation: &Evaluation) -> Result<(), Error> {
    let concerned = caller.employee_id.map(EmployeeId::from).is_some_and(|employee| {
        evaluation.employee_id == employee || evaluation.is_overseen_by(employee)
    });
    if concerned || is_officer(caller) { Ok(()) } else { Err(not_yours()) }
}

/// HR officers, the performance team, and services on their own behalf.
pub(super) fn is_officer(caller: &Caller) -> bool {
    [Role::HrOfficer, Role::PerformanceTeam, Role::Service].into_iter().any(|role| caller.has(role))
}

pub(super) fn not_yours() -> Error {
    Error::forbidden(Reason::NotYourEvaluation, "the evaluation is another's")
}
