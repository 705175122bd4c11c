//! One consumer's stream of events.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures_util::{Stream, stream};
use kinerja_proto::events::v1 as pb;
use prost::Message as _;
use rand::Rng as _;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{
    Cursor, FeedOptions, MESSAGE_BYTES, PAGE, event, outbox, storage,
    tailer::{Head, Recent},
};
use crate::tenant::Database;

/// How long a watch waits for the database to be read at all.
const HEAD_WAIT: Duration = Duration::from_secs(5);

/// A stream's place in the feed.
#[derive(Debug)]
pub(super) struct EventStream {
    db: Database,
    recent: Arc<Recent>,
    head: watch::Receiver<Head>,
    epoch: u64,
    through: Cursor,
    /// Full names of the messages wanted; all when empty.
    types: HashSet<String>,
    ready: VecDeque<pb::WatchResponse>,
}

/// What bounds a stream in time.
struct Bounds {
    heartbeat: Duration,
    next_beat: Instant,
    end: Instant,
    drain: CancellationToken,
}

impl EventStream {
    /// Compares `after` with the feed before anything is streamed.
    pub(super) async fn open(
        db: Database,
        recent: Arc<Recent>,
        after: Cursor,
        types: HashSet<String>,
    ) -> Result<Self, Status> {
        let Ok(head) = timeout(HEAD_WAIT, recent.subscribe()).await else {
            return Err(storage(sqlx::Error::PoolTimedOut));
        };
        let epoch = head.borrow().epoch;
        let ready = VecDeque::new();
        let mut stream = Self { db, recent, head, epoch, through: after, types, ready };
        let page = stream.read().await?;
        stream.take(&page);
        // The first message tells that the watch is on, and the lag.
        stream.ready.push_back(stream.message(Vec::new()));
        Ok(stream)
    }

    pub(super) fn run(
        self,
        options: &FeedOptions,
        drain: CancellationToken,
    ) -> impl Stream<Item = Result<pb::WatchResponse, Status>> + use<> {
        let now = Instant::now();
        let age = options.max_age.mul_f64(rand::rng().random_range(0.8..=1.2));
        let heartbeat = options.heartbeat;
        let bounds = Bounds { heartbeat, next_beat: now + heartbeat, end: now + age, drain };
        stream::unfold(Some((self, bounds)), |open| async {
            let (mut stream, mut bounds) = open?;
            match stream.next(&mut bounds).await {
                Ok(message) => Some((Ok(message?), Some((stream, bounds)))),
                Err(status) => Some((Err(status), None)),
            }
        })
    }

    /// The next message; none when the stream has come to its end.
    async fn next(&mut self, bounds: &mut Bounds) -> Result<Option<pb::WatchResponse>, Status> {
        loop {
            if bounds.are_reached() {
                return Ok(None);
            }
            if let Some(message) = self.ready.pop_front() {
                bounds.next_beat = Instant::now() + bounds.heartbeat;
                return Ok(Some(message));
            }
            let head = *self.head.borrow_and_update();
            if head.epoch != self.epoch {
                return Ok(None);
            }
            if self.through.position < head.cursor.position {
                self.advance().await?;
            } else if bounds.wait(&mut self.head).await {
                self.ready.push_back(self.message(Vec::new()));
            }
            if Instant::now() >= bounds.next_beat && self.ready.is_empty() {
                self.ready.push_back(self.message(Vec::new()));
            }
        }
    }

    /// Goes on by a page: from what the tailer holds, or, far behind, from the database.
    async fn advance(&mut self) -> Result<(), Status> {
        match self.recent.after(self.through.position) {
            Some(events) => self.take(&events),
            None => {
                let page = self.read().await?;
                self.take(&page);
            }
        }
        Ok(())
    }

    async fn read(&self) -> Result<Vec<Arc<pb::Event>>, Status> {
        let mut tx = self.db.begin_system().await.map_err(storage)?;
        let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
        let page = outbox::page(&mut tx, self.through, limit).await.map_err(storage)?;
        tx.rollback().await.map_err(storage)?;
        Ok(page?.into_iter().map(Arc::new).collect())
    }

    /// Makes messages of what is wanted; a full page with nothing in it still moves the consumer's
    /// cursor.
    fn take(&mut self, page: &[Arc<pb::Event>]) {
        let (mut events, mut bytes) = (Vec::new(), 0);
        for event in page {
            if self.wants(event) {
                let size = event.encoded_len();
                if bytes + size > MESSAGE_BYTES && !events.is_empty() {
                    let full = self.message(std::mem::take(&mut events));
                    self.ready.push_back(full);
                    bytes = 0;
                }
                bytes += size;
                events.push(event.as_ref().clone());
            }
            let event_id = event.event_id.parse().unwrap_or_default();
            self.through = Cursor { position: event.position, event_id };
        }
        if !events.is_empty() || page.len() == PAGE {
            let last = self.message(events);
            self.ready.push_back(last);
        }
    }

    fn wants(&self, event: &pb::Event) -> bool {
        let name = event.payload.as_ref().map(event::type_name);
        self.types.is_empty() || name.is_some_and(|name| self.types.contains(name))
    }

    fn message(&self, events: Vec<pb::Event>) -> pb::WatchResponse {
        let head = self.head.borrow().cursor.position;
        let head_position = head.max(self.through.position);
        pb::WatchResponse { events, through: Some(self.through.into()), head_position }
    }
}

impl Bounds {
    fn are_reached(&self) -> bool {
        self.drain.is_cancelled() || Instant::now() >= self.end
    }

    /// Waits for news of the feed; true when it is time for a heartbeat instead.
    async fn wait(&self, head: &mut watch::Receiver<Head>) -> bool {
        tokio::select! {
            () = self.drain.cancelled() => false,
            () = sleep_until(self.end) => false,
            () = sleep_until(self.next_beat) => true,
            changed = head.changed() => {
                // The tailer ends with the process: nothing more will come.
                if changed.is_err() {
                    self.drain.cancelled().await;
                }
                false
            }
        }
    }
}
