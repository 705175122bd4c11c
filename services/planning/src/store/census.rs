//! How much work there is, for operators.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use kinerja_kit::census::{Finding, Taken};
use sqlx::PgConnection;

/// Plans of open periods by state, and of each kind the open window that closes next, with the plans of its period
/// that nobody has approved yet. Both from the index `plans_by_unit` alone.
pub(crate) fn take(conn: &mut PgConnection, now: Timestamp) -> Taken<'_> {
    Box::pin(async move {
        let mut findings = plans(&mut *conn).await?;
        findings.extend(windows(conn, now).await?);
        Ok(findings)
    })
}

async fn plans(conn: &mut PgConnection) -> Result<Vec<Finding>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT p.state, count(*) AS "count!"
        FROM periods o
        JOIN plans p ON p.tenant_id = o.tenant_id AND p.period_id = o.period_id
        WHERE o.state = 'OPEN'
        GROUP BY p.state
        "#,
    )
    .fetch_all(conn)
    .await?;
    let count = |state, count| Finding::Count { subject: "plan", state, count };
    Ok(rows.into_iter().map(|row| count(row.state, row.count)).collect())
}

async fn windows(conn: &mut PgConnection, now: Timestamp) -> Result<Vec<Finding>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT DISTINCT ON (w.kind) w.kind, w.closes_at, (
            SELECT count(*)
            FROM plans p
            WHERE p.tenant_id = w.tenant_id AND p.period_id = w.period_id
                AND p.state IN ('DRAFT', 'SUBMITTED', 'RETURNED', 'ESCALATED')
        ) AS "unfinished!"
        FROM period_windows w
        JOIN periods o ON o.tenant_id = w.tenant_id AND o.period_id = w.period_id
        WHERE o.state = 'OPEN' AND w.kind IN ('PLANNING', 'AMENDMENT')
            AND w.opens_at <= $1 AND w.closes_at > $1
        ORDER BY w.kind, w.closes_at
        "#,
        now.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await?;
    let window = |window, closes_at: jiff_sqlx::Timestamp, unfinished| Finding::Window {
        window,
        closes_at: closes_at.to_jiff(),
        unfinished,
    };
    Ok(rows.into_iter().map(|row| window(row.kind, row.closes_at, row.unfinished)).collect())
}
