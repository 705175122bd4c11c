use kinerja_kit::auth::{Caller, Role};
use kinerja_proto::planning::v1::Reason;

use super::Error;
use crate::domain::{EmployeeId, Plan};

/// The employee who calls.
pub(super) fn employee(caller: &Caller) -> Result<EmployeeId, Error> {
    caller.employee_id.map(EmployeeId::from).ok_or_else(|| {
        Error::forbidden(Reason::NotAnEmployee, "the caller's token names no employee")
    })
}

/// Lets pass whom the plan is, who rates it or decides above the rater, HR officers and services.
pub(super) fn check_reader(caller: &Caller, plan: &Plan) -> Result<(), Error> {
    let concerned = caller
        .employee_id
        .map(EmployeeId::from)
        .is_some_and(|employee| plan.employee_id == employee || plan.is_under(employee));
    if concerned || reads_all(caller) { Ok(()) } else { Err(not_yours()) }
}

/// Lets pass the plan's employee alone.
pub(super) fn check_owner(caller: &Caller, plan: &Plan) -> Result<(), Error> {
    if caller.is(plan.employee_id.uuid()) { Ok(()) } else { Err(not_yours()) }
}

pub(super) fn reads_all(caller: &Caller) -> bool {
    caller.has(Role::HrOfficer) || caller.has(Role::Service)
}

pub(super) fn not_yours() -> Error {
    Error::forbidden(Reason::NotYourPlan, "the plan is another's")
}
