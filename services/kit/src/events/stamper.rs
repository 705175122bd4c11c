//! Gives committed events their positions.

use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{append, outbox, outbox::Stamped};
use crate::tenant::Database;

/// How many events get their positions in one statement.
const BATCH: i64 = 5000;
/// How soon after an append its commit is looked for, and how long at least one batch gathers.
const FIRST_LOOK: Duration = Duration::from_millis(5);

/// Runs in every replica; the one that gets the lock does the work, the others find none.
#[derive(Debug)]
pub(super) struct Stamper {
    pub(super) db: Database,
    /// Told when positions were given.
    pub(super) stamped: watch::Sender<()>,
    /// How often it looks for what another process left behind.
    pub(super) poll: Duration,
}

impl Stamper {
    /// After an append it looks at growing intervals, since the transaction may still be open; then by the poll.
    pub(super) async fn run(self, shutdown: &CancellationToken) {
        let mut appended = append::appended();
        let mut wait = FIRST_LOOK;
        loop {
            let is_woken = tokio::select! {
                () = shutdown.cancelled() => return,
                _ = appended.changed() => true,
                () = tokio::time::sleep(wait) => false,
            };
            if is_woken {
                wait = FIRST_LOOK;
                tokio::time::sleep(wait).await;
            }
            wait = match self.stamp().await {
                Ok(0) => (wait * 2).min(self.poll),
                Ok(_) => FIRST_LOOK,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "cannot stamp events");
                    self.poll
                }
            };
        }
    }

    /// Stamps everything that is committed now, and says how much that was.
    pub(super) async fn stamp(&self) -> Result<u64, sqlx::Error> {
        let mut total = 0;
        loop {
            let mut tx = self.db.begin_system().await?;
            let Stamped::Rows(rows @ 1..) = outbox::stamp(&mut tx, BATCH).await? else {
                tx.rollback().await?;
                return Ok(total);
            };
            tx.commit().await?;
            self.stamped.send_replace(());
            total += rows;
        }
    }
}
