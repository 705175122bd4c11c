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
