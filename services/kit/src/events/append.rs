//! Appending events to the outbox, in the transaction of the use case.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use prost::Name;
use sqlx::PgConnection;
use tokio::sync::watch;
use uuid::Uuid;

use super::event;
use crate::telemetry;

/// Changes with every append of this process, so that its stampers need not wait for their next
/// poll. The transaction is still open then: a stamper looks a few times.
static APPENDED: LazyLock<watch::Sender<()>> = LazyLock::new(|| watch::Sender::new(()));

/// One event of many: see [`append_all`].
#[derive(Debug, Clone)]
pub struct Append<M> {
    pub key: Uuid,
    pub revision: i64,
    pub message: M,
}

/// Makes a fact about `key` public when the transaction commits, for the transaction's tenant.
///
/// The row of `key` must be locked by the transaction, or made by it: that keeps the order of its
/// events. `revision` is the resource's own, above zero and growing.
pub async fn append<M: Name>(
    conn: &mut PgConnection,
    key: Uuid,
    revision: i64,
    at: Timestamp,
    event: &M,
) -> Result<(), sqlx::Error> {
    let insert = sqlx::query(
        "INSERT INTO outbox (event_id, key, revision, occurred_at, traceparent, type_name, payload)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(Uuid::new_v7(event::uuid_time(at)))
    .bind(key)
    .bind(revision)
    .bind(at.to_sqlx())
    .bind(cause())
    .bind(M::full_name())
    .bind(event.encode_to_vec())
    .execute(conn);
    insert.await?;
    APPENDED.send_replace(());
    Ok(())
}

/// Like [`append`] for many events of one type, in the order given, in one statement.
pub async fn append_all<M: Name>(
    conn: &mut PgConnection,
    at: Timestamp,
    events: impl IntoIterator<Item = Append<M>>,
) -> Result<(), sqlx::Error> {
    let (mut ids, mut keys, mut revisions, mut payloads) = (vec![], vec![], vec![], vec![]);
    for event in events {
        ids.push(Uuid::new_v7(event::uuid_time(at)));
        keys.push(event.key);
        revisions.push(event.revision);
        payloads.push(event.message.encode_to_vec());
    }
    if ids.is_empty() {
        return Ok(());
    }
    let insert = sqlx::query(
        "INSERT INTO outbox (event_id, key, revision, occurred_at, traceparent, type_name, payload)
         SELECT event_id, key, revision, $5, $6, $7, payload
         FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bytea[]) WITH ORDINALITY
             AS given (event_id, key, revision, payload, nth)
         ORDER BY nth",
    )
    .bind(ids)
    .bind(keys)
    .bind(revisions)
    .bind(payloads)
    .bind(at.to_sqlx())
    .bind(cause())
    .bind(M::full_name())
    .execute(conn);
    insert.await?;
    APPENDED.send_replace(());
    Ok(())
}

/// The running call, if it is traced.
fn cause() -> Option<String> {
    Some(telemetry::traceparent()).filter(|cause| !cause.is_empty())
}

pub(super) fn appended() -> watch::Receiver<()> {
    APPENDED.subscribe()
}
