use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx as _;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{civil, decode, sql_date};
use crate::domain::{Unit, UnitId};

/// A unit as of a day.
#[derive(Debug)]
pub(crate) struct UnitView {
    pub(crate) unit_id: Uuid,
    pub(crate) code: Option<String>,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) parent_unit_id: Option<Uuid>,
    pub(crate) opened_on: jiff_sqlx::Date,
    pub(crate) closed_on: Option<jiff_sqlx::Date>,
    pub(crate) revision: i64,
    /// Steps below the unit asked for.
    pub(crate) depth: i32,
}

/// A name or a place, by start.
#[derive(Debug)]
pub(crate) struct UnitChangeRow {
    pub(crate) from_on: jiff_sqlx::Date,
    /// None for a change of place.
    pub(crate) name: Option<String>,
    pub(crate) parent_unit_id: Option<Uuid>,
}

/// Where a page of changes ended; of one day the name comes before the place.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ChangeKey {
    pub(crate) from_on: Date,
    pub(crate) is_name: bool,
}

pub(crate) async fn insert(
    conn: &mut PgConnection,
    unit: &Unit,
    name: &str,
    parent: Option<UnitId>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO units (unit_id, code, kind, opened_on, closed_on, created_at, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        "#,
        unit.id.uuid(),
        unit.code,
        unit.kind.as_str(),
        unit.opened_on.to_sqlx() as _,
        sql_date(unit.closed_on) as _,
        now.to_sqlx() as _,
        unit.revision,
    )
    .execute(&mut *conn)
    .await?;
    set_name(conn, unit.id, unit.opened_on, name).await?;
    set_parent(conn, unit.id, unit.opened_on, parent).await
}

/// Sets the name from a day on; one that was set for the same day is replaced.
pub(crate) async fn set_name(
    conn: &mut PgConnection,
    unit: UnitId,
    from_on: Date,
    name: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO unit_names (unit_id, from_on, name)
        VALUES ($1, $2, $3)
        ON CONFLICT (tenant_id, unit_id, from_on) DO UPDATE SET name = excluded.name
        "#,
        unit.uuid(),
        from_on.to_sqlx() as _,
        name,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets the parent from a day on; one that was set for the same day is replaced.
pub(crate) async fn set_parent(
    conn: &mut PgConnection,
    unit: UnitId,
    from_on: Date,
    parent: Option<UnitId>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO unit_parents (unit_id, from_on, parent_unit_id)
        VALUES ($1, $2, $3)
        ON CONFLICT (tenant_id, unit_id, from_on) DO UPDATE SET parent_unit_id = excluded.parent_unit_id
        "#,
        unit.uuid(),
        from_on.to_sqlx() as _,
        parent.map(UnitId::uuid),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores what a unit is, and one more revision.
pub(crate) async fn update(conn: &mut PgConnection, unit: &Unit) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE units SET closed_on = $2, revision = $3 WHERE unit_id = $1",
        unit.id.uuid(),
        sql_date(unit.closed_on) as _,
        unit.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives those of some ids that are units one more revision, and tells which they are.
pub(crate) async fn touch(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        UPDATE units u
        SET revision = u.revision + 1
        FROM (SELECT tenant_id, unit_id FROM units WHERE unit_id = ANY ($1) ORDER BY unit_id FOR UPDATE) AS locked
        WHERE u.tenant_id = locked.tenant_id AND u.unit_id = locked.unit_id
        RETURNING u.unit_id
        "#,
        ids,
    )
    .fetch_all(conn)
    .await
}

/// Reads one unit and locks its row until the transaction ends.
pub(crate) async fn lock(conn: &mut PgConnection, id: UnitId) -> Result<Option<Unit>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT unit_id, code, kind, opened_on, closed_on, revision
        FROM units
        WHERE unit_id = $1
        FOR UPDATE
        "#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Unit {
            id: row.unit_id.into(),
            code: row.code,
            kind: decode(row.kind.parse())?,
            opened_on: row.opened_on.to_jiff(),
            closed_on: civil(row.closed_on),
            revision: row.revision,
        })
    })
    .transpose()
}

pub(crate) async fn exists(conn: &mut PgConnection, id: UnitId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM units WHERE unit_id = $1) AS "exists!""#,
        id.uuid(),
    )
    .fetch_one(conn)
    .await
}

