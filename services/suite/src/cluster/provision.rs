use anyhow::Context as _;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};

use super::{Cluster, SERVICES};

const ROLES: &str = include_str!("../../../../deploy/postgres/roles.sql");

/// Makes what is missing of the services' roles and databases: half-made ones are completed.
pub(super) async fn run(cluster: &Cluster) -> anyhow::Result<()> {
    let mut conn = cluster
        .administrator("postgres")
        .connect()
        .await
        .context("cannot connect to the private cluster")?;
    for service in SERVICES {
        roles(&mut conn, service, &cluster.password).await?;
        database(&mut conn, service).await?;
    }
    conn.close().await?;
    Ok(())
}

async fn roles(conn: &mut PgConnection, service: &str, password: &str) -> anyhow::Result<()> {
    let known: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_roles
         WHERE rolname = ANY (ARRAY[$1 || '_owner', $1 || '_app', $1 || '_system'])",
    )
    .bind(service)
    .fetch_one(&mut *conn)
    .await?;
    if known == 0 {
        // Several statements in one simple query are one transaction.
        let statements = ROLES.replace("SERVICE", service);
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut *conn).await?;
    }
    for role in ["owner", "app"] {
        let statement = format!("ALTER ROLE {service}_{role} PASSWORD '{password}'");
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *conn).await?;
    }
    Ok(())
}

async fn database(conn: &mut PgConnection, service: &str) -> anyhow::Result<()> {
    let known: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(service)
            .fetch_one(&mut *conn)
            .await?;
    if !known {
        let statement = format!("CREATE DATABASE {service} OWNER {service}_owner");
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(conn).await?;
    }
    Ok(())
}
