//! The same rows into the same tables, by COPY and as superuser: nothing can be faster.

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio_stream::StreamExt as _;

/// What an import of new employees writes, in an order in which foreign keys hold.
const TABLES: [&str; 7] =
    ["employees", "identity_numbers", "ranks", "statuses", "assignments", "name_words", "outbox"];

/// Where their foreign keys point to.
const GROUND: [&str; 3] = ["tenants", "units", "positions"];

/// The rows of a government under another code, as COPY takes them.
#[derive(Debug)]
pub(crate) struct Rows {
    tables: Vec<(String, Vec<Vec<u8>>)>,
    pub(crate) rows: u64,
}

impl Rows {
    /// Takes the rows of people as they were imported, and makes the ground for them under `code`.
    pub(crate) async fn take(
        conn: &mut PgConnection,
        of: &str,
        code: &str,
    ) -> anyhow::Result<Self> {
        for table in GROUND {
            let columns = columns(conn, table).await?;
            let statement = format!(
                "INSERT INTO {table} (tenant_id, {columns}) SELECT '{code}', {columns} FROM {table} WHERE tenant_id = '{of}'"
            );
            sqlx::query(AssertSqlSafe(statement)).execute(&mut *conn).await?;
        }
        let mut taken = Self { tables: Vec::new(), rows: 0 };
        for table in TABLES {
            let columns = columns(conn, table).await?;
            let filter = if table == "outbox" {
                " AND type_name = 'kinerja.events.v1.EmployeeChanged'"
            } else {
                ""
            };
            let statement = format!(
                "COPY (SELECT '{code}', {columns} FROM {table} WHERE tenant_id = '{of}'{filter}) TO STDOUT"
            );
            let mut chunks = Vec::new();
            let mut stream = conn.copy_out_raw(&statement).await?;
            while let Some(chunk) = stream.next().await {
                let chunk = chunk?;
                taken.rows += chunk.iter().filter(|&&byte| byte == b'\n').count() as u64;
                append(&mut chunks, &chunk);
            }
            drop(stream);
            taken.tables.push((format!("COPY {table} (tenant_id, {columns}) FROM STDIN"), chunks));
        }
        Ok(taken)
    }

    /// Copies them, in one transaction; how long that took.
    pub(crate) async fn copy(self, conn: &mut PgConnection) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let mut tx = conn.begin().await?;
        for (statement, chunks) in self.tables {
            let mut copy = tx.copy_in_raw(&statement).await?;
            for chunk in chunks {
                copy.send(chunk).await?;
            }
            copy.finish().await?;
        }
        tx.commit().await?;
        Ok(begun.elapsed())
    }
}

/// In messages of a size that costs nothing to send.
fn append(chunks: &mut Vec<Vec<u8>>, bytes: &[u8]) {
    const CHUNK: usize = 256 * 1024;
    match chunks.last_mut() {
        Some(last) if last.len() < CHUNK => last.extend_from_slice(bytes),
        _ => {
            let mut chunk = Vec::with_capacity(CHUNK + 1024);
            chunk.extend_from_slice(bytes);
            chunks.push(chunk);
        }
    }
}

/// The columns of a table but the tenant and what the database gives itself.
async fn columns(conn: &mut PgConnection, table: &str) -> anyhow::Result<String> {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT column_name::text FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name = $1 AND is_identity = 'NO'
             AND column_name NOT IN ('tenant_id', 'position')
         ORDER BY ordinal_position",
    )
    .bind(table)
    .fetch_all(conn)
    .await?;
    Ok(names.join(", "))
}
