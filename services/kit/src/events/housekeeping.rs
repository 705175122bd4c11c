//! Removing what is kept for a time only.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;

use super::outbox;
use crate::{args::RetentionArgs, clock::Clock, tenant::Database};

/// How many rows go in one transaction.
const BATCH: i64 = 5000;

/// How long things are kept.
#[derive(Debug, Clone)]
pub struct Retention {
    /// The age at which events go. Consumers that were away for longer rebuild.
    pub events: Duration,
    /// How many of the latest events stay, whatever their age; at least one, by which a cursor is
    /// compared.
    pub spare_events: i64,
    /// The age at which request keys go.
    pub request_keys: Duration,
    /// The age at which entries of the access log go.
    pub access_log: Duration,
    /// How often it is looked.
    pub interval: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        Self {
            events: 30 * DAY,
            spare_events: 100_000,
            request_keys: DAY,
            access_log: RetentionArgs::default().access_log(),
            interval: Duration::from_secs(300),
        }
    }
}

/// What is removed at an age.
#[derive(Debug, Clone, Copy)]
enum Kept {
    Events,
    RequestKeys,
    AccessLog,
}

/// Removes old events, request keys and entries of the access log now and then, through the system door,
/// until `shutdown`.
pub async fn housekeep(
    db: Database,
    clock: Clock,
    retention: Retention,
    shutdown: CancellationToken,
) {
    let wait = || tokio::time::timeout(retention.interval, shutdown.cancelled());
    while wait().await.is_err() {
        let applied = shutdown.run_until_cancelled(retention.apply(&db, &clock)).await;
        if let Some(Err(error)) = applied {
            tracing::warn!(error = &error as &dyn std::error::Error, "housekeeping failed");
        }
    }
}

impl Retention {
    /// Removes everything that is too old now, in transactions of a few thousand rows.
    pub async fn apply(&self, db: &Database, clock: &Clock) -> Result<(), sqlx::Error> {
        for kept in [Kept::Events, Kept::RequestKeys, Kept::AccessLog] {
            while self.prune(db, clock, kept).await? > 0 {}
        }
        Ok(())
    }

    /// Removes some of what is too old, and says how many.
    async fn prune(&self, db: &Database, clock: &Clock, kept: Kept) -> Result<u64, sqlx::Error> {
        let mut tx = db.begin_system().await?;
        let pruned = match kept {
            Kept::Events => {
                let cutoff = before(clock, self.events);
                outbox::prune(&mut tx, cutoff, self.spare_events, BATCH).await?
            }
            Kept::RequestKeys => {
                let cutoff = before(clock, self.request_keys);
                outbox::prune_request_keys(&mut tx, cutoff, BATCH).await?
            }
            Kept::AccessLog => {
                prune_access_log(&mut tx, before(clock, self.access_log), BATCH).await?
            }
        };
        tx.commit().await?;
        Ok(pruned)
    }
}

/// Removes up to `limit` entries of what was read before `cutoff`, the oldest first.
async fn prune_access_log(
    conn: &mut PgConnection,
    cutoff: Timestamp,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let pruned = sqlx::query(
        "DELETE FROM access_log
         WHERE read_at < $1 AND ctid = ANY (ARRAY (SELECT ctid FROM access_log WHERE read_at < $1 ORDER BY read_at LIMIT $2))",
    )
    .bind(cutoff.to_sqlx())
    .bind(limit);
    Ok(pruned.execute(conn).await?.rows_affected())
}

fn before(clock: &Clock, age: Duration) -> Timestamp {
    let age = SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX);
    clock.now().saturating_sub(age).unwrap_or(Timestamp::MIN)
}
