//! The tree of units as of a day: downwards, upwards, and whether it closes a ring.

use jiff::civil::Date;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::UnitId;

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

/// A unit and those below it that are open on a day, each as the way from the root down: up to `limit`
/// after one of them.
pub(crate) async fn subtree(
    conn: &mut PgConnection,
    root: UnitId,
    day: Date,
    after: Option<&[Uuid]>,
    limit: i64,
) -> Result<Vec<Vec<Uuid>>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        WITH RECURSIVE walk AS (
            SELECT CASE WHEN $3::uuid[] IS NULL THEN 1::bigint ELSE 0 END AS nth,
                CASE WHEN $3::uuid[] IS NULL THEN ARRAY[unit_id] ELSE $3 END AS path
            FROM units
            WHERE unit_id = $1
            UNION ALL
            SELECT walk.nth + 1, next.path
            FROM walk
            CROSS JOIN LATERAL (SELECT next_unit(walk.path, $2) AS path OFFSET 0) AS next
            WHERE walk.nth < $4 AND next.path IS NOT NULL
        )
        SELECT path AS "path!"
        FROM walk
        WHERE nth > 0
        ORDER BY nth
        "#,
        root.uuid(),
        day.to_sqlx() as _,
        after,
        limit,
    )
    .fetch_all(conn)
    .await
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

/// Who leads some units, or units that they ever lay below, on a day or later: definitive holders of the head's
/// position and those who act in it.
pub(crate) async fn leaders(
    conn: &mut PgConnection,
    units: &[Uuid],
    from_on: Date,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        WITH RECURSIVE above AS (
            SELECT given.unit_id FROM unnest($1::uuid[]) AS given (unit_id)
            UNION
            SELECT up.parent_unit_id
            FROM above
            CROSS JOIN LATERAL (
                SELECT parent_unit_id FROM unit_parents
                WHERE unit_id = above.unit_id AND parent_unit_id IS NOT NULL
                OFFSET 0) AS up
        )
        SELECT DISTINCT a.employee_id
        FROM above
        JOIN positions p USING (unit_id)
        JOIN assignments a USING (tenant_id, position_id)
        WHERE p.heads_unit AND (a.until_on IS NULL OR a.until_on > $2)
        "#,
        units,
        from_on.to_sqlx() as _,
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
