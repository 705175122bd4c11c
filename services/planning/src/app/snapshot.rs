use kinerja_kit::{
    events::{self, Current, Snapshot},
    tenant::TenantId,
};
use kinerja_proto::events::v1 as pb;
use sqlx::PgConnection;
use uuid::Uuid;

use super::events::{period_changed, plan_approved, plan_closed};
use crate::{
    domain::{Plan, PlanContent},
    store,
};

/// What planning's feed speaks of: periods, and plans that were approved.
#[derive(Debug, Clone, Copy)]
pub struct PlanningSnapshot;

#[tonic::async_trait]
impl Snapshot for PlanningSnapshot {
    fn types(&self) -> Vec<String> {
        vec![
            events::kind::<pb::PeriodChanged>(),
            events::kind::<pb::PlanApproved>(),
            events::kind::<pb::PlanClosed>(),
        ]
    }

    async fn tenants(&self, conn: &mut PgConnection) -> Result<Vec<TenantId>, sqlx::Error> {
        store::governments::all(conn).await
    }

    async fn page(
        &self,
        conn: &mut PgConnection,
        kind: &str,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Current>, sqlx::Error> {
        let after = after.unwrap_or(Uuid::nil());
        if kind == events::kind::<pb::PeriodChanged>() {
            let periods = store::periods::page(conn, after, limit).await?;
            return Ok(periods
                .iter()
                .map(|p| Current::new(p.id.uuid(), p.revision, p.created_at, &period_changed(p)))
                .collect());
        }
        let only_closed = kind == events::kind::<pb::PlanClosed>();
        let (ids, versions) = store::plan_lists::told(conn, only_closed, after, limit).await?;
        let plans = store::plans::find_all(conn, &ids, &versions).await?;
        if only_closed {
            return Ok(plans.iter().map(closed).collect());
        }
        let keys: Vec<_> = plans.iter().map(|plan| (plan.id, plan.version)).collect();
        let contents = store::contents::find_all(conn, &keys).await?;
        let approved = |plan: &Plan| Some(approved(plan, contents.get(&(plan.id, plan.version))?));
        Ok(plans.iter().filter_map(approved).collect())
    }
}

/// An approval that was followed by an end comes before it.
fn approved(plan: &Plan, content: &PlanContent) -> Current {
    let ended = matches!(plan.state, crate::domain::State::Closed(_));
    let revision = plan.revision - i64::from(ended);
    Current::new(plan.id.uuid(), revision, plan.created_at, &plan_approved(plan, content))
}

fn closed(plan: &Plan) -> Current {
    Current::new(plan.id.uuid(), plan.revision, plan.created_at, &plan_closed(plan))
}
