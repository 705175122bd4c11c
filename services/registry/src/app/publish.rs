//! What the registry makes public of its changes.

use jiff::{Timestamp, civil::Date};
use kinerja_kit::{
    events::{self, Append},
    tenant::TenantId,
};
use kinerja_proto::events::v1 as pb;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Error, day, error::no_unit};
use crate::{
    domain::{EmployeeId, UnitId},
    store::{self, employee_views::EmployeeView, tenants::TenantView, units::UnitView},
};

/// Tells of people whose rows the transaction has locked and given a new revision, one event each; again
/// on `effective_on` if that is still to come.
pub(super) async fn employees(
    conn: &mut PgConnection,
    ids: &[Uuid],
    effective_on: Option<Date>,
    now: Timestamp,
) -> Result<Vec<EmployeeView>, Error> {
    let views = store::employee_views::views(conn, ids, None, now).await?;
    events::append_all(conn, now, views.iter().map(employee_fact)).await?;
    if let Some(due_on) = effective_on
        && due_on > day(conn, None, now).await?
    {
        store::due_changes::insert(conn, ids, due_on, false).await?;
    }
    Ok(views)
}

/// Tells of one person; see [`employees`].
pub(super) async fn employee(
    conn: &mut PgConnection,
    id: EmployeeId,
    effective_on: Option<Date>,
    now: Timestamp,
) -> Result<EmployeeView, Error> {
    let views = employees(conn, &[id.uuid()], effective_on, now).await?;
    views.into_iter().next().ok_or_else(super::error::no_employee)
}

/// Tells of a unit whose row the transaction has locked, as of today; again on `effective_on` if that is
/// still to come.
pub(super) async fn unit(
    conn: &mut PgConnection,
    id: UnitId,
    effective_on: Date,
    now: Timestamp,
) -> Result<UnitView, Error> {
    let today = day(conn, None, now).await?;
    let views = store::units::views(conn, &[id.uuid()], today).await?;
    let view = views.into_iter().next().ok_or_else(no_unit)?;
    events::append(conn, view.unit_id, view.revision, now, &unit_message(&view)).await?;
    if effective_on > today {
        store::due_changes::insert(conn, &[id.uuid()], effective_on, false).await?;
    }
    Ok(view)
}

/// Tells of units whose rows the transaction has locked, as of today.
pub(super) async fn units(
    conn: &mut PgConnection,
    ids: &[Uuid],
    now: Timestamp,
) -> Result<(), Error> {
    let today = day(conn, None, now).await?;
    let views = store::units::views(conn, ids, today).await?;
    let facts = views.iter().map(|view| Append {
        key: view.unit_id,
        revision: view.revision,
        message: unit_message(view),
    });
    Ok(events::append_all(conn, now, facts).await?)
}

pub(super) async fn tenant(
    conn: &mut PgConnection,
    id: &TenantId,
    view: &TenantView,
    now: Timestamp,
) -> Result<(), Error> {
    Ok(events::append(conn, tenant_key(id), view.revision, now, &tenant_message(view)).await?)
}

/// Tells that somebody else may rate some people, and everybody below them or placed in some units, or stand
/// above their rater, from the first of `days` on: of each one event; again on each day that is still to come.
pub(super) async fn lines(
    conn: &mut PgConnection,
    officials: &[Uuid],
    units: &[Uuid],
    days: &[Date],
    now: Timestamp,
) -> Result<(), Error> {
    let Some(from_on) = days.first() else { return Ok(()) };
    let touched = store::reporting_lines::touched(conn, officials, units, *from_on).await?;
    lines_of(conn, &touched, *from_on, now).await?;
    let today = day(conn, None, now).await?;
    for due_on in days.iter().filter(|day| **day > today) {
        store::due_changes::insert(conn, officials, *due_on, true).await?;
        store::due_changes::insert(conn, units, *due_on, true).await?;
    }
    Ok(())
}

/// The same of everybody in a government, since who may rate is judged otherwise from a day on.
pub(super) async fn every_line(
    conn: &mut PgConnection,
    tenant: &TenantId,
    from_on: Date,
    now: Timestamp,
) -> Result<(), Error> {
    let rated = store::reporting_lines::rated(conn, from_on).await?;
    lines_of(conn, &rated, from_on, now).await?;
    if from_on > day(conn, None, now).await? {
        store::due_changes::insert(conn, &[tenant_key(tenant)], from_on, true).await?;
    }
    Ok(())
}

async fn lines_of(
    conn: &mut PgConnection,
    people: &[Uuid],
    from_on: Date,
    now: Timestamp,
) -> Result<(), Error> {
    let facts = store::employees::lock_all(conn, people).await?.into_iter().map(
        |(employee_id, revision)| Append {
            key: employee_id,
            revision,
            message: pb::ReportingLineChanged {
                employee_id: employee_id.to_string(),
                from_on: from_on.to_string(),
            },
        },
    );
    Ok(events::append_all(conn, now, facts).await?)
}

/// A government has no UUID: its code, in bytes.
pub(super) fn tenant_key(id: &TenantId) -> Uuid {
    let mut bytes = [0; 16];
    for (byte, code) in bytes.iter_mut().zip(id.as_str().bytes()) {
        *byte = code;
    }
    Uuid::from_bytes(bytes)
}

pub(super) fn tenant_message(view: &TenantView) -> pb::TenantChanged {
    pb::TenantChanged { name: view.name.clone(), time_zone: view.time_zone.clone() }
}

pub(super) fn unit_message(view: &UnitView) -> pb::UnitChanged {
    pb::UnitChanged {
        unit_id: view.unit_id.to_string(),
        parent_unit_id: view.parent_unit_id.map(|id| id.to_string()).unwrap_or_default(),
        name: view.name.clone(),
        kind: view.kind.clone(),
        closed_on: view.closed_on.map(|day| day.to_jiff().to_string()).unwrap_or_default(),
        code: view.code.clone().unwrap_or_default(),
    }
}

pub(super) fn employee_message(view: &EmployeeView) -> pb::EmployeeChanged {
    let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    pb::EmployeeChanged {
        employee_id: view.employee_id.to_string(),
        name: view.display_name.clone(),
        employment_kind: view.employment_kind.clone(),
        status: view.status.clone().unwrap_or_default(),
        unit_id: id(view.unit_id),
        position_id: id(view.position_id),
        position_kind: view.position_kind.clone().unwrap_or_default(),
        position_level: view.position_level.clone().unwrap_or_default(),
        position_name: view.position_name.clone().unwrap_or_default(),
        heads_unit: view.heads_unit.unwrap_or_default(),
        rank: view.rank.clone().unwrap_or_default(),
    }
}

fn employee_fact(view: &EmployeeView) -> Append<pb::EmployeeChanged> {
    let message = employee_message(view);
    Append { key: view.employee_id, revision: view.revision, message }
}
