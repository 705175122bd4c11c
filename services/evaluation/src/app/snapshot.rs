use kinerja_kit::{
    events::{self, Current, Snapshot},
    tenant::TenantId,
};
use kinerja_proto::events::v1 as pb;
use sqlx::PgConnection;
use uuid::Uuid;

use super::events::{annual_predicate_set, evaluation_finalised};
use crate::{
    domain::{annual_predicate::AnnualPredicate, evaluation::Evaluation},
    store,
};

/// What evaluation's feed speaks of: results that are final, and years that have one.
#[derive(Debug, Clone, Copy)]
pub struct EvaluationSnapshot;

#[tonic::async_trait]
impl Snapshot for EvaluationSnapshot {
    fn types(&self) -> Vec<String> {
        vec![events::kind::<pb::EvaluationFinalised>(), events::kind::<pb::AnnualPredicateSet>()]
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
        if kind == events::kind::<pb::AnnualPredicateSet>() {
            let after = after.map(Into::into);
            let set = store::annual_predicate_lists::page_by_id(conn, after, limit).await?;
            return Ok(set.iter().map(annual_fact).collect());
        }
        let after = after.unwrap_or(Uuid::nil());
        let ids = store::evaluation_lists::finalised(&mut *conn, after, limit).await?;
        let finalised = store::evaluations::read(conn, &ids).await?;
        Ok(finalised.iter().filter_map(final_fact).collect())
    }
}

fn annual_fact(set: &AnnualPredicate) -> Current {
    Current::new(set.id.uuid(), set.revision, set.set_at, &annual_predicate_set(set))
}

fn final_fact(evaluation: &Evaluation) -> Option<Current> {
    let (message, at) = (evaluation_finalised(evaluation)?, evaluation.finalised_at()?);
    Some(Current::new(evaluation.id.uuid(), evaluation.revision, at, &message))
}
