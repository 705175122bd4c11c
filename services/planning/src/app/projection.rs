use jiff::{civil::Date, tz::TimeZone};
use kinerja_kit::{
    events::{self, ApplyError, Event, Projection},
    tenant::TenantId,
};
use kinerja_proto::events::v1 as pb;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::store::{self, employees::Employees, governments::Government, units::Units};

/// What planning keeps of the registry: governments with their zone, the tree of units, and which post
/// an employee holds. No names of persons.
#[derive(Debug, Clone, Copy)]
pub struct RegistryProjection;

impl Projection for RegistryProjection {
    type Prepared = ();

    fn name(&self) -> &'static str {
        "registry"
    }

    fn version(&self) -> i32 {
        1
    }

    fn source(&self) -> &'static str {
        "registry"
    }

    fn types(&self) -> Vec<String> {
        vec![
            events::kind::<pb::TenantChanged>(),
            events::kind::<pb::UnitChanged>(),
            events::kind::<pb::EmployeeChanged>(),
        ]
    }

    async fn apply(
        &self,
        conn: &mut PgConnection,
        _: &TenantId,
        events: &[Event],
        (): &Self::Prepared,
    ) -> Result<(), ApplyError> {
        apply_governments(&mut *conn, events).await?;
        apply_units(&mut *conn, events).await?;
        apply_employees(conn, events).await
    }

    async fn forget(
        &self,
        conn: &mut PgConnection,
        _: &TenantId,
        facts: &[Event],
    ) -> Result<(), ApplyError> {
        let keys: Vec<Uuid> = facts.iter().map(|fact| fact.key).collect();
        if facts.iter().any(Event::is::<pb::TenantChanged>) {
            store::governments::forget(&mut *conn).await?;
        }
        store::units::forget(&mut *conn, &keys).await?;
        store::employees::forget(conn, &keys).await?;
        Ok(())
    }

    async fn close(
        &self,
        conn: &mut PgConnection,
        _: &TenantId,
        known: &[Uuid],
    ) -> Result<(), ApplyError> {
        store::units::close(&mut *conn, known).await?;
        store::employees::close(conn, known).await?;
        Ok(())
    }
}

async fn apply_governments(conn: &mut PgConnection, events: &[Event]) -> Result<(), ApplyError> {
    for fact in events::newest::<pb::TenantChanged>(events)? {
        let (name, time_zone) = (&fact.message.name, &fact.message.time_zone);
        TimeZone::get(time_zone).map_err(|error| ApplyError::Refused(error.to_string()))?;
        let government = Government { name, time_zone, revision: fact.event.revision };
        store::governments::upsert(&mut *conn, government).await?;
    }
    Ok(())
}

async fn apply_units(conn: &mut PgConnection, events: &[Event]) -> Result<(), ApplyError> {
    let mut units = Units::default();
    for fact in events::newest::<pb::UnitChanged>(events)? {
        let parent = id("parent_unit_id", &fact.message.parent_unit_id)?;
        let closed_on = date("closed_on", &fact.message.closed_on)?;
        units.push(fact.event.key, parent, closed_on, fact.event.revision);
    }
    Ok(store::units::upsert(conn, &units).await?)
}

async fn apply_employees(conn: &mut PgConnection, events: &[Event]) -> Result<(), ApplyError> {
    let mut employees = Employees::default();
    for fact in events::newest::<pb::EmployeeChanged>(events)? {
        let employee = fact.message;
        employees.employee_ids.push(fact.event.key);
        employees.statuses.push(employee.status);
        employees.unit_ids.push(id("unit_id", &employee.unit_id)?);
        employees.position_ids.push(id("position_id", &employee.position_id)?);
        employees.position_kinds.push(employee.position_kind);
        employees.position_levels.push(employee.position_level);
        employees.position_names.push(employee.position_name);
        employees.heads_unit.push(employee.heads_unit);
        employees.revisions.push(fact.event.revision);
    }
    Ok(store::employees::upsert(conn, &employees).await?)
}

fn id(field: &str, text: &str) -> Result<Option<Uuid>, ApplyError> {
    let refused = |_| ApplyError::Refused(format!("{field} is not a UUID"));
    (!text.is_empty()).then(|| text.parse().map_err(refused)).transpose()
}

fn date(field: &str, text: &str) -> Result<Option<Date>, ApplyError> {
    let refused = |_| ApplyError::Refused(format!("{field} is not a date"));
    (!text.is_empty()).then(|| text.parse().map_err(refused)).transpose()
}
