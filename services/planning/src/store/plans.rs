use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::plan_rows::{Columns, Row};
use crate::domain::{EmployeeId, Named as _, PeriodId, Plan, PlanContent, PlanId, PositionId};

/// Which version of a plan is meant.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which {
    Latest,
    /// The last one that was approved.
    Reference,
    Version(i32),
}

impl Which {
    /// 0 the latest, -1 the reference.
    fn number(self) -> i32 {
        match self {
            Self::Latest => 0,
            Self::Reference => -1,
            Self::Version(version) => version,
        }
    }
}

/// Stores a draft with the terms of its content; results are stored beside it.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    plan: &Plan,
    content: &PlanContent,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO plans (plan_id, version, state, employee_id, period_id, year, unit_id, position_id,
            position_kind, position_level, position_name, heads_unit, starts_on, ends_on, approach,
            support, accountability, consequences, created_at, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        "#,
        plan.id.uuid(),
        plan.version,
        plan.state.name().name(),
        plan.employee_id.uuid(),
        plan.period_id.uuid(),
        plan.year,
        plan.assignment.unit_id.uuid(),
        plan.assignment.position_id.uuid(),
        plan.assignment.position_kind,
        plan.assignment.position_level,
        plan.assignment.position_name,
        plan.assignment.heads_unit,
        plan.starts_on.to_sqlx() as _,
        plan.ends_on.to_sqlx() as _,
        content.approach.name(),
        content.support,
        content.accountability,
        content.consequences,
        plan.created_at.to_sqlx() as _,
        plan.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores a draft with other terms; what the agreement left in an earlier state goes.
pub(crate) async fn update_draft(
    conn: &mut PgConnection,
    plan: &Plan,
    content: &PlanContent,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE plans
        SET approach = $3, support = $4, accountability = $5, consequences = $6, revision = $7,
            state = 'DRAFT', submitted_at = NULL, window_kind = NULL, opens_at = NULL, closes_at = NULL,
            rater_employee_id = NULL, rater_on = NULL, rater_reason = NULL, escalated_at = NULL,
            superior_employee_id = NULL, superior_on = NULL, superior_reason = NULL, decided_at = NULL,
            decided_by = NULL, decision = NULL
        WHERE plan_id = $1 AND version = $2
        "#,
        plan.id.uuid(),
        plan.version,
        content.approach.name(),
        content.support,
        content.accountability,
        content.consequences,
        plan.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether the employee has a plan of this period and position that was approved and goes on.
pub(crate) async fn has_reference(
    conn: &mut PgConnection,
    employee: EmployeeId,
    period: PeriodId,
    position: PositionId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM plans
            WHERE employee_id = $1 AND period_id = $2 AND position_id = $3 AND state = 'APPROVED'
        ) AS "exists!"
        "#,
        employee.uuid(),
        period.uuid(),
        position.uuid(),
    )
    .fetch_one(conn)
    .await
}

pub(crate) async fn find(
    conn: &mut PgConnection,
    id: PlanId,
    which: Which,
) -> Result<Option<Plan>, sqlx::Error> {
    Ok(find_all(conn, &[id], &[which]).await?.pop())
}

/// Reads versions in the order given; an absent one is left out.
pub(crate) async fn find_all(
    conn: &mut PgConnection,
    ids: &[PlanId],
    which: &[Which],
) -> Result<Vec<Plan>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let versions: Vec<i32> = which.iter().map(|which| which.number()).collect();
    sqlx::query_as!(
        Row,
        r#"
        SELECT p.plan_id, p.version, p.state, p.employee_id, p.period_id, p.year, p.unit_id, p.position_id,
            p.position_kind, p.position_level, p.position_name, p.heads_unit, p.starts_on, p.ends_on,
            p.submitted_at, p.window_kind, p.opens_at, p.closes_at, p.rater_employee_id, p.rater_on,
            p.rater_reason, p.escalated_at, p.superior_employee_id, p.superior_on, p.superior_reason,
            p.decided_at, p.decided_by, p.decision, p.created_at, p.revision
        FROM unnest($1::uuid[], $2::integer[]) WITH ORDINALITY AS wanted (plan_id, version, nth)
        CROSS JOIN LATERAL (
            SELECT *
            FROM plans
            WHERE plans.plan_id = wanted.plan_id
                AND CASE wanted.version
                    WHEN 0 THEN true
                    WHEN -1 THEN decision IS NOT DISTINCT FROM 'APPROVED'
                    ELSE plans.version = wanted.version
                END
            ORDER BY plans.version DESC
            LIMIT 1
        ) AS p
        ORDER BY wanted.nth
        "#,
        &ids,
        &versions,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Plan::try_from)
    .collect()
}

