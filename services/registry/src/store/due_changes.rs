use jiff::civil::Date;
use jiff_sqlx::ToSqlx as _;
use kinerja_kit::tenant::TenantId;
use sqlx::PgConnection;
use uuid::Uuid;

/// Notes that what was recorded for people or units takes effect on a later day.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    ids: &[Uuid],
    due_on: Date,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO due_changes (due_on, resource_id)
        SELECT $2, resource_id FROM unnest($1::uuid[]) AS given (resource_id)
        ON CONFLICT (tenant_id, due_on, resource_id) DO NOTHING
        "#,
        ids,
        due_on.to_sqlx() as _,
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

/// Takes up to `limit` people and units whose day has come, once each; other replicas take others.
pub(crate) async fn take(
    conn: &mut PgConnection,
    day: Date,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let mut taken = sqlx::query_scalar!(
        r#"
        DELETE FROM due_changes d
        USING (SELECT tenant_id, due_on, resource_id FROM due_changes WHERE due_on <= $1
               ORDER BY due_on, resource_id LIMIT $2 FOR UPDATE SKIP LOCKED) AS due
        WHERE d.tenant_id = due.tenant_id AND d.due_on = due.due_on AND d.resource_id = due.resource_id
        RETURNING d.resource_id
        "#,
        day.to_sqlx() as _,
        limit,
    )
    .fetch_all(conn)
    .await?;
    taken.sort_unstable();
    taken.dedup();
    Ok(taken)
}