/// Units as of a day, in the order of the ids; of one that begins later, its beginning.
pub(crate) async fn views(
    conn: &mut PgConnection,
    ids: &[Uuid],
    day: Date,
) -> Result<Vec<UnitView>, sqlx::Error> {
    sqlx::query_as!(
        UnitView,
        r#"
        SELECT u.unit_id, u.code, n.name, u.kind, p.parent_unit_id, u.opened_on, u.closed_on, u.revision,
            0 AS "depth!"
        FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (unit_id, nth)
        JOIN units u ON u.unit_id = wanted.unit_id
        CROSS JOIN LATERAL (
            SELECT n.name FROM unit_names n
            WHERE n.tenant_id = u.tenant_id AND n.unit_id = u.unit_id AND n.from_on <= greatest($2, u.opened_on)
            ORDER BY n.from_on DESC LIMIT 1) n
        CROSS JOIN LATERAL (
            SELECT p.parent_unit_id FROM unit_parents p
            WHERE p.tenant_id = u.tenant_id AND p.unit_id = u.unit_id AND p.from_on <= greatest($2, u.opened_on)
            ORDER BY p.from_on DESC LIMIT 1) p
        ORDER BY wanted.nth
        "#,
        ids,
        day.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await
}

/// Up to `limit` units, closed ones too, by id.
pub(crate) async fn every(
    conn: &mut PgConnection,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT unit_id FROM units WHERE unit_id > $1 ORDER BY unit_id LIMIT $2",
        after,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// Up to `limit` units that are open on a day, by id.
pub(crate) async fn list(
    conn: &mut PgConnection,
    day: Date,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT unit_id
        FROM units
        WHERE unit_id > $2 AND opened_on <= $1 AND (closed_on IS NULL OR closed_on > $1)
        ORDER BY unit_id
        LIMIT $3
        "#,
        day.to_sqlx() as _,
        after,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// Up to `limit` units directly below one that are open on a day, by id.
pub(crate) async fn children(
    conn: &mut PgConnection,
    parent: UnitId,
    day: Date,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT p.unit_id
        FROM unit_parents p
        JOIN units u USING (tenant_id, unit_id)
        WHERE p.parent_unit_id = $1 AND p.unit_id > $3
            AND u.opened_on <= $2 AND (u.closed_on IS NULL OR u.closed_on > $2)
            AND p.from_on = (
                SELECT max(newest.from_on) FROM unit_parents newest
                WHERE newest.tenant_id = p.tenant_id AND newest.unit_id = p.unit_id AND newest.from_on <= $2)
        ORDER BY p.unit_id
        LIMIT $4
        "#,
        parent.uuid(),
        day.to_sqlx() as _,
        after,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// The unit and those below it that are open on a day, nearest first: up to `limit` after a place in
/// that order.
pub(crate) async fn subtree(
    conn: &mut PgConnection,
    root: UnitId,
    day: Date,
    after: (i32, Uuid),
    limit: i64,
) -> Result<Vec<(Uuid, i32)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        WITH RECURSIVE below AS (
            SELECT u.tenant_id, u.unit_id, 0 AS depth FROM units u WHERE u.unit_id = $1
            UNION ALL
            SELECT p.tenant_id, p.unit_id, below.depth + 1
            FROM below
            JOIN unit_parents p ON p.tenant_id = below.tenant_id AND p.parent_unit_id = below.unit_id
            JOIN units u ON u.tenant_id = p.tenant_id AND u.unit_id = p.unit_id
            WHERE below.depth < 32
                AND u.opened_on <= $2 AND (u.closed_on IS NULL OR u.closed_on > $2)
                AND p.from_on = (
                    SELECT max(newest.from_on) FROM unit_parents newest
                    WHERE newest.tenant_id = p.tenant_id AND newest.unit_id = p.unit_id AND newest.from_on <= $2)
        )
        SELECT unit_id AS "unit_id!", depth AS "depth!"
        FROM below
        WHERE (depth, unit_id) > ($3::int, $4::uuid)
        ORDER BY depth, unit_id
        LIMIT $5
        "#,
        root.uuid(),
        day.to_sqlx() as _,
        after.0,
        after.1,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.unit_id, row.depth)).collect())
}

/// The day a call is about, today in the tenant's zone without one; and the unit and those below it that
/// are open on that day, by id, from `from` on. None for an unknown tenant.
pub(crate) async fn subtree_ids(
    conn: &mut PgConnection,
    root: UnitId,
    on: Option<Date>,
    from: Option<Uuid>,
    now: Timestamp,
) -> Result<Option<(Date, Vec<Uuid>)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        WITH RECURSIVE today AS MATERIALIZED (
            SELECT coalesce($2, ($4::timestamptz AT TIME ZONE time_zone)::date) AS day
            FROM tenants
            WHERE tenant_id = current_tenant()
        ), below AS (
            SELECT u.tenant_id, u.unit_id, 0 AS depth FROM units u WHERE u.unit_id = $1
            UNION ALL
            SELECT p.tenant_id, p.unit_id, below.depth + 1
            FROM below
            CROSS JOIN today
            JOIN unit_parents p ON p.tenant_id = below.tenant_id AND p.parent_unit_id = below.unit_id
            JOIN units u ON u.tenant_id = p.tenant_id AND u.unit_id = p.unit_id
            WHERE below.depth < 32
                AND u.opened_on <= today.day AND (u.closed_on IS NULL OR u.closed_on > today.day)
                AND p.from_on = (
                    SELECT max(newest.from_on) FROM unit_parents newest
                    WHERE newest.tenant_id = p.tenant_id AND newest.unit_id = p.unit_id AND newest.from_on <= today.day)
        )
        SELECT day AS "day!",
            ARRAY(SELECT unit_id FROM below WHERE $3::uuid IS NULL OR unit_id >= $3 ORDER BY unit_id) AS "units!"
        FROM today
        "#,
        root.uuid(),
        sql_date(on) as _,
        from,
        now.to_sqlx() as _,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.day.to_jiff(), row.units)))
}

