use std::collections::HashMap;

use jiff::{civil::Date, tz::TimeZone};
use jiff_sqlx::{Timestamp as SqlTimestamp, ToSqlx as _};
use kinerja_kit::id::Id;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{meaningless, named};
use crate::domain::{Named as _, Period, PeriodId, PeriodState, Span, Window, WindowDays};

struct Row {
    period_id: Uuid,
    annual_period_id: Uuid,
    year: i32,
    kind: String,
    ordinal: i32,
    name: String,
    time_zone: String,
    state: String,
    created_at: SqlTimestamp,
    revision: i64,
}

impl Row {
    fn period(self, windows: Vec<Window>) -> Result<Period, sqlx::Error> {
        let span = Span::new(self.year, named(&self.kind)?, self.ordinal);
        Ok(Period {
            id: Id::from(self.period_id),
            annual_id: Id::from(self.annual_period_id),
            span: span.map_err(|_| meaningless(self.kind))?,
            name: self.name,
            time_zone: TimeZone::get(&self.time_zone).map_err(|_| meaningless(self.time_zone))?,
            state: named(&self.state)?,
            windows,
            created_at: self.created_at.to_jiff(),
            revision: self.revision,
        })
    }
}

pub(crate) async fn insert(conn: &mut PgConnection, period: &Period) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO periods (period_id, annual_period_id, year, kind, ordinal, name, starts_on, ends_on,
            time_zone, state, created_at, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        "#,
        period.id.uuid(),
        period.annual_id.uuid(),
        period.span.year(),
        period.span.kind().name(),
        period.span.ordinal(),
        period.name,
        period.span.starts_on().to_sqlx() as _,
        period.span.ends_on().to_sqlx() as _,
        period.time_zone.iana_name(),
        period.state.name(),
        period.created_at.to_sqlx() as _,
        period.revision,
    )
    .execute(&mut *conn)
    .await?;
    for window in &period.windows {
        set_window(&mut *conn, period.id, window).await?;
    }
    Ok(())
}

/// Adds a window, or moves the one of its kind together with every row that it rules.
pub(crate) async fn set_window(
    conn: &mut PgConnection,
    period: PeriodId,
    window: &Window,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO period_windows (period_id, kind, opens_on, closes_on, opens_at, closes_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (tenant_id, period_id, kind) DO UPDATE
        SET opens_on = excluded.opens_on, closes_on = excluded.closes_on, opens_at = excluded.opens_at,
            closes_at = excluded.closes_at
        "#,
        period.uuid(),
        window.days.kind.name(),
        window.days.opens_on.to_sqlx() as _,
        window.days.closes_on.to_sqlx() as _,
        window.opens_at.to_sqlx() as _,
        window.closes_at.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn update_state(
    conn: &mut PgConnection,
    period: &Period,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE periods SET state = $2, revision = $3 WHERE period_id = $1",
        period.id.uuid(),
        period.state.name(),
        period.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn find(
    conn: &mut PgConnection,
    id: PeriodId,
) -> Result<Option<Period>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"
        SELECT period_id, annual_period_id, year, kind, ordinal, name, time_zone, state, created_at,
            revision
        FROM periods
        WHERE period_id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    Ok(with_windows(conn, row.into_iter().collect()).await?.pop())
}

/// Reads a period and locks it until the transaction ends.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    id: PeriodId,
) -> Result<Option<Period>, sqlx::Error> {
    sqlx::query_scalar!("SELECT revision FROM periods WHERE period_id = $1 FOR UPDATE", id.uuid())
        .fetch_optional(&mut *conn)
        .await?;
    find(conn, id).await
}

/// Reads a period and keeps its state and windows as they are until the transaction ends.
pub(crate) async fn hold(
    conn: &mut PgConnection,
    id: PeriodId,
) -> Result<Option<Period>, sqlx::Error> {
    sqlx::query_scalar!("SELECT revision FROM periods WHERE period_id = $1 FOR SHARE", id.uuid())
        .fetch_optional(&mut *conn)
        .await?;
    find(conn, id).await
}

/// The year's own period, kept as it is until the transaction ends.
pub(crate) async fn hold_year(
    conn: &mut PgConnection,
    year: i32,
) -> Result<Option<(PeriodId, PeriodState)>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT period_id, state FROM periods WHERE year = $1 AND kind = 'ANNUAL' AND ordinal = 1 FOR SHARE",
        year,
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| Ok((Id::from(row.period_id), named(&row.state)?))).transpose()
}

pub(crate) async fn has_open_parts(
    conn: &mut PgConnection,
    year: PeriodId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM periods
            WHERE annual_period_id = $1 AND period_id <> $1 AND state = 'OPEN'
        ) AS "exists!"
        "#,
        year.uuid(),
    )
    .fetch_one(conn)
    .await
}

/// Lists up to `limit` periods of a year (0: of all) that come after a day and an id.
pub(crate) async fn list(
    conn: &mut PgConnection,
    year: i32,
    after: (Date, Uuid),
    limit: i64,
) -> Result<Vec<Period>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT period_id, annual_period_id, year, kind, ordinal, name, time_zone, state, created_at,
            revision
        FROM periods
        WHERE (year = $1 OR $1 = 0) AND (starts_on, period_id) > ($2, $3)
        ORDER BY starts_on, period_id
        LIMIT $4
        "#,
        year,
        after.0.to_sqlx() as _,
        after.1,
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    with_windows(conn, rows).await
}

/// Lists up to `limit` periods by id.
pub(crate) async fn page(
    conn: &mut PgConnection,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Period>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT period_id, annual_period_id, year, kind, ordinal, name, time_zone, state, created_at,
            revision
        FROM periods
        WHERE period_id > $1
        ORDER BY period_id
        LIMIT $2
        "#,
        after,
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    with_windows(conn, rows).await
}

async fn with_windows(conn: &mut PgConnection, rows: Vec<Row>) -> Result<Vec<Period>, sqlx::Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.period_id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = sqlx::query!(
        r#"
        SELECT period_id, kind, opens_on, closes_on, opens_at, closes_at
        FROM period_windows
        WHERE period_id = ANY($1)
        ORDER BY period_id, opens_at, kind
        "#,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    let mut windows: HashMap<Uuid, Vec<Window>> = HashMap::new();
    for row in found {
        let days = WindowDays {
            kind: named(&row.kind)?,
            opens_on: row.opens_on.to_jiff(),
            closes_on: row.closes_on.to_jiff(),
        };
        let (opens_at, closes_at) = (row.opens_at.to_jiff(), row.closes_at.to_jiff());
        windows.entry(row.period_id).or_default().push(Window { days, opens_at, closes_at });
    }
    rows.into_iter()
        .map(|row| {
            let windows = windows.remove(&row.period_id).unwrap_or_default();
            row.period(windows)
        })
        .collect()
}
