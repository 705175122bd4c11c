//! How far a projection has come: its row in `cursors`, which is the lock of its consumers too.

use sqlx::{PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::Cursor;
use crate::tenant::TenantId;

/// What a projection's row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) version: i32,
    pub(super) cursor: Cursor,
    pub(super) rebuild: Option<Rebuild>,
}

/// A rebuild under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rebuild {
    /// What to replay from when the snapshot was read to its end.
    pub(super) head: Cursor,
    /// The next page, empty for the first.
    pub(super) page_token: String,
}

/// Reads the row, and makes it for a projection that is new: at the start of the feed.
pub(super) async fn open(
    conn: &mut PgConnection,
    projection: &str,
    source: &str,
    version: i32,
) -> Result<Progress, sqlx::Error> {
    sqlx::query(
        "INSERT INTO cursors (projection, source, version, position, event_id)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
    )
    .bind(projection)
    .bind(source)
    .bind(version)
    .bind(Cursor::START.position)
    .bind(Cursor::START.event_id)
    .execute(&mut *conn)
    .await?;
    let row = sqlx::query(
        "SELECT version, position, event_id, rebuild_position, rebuild_event_id, rebuild_token
         FROM cursors
         WHERE projection = $1",
    )
    .bind(projection)
    .fetch_one(conn)
    .await?;
    read(&row)
}

/// Locks the row if no other replica has it and it still says `expected`.
pub(super) async fn lock(
    conn: &mut PgConnection,
    projection: &str,
    expected: &Progress,
) -> Result<bool, sqlx::Error> {
    let row = sqlx::query(
        "SELECT version, position, event_id, rebuild_position, rebuild_event_id, rebuild_token
         FROM cursors
         WHERE projection = $1
         FOR UPDATE SKIP LOCKED",
    )
    .bind(projection)
    .fetch_optional(conn)
    .await?;
    Ok(row.as_ref().map(read).transpose()?.is_some_and(|progress| progress == *expected))
}

/// Writes the row that was locked.
pub(super) async fn store(
    conn: &mut PgConnection,
    projection: &str,
    progress: &Progress,
) -> Result<(), sqlx::Error> {
    let rebuild = progress.rebuild.as_ref();
    let stored = sqlx::query(
        "UPDATE cursors
         SET version = $2, position = $3, event_id = $4,
             rebuild_position = $5, rebuild_event_id = $6, rebuild_token = $7
         WHERE projection = $1",
    )
    .bind(projection)
    .bind(progress.version)
    .bind(progress.cursor.position)
    .bind(progress.cursor.event_id)
    .bind(rebuild.map(|rebuild| rebuild.head.position))
    .bind(rebuild.map(|rebuild| rebuild.head.event_id))
    .bind(rebuild.map(|rebuild| rebuild.page_token.as_str()))
    .execute(conn)
    .await?;
    if stored.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// Remembers that the projection holds something of `tenants`.
pub(super) async fn remember_tenants(
    conn: &mut PgConnection,
    projection: &str,
    tenants: &[TenantId],
) -> Result<(), sqlx::Error> {
    let codes: Vec<&str> = tenants.iter().map(TenantId::as_str).collect();
    sqlx::query(
        "INSERT INTO cursor_tenants (projection, tenant_id)
         SELECT $1, tenant_id FROM unnest($2::text[]) AS given (tenant_id)
         ON CONFLICT DO NOTHING",
    )
    .bind(projection)
    .bind(codes)
    .execute(conn)
    .await?;
    Ok(())
}

/// The governments of which the projection holds something.
pub(super) async fn tenants(
    conn: &mut PgConnection,
    projection: &str,
) -> Result<Vec<TenantId>, sqlx::Error> {
    let codes: Vec<String> = sqlx::query_scalar(
        "SELECT tenant_id::text FROM cursor_tenants WHERE projection = $1 ORDER BY tenant_id",
    )
    .bind(projection)
    .fetch_all(conn)
    .await?;
    let tenants = codes.iter().map(|code| code.parse());
    tenants.collect::<Result<_, _>>().map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// Remembers keys that a rebuild found at the source, for the transaction's tenant.
pub(super) async fn remember_keys(
    conn: &mut PgConnection,
    projection: &str,
    keys: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO rebuild_keys (projection, key)
         SELECT $1, key FROM unnest($2::uuid[]) AS found (key)
         ON CONFLICT DO NOTHING",
    )
    .bind(projection)
    .bind(keys)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the keys that the rebuild found for the transaction's tenant.
pub(super) async fn take_keys(
    conn: &mut PgConnection,
    projection: &str,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar("DELETE FROM rebuild_keys WHERE projection = $1 RETURNING key")
        .bind(projection)
        .fetch_all(conn)
        .await
}

/// Forgets what an earlier rebuild found, behind the system door.
pub(super) async fn clear_keys(
    conn: &mut PgConnection,
    projection: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM rebuild_keys WHERE projection = $1")
        .bind(projection)
        .execute(conn)
        .await?;
    Ok(())
}

fn read(row: &PgRow) -> Result<Progress, sqlx::Error> {
    let cursor = |position, event_id| Cursor { position, event_id };
    let head: Option<i64> = row.try_get(3)?;
    let rebuild = head
        .map(|position| {
            let head = cursor(position, row.try_get(4)?);
            Ok::<_, sqlx::Error>(Rebuild { head, page_token: row.try_get(5)? })
        })
        .transpose()?;
    Ok(Progress {
        version: row.try_get(0)?,
        cursor: cursor(row.try_get(1)?, row.try_get(2)?),
        rebuild,
    })
}
