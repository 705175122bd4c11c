use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{meaningless, word, year};
use crate::domain::cycle::{Cycle, CycleId, CycleState, Round, Window};

struct Row {
    cycle_id: Uuid,
    year: i32,
    kind: String,
    ordinal: i16,
    policy_id: String,
    opens_at: jiff_sqlx::Timestamp,
    closes_at: jiff_sqlx::Timestamp,
    state: String,
    created_at: jiff_sqlx::Timestamp,
    revision: i64,
}

/// Adds a cycle with its first window; false if the year has one of this kind and number.
pub(crate) async fn insert(conn: &mut PgConnection, cycle: &Cycle) -> Result<bool, sqlx::Error> {
    let (starts_on, ends_on) = cycle.round.days().ok_or_else(|| meaningless("round"))?;
    let inserted = sqlx::query!(
        r#"
        INSERT INTO cycles
            (cycle_id, year, kind, ordinal, starts_on, ends_on, policy_id, opens_at, closes_at, state,
             created_at, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (tenant_id, year, kind, ordinal) DO NOTHING
        "#,
        cycle.id.uuid(),
        i32::from(cycle.round.year),
        cycle.round.kind.word(),
        cycle.round.ordinal,
        starts_on.to_sqlx() as _,
        ends_on.to_sqlx() as _,
        cycle.policy_id.as_str(),
        cycle.window.opens_at.to_sqlx() as _,
        cycle.window.closes_at.to_sqlx() as _,
        cycle.state.word(),
        cycle.created_at.to_sqlx() as _,
        cycle.revision,
    )
    .execute(&mut *conn)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    insert_window(conn, cycle.id, cycle.window, cycle.created_at).await?;
    Ok(true)
}

/// A window that the cycle had before is not made twice.
async fn insert_window(
    conn: &mut PgConnection,
    id: CycleId,
    window: Window,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO cycle_windows (cycle_id, opens_at, closes_at, decided_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant_id, cycle_id, opens_at, closes_at) DO NOTHING
        "#,
        id.uuid(),
        window.opens_at.to_sqlx() as _,
        window.closes_at.to_sqlx() as _,
        at.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn get(
    conn: &mut PgConnection,
    id: CycleId,
) -> Result<Option<Cycle>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT cycle_id, year, kind, ordinal, policy_id, opens_at, closes_at, state, created_at, revision
        FROM cycles
        WHERE cycle_id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?
    .map(Cycle::try_from)
    .transpose()
}

/// Reads one cycle and locks its row until the transaction ends.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    id: CycleId,
) -> Result<Option<Cycle>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT cycle_id, year, kind, ordinal, policy_id, opens_at, closes_at, state, created_at, revision
        FROM cycles
        WHERE cycle_id = $1
        FOR UPDATE
        "#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?
    .map(Cycle::try_from)
    .transpose()
}

/// Stores state and window of a locked cycle.
pub(crate) async fn update(
    conn: &mut PgConnection,
    cycle: &Cycle,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    insert_window(&mut *conn, cycle.id, cycle.window, at).await?;
    sqlx::query!(
        r#"
        UPDATE cycles
        SET opens_at = $2, closes_at = $3, state = $4, revision = $5
        WHERE cycle_id = $1
        "#,
        cycle.id.uuid(),
        cycle.window.opens_at.to_sqlx() as _,
        cycle.window.closes_at.to_sqlx() as _,
        cycle.state.word(),
        cycle.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lists up to `limit` cycles that were laid out before `before`, the latest first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    before: Option<CycleId>,
    limit: i64,
) -> Result<Vec<Cycle>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT cycle_id, year, kind, ordinal, policy_id, opens_at, closes_at, state, created_at, revision
        FROM cycles
        WHERE $1::uuid IS NULL OR cycle_id < $1
        ORDER BY cycle_id DESC
        LIMIT $2
        "#,
        before.map(CycleId::uuid),
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Cycle::try_from)
    .collect()
}

impl TryFrom<Row> for Cycle {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        Ok(Self {
            id: row.cycle_id.into(),
            round: Round { year: year(row.year)?, kind: word(&row.kind)?, ordinal: row.ordinal },
            policy_id: word(&row.policy_id)?,
            window: Window { opens_at: row.opens_at.to_jiff(), closes_at: row.closes_at.to_jiff() },
            state: word::<CycleState>(&row.state)?,
            created_at: row.created_at.to_jiff(),
            revision: row.revision,
        })
    }
}
