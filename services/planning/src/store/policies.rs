use jiff::civil::Date;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;

use crate::domain::Policy;

/// The version that rules what ends on this day; before the first one, the first.
pub(crate) async fn as_of(conn: &mut PgConnection, day: Date) -> Result<Policy, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT policy_id, meets_from_e2, above_over_e2
        FROM achievement_policies
        ORDER BY valid_from <= $1 DESC, abs(valid_from - $1)
        LIMIT 1
        "#,
        day.to_sqlx() as _,
    )
    .fetch_one(conn)
    .await?;
    Ok(Policy {
        id: row.policy_id,
        meets_from_e2: row.meets_from_e2.into(),
        above_over_e2: row.above_over_e2.into(),
    })
}
