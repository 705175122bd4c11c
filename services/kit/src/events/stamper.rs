//! Gives committed events their positions.

use std::time::Duration;

use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{append, outbox, outbox::Round};
use crate::tenant::Database;

/// How many events get their positions in one statement.
const BATCH: i64 = 5000;
/// How soon after an append its commit is looked for, and how long at least one batch gathers.
const FIRST_LOOK: Duration = Duration::from_millis(5);
/// How often the whole index is looked through, whatever the floor says.
const SWEEP: Duration = Duration::from_secs(5);

/// Runs in every replica; the one that gets the lock does the work, the others find none.
#[derive(Debug)]
pub(super) struct Stamper {
    db: Database,
    /// Told when positions were given.
    stamped: watch::Sender<()>,
    floor: Floor,
}

/// Below it every append has its position or was rolled back. It only saves work: while somebody
/// keeps an old snapshot open (a report, a dump), index entries of what was stamped cannot be
/// removed, and each poll would walk over all of them.
#[derive(Debug)]
struct Floor {
    append_id: i64,
    /// What the floor becomes when every transaction below that id has ended.
    next: Option<(i64, i64)>,
    highest: i64,
    swept_at: Instant,
}

impl Stamper {
    pub(super) fn new(db: Database, stamped: watch::Sender<()>) -> Self {
        Self { db, stamped, floor: Floor::new() }
    }

    /// After an append it looks at growing intervals, since the transaction may still be open; then
    /// every `poll`, for what another process left behind.
    pub(super) async fn run(mut self, poll: Duration, shutdown: &CancellationToken) {
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
                Ok(0) => (wait * 2).min(poll),
                Ok(_) => FIRST_LOOK,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "cannot stamp events");
                    poll
                }
            };
        }
    }

    /// Stamps everything that is committed now, and says how much that was.
    pub(super) async fn stamp(&mut self) -> Result<i64, sqlx::Error> {
        let mut total = 0;
        loop {
            let floor = self.floor.now();
            let mut tx = self.db.begin_system().await?;
            let Some(round) = outbox::stamp(&mut tx, floor, BATCH).await? else {
                tx.rollback().await?;
                return Ok(total);
            };
            tx.commit().await?;
            total += round.stamped;
            if round.stamped > 0 {
                self.stamped.send_replace(());
            }
            self.floor.learn(floor, round);
            if round.stamped < BATCH {
                return Ok(total);
            }
        }
    }
}

impl Floor {
    fn new() -> Self {
        Self { append_id: 0, next: None, highest: 0, swept_at: Instant::now() }
    }

    /// Where to look from. The sweep finds what the floor wrongly passed: an append whose
    /// transaction had no id yet when it drew its number, or whose numbers began anew with a
    /// restore.
    fn now(&mut self) -> i64 {
        if self.swept_at.elapsed() < SWEEP {
            return self.append_id;
        }
        self.swept_at = Instant::now();
        0
    }

    /// Rises to the highest append seen once all transactions of that time have ended.
    fn learn(&mut self, used: i64, round: Round) {
        if used < self.append_id && round.stamped > 0 {
            *self = Self { swept_at: self.swept_at, ..Self::new() };
        }
        self.highest = self.highest.max(round.last.unwrap_or_default());
        if round.stamped == BATCH {
            return; // more is pending, perhaps of lower numbers than seen
        }
        if let Some((append_id, begun_below)) = self.next
            && round.ended_below >= begun_below
        {
            self.append_id = append_id;
            self.next = None;
        }
        if self.next.is_none() && self.highest > self.append_id {
            self.next = Some((self.highest, round.begun_below));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(last: Option<i64>, ended_below: i64, begun_below: i64) -> Round {
        Round { stamped: last.into_iter().count() as i64, last, ended_below, begun_below }
    }

    #[test]
    fn the_floor_waits_for_the_transactions_of_its_time() {
        let mut floor = Floor::new();
        floor.learn(0, round(Some(10), 5, 8));
        floor.learn(0, round(None, 7, 9));
        assert_eq!(floor.append_id, 0, "transaction 7 is still open");
        floor.learn(0, round(None, 8, 9));
        assert_eq!(floor.append_id, 10);
    }

    #[test]
    fn what_a_sweep_finds_below_the_floor_takes_it_away() {
        let mut floor = Floor { append_id: 10, highest: 10, ..Floor::new() };
        floor.learn(0, round(Some(3), 20, 20));
        assert_eq!((floor.append_id, floor.highest), (0, 3));
    }
}
