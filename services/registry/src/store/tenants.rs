use jiff::{Timestamp, civil::Date};
use jiff_sqlx::{Timestamp as SqlTimestamp, ToSqlx as _};
use kinerja_kit::tenant::TenantId;
use sqlx::PgConnection;

/// A government as it is read.
#[derive(Debug)]
pub(crate) struct TenantView {
    pub(crate) tenant_id: String,
    pub(crate) name: String,
    pub(crate) time_zone: String,
    pub(crate) created_at: SqlTimestamp,
    pub(crate) revision: i64,
}

/// The day a call is about: the one it names, else today in the tenant's zone. None for an unknown tenant.
pub(crate) async fn day(
    conn: &mut PgConnection,
    on: Option<Date>,
    now: Timestamp,
) -> Result<Option<Date>, sqlx::Error> {
    if on.is_some() {
        return Ok(on);
    }
    let today = sqlx::query_scalar!(
        r#"
        SELECT ($1::timestamptz AT TIME ZONE time_zone)::date AS "day!"
        FROM tenants
        WHERE tenant_id = current_tenant()
        "#,
        now.to_sqlx() as _,
    )
    .fetch_optional(conn)
    .await?;
    Ok(today.map(jiff_sqlx::Date::to_jiff))
}

/// The same lock if nobody has it.
pub(crate) async fn try_lock_organisation(conn: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT pg_try_advisory_xact_lock(hashtextextended('registry organisation ' || current_tenant(), 0)) AS "locked!""#
    )
    .fetch_one(conn)
    .await
}

/// Makes changes of who stands where take turns within the tenant, until the transaction ends: a ring of
/// lines can be closed by two changes that do not see each other. Taken before any row is locked.
pub(crate) async fn lock_organisation(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"SELECT pg_advisory_xact_lock(hashtextextended('registry organisation ' || current_tenant(), 0)) AS "_lock!: ()""#
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

pub(crate) async fn insert(
    conn: &mut PgConnection,
    tenant: &TenantId,
    name: &str,
    time_zone: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO tenants (tenant_id, name, time_zone, created_at, revision)
        VALUES ($1::text, $2, $3, $4, 1)
        "#,
        tenant.as_str(),
        name,
        time_zone,
        now.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets the name and zone; the new revision is the one given plus one.
pub(crate) async fn update(
    conn: &mut PgConnection,
    tenant: &TenantId,
    name: &str,
    time_zone: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE tenants
        SET name = $2, time_zone = $3, revision = revision + 1
        WHERE tenant_id = $1::text
        "#,
        tenant.as_str(),
        name,
        time_zone,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn touch(conn: &mut PgConnection, tenant: &TenantId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE tenants SET revision = revision + 1 WHERE tenant_id = $1::text",
        tenant.as_str(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn get(
    conn: &mut PgConnection,
    tenant: &TenantId,
) -> Result<Option<TenantView>, sqlx::Error> {
    sqlx::query_as!(
        TenantView,
        r#"
        SELECT tenant_id::text AS "tenant_id!", name, time_zone, created_at, revision
        FROM tenants
        WHERE tenant_id = $1::text
        "#,
        tenant.as_str(),
    )
    .fetch_optional(conn)
    .await
}

/// The government of the transaction.
pub(crate) async fn current(conn: &mut PgConnection) -> Result<Option<TenantView>, sqlx::Error> {
    sqlx::query_as!(
        TenantView,
        r#"
        SELECT tenant_id::text AS "tenant_id!", name, time_zone, created_at, revision
        FROM tenants
        WHERE tenant_id = current_tenant()
        "#,
    )
    .fetch_optional(conn)
    .await
}

/// Reads one government and locks its row until the transaction ends.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    tenant: &TenantId,
) -> Result<Option<TenantView>, sqlx::Error> {
    sqlx::query_as!(
        TenantView,
        r#"
        SELECT tenant_id::text AS "tenant_id!", name, time_zone, created_at, revision
        FROM tenants
        WHERE tenant_id = $1::text
        FOR UPDATE
        "#,
        tenant.as_str(),
    )
    .fetch_optional(conn)
    .await
}

/// Up to `limit` governments by code, of one province or, with an empty `province`, of all.
pub(crate) async fn list(
    conn: &mut PgConnection,
    province: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<TenantView>, sqlx::Error> {
    sqlx::query_as!(
        TenantView,
        r#"
        SELECT tenant_id::text AS "tenant_id!", name, time_zone, created_at, revision
        FROM tenants
        WHERE tenant_id > $2::text AND left(tenant_id, length($1)) = $1
        ORDER BY tenant_id
        LIMIT $3
        "#,
        province,
        after,
        limit,
    )
    .fetch_all(conn)
    .await
}
