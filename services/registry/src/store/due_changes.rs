use jiff::civil::Date;
use jiff_sqlx::ToSqlx as _;
use kinerja_kit::tenant::TenantId;
use sqlx::PgConnection;
use uuid::Uuid;

/// People, units or the government itself, whose day has come.
#[derive(Debug, Default)]
pub(crate) struct Due {
    pub(crate) ids: Vec<Uuid>,
    /// Those of them with which reporting lines change.
    pub(crate) of_lines: Vec<Uuid>,
}

/// Notes that what was recorded for people, units or the government takes effect on a later day, and
/// whether reporting lines change with it.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    ids: &[Uuid],
    due_on: Date,
    of_lines: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO due_changes (due_on, resource_id, of_lines)
        SELECT DISTINCT $2::date, resource_id, $3::boolean FROM unnest($1::uuid[]) AS given (resource_id)
        ON CONFLICT (tenant_id, due_on, resource_id) DO UPDATE SET of_lines = due_changes.of_lines OR excluded.of_lines
        "#,
        ids,
        due_on.to_sqlx() as _,
        of_lines,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Up to `limit` governments that have something due by a day, read behind the system door.
pub(crate) async fn tenants(
    conn: &mut PgConnection,
    day: Date,
    limit: i64,
) -> Result<Vec<TenantId>, sqlx::Error> {
    let codes = sqlx::query_scalar!(
        r#"
        SELECT DISTINCT tenant_id::text AS "tenant_id!"
        FROM due_changes
        WHERE due_on <= $1
        LIMIT $2
        "#,
        day.to_sqlx() as _,
        limit,
    )
    .fetch_all(conn)
    .await?;
    codes.into_iter().map(|code| super::decode(code.parse())).collect()
}

/// Takes up to `limit` people and units whose day has come; other replicas take others.
pub(crate) async fn take(
    conn: &mut PgConnection,
    day: Date,
    limit: i64,
) -> Result<Due, sqlx::Error> {
    let taken = sqlx::query!(
        r#"
        DELETE FROM due_changes d
        USING (SELECT tenant_id, due_on, resource_id FROM due_changes WHERE due_on <= $1
               ORDER BY due_on, resource_id LIMIT $2 FOR UPDATE SKIP LOCKED) AS due
        WHERE d.tenant_id = due.tenant_id AND d.due_on = due.due_on AND d.resource_id = due.resource_id
        RETURNING d.resource_id, d.of_lines
        "#,
        day.to_sqlx() as _,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let mut due = Due::default();
    for change in taken {
        due.ids.push(change.resource_id);
        if change.of_lines {
            due.of_lines.push(change.resource_id);
        }
    }
    due.ids.sort_unstable();
    due.ids.dedup();
    Ok(due)
}
