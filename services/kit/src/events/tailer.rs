//! One reader of the outbox for all streams of a process.

use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use kinerja_proto::events::v1 as pb;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Cursor, PAGE, outbox};
use crate::tenant::Database;

/// How many of the latest events are held for the streams.
const KEPT: usize = 4096;

/// The epoch before the database was first read.
const UNREAD: u64 = 0;

/// Where the feed ends, as the tailer last saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) cursor: Cursor,
    /// Another one when the events before no longer are those of the database.
    pub(super) epoch: u64,
}

/// The latest events, shared by the streams.
#[derive(Debug)]
pub(super) struct Recent {
    /// Consecutive, ending at the head.
    events: RwLock<VecDeque<Arc<pb::Event>>>,
    head: watch::Sender<Head>,
}

impl Recent {
    pub(super) fn new() -> Self {
        let head = watch::Sender::new(Head { cursor: Cursor::START, epoch: UNREAD });
        Self { events: RwLock::default(), head }
    }

    /// News of the head. Waits until there is one: what is compared before the tailer follows might
    /// be replaced unseen.
    pub(super) async fn subscribe(&self) -> watch::Receiver<Head> {
        let mut head = self.head.subscribe();
        let known = head.wait_for(|head| head.epoch != UNREAD).await.map(|_| ());
        known.expect("the sender lives as long as self");
        head
    }

    /// Up to a page of what follows `position`, if that is still held.
    pub(super) fn after(&self, position: i64) -> Option<Vec<Arc<pb::Event>>> {
        let events = self.events.read().unwrap_or_else(PoisonError::into_inner);
        let first = events.front()?.position;
        let skip = usize::try_from(position + 1 - first).ok()?;
        (skip < events.len()).then(|| events.iter().skip(skip).take(PAGE).cloned().collect())
    }

    fn restart(&self, cursor: Cursor, epoch: u64) {
        self.events.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.head.send_replace(Head { cursor, epoch });
    }

    fn extend(&self, page: Vec<pb::Event>, head: Head) {
        let mut events = self.events.write().unwrap_or_else(PoisonError::into_inner);
        events.extend(page.into_iter().map(Arc::new));
        let excess = events.len().saturating_sub(KEPT);
        events.drain(..excess);
        drop(events);
        self.head.send_replace(head);
    }
}

/// Reads what is new.
#[derive(Debug)]
pub(super) struct Tailer {
    pub(super) db: Database,
    pub(super) recent: Arc<Recent>,
    /// Changes when this process gave out positions.
    pub(super) stamped: watch::Receiver<()>,
    pub(super) poll: Duration,
}

impl Tailer {
    pub(super) async fn run(mut self, shutdown: &CancellationToken) {
        while !shutdown.is_cancelled() {
            let full = match self.read().await {
                Ok(read) => read == PAGE,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "cannot read the outbox"
                    );
                    false
                }
            };
            if full {
                continue;
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                _ = self.stamped.changed() => {}
                () = tokio::time::sleep(self.poll) => {}
            }
        }
    }

    /// Says how many events it found.
    async fn read(&mut self) -> Result<usize, sqlx::Error> {
        let head = *self.recent.head.borrow();
        let mut tx = self.db.begin_system().await?;
        if head.epoch == UNREAD {
            self.recent.restart(outbox::head(&mut tx).await?, head.epoch + 1);
            return Ok(0);
        }
        match outbox::page(&mut tx, head.cursor, PAGE_ROWS).await? {
            Ok(page) => Ok(self.publish(page, head)?),
            Err(fault) => {
                tracing::warn!(%fault, "the outbox is another one than before; its streams end");
                self.recent.restart(outbox::head(&mut tx).await?, head.epoch + 1);
                Ok(0)
            }
        }
    }

    fn publish(&self, page: Vec<pb::Event>, head: Head) -> Result<usize, sqlx::Error> {
        let read = page.len();
        let Some(last) = page.last() else {
            return Ok(0);
        };
        let event_id = last.event_id.parse().map_err(|e| sqlx::Error::Decode(Box::new(e)))?;
        let cursor = Cursor { position: last.position, event_id };
        self.recent.extend(page, Head { cursor, ..head });
        Ok(read)
    }
}

const PAGE_ROWS: i64 = PAGE as i64;
