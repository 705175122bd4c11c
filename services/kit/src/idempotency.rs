//! A caller's mark on one logical request, kept across its retries: the work is done once.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use prost::Message;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

/// Who asked for what, so that a retry is told from a reuse.
#[derive(Debug, Clone)]
pub struct RequestKey {
    caller: String,
    method: &'static str,
    request_id: Uuid,
    /// SHA-256 of the request in its canonical encoding.
    fingerprint: [u8; 32],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// First sight of the key: the work is the caller's to do.
    New,
    /// The work was done before, on this resource: answer from its current state.
    Done(Uuid),
    /// The key was used before with other arguments.
    Reused,
}

impl RequestKey {
    pub fn new(
        caller: String,
        method: &'static str,
        request_id: Uuid,
        request: &impl Message,
    ) -> Self {
        let fingerprint = Sha256::digest(request.encode_to_vec()).into();
        Self { caller, method, request_id, fingerprint }
    }

    /// The bare name of the RPC that was called.
    pub fn method(&self) -> &'static str {
        self.method
    }
}

/// Claims a key for work on `resource_id`, in the transaction of that work.
///
/// A concurrent claim of the same key waits here until the first transaction ends, because the
/// insert blocks on the primary key.
pub async fn claim(
    conn: &mut PgConnection,
    key: &RequestKey,
    resource_id: Uuid,
    now: Timestamp,
) -> Result<Claim, sqlx::Error> {
    let inserted = sqlx::query(
        "INSERT INTO request_keys (caller, method, request_id, fingerprint, resource_id, claimed_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT DO NOTHING",
    )
    .bind(&key.caller)
    .bind(key.method)
    .bind(key.request_id)
    .bind(key.fingerprint.as_slice())
    .bind(resource_id)
    .bind(now.to_sqlx())
    .execute(&mut *conn)
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(Claim::New);
    }
    let (fingerprint, done): (Vec<u8>, Uuid) = sqlx::query_as(
        "SELECT fingerprint, resource_id
         FROM request_keys
         WHERE caller = $1 AND method = $2 AND request_id = $3",
    )
    .bind(&key.caller)
    .bind(key.method)
    .bind(key.request_id)
    .fetch_one(conn)
    .await?;
    Ok(if fingerprint == key.fingerprint { Claim::Done(done) } else { Claim::Reused })
}

/// When a key was claimed that is [`Claim::Done`]: by the clock of the work that was done then.
pub async fn claimed_at(
    conn: &mut PgConnection,
    key: &RequestKey,
) -> Result<Timestamp, sqlx::Error> {
    let at: jiff_sqlx::Timestamp = sqlx::query_scalar(
        "SELECT claimed_at
         FROM request_keys
         WHERE caller = $1 AND method = $2 AND request_id = $3",
    )
    .bind(&key.caller)
    .bind(key.method)
    .bind(key.request_id)
    .fetch_one(conn)
    .await?;
    Ok(at.to_jiff())
}