/// Reads every version of some plans, oldest first, and locks their rows until the transaction ends.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    ids: &[PlanId],
) -> Result<Vec<Plan>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    sqlx::query_as!(
        Row,
        r#"
        SELECT plan_id, version, state, employee_id, period_id, year, unit_id, position_id, position_kind,
            position_level, position_name, heads_unit, starts_on, ends_on, submitted_at, window_kind,
            opens_at, closes_at, rater_employee_id, rater_on, rater_reason, escalated_at,
            superior_employee_id, superior_on, superior_reason, decided_at, decided_by, decision,
            created_at, revision
        FROM plans
        WHERE plan_id = ANY($1)
        ORDER BY plan_id, version
        FOR UPDATE
        "#,
        &ids,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Plan::try_from)
    .collect()
}

/// Stores states, what the agreement left in them, last days and revisions.
pub(crate) async fn update(conn: &mut PgConnection, plans: &[&Plan]) -> Result<(), sqlx::Error> {
    let mut columns = Columns::default();
    plans.iter().for_each(|plan| columns.push(plan));
    let updated = sqlx::query!(
        r#"
        UPDATE plans
        SET state = given.state, ends_on = given.ends_on, submitted_at = given.submitted_at,
            window_kind = given.window_kind, opens_at = given.opens_at, closes_at = given.closes_at,
            rater_employee_id = given.rater, rater_on = given.rater_on, rater_reason = given.rater_reason,
            escalated_at = given.escalated_at, superior_employee_id = given.superior,
            superior_on = given.superior_on, superior_reason = given.superior_reason,
            decided_at = given.decided_at, decided_by = given.decided_by, decision = given.decision,
            revision = given.revision
        FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::date[], $5::timestamptz[], $6::text[],
                $7::timestamptz[], $8::timestamptz[], $9::uuid[], $10::date[], $11::text[],
                $12::timestamptz[], $13::uuid[], $14::date[], $15::text[], $16::timestamptz[], $17::uuid[],
                $18::text[], $19::bigint[])
            AS given (plan_id, version, state, ends_on, submitted_at, window_kind, opens_at, closes_at,
                rater, rater_on, rater_reason, escalated_at, superior, superior_on, superior_reason,
                decided_at, decided_by, decision, revision)
        WHERE plans.plan_id = given.plan_id AND plans.version = given.version
        "#,
        &columns.plan_ids,
        &columns.versions,
        &columns.states,
        &columns.ends_on as _,
        &columns.submitted_at as _,
        &columns.window_kinds as _,
        &columns.opens_at as _,
        &columns.closes_at as _,
        &columns.raters as _,
        &columns.rater_on as _,
        &columns.rater_reasons as _,
        &columns.escalated_at as _,
        &columns.superiors as _,
        &columns.superior_on as _,
        &columns.superior_reasons as _,
        &columns.decided_at as _,
        &columns.decided_by as _,
        &columns.decisions as _,
        &columns.revisions,
    )
    .execute(conn)
    .await?;
    // Locked rows are there: fewer updated ones would be an agreement that is told and not kept.
    if updated.rows_affected() == plans.len() as u64 {
        Ok(())
    } else {
        Err(sqlx::Error::RowNotFound)
    }
}
