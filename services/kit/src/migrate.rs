//! Brings a database to the schema of this build, and tells whether it is there.

use std::{collections::HashMap, time::Duration};

use anyhow::{Context as _, bail};
use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, PgPool, migrate::Migrator,
    postgres::PgConnectOptions,
};

const ASK_AGAIN: Duration = Duration::from_millis(500);

/// Applies what is missing, as the owner, on the primary. Replicas that come at the same time wait
/// for an advisory lock, which ends with its connection: a crash leaves nothing behind.
pub async fn run(migrator: &Migrator, owner: &PgConnectOptions) -> anyhow::Result<()> {
    let mut conn = owner.connect().await.context("cannot connect to the database to migrate")?;
    migrator.run(&mut conn).await.context("migration failed")?;
    // The serving role reads it to learn whether it may begin.
    sqlx::query("GRANT SELECT ON _sqlx_migrations TO PUBLIC").execute(&mut conn).await?;
    conn.close().await?;
    Ok(())
}

/// Waits until `run` of this build has ended somewhere.
pub async fn wait(migrator: &Migrator, pool: &PgPool, limit: Duration) -> anyhow::Result<()> {
    let ready = async {
        loop {
            match is_current(migrator, pool).await {
                Ok(true) => return,
                Ok(false) => tracing::info!("the schema is behind"),
                Err(error) => tracing::info!(%error, "the database does not answer"),
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
    };
    match tokio::time::timeout(limit, ready).await {
        Ok(()) => Ok(()),
        Err(_) => bail!("the schema was still behind after {limit:?}"),
    }
}

/// Whether every migration of this build is applied as it is written here. Later ones may be too:
/// a build serves the schema of the next one. Never on a replica: connections that a failover left
/// with one are given up, since nobody may write until then and find out.
pub async fn is_current(migrator: &Migrator, pool: &PgPool) -> Result<bool, sqlx::Error> {
    let (present, read_only): (bool, bool) = sqlx::query_as(
        "SELECT to_regclass('_sqlx_migrations') IS NOT NULL, current_setting('transaction_read_only')::boolean",
    )
    .fetch_one(pool)
    .await?;
    if read_only {
        crate::pool::drop_older_connections();
    }
    if !present || read_only {
        return Ok(false);
    }
    let applied: HashMap<i64, Vec<u8>> =
        sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations WHERE success")
            .fetch_all(pool)
            .await?
            .into_iter()
            .collect();
    Ok(migrator.iter().all(|known| {
        applied.get(&known.version).is_some_and(|checksum| **checksum == *known.checksum)
    }))
}

/// Refuses roles that row-level security does not bind: a service serves as `<service>_app`.
pub async fn refuse_powerful_role(conn: &mut PgConnection, service: &str) -> anyhow::Result<()> {
    let (role, powerful): (String, bool) = sqlx::query_as(
        "SELECT rolname::text, rolsuper OR rolbypassrls OR rolname = $1 || '_owner'
             OR pg_has_role(oid, ($1 || '_owner')::name, 'MEMBER')
         FROM pg_roles
         WHERE rolname = current_user",
    )
    .bind(service)
    .fetch_one(conn)
    .await
    .context("cannot read the role of the database connection")?;
    if powerful {
        bail!(
            "refusing to serve as {role}: use the role {service}_app, which row-level security binds"
        );
    }
    Ok(())
}
