use std::collections::HashMap;

use jiff::{civil::Date, tz::TimeZone};
use kinerja_kit::{
    clock::Clock,
    events::{self, ApplyError, Event, Projection},
    tenant::{Database, TenantId},
};
use kinerja_proto::events::v1 as pb;
use sqlx::PgConnection;
use tonic::Status;
use uuid::Uuid;

use super::{
    Error,
    registry::{Lines, Registry},
};

use crate::{
    domain::{EmployeeId, Line, Plan, Policy},
    store::{self, employees::Employees, governments::Government, units::Units},
};

/// What planning keeps of the registry: governments with their zone (a new one is given the policy the suite
/// ships), the tree of units, and which post
/// an employee holds. No names of persons. Where a reporting line changed, plans that wait are laid before
/// who stands above their employee now.
#[derive(Debug, Clone)]
pub struct RegistryProjection {
    db: Database,
    clock: Clock,
    registry: Registry,
}

impl RegistryProjection {
    pub fn new(db: Database, clock: Clock, registry: Registry) -> Self {
        Self { db, clock, registry }
    }
}

impl Projection for RegistryProjection {
    /// Who rates those whose line changed and whose plan waits.
    type Prepared = HashMap<TenantId, Lines>;

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

    async fn prepare(&self, events: &[Event]) -> Result<Self::Prepared, Status> {
        let mut people: HashMap<&TenantId, Vec<Uuid>> = HashMap::new();
        for event in events.iter().filter(may_change_line) {
            people.entry(&event.tenant).or_default().push(event.key);
        }
        let mut prepared = HashMap::new();
        for (tenant, people) in people {
            prepared.insert(tenant.clone(), self.ask(tenant, &people).await?);
        }
        Ok(prepared)
    }

    async fn apply(
        &self,
        conn: &mut PgConnection,
        tenant: &TenantId,
        events: &[Event],
        prepared: &Self::Prepared,
    ) -> Result<(), ApplyError> {
        self.apply_governments(&mut *conn, events).await?;
        apply_units(&mut *conn, events).await?;
        apply_employees(&mut *conn, events).await?;
        match prepared.get(tenant) {
            Some(lines) => lay_before(conn, lines, events).await,
            None => Ok(()),
        }
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
            store::policies::insert(&mut *conn, &Policy::k1(), self.clock.now()).await?;
        }
        Ok(())
    }

    /// Asks who rates those of `people` whose plan waits, today.
    async fn ask(&self, tenant: &TenantId, people: &[Uuid]) -> Result<Lines, Error> {
        let mut tx = self.db.begin(tenant).await?;
        let waiting = store::plan_lists::waiting_of(&mut tx, people).await?;
        let zone = store::governments::time_zone(&mut tx).await?;
        tx.rollback().await?;
        let mut employees: Vec<EmployeeId> =
            waiting.iter().map(|(_, employee)| *employee).collect();
        employees.sort_unstable();
        employees.dedup();
        // Without a zone no period was laid out, and nothing waits.
        match zone {
            Some(zone) if !employees.is_empty() => {
                let today = self.clock.now().to_zoned(zone).date();
                self.registry.lines(tenant, &employees, today).await
            }
            _ => Ok(Lines::new()),
        }
    }
}

/// Also what is told of a person: a rebuild learns of people, and not of the changes of line that it missed.
fn may_change_line(event: &&Event) -> bool {
    event.is::<pb::ReportingLineChanged>() || event.is::<pb::EmployeeChanged>()
}

/// Stamps the answers on plans that wait. Where nobody rates now, or the same people do, a plan stays.
async fn lay_before(
    conn: &mut PgConnection,
    lines: &Lines,
    events: &[Event],
) -> Result<(), ApplyError> {
    let changed = events.iter().filter(may_change_line);
    let people: Vec<Uuid> = changed.map(|event| event.key).collect();
    let waiting = store::plan_lists::waiting_of(&mut *conn, &people).await?;
    let ids: Vec<_> = waiting.into_iter().map(|(plan, _)| plan).collect();
    let mut refreshed = Vec::new();
    for plan in store::plans::lock(&mut *conn, &ids).await? {
        let Some(Ok(line)) = lines.get(&plan.employee_id) else { continue };
        if stands_under(&plan, line) {
            continue;
        }
        refreshed.extend(plan.refresh_line(line.clone()).ok());
    }
    if !refreshed.is_empty() {
        store::plans::update(conn, &refreshed.iter().collect::<Vec<_>>()).await?;
    }
    Ok(())
}

fn stands_under(plan: &Plan, line: &Line) -> bool {
    let traces = plan.state.traces();
    let rater = traces.submission.map(|submission| submission.rater.employee_id);
    let superior = traces.escalation.map(|escalation| escalation.superior.employee_id);
    let named = line.superior.as_ref().map(|superior| superior.employee_id);
    rater == Some(line.rater.employee_id) && (superior.is_none() || superior == named)
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
