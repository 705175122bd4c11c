//! The shared tables of the census.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;

use super::Finding;
use crate::tenant::TenantId;

/// `subject` of windows; whatever else is counted has another.
const WINDOW: &str = "window";

/// Everything that is told.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) counts: Vec<Count>,
    pub(super) windows: Vec<Window>,
    /// The count that is oldest.
    pub(super) oldest: Option<Timestamp>,
}

#[derive(Debug, sqlx::FromRow)]
pub(super) struct Count {
    pub(super) subject: String,
    pub(super) state: String,
    pub(super) count: i64,
}

#[derive(Debug)]
pub(super) struct Window {
    pub(super) tenant: String,
    pub(super) window: String,
    pub(super) closes_at: Timestamp,
    pub(super) unfinished: i64,
}

/// Takes the turn of the government that was not counted for longest, if that was before `due`. The system's door.
pub(super) async fn take_turn(
    conn: &mut PgConnection,
    due: Timestamp,
    now: Timestamp,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query(
        "INSERT INTO census_rounds (tenant_id)
         SELECT DISTINCT tenant_id FROM cursor_tenants
         EXCEPT SELECT tenant_id FROM census_rounds
         ON CONFLICT DO NOTHING",
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query_scalar(
        "UPDATE census_rounds
         SET counted_at = $2
         WHERE tenant_id = (
             SELECT tenant_id
             FROM census_rounds
             WHERE counted_at IS NULL OR counted_at < $1 OR counted_at > $2
             ORDER BY counted_at NULLS FIRST
             LIMIT 1
             FOR UPDATE SKIP LOCKED)
         RETURNING tenant_id::text",
    )
    .bind(due.to_sqlx())
    .bind(now.to_sqlx())
    .fetch_optional(conn)
    .await
}

/// Puts what was found in the place of what was found before.
pub(super) async fn replace(
    conn: &mut PgConnection,
    tenant: &TenantId,
    findings: &[Finding],
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM census WHERE tenant_id = $1")
        .bind(tenant.as_str())
        .execute(&mut *conn)
        .await?;
    let column = |of: fn(&Finding) -> &str| findings.iter().map(of).collect::<Vec<_>>();
    let closing = |finding: &Finding| match finding {
        Finding::Count { .. } => None,
        Finding::Window { closes_at, .. } => Some(closes_at.to_sqlx()),
    };
    sqlx::query(
        "INSERT INTO census (tenant_id, subject, state, count, closes_at)
         SELECT $1, subject, state, count, closes_at
         FROM unnest($2::text[], $3::text[], $4::bigint[], $5::timestamptz[])
             AS found (subject, state, count, closes_at)",
    )
    .bind(tenant.as_str())
    .bind(column(subject))
    .bind(column(state))
    .bind(findings.iter().map(count).collect::<Vec<_>>())
    .bind(findings.iter().map(closing).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Sums over governments. The system's door.
pub(super) async fn read(conn: &mut PgConnection) -> Result<Summary, sqlx::Error> {
    let counts = sqlx::query_as(
        "SELECT subject, state, sum(count)::bigint AS count
         FROM census
         WHERE closes_at IS NULL
         GROUP BY subject, state",
    )
    .fetch_all(&mut *conn)
    .await?;
    let windows: Vec<(String, String, jiff_sqlx::Timestamp, i64)> = sqlx::query_as(
        "SELECT tenant_id::text, state, closes_at, count FROM census WHERE closes_at IS NOT NULL",
    )
    .fetch_all(&mut *conn)
    .await?;
    let oldest: Option<jiff_sqlx::Timestamp> =
        sqlx::query_scalar("SELECT min(counted_at) FROM census_rounds").fetch_one(conn).await?;
    let window = |(tenant, window, closes_at, unfinished): (_, _, jiff_sqlx::Timestamp, _)| {
        Window { tenant, window, closes_at: closes_at.to_jiff(), unfinished }
    };
    Ok(Summary {
        counts,
        windows: windows.into_iter().map(window).collect(),
        oldest: oldest.map(|at| at.to_jiff()),
    })
}

fn subject(finding: &Finding) -> &str {
    match finding {
        Finding::Count { subject, .. } => subject,
        Finding::Window { .. } => WINDOW,
    }
}

fn state(finding: &Finding) -> &str {
    match finding {
        Finding::Count { state, .. } => state,
        Finding::Window { window, .. } => window,
    }
}

fn count(finding: &Finding) -> i64 {
    match finding {
        Finding::Count { count, .. } => *count,
        Finding::Window { unfinished, .. } => *unfinished,
    }
}
