//! Opening an evaluation for each approved plan of each open cycle.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::cycle::CycleId;

/// A plan and an open cycle whose days meet.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) plan_id: Uuid,
    pub(crate) cycle_id: Uuid,
}

/// What is to be opened for these plans.
pub(crate) async fn of_plans(
    conn: &mut PgConnection,
    plan_ids: &[Uuid],
) -> Result<Vec<Opening>, sqlx::Error> {
    sqlx::query_as!(
        Opening,
        r#"
        SELECT p.plan_id, c.cycle_id
        FROM plans p
        JOIN cycles c ON c.tenant_id = p.tenant_id AND c.year = p.year AND c.state = 'OPEN'
            AND c.starts_on <= p.ends_on AND c.ends_on >= p.starts_on
        WHERE p.plan_id = ANY($1)
        "#,
        plan_ids,
    )
    .fetch_all(conn)
    .await
}

/// What is to be opened in a cycle, by unit and person.
pub(crate) async fn of_cycle(
    conn: &mut PgConnection,
    id: CycleId,
) -> Result<Vec<Opening>, sqlx::Error> {
    sqlx::query_as!(
        Opening,
        r#"
        SELECT p.plan_id, c.cycle_id
        FROM cycles c
        JOIN plans p ON p.tenant_id = c.tenant_id AND p.year = c.year AND NOT p.is_gone
            AND c.starts_on <= p.ends_on AND c.ends_on >= p.starts_on
        WHERE c.cycle_id = $1
        ORDER BY p.unit_id, p.employee_id, p.plan_id
        "#,
        id.uuid(),
    )
    .fetch_all(conn)
    .await
}

/// Opens them under ids that are given; what is open stays as it is.
pub(crate) async fn open(
    conn: &mut PgConnection,
    openings: &[Opening],
    ids: &[Uuid],
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO evaluations
            (evaluation_id, employee_id, plan_id, cycle_id, policy_id, year, unit_id, heads_unit,
             starts_on, ends_on, state, rater_employee_id, created_at, revision)
        SELECT given.evaluation_id, p.employee_id, p.plan_id, c.cycle_id, c.policy_id, c.year, p.unit_id,
            p.heads_unit, greatest(p.starts_on, c.starts_on), least(p.ends_on, c.ends_on), 'OPEN',
            p.rater_employee_id, $4, 1
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS given (evaluation_id, plan_id, cycle_id)
        JOIN plans p ON p.plan_id = given.plan_id
        JOIN cycles c ON c.tenant_id = p.tenant_id AND c.cycle_id = given.cycle_id
        ON CONFLICT DO NOTHING
        "#,
        ids,
        &openings.iter().map(|opening| opening.plan_id).collect::<Vec<_>>(),
        &openings.iter().map(|opening| opening.cycle_id).collect::<Vec<_>>(),
        at.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A plan that was approved again changes what is not prepared yet.
pub(crate) async fn follow_plans(
    conn: &mut PgConnection,
    plan_ids: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE evaluations e
        SET unit_id = p.unit_id, heads_unit = p.heads_unit, rater_employee_id = p.rater_employee_id,
            revision = e.revision + 1
        FROM plans p
        WHERE p.plan_id = ANY($1) AND p.tenant_id = e.tenant_id AND e.plan_id = p.plan_id
            AND e.state = 'OPEN'
            AND (e.unit_id, e.heads_unit, e.rater_employee_id)
                IS DISTINCT FROM (p.unit_id, p.heads_unit, p.rater_employee_id)
        "#,
        plan_ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}
