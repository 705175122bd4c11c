//! Removing what is kept for a time only.

use std::time::Duration;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::outbox;
use crate::{clock::Clock, tenant::Database};

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
            interval: Duration::from_secs(300),
        }
    }
}

/// Removes old events and request keys now and then, through the system door, until `shutdown`.
pub async fn housekeep(
    db: Database,
    clock: Clock,
    retention: Retention,
    shutdown: CancellationToken,
) {
    let wait = || tokio::time::timeout(retention.interval, shutdown.cancelled());
    while wait().await.is_err() {
        if let Err(error) = retention.apply(&db, &clock).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "housekeeping failed");
        }
    }
}

impl Retention {
    /// Removes everything that is too old now, in transactions of a few thousand rows.
    pub async fn apply(&self, db: &Database, clock: &Clock) -> Result<(), sqlx::Error> {
        let cutoff = before(clock, self.events);
        loop {
            let mut tx = db.begin_system().await?;
            let pruned = outbox::prune(&mut tx, cutoff, self.spare_events, BATCH).await?;
            tx.commit().await?;
            if pruned == 0 {
                break;
            }
        }
        let cutoff = before(clock, self.request_keys);
        loop {
            let mut tx = db.begin_system().await?;
            let pruned = outbox::prune_request_keys(&mut tx, cutoff, BATCH).await?;
            tx.commit().await?;
            if pruned == 0 {
                return Ok(());
            }
        }
    }
}

fn before(clock: &Clock, age: Duration) -> jiff::Timestamp {
    let age = SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX);
    clock.now().saturating_sub(age).unwrap_or(jiff::Timestamp::MIN)
}
