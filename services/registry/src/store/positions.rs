use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{civil, decode, sql_date};
use crate::domain::{Position, PositionId, PositionLevel, Rung, UnitId};

struct Row {
    position_id: Uuid,
    unit_id: Uuid,
    code: Option<String>,
    name: String,
    kind: String,
    level: Option<String>,
    class: Option<i16>,
    heads_unit: bool,
    seats: i32,
    technical_duties: Vec<String>,
    opened_on: jiff_sqlx::Date,
    closed_on: Option<jiff_sqlx::Date>,
    revision: i64,
}

impl TryFrom<Row> for Position {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        let level = row.level.as_deref().map(str::parse::<PositionLevel>).transpose();
        Ok(Self {
            id: row.position_id.into(),
            unit: row.unit_id.into(),
            code: row.code,
            name: row.name,
            rung: decode(Rung::try_new(decode(row.kind.parse())?, decode(level)?))?,
            class: row.class,
            heads_unit: row.heads_unit,
            seats: row.seats,
            technical_duties: row.technical_duties,
            opened_on: row.opened_on.to_jiff(),
            closed_on: civil(row.closed_on),
            revision: row.revision,
        })
    }
}

pub(crate) async fn insert(
    conn: &mut PgConnection,
    position: &Position,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO positions
            (position_id, unit_id, code, name, kind, level, class, heads_unit, seats, technical_duties,
             opened_on, closed_on, created_at, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        "#,
        position.id.uuid(),
        position.unit.uuid(),
        position.code,
        position.name,
        position.rung.kind().as_str(),
        position.rung.level().map(PositionLevel::as_str),
        position.class,
        position.heads_unit,
        position.seats,
        &position.technical_duties,
        position.opened_on.to_sqlx() as _,
        sql_date(position.closed_on) as _,
        now.to_sqlx() as _,
        position.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn update(
    conn: &mut PgConnection,
    position: &Position,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE positions
        SET code = $2, name = $3, kind = $4, level = $5, class = $6, heads_unit = $7, seats = $8,
            technical_duties = $9, closed_on = $10, revision = $11
        WHERE position_id = $1
        "#,
        position.id.uuid(),
        position.code,
        position.name,
        position.rung.kind().as_str(),
        position.rung.level().map(PositionLevel::as_str),
        position.class,
        position.heads_unit,
        position.seats,
        &position.technical_duties,
        sql_date(position.closed_on) as _,
        position.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn get(
    conn: &mut PgConnection,
    id: PositionId,
) -> Result<Option<Position>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT position_id, unit_id, code, name, kind, level, class, heads_unit, seats, technical_duties,
            opened_on, closed_on, revision
        FROM positions
        WHERE position_id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?
    .map(Position::try_from)
    .transpose()
}

/// Reads one position and locks its row until the transaction ends: seats are counted under this lock.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    id: PositionId,
) -> Result<Option<Position>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT position_id, unit_id, code, name, kind, level, class, heads_unit, seats, technical_duties,
            opened_on, closed_on, revision
        FROM positions
        WHERE position_id = $1
        FOR UPDATE
        "#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?
    .map(Position::try_from)
    .transpose()
}

/// Up to `limit` positions after `after`, by id.
pub(crate) async fn list(
    conn: &mut PgConnection,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Position>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT position_id, unit_id, code, name, kind, level, class, heads_unit, seats, technical_duties,
            opened_on, closed_on, revision
        FROM positions
        WHERE position_id > $1
        ORDER BY position_id
        LIMIT $2
        "#,
        after,
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Position::try_from)
    .collect()
}

/// Up to `limit` positions of a unit after `after`, by id.
pub(crate) async fn of_unit(
    conn: &mut PgConnection,
    unit: UnitId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Position>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT position_id, unit_id, code, name, kind, level, class, heads_unit, seats, technical_duties,
            opened_on, closed_on, revision
        FROM positions
        WHERE unit_id = $1 AND position_id > $2
        ORDER BY position_id
        LIMIT $3
        "#,
        unit.uuid(),
        after,
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Position::try_from)
    .collect()
}

/// Everybody who holds the position, or acts in it, on a day or later; whether definitively.
pub(crate) async fn holders_from(
    conn: &mut PgConnection,
    position: PositionId,
    from_on: Date,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT DISTINCT employee_id
        FROM assignments
        WHERE position_id = $1 AND (until_on IS NULL OR until_on > $2)
        ORDER BY employee_id
        "#,
        position.uuid(),
        from_on.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await
}
