//! How much work there is, for operators.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use kinerja_kit::census::{Finding, Taken};
use sqlx::PgConnection;

/// Evaluations of open cycles by state, and of each kind of cycle the window that closes next, with the evaluations
/// that nobody has rated yet. Both from the index `evaluations_by_state` alone.
pub(crate) fn take(conn: &mut PgConnection, now: Timestamp) -> Taken<'_> {
    Box::pin(async move {
        let mut findings = evaluations(&mut *conn).await?;
        findings.extend(windows(conn, now).await?);
        Ok(findings)
    })
}

async fn evaluations(conn: &mut PgConnection) -> Result<Vec<Finding>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT e.state, count(*) AS "count!"
        FROM cycles c
        JOIN evaluations e ON e.tenant_id = c.tenant_id AND e.cycle_id = c.cycle_id
        WHERE c.state = 'OPEN'
        GROUP BY e.state
        "#,
    )
    .fetch_all(conn)
    .await?;
    let count = |state, count| Finding::Count { subject: "evaluation", state, count };
    Ok(rows.into_iter().map(|row| count(row.state, row.count)).collect())
}

async fn windows(conn: &mut PgConnection, now: Timestamp) -> Result<Vec<Finding>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT DISTINCT ON (c.kind) 'EVALUATION_' || c.kind AS "window!", c.closes_at, (
            SELECT count(*)
            FROM evaluations e
            WHERE e.tenant_id = c.tenant_id AND e.cycle_id = c.cycle_id AND e.state IN ('OPEN', 'PREPARED')
        ) AS "unfinished!"
        FROM cycles c
        WHERE c.state = 'OPEN' AND c.opens_at <= $1 AND c.closes_at > $1
        ORDER BY c.kind, c.closes_at
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
    Ok(rows.into_iter().map(|row| window(row.window, row.closes_at, row.unfinished)).collect())
}
