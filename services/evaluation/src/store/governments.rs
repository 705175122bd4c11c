use jiff::tz::TimeZone;
use kinerja_kit::tenant::TenantId;
use sqlx::PgConnection;

use super::{meaningless, zone};

pub(crate) struct Government<'a> {
    pub(crate) name: &'a str,
    pub(crate) time_zone: &'a str,
    pub(crate) revision: i64,
}

/// The tenant's zone, once the registry made it known.
pub(crate) async fn time_zone(conn: &mut PgConnection) -> Result<Option<TimeZone>, sqlx::Error> {
    sqlx::query_scalar!("SELECT time_zone FROM governments")
        .fetch_optional(conn)
        .await?
        .map(|name| zone(&name))
        .transpose()
}

/// Lets no cycle open while plans come in: whoever opens one waits for this transaction.
pub(crate) async fn hold(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT revision FROM governments FOR SHARE").fetch_optional(conn).await?;
    Ok(())
}

/// Lets no plans come in while a cycle opens, so that each plan either is seen or sees it.
pub(crate) async fn hold_alone(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT revision FROM governments FOR UPDATE").fetch_optional(conn).await?;
    Ok(())
}

/// Every government; behind the system door.
pub(crate) async fn all(conn: &mut PgConnection) -> Result<Vec<TenantId>, sqlx::Error> {
    let codes =
        sqlx::query_scalar!(r#"SELECT tenant_id::text AS "code!" FROM governments ORDER BY 1"#)
            .fetch_all(conn)
            .await?;
    codes.into_iter().map(|code| code.parse().map_err(|_| meaningless(code))).collect()
}

/// A lower revision never replaces a higher.
pub(crate) async fn upsert(
    conn: &mut PgConnection,
    government: Government<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO governments (name, time_zone, revision)
        VALUES ($1, $2, $3)
        ON CONFLICT (tenant_id) DO UPDATE
        SET name = excluded.name, time_zone = excluded.time_zone, revision = excluded.revision
        WHERE governments.revision < excluded.revision
        "#,
        government.name,
        government.time_zone,
        government.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes room for what a rebuild brings.
pub(crate) async fn forget(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE governments SET revision = 0").execute(conn).await?;
    Ok(())
}
