//! Pages of people by one filter: who is next, in an order that an index holds.
//!
//! Where the filter's column leads the index, the page is asked for by a row comparison and ordered by both
//! columns: with an equality the planner may walk everybody in the order of ids and filter instead.

use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::sql_date;
use crate::domain::UnitId;

/// Up to `limit` records after `after`, by id.
pub(crate) async fn all(
    conn: &mut PgConnection,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT employee_id FROM employees WHERE employee_id > $1 ORDER BY employee_id LIMIT $2",
        after,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// Up to `limit` people with a definitive position in one of `units`, in the order of the units, then by
/// id; of the first unit those after `after`. Reads no more than it gives.
pub(crate) async fn of_units(
    conn: &mut PgConnection,
    units: &[Uuid],
    day: Date,
    after: Uuid,
    limit: i64,
) -> Result<Vec<(Uuid, Uuid)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT wanted.unit_id AS "unit_id!", member.employee_id
        FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (unit_id, nth)
        CROSS JOIN LATERAL (
            SELECT a.employee_id
            FROM assignments a
            WHERE a.unit_id = wanted.unit_id AND a.kind = 'DEFINITIVE'
                AND a.employee_id > CASE WHEN wanted.nth = 1 THEN $3 ELSE '00000000-0000-0000-0000-000000000000'::uuid END
                AND a.from_on <= $2 AND (a.until_on IS NULL OR a.until_on > $2)
            ORDER BY a.employee_id
            LIMIT $4) AS member
        ORDER BY wanted.nth, member.employee_id
        LIMIT $4
        "#,
        units,
        day.to_sqlx() as _,
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.unit_id, row.employee_id)).collect())
}

/// People below a unit: whom a page found, each with the way to the unit.
#[derive(Debug)]
pub(crate) struct Below {
    pub(crate) path: Vec<Uuid>,
    pub(crate) employee: Uuid,
}

/// The day a call is about, today in the tenant's zone without one; and up to `limit` people with a
/// definitive position in a unit or below it on that day, unit by unit, then by id, after one of them.
/// None for an unknown tenant. Walks no further down the tree than to the last of them.
pub(crate) async fn below(
    conn: &mut PgConnection,
    root: UnitId,
    on: Option<Date>,
    after: Option<(&[Uuid], Uuid)>,
    limit: i64,
    now: Timestamp,
) -> Result<Option<(Date, Vec<Below>)>, sqlx::Error> {
    let (path, employee) = after.unzip();
    let rows = sqlx::query!(
        r#"
        WITH RECURSIVE today AS MATERIALIZED (
            SELECT coalesce($2, ($6::timestamptz AT TIME ZONE time_zone)::date) AS day
            FROM tenants
            WHERE tenant_id = current_tenant()
        ), walk AS (
            SELECT 0 AS nth, CASE WHEN $3::uuid[] IS NULL THEN ARRAY[unit_id] ELSE $3 END AS path,
                ARRAY[]::uuid[] AS people, 0 AS found
            FROM units
            WHERE unit_id = $1
            UNION ALL
            SELECT walk.nth + 1, here.path, members.people, walk.found + cardinality(members.people)
            FROM walk
            CROSS JOIN today
            CROSS JOIN LATERAL (
                SELECT CASE walk.nth WHEN 0 THEN walk.path ELSE next_unit(walk.path, today.day) END AS path
                OFFSET 0) AS here
            CROSS JOIN LATERAL (
                SELECT ARRAY(
                    SELECT a.employee_id
                    FROM assignments a
                    WHERE a.unit_id = here.path[cardinality(here.path)] AND a.kind = 'DEFINITIVE'
                        AND a.employee_id > CASE WHEN walk.nth = 0 AND $4::uuid IS NOT NULL THEN $4
                            ELSE '00000000-0000-0000-0000-000000000000'::uuid END
                        AND a.from_on <= today.day AND (a.until_on IS NULL OR a.until_on > today.day)
                    ORDER BY a.employee_id
                    LIMIT $5) AS people
                OFFSET 0) AS members
            WHERE walk.found < $5 AND here.path IS NOT NULL
        )
        SELECT today.day AS "day!", walk.path AS "path?", member.employee_id AS "employee_id?"
        FROM today
        LEFT JOIN (walk CROSS JOIN LATERAL unnest(walk.people) WITH ORDINALITY AS member (employee_id, place)) ON true
        ORDER BY walk.nth, member.place
        LIMIT $5
        "#,
        root.uuid(),
        sql_date(on) as _,
        path,
        employee,
        limit,
        now.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await?;
    let Some(day) = rows.first().map(|row| row.day.to_jiff()) else { return Ok(None) };
    let found = rows
        .into_iter()
        .filter_map(|row| Some(Below { path: row.path?, employee: row.employee_id? }));
    Ok(Some((day, found.collect())))
}

/// Up to `limit` people with a definitive position of a kind, by id.
pub(crate) async fn of_position_kind(
    conn: &mut PgConnection,
    kind: &str,
    day: Date,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT employee_id
        FROM assignments
        WHERE (position_kind, employee_id) > ($1, $3) AND position_kind <= $1 AND kind = 'DEFINITIVE'
            AND from_on <= $2 AND (until_on IS NULL OR until_on > $2)
        ORDER BY position_kind, employee_id
        LIMIT $4
        "#,
        kind,
        day.to_sqlx() as _,
        after,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// Up to `limit` people of a status, by id.
pub(crate) async fn of_status(
    conn: &mut PgConnection,
    status: &str,
    day: Date,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT s.employee_id
        FROM statuses s
        WHERE (s.status, s.employee_id) > ($1, $3) AND s.status <= $1
            AND s.from_on <= $2
            -- The offset keeps it a probe for each row instead of a join with everybody.
            AND NOT EXISTS (
                SELECT FROM statuses later
                WHERE later.tenant_id = s.tenant_id AND later.employee_id = s.employee_id
                    AND later.from_on > s.from_on AND later.from_on <= $2
                OFFSET 0)
        ORDER BY s.status, s.employee_id
        LIMIT $4
        "#,
        status,
        day.to_sqlx() as _,
        after,
        limit,
    )
    .fetch_all(conn)
    .await
}
