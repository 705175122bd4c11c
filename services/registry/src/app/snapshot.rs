//! The present state behind the feed, for neighbours that build their view anew.

use jiff::Timestamp;
use kinerja_kit::{
    clock::Clock,
    events::{Current, Snapshot, kind},
    tenant::TenantId,
};
use kinerja_proto::events::v1 as pb;
use sqlx::PgConnection;
use uuid::Uuid;

use super::publish::{employee_message, tenant_key, tenant_message, unit_message};
use crate::store;

/// Governments are few: all of them at once.
const EVERY: i64 = 1_000_000;

#[derive(Debug, Clone)]
pub(crate) struct RegistrySnapshot {
    clock: Clock,
}

impl RegistrySnapshot {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock }
    }
}

#[tonic::async_trait]
impl Snapshot for RegistrySnapshot {
    fn types(&self) -> Vec<String> {
        vec![kind::<pb::TenantChanged>(), kind::<pb::UnitChanged>(), kind::<pb::EmployeeChanged>()]
    }

    async fn tenants(&self, conn: &mut PgConnection) -> Result<Vec<TenantId>, sqlx::Error> {
        let tenants = store::tenants::list(conn, "", "", EVERY).await?;
        tenants.iter().map(|tenant| store::decode(tenant.tenant_id.parse())).collect()
    }

    async fn page(
        &self,
        conn: &mut PgConnection,
        kind_of_fact: &str,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Current>, sqlx::Error> {
        let (now, after) = (self.clock.now(), after.unwrap_or_default());
        if kind_of_fact == kind::<pb::TenantChanged>() {
            return tenant(conn, after, now).await;
        }
        if kind_of_fact == kind::<pb::UnitChanged>() {
            return units(conn, after, limit, now).await;
        }
        if kind_of_fact == kind::<pb::EmployeeChanged>() {
            return employees(conn, after, limit, now).await;
        }
        Ok(Vec::new())
    }
}

async fn tenant(
    conn: &mut PgConnection,
    after: Uuid,
    now: Timestamp,
) -> Result<Vec<Current>, sqlx::Error> {
    let Some(view) = store::tenants::current(conn).await? else { return Ok(Vec::new()) };
    let key = tenant_key(&store::decode(view.tenant_id.parse())?);
    let current = Current::new(key, view.revision, now, &tenant_message(&view));
    Ok(if key > after { vec![current] } else { Vec::new() })
}

async fn units(
    conn: &mut PgConnection,
    after: Uuid,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Current>, sqlx::Error> {
    let Some(today) = store::tenants::day(conn, None, now).await? else { return Ok(Vec::new()) };
    let ids = store::unit_trees::every(conn, after, limit).await?;
    let views = store::units::views(conn, &ids, today).await?;
    let current = views
        .iter()
        .map(|view| Current::new(view.unit_id, view.revision, now, &unit_message(view)));
    Ok(current.collect())
}

async fn employees(
    conn: &mut PgConnection,
    after: Uuid,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Current>, sqlx::Error> {
    let ids = store::employee_lists::all(conn, after, limit).await?;
    let views = store::employee_views::views(conn, &ids, None, now).await?;
    let current = views
        .iter()
        .map(|view| Current::new(view.employee_id, view.revision, now, &employee_message(view)));
    Ok(current.collect())
}
