//! How much work there is, for operators.

use jiff::Timestamp;
use kinerja_kit::census::{Finding, Taken};
use sqlx::PgConnection;

/// Development plans that are not closed, by state, from the index `development_plans_by_state` alone.
pub(crate) fn take(conn: &mut PgConnection, _: Timestamp) -> Taken<'_> {
    Box::pin(async move {
        let rows = sqlx::query!(
            r#"
            SELECT state, count(*) AS "count!"
            FROM development_plans
            WHERE state IN ('PROPOSED', 'AGREED')
            GROUP BY state
            "#,
        )
        .fetch_all(conn)
        .await?;
        let count = |state, count| Finding::Count { subject: "development_plan", state, count };
        Ok(rows.into_iter().map(|row| count(row.state, row.count)).collect())
    })
}
