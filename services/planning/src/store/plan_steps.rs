use std::collections::HashSet;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use kinerja_kit::id::Id;
use sqlx::PgConnection;
use uuid::Uuid;

use super::named;
use crate::domain::{EmployeeId, Named as _, PlanId, Step};

/// Keeps steps that were taken at one instant.
pub(crate) async fn insert(conn: &mut PgConnection, steps: &[Step]) -> Result<(), sqlx::Error> {
    let plan_ids: Vec<Uuid> = steps.iter().map(|step| step.plan_id.uuid()).collect();
    let revisions: Vec<i64> = steps.iter().map(|step| step.revision).collect();
    let versions: Vec<i32> = steps.iter().map(|step| step.version).collect();
    let kinds: Vec<String> = steps.iter().map(|step| step.kind.name().to_owned()).collect();
    let actors: Vec<Option<Uuid>> = steps.iter().map(|step| step.actor.map(Id::uuid)).collect();
    let times: Vec<_> = steps.iter().map(|step| step.at.to_sqlx()).collect();
    let reasons: Vec<String> = steps.iter().map(|step| step.reason.clone()).collect();
    sqlx::query!(
        r#"
        INSERT INTO plan_steps (plan_id, revision, version, kind, actor_employee_id, taken_at, reason)
        SELECT plan_id, revision, version, kind, actor, taken_at, reason
        FROM unnest($1::uuid[], $2::bigint[], $3::integer[], $4::text[], $5::uuid[], $6::timestamptz[],
                $7::text[])
            AS given (plan_id, revision, version, kind, actor, taken_at, reason)
        "#,
        &plan_ids,
        &revisions,
        &versions,
        &kinds,
        &actors as _,
        &times as _,
        &reasons,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Of `(plan, revision)` those whose step of that revision this employee took at this instant.
pub(crate) async fn taken(
    conn: &mut PgConnection,
    steps: &[(PlanId, i64)],
    actor: Option<EmployeeId>,
    at: Timestamp,
) -> Result<HashSet<PlanId>, sqlx::Error> {
    let (ids, revisions): (Vec<Uuid>, Vec<i64>) =
        steps.iter().map(|(plan, revision)| (plan.uuid(), *revision)).unzip();
    let taken = sqlx::query_scalar!(
        r#"
        SELECT plan_id AS "plan_id!"
        FROM unnest($1::uuid[], $2::bigint[]) AS wanted (plan_id, revision)
        JOIN plan_steps USING (plan_id, revision)
        WHERE actor_employee_id = $3 AND taken_at = $4
        "#,
        &ids,
        &revisions,
        actor.map(Id::uuid),
        at.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await?;
    Ok(taken.into_iter().map(PlanId::from).collect())
}

/// Lists up to `limit` steps of a plan that made a revision above `after`.
pub(crate) async fn list(
    conn: &mut PgConnection,
    plan: PlanId,
    after: i64,
    limit: i64,
) -> Result<Vec<Step>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT version, revision, kind, actor_employee_id, taken_at, reason
        FROM plan_steps
        WHERE plan_id = $1 AND revision > $2
        ORDER BY revision
        LIMIT $3
        "#,
        plan.uuid(),
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Step {
                plan_id: plan,
                version: row.version,
                revision: row.revision,
                kind: named(&row.kind)?,
                actor: row.actor_employee_id.map(Id::from),
                at: row.taken_at.to_jiff(),
                reason: row.reason,
            })
        })
        .collect()
}
