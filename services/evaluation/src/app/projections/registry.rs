use jiff::{civil::date, tz::TimeZone};
use jiff_sqlx::ToSqlx as _;
use kinerja_kit::{
    clock::Clock,
    events::{self, ApplyError, Event, Projection},
    tenant::TenantId,
};
use kinerja_proto::events::v1 as pb;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::policy::shipped,
    store::{self, employees::Employees, governments::Government, units::Units},
};

/// Governments with their zone, and names of units and people. A government that is new is given the
/// policy the suite ships; a reporting line that changes withdraws the answers it makes doubtful.
#[derive(Debug, Clone)]
pub struct RegistryProjection {
    pub clock: Clock,
}

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
            events::kind::<pb::ReportingLineChanged>(),
        ]
    }

    async fn apply(
        &self,
        conn: &mut PgConnection,
        _: &TenantId,
        events: &[Event],
        (): &Self::Prepared,
    ) -> Result<(), ApplyError> {
        self.apply_governments(&mut *conn, events).await?;
        apply_units(&mut *conn, events).await?;
        apply_employees(&mut *conn, events).await?;
        apply_reporting_lines(conn, events).await
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
        store::employees::forget(&mut *conn, &keys).await?;
        // A rebuild learns of people, and not of the changes of line that it missed.
        let people: Vec<Uuid> = facts
            .iter()
            .filter(|fact| fact.is::<pb::EmployeeChanged>())
            .map(|fact| fact.key)
            .collect();
        let since = vec![date(1, 1, 1).to_sqlx(); people.len()];
        store::evaluation_changes::withdraw_answers(conn, &people, &since).await?;
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

impl RegistryProjection {
    async fn apply_governments(
        &self,
        conn: &mut PgConnection,
        events: &[Event],
    ) -> Result<(), ApplyError> {
        for fact in events::newest::<pb::TenantChanged>(events)? {
            let (name, time_zone) = (&fact.message.name, &fact.message.time_zone);
            TimeZone::get(time_zone).map_err(|error| ApplyError::Refused(error.to_string()))?;
            let government = Government { name, time_zone, revision: fact.event.revision };
            store::governments::upsert(&mut *conn, government).await?;
            // A version never changes: one that is there stays.
            store::policies::insert(&mut *conn, &shipped(), self.clock.now()).await?;
        }
        Ok(())
    }
}

async fn apply_units(conn: &mut PgConnection, events: &[Event]) -> Result<(), ApplyError> {
    let mut units = Units::default();
    for fact in events::newest::<pb::UnitChanged>(events)? {
        units.push(fact.event.key, fact.message.name, fact.event.revision);
    }
    Ok(store::units::upsert(conn, &units).await?)
}

async fn apply_employees(conn: &mut PgConnection, events: &[Event]) -> Result<(), ApplyError> {
    let mut employees = Employees::default();
    for fact in events::newest::<pb::EmployeeChanged>(events)? {
        employees.push(fact.event.key, fact.message.name, fact.event.revision);
    }
    Ok(store::employees::upsert(conn, &employees).await?)
}

async fn apply_reporting_lines(
    conn: &mut PgConnection,
    events: &[Event],
) -> Result<(), ApplyError> {
    let (mut people, mut from) = (Vec::new(), Vec::new());
    for fact in events::facts::<pb::ReportingLineChanged>(events)? {
        people.push(fact.event.key);
        from.push(super::date("from_on", &fact.message.from_on)?.to_sqlx());
    }
    if people.is_empty() {
        return Ok(());
    }
    Ok(store::evaluation_changes::withdraw_answers(conn, &people, &from).await?)
}
