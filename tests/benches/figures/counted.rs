//! What calls asked of the database, from `pg_stat_statements`.

use sqlx::{PgConnection, Row as _};

/// Statements and buffers of one call, those that open and close transactions and the access log apart.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touched {
    pub(crate) statements: i64,
    /// Shared buffers, found or read.
    pub(crate) buffers: f64,
}

/// How every call begins, ends and is logged; sqlx pings a connection that is given back.
const APART: [&str; 7] = [
    "BEGIN%",
    "SET LOCAL%",
    "COMMIT%",
    "ROLLBACK%",
    "%SQLx ping%",
    "INSERT INTO access_log%",
    "%pg_stat_statements%",
];

pub(crate) async fn reset(admin: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_stat_statements_reset()").execute(admin).await?;
    Ok(())
}

/// What each of `calls` calls since the reset asked of a database. A statement of something else that went on
/// meanwhile is not in every call, and does not count.
pub(crate) async fn per_call(
    admin: &mut PgConnection,
    database: &str,
    calls: usize,
) -> anyhow::Result<Touched> {
    let rows = sqlx::query(
        "SELECT s.calls, s.shared_blks_hit + s.shared_blks_read
         FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
         WHERE d.datname = $1 AND s.query NOT LIKE ALL ($2)",
    )
    .bind(database)
    .bind(APART.map(str::to_owned).to_vec())
    .fetch_all(admin)
    .await?;
    let calls = i64::try_from(calls)?;
    let mut touched = Touched::default();
    for row in rows {
        let (times, buffers): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        if times * 10 >= calls * 9 {
            touched.statements += (times + calls / 2) / calls;
            touched.buffers += buffers as f64 / calls as f64;
        }
    }
    Ok(touched)
}
