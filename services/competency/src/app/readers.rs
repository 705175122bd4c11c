//! Who reads another person's data.

use kinerja_kit::auth::{Caller, Role};
use kinerja_proto::competency::v1::Reason;
use sqlx::PgConnection;

use super::Error;
use crate::{
    domain::{EmployeeId, UnitId},
    store,
    store::employees::Subject,
};

/// Whoever deals with everybody of the government.
pub(super) fn reads_everybody(caller: &Caller) -> bool {
    [Role::HrOfficer, Role::PerformanceTeam, Role::RegionalLeader, Role::Service]
        .into_iter()
        .any(|role| caller.has(role))
}

/// The person, once it is clear that the caller may read their data.
pub(super) async fn subject_for(
    conn: &mut PgConnection,
    caller: &Caller,
    employee: EmployeeId,
) -> Result<Subject, Error> {
    let reader = caller.employee_id.map(Into::into);
    let subject = store::employees::subject(conn, employee, reader).await?;
    if !is_open(caller, employee, subject.as_ref()) {
        return Err(not_yours());
    }
    subject.ok_or_else(|| {
        Error::not_found(Reason::EmployeeNotFound, "the registry has not made this employee known")
    })
}

/// Whether the caller may read the data of `employee`, who may be unknown.
pub(super) async fn may_read(
    conn: &mut PgConnection,
    caller: &Caller,
    employee: EmployeeId,
) -> Result<bool, Error> {
    if is_open(caller, employee, None) {
        return Ok(true);
    }
    let reader = caller.employee_id.map(Into::into);
    let subject = store::employees::subject(conn, employee, reader).await?;
    Ok(is_open(caller, employee, subject.as_ref()))
}

/// Makes sure that the caller may read the data of everybody in a unit; answers the government's zone.
pub(super) async fn check_unit(
    conn: &mut PgConnection,
    caller: &Caller,
    unit: UnitId,
) -> Result<Option<String>, Error> {
    let reader = caller.employee_id.map(Into::into);
    let found = store::employees::unit_for(conn, unit, reader).await?;
    if !found.is_led && !reads_everybody(caller) {
        return Err(not_yours());
    }
    if !found.is_known {
        let message = "the registry has not made this unit known";
        return Err(Error::not_found(Reason::UnitNotFound, message));
    }
    Ok(found.time_zone)
}

fn is_open(caller: &Caller, employee: EmployeeId, subject: Option<&Subject>) -> bool {
    caller.is(employee.uuid())
        || reads_everybody(caller)
        || subject.is_some_and(|subject| subject.is_led)
}

pub(super) fn not_yours() -> Error {
    Error::forbidden(Reason::NotYourData, "the data are another person's")
}
