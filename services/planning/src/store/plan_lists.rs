use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use kinerja_kit::id::Id;
use sqlx::PgConnection;
use uuid::Uuid;

use super::plans::Which;
use crate::domain::{EmployeeId, Named as _, PeriodId, PlanId, StateName};

/// Versions to be read by [`find_all`](super::plans::find_all).
pub(crate) type Keys = (Vec<PlanId>, Vec<Which>);

/// The place of a plan in the list of some units; the default comes before every plan.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place<'a> {
    pub(crate) unit: Uuid,
    pub(crate) state: &'a str,
    pub(crate) employee: Uuid,
    pub(crate) plan: Uuid,
    pub(crate) version: i32,
}

/// Lists plans of a period by unit, state, employee: for each unit and state one short walk along an
/// index, so that a page costs the same however many people there are.
pub(crate) async fn by_unit(
    conn: &mut PgConnection,
    period: PeriodId,
    units: &[Uuid],
    states: &[StateName],
    after: Place<'_>,
    limit: i64,
) -> Result<Keys, sqlx::Error> {
    let states: Vec<String> = states.iter().map(|state| state.name().to_owned()).collect();
    let rows = sqlx::query!(
        r#"
        SELECT page.plan_id, page.version
        FROM (
            SELECT unit_id, state, (unit_id, state COLLATE "C") = ($4, $5) AS is_begun
            FROM unnest($2::uuid[]) AS units (unit_id), unnest($3::text[]) AS states (state)
            WHERE (unit_id, state COLLATE "C") >= ($4, $5)
            ORDER BY unit_id, state COLLATE "C"
        ) AS wanted
        CROSS JOIN LATERAL (
            SELECT plan_id, version, employee_id
            FROM plans
            WHERE period_id = $1 AND plans.unit_id = wanted.unit_id AND plans.state = wanted.state
                AND (employee_id, plan_id, version) > (
                    CASE WHEN is_begun THEN $6 ELSE $10::uuid END,
                    CASE WHEN is_begun THEN $7 ELSE $10::uuid END,
                    CASE WHEN is_begun THEN $8 ELSE 0 END
                )
            ORDER BY employee_id, plan_id, version
            LIMIT $9
        ) AS page
        ORDER BY wanted.unit_id, wanted.state COLLATE "C", page.employee_id, page.plan_id, page.version
        LIMIT $9
        "#,
        period.uuid(),
        units,
        &states,
        after.unit,
        after.state,
        after.employee,
        after.plan,
        after.version,
        limit,
        Uuid::nil(),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (Id::from(row.plan_id), Which::Version(row.version))).unzip())
}

/// Lists versions of an employee's plans, latest year, plan and version first.
pub(crate) async fn by_employee(
    conn: &mut PgConnection,
    employee: EmployeeId,
    before: (i32, Uuid, i32),
    limit: i64,
) -> Result<Keys, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT plan_id, version
        FROM plans
        WHERE employee_id = $1 AND (year, plan_id, version) < ($2, $3, $4)
        ORDER BY year DESC, plan_id DESC, version DESC
        LIMIT $5
        "#,
        employee.uuid(),
        before.0,
        before.1,
        before.2,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (Id::from(row.plan_id), Which::Version(row.version))).unzip())
}

/// Lists what waits for a rater, or for a rater's superior, longest wait first.
pub(crate) async fn waiting(
    conn: &mut PgConnection,
    authority: EmployeeId,
    after: (Timestamp, Uuid),
    limit: i64,
) -> Result<Keys, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT plan_id AS "plan_id!", version AS "version!"
        FROM (
            (
                SELECT plan_id, version, submitted_at
                FROM plans
                WHERE rater_employee_id = $1 AND state = 'SUBMITTED' AND (submitted_at, plan_id) > ($2, $3)
                ORDER BY submitted_at, plan_id
                LIMIT $4
            )
            UNION ALL
            (
                SELECT plan_id, version, submitted_at
                FROM plans
                WHERE superior_employee_id = $1 AND state = 'ESCALATED' AND (submitted_at, plan_id) > ($2, $3)
                ORDER BY submitted_at, plan_id
                LIMIT $4
            )
        ) AS waiting
        ORDER BY submitted_at, plan_id
        LIMIT $4
        "#,
        authority.uuid(),
        after.0.to_sqlx() as _,
        after.1,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (Id::from(row.plan_id), Which::Version(row.version))).unzip())
}

/// The plans of some employees that wait for a rater or for a rater's superior.
pub(crate) async fn waiting_of(
    conn: &mut PgConnection,
    employees: &[Uuid],
) -> Result<Vec<(PlanId, EmployeeId)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT plan_id, employee_id
        FROM plans
        WHERE employee_id = ANY($1) AND state IN ('SUBMITTED', 'ESCALATED')
        "#,
        employees,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (Id::from(row.plan_id), Id::from(row.employee_id))).collect())
}

/// Lists, by id, the plans that were approved (or `only_closed`: approved and ended) and not superseded.
pub(crate) async fn told(
    conn: &mut PgConnection,
    only_closed: bool,
    after: Uuid,
    limit: i64,
) -> Result<Keys, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT plan_id, version
        FROM plans
        WHERE decision = 'APPROVED' AND state IN ('APPROVED', 'CLOSED') AND plan_id > $1
            AND (state = 'CLOSED' OR NOT $2)
        ORDER BY plan_id
        LIMIT $3
        "#,
        after,
        only_closed,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (Id::from(row.plan_id), Which::Version(row.version))).unzip())
}
