use jiff::civil::Date;
use jiff_sqlx::ToSqlx as _;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::domain::EmployeeId;

/// What has a value from a day on: a number, a rank or a status.
#[derive(Debug)]
pub(crate) struct EmployeeChangeRow {
    pub(crate) from_on: jiff_sqlx::Date,
    /// 1 number, 2 rank, 3 status.
    pub(crate) what: i32,
    pub(crate) value: String,
    pub(crate) absence_kind: Option<String>,
}

/// Where a page of changes ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ChangeKey {
    pub(crate) from_on: Date,
    pub(crate) what: i32,
}

/// Up to `limit` changes of a record, the newest first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    employee: EmployeeId,
    before: Option<ChangeKey>,
    limit: i64,
) -> Result<Vec<EmployeeChangeRow>, sqlx::Error> {
    let (from_on, what) = before.map_or((Date::MAX, 0), |key| (key.from_on, key.what));
    sqlx::query_as!(
        EmployeeChangeRow,
        r#"
        SELECT from_on AS "from_on!", what AS "what!", value AS "value!", absence_kind
        FROM (
            SELECT from_on, 1 AS what, number AS value, NULL::text AS absence_kind
            FROM identity_numbers WHERE employee_id = $1
            UNION ALL
            SELECT from_on, 2, rank, NULL FROM ranks WHERE employee_id = $1
            UNION ALL
            SELECT from_on, 3, status, absence_kind FROM statuses WHERE employee_id = $1
        ) AS changes
        WHERE (from_on, -what) < ($2::date, -$3::int)
        ORDER BY from_on DESC, what
        LIMIT $4
        "#,
        employee.uuid(),
        from_on.to_sqlx() as _,
        what,
        limit,
    )
    .fetch_all(conn)
    .await
}