/// Whether the way up from a unit leads back to it on a day.
pub(crate) async fn is_in_ring(
    conn: &mut PgConnection,
    unit: UnitId,
    day: Date,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        WITH RECURSIVE path AS (
            SELECT $1::uuid AS unit_id, 0 AS depth
            UNION ALL
            SELECT up.parent_unit_id, path.depth + 1
            FROM path
            CROSS JOIN LATERAL (
                SELECT p.parent_unit_id FROM unit_parents p
                WHERE p.unit_id = path.unit_id AND p.from_on <= $2
                ORDER BY p.from_on DESC LIMIT 1) up
            WHERE up.parent_unit_id IS NOT NULL AND path.depth < 64
        )
        SELECT EXISTS (SELECT FROM path WHERE unit_id = $1 AND depth > 0) AS "is_in_ring!"
        "#,
        unit.uuid(),
        day.to_sqlx() as _,
    )
    .fetch_one(conn)
    .await
}

/// Who leads some units on a day: definitive holders of the head's position and those who act in it.
pub(crate) async fn leaders(
    conn: &mut PgConnection,
    units: &[Uuid],
    day: Date,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT DISTINCT a.employee_id
        FROM positions p
        JOIN assignments a USING (tenant_id, position_id)
        WHERE p.unit_id = ANY ($1) AND p.heads_unit
            AND a.from_on <= $2 AND (a.until_on IS NULL OR a.until_on > $2)
        "#,
        units,
        day.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await
}

/// Days from `from_on` on at which a unit hangs elsewhere than the day before: when a ring could close.
pub(crate) async fn move_days(
    conn: &mut PgConnection,
    from_on: Date,
) -> Result<Vec<Date>, sqlx::Error> {
    let days = sqlx::query_scalar!(
        "SELECT DISTINCT from_on FROM unit_parents WHERE from_on > $1 ORDER BY from_on",
        from_on.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await?;
    Ok(days.into_iter().map(jiff_sqlx::Date::to_jiff).collect())
}

/// Whether, from a day on, a unit lies below this one or a position of it is open.
pub(crate) async fn is_used(
    conn: &mut PgConnection,
    unit: UnitId,
    from_on: Date,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM positions
            WHERE unit_id = $1 AND (closed_on IS NULL OR closed_on > $2)
        ) OR EXISTS (
            SELECT FROM unit_parents p
            JOIN units u USING (tenant_id, unit_id)
            WHERE p.parent_unit_id = $1 AND (u.closed_on IS NULL OR u.closed_on > $2)
                AND p.from_on = (
                    SELECT max(newest.from_on) FROM unit_parents newest
                    WHERE newest.tenant_id = p.tenant_id AND newest.unit_id = p.unit_id AND newest.from_on <= $2)
        ) AS "is_used!"
        "#,
        unit.uuid(),
        from_on.to_sqlx() as _,
    )
    .fetch_one(conn)
    .await
}

/// Up to `limit` names and places of a unit, the newest first.
pub(crate) async fn history(
    conn: &mut PgConnection,
    unit: UnitId,
    before: Option<ChangeKey>,
    limit: i64,
) -> Result<Vec<UnitChangeRow>, sqlx::Error> {
    let (from_on, is_name) = before.map_or((Date::MAX, true), |key| (key.from_on, key.is_name));
    sqlx::query_as!(
        UnitChangeRow,
        r#"
        SELECT from_on AS "from_on!", name, parent_unit_id
        FROM (
            SELECT from_on, name, NULL::uuid AS parent_unit_id, true AS is_name FROM unit_names WHERE unit_id = $1
            UNION ALL
            SELECT from_on, NULL, parent_unit_id, false FROM unit_parents WHERE unit_id = $1
        ) AS changes
        WHERE (from_on, is_name) < ($2::date, $3::boolean)
        ORDER BY from_on DESC, is_name DESC
        LIMIT $4
        "#,
        unit.uuid(),
        from_on.to_sqlx() as _,
        is_name,
        limit,
    )
    .fetch_all(conn)
    .await
}
