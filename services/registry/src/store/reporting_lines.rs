use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    line_rows::{self, LineRow, RecusalRow},
    sql_date,
};
use crate::domain::{EmployeeId, reporting_line::Lines};

/// A line set for a person, by start.
#[derive(Debug)]
pub(crate) struct ReportingLineRow {
    pub(crate) employee_id: Uuid,
    pub(crate) from_on: jiff_sqlx::Date,
    pub(crate) rater_employee_id: Option<Uuid>,
}

/// Sets a line from a day on; one that was set for the same day is replaced.
pub(crate) async fn set(
    conn: &mut PgConnection,
    employee: EmployeeId,
    from_on: Date,
    rater: Option<EmployeeId>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO reporting_lines (employee_id, from_on, rater_employee_id, created_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant_id, employee_id, from_on) DO UPDATE
            SET rater_employee_id = excluded.rater_employee_id, created_at = excluded.created_at
        "#,
        employee.uuid(),
        from_on.to_sqlx() as _,
        rater.map(EmployeeId::uuid),
        now.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Up to `limit` lines set for a person, the newest first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    employee: EmployeeId,
    before: Date,
    limit: i64,
) -> Result<Vec<ReportingLineRow>, sqlx::Error> {
    sqlx::query_as!(
        ReportingLineRow,
        r#"
        SELECT employee_id, from_on, rater_employee_id
        FROM reporting_lines
        WHERE employee_id = $1 AND from_on < $2
        ORDER BY from_on DESC
        LIMIT $3
        "#,
        employee.uuid(),
        before.to_sqlx() as _,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// The first day after `day` on which something changes that the lines of some people rest on: lines set for
/// them, recusals, what they hold and which instruments let them rate; where the units above them hang and
/// who heads these; the ruling policy.
pub(crate) async fn next_change(
    conn: &mut PgConnection,
    people: &[Uuid],
    units: &[Uuid],
    day: Date,
) -> Result<Option<Date>, sqlx::Error> {
    let next = sqlx::query_scalar!(
        r#"
        WITH heads AS MATERIALIZED (
            SELECT position_id, opened_on, closed_on FROM positions WHERE unit_id = ANY ($2) AND heads_unit
        ), held AS MATERIALIZED (
            SELECT position_id, from_on, until_on FROM assignments WHERE employee_id = ANY ($1)
            UNION ALL
            SELECT a.position_id, a.from_on, a.until_on FROM heads JOIN assignments a USING (position_id)
        ), terms AS (
            SELECT from_on, until_on FROM held
            UNION ALL SELECT opened_on, closed_on FROM heads
            UNION ALL SELECT from_on, NULL FROM reporting_lines WHERE employee_id = ANY ($1)
            UNION ALL SELECT from_on, until_on FROM recusals WHERE employee_id = ANY ($1)
            UNION ALL SELECT from_on, until_on FROM delegations WHERE employee_id = ANY ($1)
            UNION ALL SELECT from_on, until_on FROM delegations
                WHERE position_id = ANY (ARRAY(SELECT position_id FROM held UNION SELECT position_id FROM heads))
            UNION ALL SELECT from_on, NULL FROM unit_parents WHERE unit_id = ANY ($2)
            UNION ALL SELECT from_on, NULL FROM policy_versions
        )
        SELECT min(at.day) AS "day: jiff_sqlx::Date"
        FROM terms
        CROSS JOIN LATERAL (VALUES (terms.from_on), (terms.until_on)) AS at (day)
        WHERE at.day > $3
        "#,
        people,
        units,
        day.to_sqlx() as _,
    )
    .fetch_one(conn)
    .await?;
    Ok(next.map(jiff_sqlx::Date::to_jiff))
}

/// Some people, and everybody whose rater or rater's superior any of them may be on a day or later: those
/// placed in some units and in units they lead, and below these, and those whom a line names one of them for.
/// As many probes as there are such people and units, however many others there are.
pub(crate) async fn touched(
    conn: &mut PgConnection,
    officials: &[Uuid],
    units: &[Uuid],
    day: Date,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        WITH RECURSIVE officials AS (
            SELECT given.employee_id FROM unnest($1::uuid[]) AS given (employee_id)
            UNION
            SELECT l.employee_id
            FROM unnest($1::uuid[]) AS given (employee_id)
            CROSS JOIN LATERAL (
                SELECT employee_id FROM reporting_lines WHERE rater_employee_id = given.employee_id OFFSET 0) AS l
        ), below AS (
            SELECT given.unit_id FROM unnest($2::uuid[]) AS given (unit_id)
            UNION
            SELECT led.unit_id
            FROM officials
            CROSS JOIN LATERAL (
                SELECT p.unit_id
                FROM assignments a
                JOIN positions p USING (tenant_id, position_id)
                WHERE a.employee_id = officials.employee_id AND p.heads_unit
                    AND (a.until_on IS NULL OR a.until_on >= $3)
                OFFSET 0) AS led
            UNION
            SELECT up.unit_id
            FROM below
            CROSS JOIN LATERAL (
                SELECT unit_id FROM unit_parents WHERE parent_unit_id = below.unit_id OFFSET 0) AS up
        )
        SELECT employee_id AS "employee_id!" FROM officials
        UNION
        SELECT l.employee_id
        FROM officials
        CROSS JOIN LATERAL (
            SELECT employee_id FROM reporting_lines WHERE rater_employee_id = officials.employee_id OFFSET 0) AS l
        UNION
        SELECT employee_id FROM recusals WHERE delegate_employee_id = ANY ($1)
        UNION
        SELECT placed.employee_id
        FROM below
        CROSS JOIN LATERAL (
            SELECT employee_id FROM assignments a
            WHERE a.unit_id = below.unit_id AND a.kind = 'DEFINITIVE' AND (a.until_on IS NULL OR a.until_on > $3)
            OFFSET 0) AS placed
        "#,
        officials,
        units,
        day.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await
}

/// Everybody who may have a rater on a day or later: who is placed in a unit, and whom a line was set for.
pub(crate) async fn rated(conn: &mut PgConnection, day: Date) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT employee_id AS "employee_id!"
        FROM assignments
        WHERE kind = 'DEFINITIVE' AND (until_on IS NULL OR until_on > $1)
        UNION
        SELECT employee_id FROM reporting_lines
        "#,
        day.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await
}

/// What is known on a day, today in the tenant's zone without one, about the lines of some people: their
/// units up to the root with who leads them, the rater set for them, who stands aside, and the policy that
/// rules. People that do not exist are left out; None when nobody is left.
pub(crate) async fn lines(
    conn: &mut PgConnection,
    ids: &[Uuid],
    on: Option<Date>,
    now: Timestamp,
) -> Result<Option<Lines>, sqlx::Error> {
    let rows = sqlx::query_as!(
        LineRow,
        r#"
        WITH RECURSIVE today AS MATERIALIZED (
            SELECT coalesce($2, ($3::timestamptz AT TIME ZONE time_zone)::date) AS day
            FROM tenants
            WHERE tenant_id = current_tenant()
        ), ruling AS MATERIALIZED (
            SELECT today.day, p.version, p.lowest_rater_kind, p.delegation_allowed
            FROM today
            CROSS JOIN policy_versions p
            WHERE p.from_on <= greatest(today.day, (SELECT min(first.from_on) FROM policy_versions first))
            ORDER BY p.from_on DESC
            LIMIT 1
        ), path AS (
            SELECT e.employee_id, display_name(e.front_title, e.name, e.back_title) AS name, own.unit_id, 0 AS depth
            FROM ruling
            -- The limit cuts nothing off: with it a plan for any number of people looks as cheap as one for a
            -- single person and is kept. Made anew for each call it takes ten times as long as all the rest.
            CROSS JOIN (SELECT DISTINCT unnest($1::uuid[]) LIMIT cardinality($1)) AS asked (employee_id)
            CROSS JOIN LATERAL (
                SELECT p.tenant_id, p.employee_id, p.front_title, p.name, p.back_title
                FROM employees p WHERE p.employee_id = asked.employee_id LIMIT 1) AS e
            LEFT JOIN LATERAL (
                SELECT a.unit_id FROM assignments a
                WHERE a.tenant_id = e.tenant_id AND a.employee_id = e.employee_id AND a.kind = 'DEFINITIVE'
                    AND a.from_on <= ruling.day AND (a.until_on IS NULL OR a.until_on > ruling.day)
                ORDER BY a.from_on DESC LIMIT 1) AS own ON true
            UNION ALL
            SELECT path.employee_id, path.name, above.parent_unit_id, path.depth + 1
            FROM path
            CROSS JOIN ruling
            CROSS JOIN LATERAL (
                SELECT up.parent_unit_id FROM unit_parents up
                WHERE up.unit_id = path.unit_id AND up.from_on <= ruling.day
                ORDER BY up.from_on DESC LIMIT 1) AS above
            WHERE above.parent_unit_id IS NOT NULL AND path.depth < 32
        )
        SELECT ruling.day AS "day!", ruling.version AS "version!",
            ruling.lowest_rater_kind AS "lowest_rater_kind!", ruling.delegation_allowed AS "delegation_allowed!",
            path.employee_id AS "employee_id!", path.name AS "name!",
            office.position_id AS "office_position_id?", office.position_name AS "office_position_name?",
            office.position_kind AS "office_position_kind?", office.capacity AS "office_capacity?",
            office.instrument_number AS "office_instrument_number?", office.instrument_on AS "office_instrument_on?",
            path.unit_id AS "unit_id?", named.name AS "unit_name?", held.holder_id AS "holder_id?",
            leader.employee_id AS "leader_id?", leader.name AS "leader_name?",
            coalesce(held.acting_as, 'DEFINITIVE') AS "capacity?",
            head.position_id AS "position_id?", head.name AS "position_name?", head.kind AS "position_kind?",
            given.instrument_number AS "instrument_number?", given.instrument_on AS "instrument_on?",
            explicit.rater_employee_id AS "explicit_id?", explicit.name AS "explicit_name?",
            explicit.position_id AS "explicit_position_id?", explicit.position_name AS "explicit_position_name?",
            explicit.position_kind AS "explicit_position_kind?", explicit.capacity AS "explicit_capacity?",
            explicit.instrument_number AS "explicit_instrument_number?",
            explicit.instrument_on AS "explicit_instrument_on?",
            aside.recusals AS "recusals?: sqlx::types::Json<Vec<RecusalRow>>"
        FROM ruling
        CROSS JOIN path
        LEFT JOIN LATERAL (
            SELECT n.name FROM unit_names n
            WHERE n.unit_id = path.unit_id AND n.from_on <= ruling.day
            ORDER BY n.from_on DESC LIMIT 1) AS named ON true
        LEFT JOIN LATERAL (
            SELECT p.position_id, p.name, p.kind FROM positions p
            WHERE p.unit_id = path.unit_id AND p.heads_unit
                AND p.opened_on <= ruling.day AND (p.closed_on IS NULL OR p.closed_on > ruling.day)
            LIMIT 1) AS head ON true
        LEFT JOIN LATERAL (
            SELECT (array_agg(a.employee_id) FILTER (WHERE a.kind = 'DEFINITIVE'))[1] AS holder_id,
                (array_agg(a.employee_id ORDER BY a.from_on DESC) FILTER (WHERE a.kind <> 'DEFINITIVE'))[1] AS acting_id,
                (array_agg(a.kind ORDER BY a.from_on DESC) FILTER (WHERE a.kind <> 'DEFINITIVE'))[1] AS acting_as
            FROM assignments a
            WHERE a.position_id = head.position_id
                AND a.from_on <= ruling.day AND (a.until_on IS NULL OR a.until_on > ruling.day)) AS held ON true
        LEFT JOIN LATERAL (
            SELECT l.employee_id, display_name(l.front_title, l.name, l.back_title) AS name FROM employees l
            WHERE l.employee_id = CASE WHEN held.acting_id IS NULL THEN held.holder_id ELSE held.acting_id END
            LIMIT 1) AS leader ON true
        LEFT JOIN LATERAL delegation_on(leader.employee_id, head.position_id, ruling.day) AS given ON true
        LEFT JOIN LATERAL (
            SELECT position_id, position_name, position_kind, capacity, instrument_number, instrument_on
            FROM office_on(path.employee_id, ruling.day)
            WHERE path.depth = 0
            OFFSET 0) AS office ON true
        LEFT JOIN LATERAL (
            SELECT l.rater_employee_id, r.name, o.*
            FROM (SELECT rater_employee_id FROM reporting_lines
                  WHERE path.depth = 0 AND employee_id = path.employee_id AND from_on <= ruling.day
                  ORDER BY from_on DESC LIMIT 1) AS l
            CROSS JOIN LATERAL (
                SELECT display_name(e.front_title, e.name, e.back_title) AS name FROM employees e
                WHERE e.employee_id = l.rater_employee_id LIMIT 1) AS r
            LEFT JOIN LATERAL office_on(l.rater_employee_id, ruling.day) AS o ON true) AS explicit ON true
        LEFT JOIN LATERAL (
            SELECT jsonb_agg(jsonb_build_object('rater', r.rater_employee_id, 'delegate', r.delegate_employee_id,
                'name', d.name, 'position', o.position_id, 'position_name', o.position_name,
                'position_kind', o.position_kind, 'capacity', o.capacity,
                'number', r.instrument_number, 'dated_on', r.instrument_on) ORDER BY r.recusal_id) AS recusals
            FROM recusals r
            LEFT JOIN LATERAL (
                SELECT display_name(e.front_title, e.name, e.back_title) AS name FROM employees e
                WHERE e.employee_id = r.delegate_employee_id LIMIT 1) AS d ON true
            LEFT JOIN LATERAL office_on(r.delegate_employee_id, ruling.day) AS o ON true
            WHERE path.depth = 0 AND r.employee_id = path.employee_id
                AND r.from_on <= ruling.day AND (r.until_on IS NULL OR r.until_on > ruling.day)) AS aside ON true
        ORDER BY path.employee_id, path.depth
        "#,
        ids,
        sql_date(on) as _,
        now.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await?;
    line_rows::fold(rows)
}
