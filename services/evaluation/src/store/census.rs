//! How much work there is, for operators.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use kinerja_kit::census::{Finding, Taken};
use sqlx::PgConnection;

/// Evaluations of open cycles by state, and of each kind of cycle the window that closes next, with the evaluations
/// that nobody has rated yet: both from the index `evaluations_by_state` alone. And the end of the time to object that
/// comes next, with the ratings against which that time still runs.
pub fn take(conn: &mut PgConnection, now: Timestamp) -> Taken<'_> {
    Box::pin(async move {
        let mut findings = evaluations(&mut *conn).await?;
        findings.extend(windows(&mut *conn, now).await?);
        findings.extend(objections(conn, now).await?);
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

/// Reads no more of the index `evaluations_by_objection` than what is counted.
async fn objections(
    conn: &mut PgConnection,
    now: Timestamp,
) -> Result<Option<Finding>, sqlx::Error> {
    let found = sqlx::query!(
        r#"
        SELECT min(objection_closes_at) AS closes_at, count(*) AS "open!"
        FROM evaluations
        WHERE objection_closes_at > $1
        "#,
        now.to_sqlx() as _,
    )
    .fetch_one(conn)
    .await?;
    Ok(found.closes_at.map(|closes_at| Finding::Window {
        window: "OBJECTION".to_owned(),
        closes_at: closes_at.to_jiff(),
        unfinished: found.open,
    }))
}
