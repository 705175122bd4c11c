//! Events that could not be applied, and behind each the later events of its key.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use kinerja_proto::events::v1 as pb;
use prost::Message as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{ApplyError, Event};
use crate::tenant::{Database, TenantId};

/// Parked events an operator speaks of.
#[derive(Debug, Clone)]
pub struct ParkedKeys {
    /// The projection that parked them, as its metric names it.
    pub projection: String,
    /// Every government when unset.
    pub tenant: Option<TenantId>,
    /// Every key when unset.
    pub key: Option<Uuid>,
}

/// Asks the serving replicas to apply parked events again; they do within seconds. Returns how many
/// keys that are.
pub async fn retry(db: &Database, which: &ParkedKeys) -> Result<u64, sqlx::Error> {
    let mut tx = db.begin_system().await?;
    let due = sqlx::query(
        "UPDATE parked_events
         SET is_due = true
         WHERE projection = $1 AND error IS NOT NULL
             AND ($2::text IS NULL OR tenant_id = $2) AND ($3::uuid IS NULL OR key = $3)",
    )
    .bind(&which.projection)
    .bind(which.tenant.as_ref().map(TenantId::as_str))
    .bind(which.key)
    .execute(&mut *tx)
    .await?
    .rows_affected();
    tx.commit().await?;
    Ok(due)
}

/// Drops the events that could not be applied for good, and has those parked behind them tried.
/// Returns how many it dropped.
pub async fn skip(db: &Database, which: &ParkedKeys) -> Result<u64, sqlx::Error> {
    let mut tx = db.begin_system().await?;
    let dropped: i64 = sqlx::query_scalar(
        "WITH dropped AS (
             DELETE FROM parked_events
             WHERE projection = $1 AND error IS NOT NULL
                 AND ($2::text IS NULL OR tenant_id = $2) AND ($3::uuid IS NULL OR key = $3)
             RETURNING tenant_id, key
         ), due AS (
             UPDATE parked_events AS behind
             SET is_due = true
             FROM dropped
             WHERE behind.tenant_id = dropped.tenant_id AND behind.projection = $1 AND behind.key = dropped.key
                 AND behind.error IS NULL
         )
         SELECT count(*) FROM dropped",
    )
    .bind(&which.projection)
    .bind(which.tenant.as_ref().map(TenantId::as_str))
    .bind(which.key)
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(dropped.unsigned_abs())
}

/// Parks an event of the transaction's tenant: with its error, or behind the one that has it.
pub(super) async fn park(
    conn: &mut PgConnection,
    projection: &str,
    event: &Event,
    error: Option<&str>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO parked_events (projection, key, position, event, error, parked_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(projection)
    .bind(event.key)
    .bind(event.position)
    .bind(pb::Event::from(event.clone()).encode_to_vec())
    .bind(error)
    .bind(now.to_sqlx())
    .execute(conn)
    .await?;
    Ok(())
}

/// Those of `keys` behind which events of the transaction's tenant have to wait.
pub(super) async fn blocked(
    conn: &mut PgConnection,
    projection: &str,
    keys: &[Uuid],
) -> Result<HashSet<Uuid>, sqlx::Error> {
    let blocked: Vec<Uuid> = sqlx::query_scalar(
        "SELECT DISTINCT key FROM parked_events WHERE projection = $1 AND key = ANY ($2)",
    )
    .bind(projection)
    .bind(keys)
    .fetch_all(conn)
    .await?;
    Ok(blocked.into_iter().collect())
}

/// How much is parked of a projection, and which keys are to be tried again. Behind the system
/// door.
#[derive(Debug, Default)]
pub(super) struct Parked {
    pub(super) events: i64,
    pub(super) due: Vec<(String, Uuid)>,
}

pub(super) async fn survey(
    conn: &mut PgConnection,
    projection: &str,
) -> Result<Parked, sqlx::Error> {
    let keys: Vec<(String, Uuid, i64, bool)> = sqlx::query_as(
        "SELECT tenant_id::text, key, count(*), bool_or(is_due)
         FROM parked_events
         WHERE projection = $1
         GROUP BY tenant_id, key",
    )
    .bind(projection)
    .fetch_all(conn)
    .await?;
    let events = keys.iter().map(|(_, _, count, _)| count).sum();
    let due = keys.into_iter().filter(|(.., is_due)| *is_due);
    Ok(Parked { events, due: due.map(|(tenant, key, ..)| (tenant, key)).collect() })
}

/// Reads every event parked under a key of the transaction's tenant, in order.
pub(super) async fn read(
    conn: &mut PgConnection,
    projection: &str,
    key: Uuid,
) -> Result<Vec<Event>, ApplyError> {
    let parked: Vec<Vec<u8>> = sqlx::query_scalar(
        "SELECT event FROM parked_events WHERE projection = $1 AND key = $2 ORDER BY nth",
    )
    .bind(projection)
    .bind(key)
    .fetch_all(conn)
    .await?;
    parked
        .into_iter()
        .map(|bytes| Ok(Event::try_from(pb::Event::decode(bytes.as_slice())?)?))
        .collect()
}

/// Takes every event parked under a key of the transaction's tenant away.
pub(super) async fn remove(
    conn: &mut PgConnection,
    projection: &str,
    key: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM parked_events WHERE projection = $1 AND key = $2")
        .bind(projection)
        .bind(key)
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets what is parked, behind the system door: a rebuild brings the truth.
pub(super) async fn clear(conn: &mut PgConnection, projection: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM parked_events WHERE projection = $1")
        .bind(projection)
        .execute(conn)
        .await?;
    Ok(())
}
