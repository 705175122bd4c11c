use kinerja_kit::{
    clock::Clock,
    events::{self, ApplyError, Event, Fact, Projection},
    tenant::TenantId,
};
use kinerja_proto::events::v1::{EmployeeChanged, TenantChanged, UnitChanged};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{id, opt_id, proposing};
use crate::{
    domain::PostScope,
    store::{self, employees, units},
};

/// Governments' zones, the tree of units, and who holds which post.
#[derive(Debug)]
pub(crate) struct RegistryProjection {
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
            events::kind::<TenantChanged>(),
            events::kind::<UnitChanged>(),
            events::kind::<EmployeeChanged>(),
        ]
    }

    async fn apply(
        &self,
        conn: &mut PgConnection,
        _tenant: &TenantId,
        events: &[Event],
        _prepared: &(),
    ) -> Result<(), ApplyError> {
        store::evaluations::take_turns(conn).await?;
        let governments = events::newest::<TenantChanged>(events)?;
        for fact in &governments {
            employees::set_time_zone(conn, &fact.message.time_zone, fact.event.revision).await?;
        }
        let told: Vec<_> =
            events::newest::<UnitChanged>(events)?.iter().map(unit).collect::<Result<_, _>>()?;
        if !told.is_empty() {
            units::tell(conn, &told).await?;
        }
        let told: Vec<_> = events::newest::<EmployeeChanged>(events)?
            .iter()
            .map(employee)
            .collect::<Result<_, _>>()?;
        let mut people: Vec<_> = told.iter().map(|told| told.employee_id).collect();
        if !told.is_empty() {
            employees::tell(conn, &told).await?;
            store::development_plans::follow(conn, &people).await?;
        }
        if !governments.is_empty() {
            // Without a zone no gap had a day to be looked at.
            people.extend(store::evaluations::waiting(conn).await?);
        }
        proposing::propose_gaps(conn, &self.clock, &people).await
    }

    async fn forget(
        &self,
        conn: &mut PgConnection,
        _tenant: &TenantId,
        facts: &[Event],
    ) -> Result<(), ApplyError> {
        let keys: Vec<Uuid> = facts.iter().map(|fact| fact.key).collect();
        employees::forget(conn, &keys).await?;
        units::forget(conn, &keys).await?;
        Ok(())
    }

    async fn close(
        &self,
        conn: &mut PgConnection,
        _tenant: &TenantId,
        known: &[Uuid],
    ) -> Result<(), ApplyError> {
        employees::close(conn, known).await?;
        units::close(conn, known).await?;
        Ok(())
    }
}

fn unit(fact: &Fact<'_, UnitChanged>) -> Result<units::Told, ApplyError> {
    Ok(units::Told {
        unit_id: id("unit_id", &fact.message.unit_id)?,
        parent_unit_id: opt_id("parent_unit_id", &fact.message.parent_unit_id)?,
        revision: fact.event.revision,
    })
}

fn employee(fact: &Fact<'_, EmployeeChanged>) -> Result<employees::Told, ApplyError> {
    let message = &fact.message;
    let position_id = opt_id("position_id", &message.position_id)?;
    let posts = position_id.map(|position_id| PostScope {
        kind: message.position_kind.clone(),
        level: message.position_level.clone(),
        position_id: Some(position_id),
    });
    Ok(employees::Told {
        employee_id: id("employee_id", &message.employee_id)?,
        unit_id: opt_id("unit_id", &message.unit_id)?,
        posts,
        heads_unit: message.heads_unit,
        revision: fact.event.revision,
    })
}
