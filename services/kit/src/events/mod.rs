//! Public events: appended to the outbox of a service, given positions, streamed, consumed.
//!
//! A use case appends in its own transaction ([`append`]). A stamper gives what is committed
//! consecutive positions ([`Feed`]); `EventFeedService` streams by position. A neighbour's
//! [`Consumer`] applies batches to a [`Projection`] and moves its cursor in one transaction:
//! delivered at least once, in effect exactly once.

mod append;
mod batch;
mod client;
mod consumer;
mod cursor;
mod cursors;
mod depth;
mod event;
mod feed;
mod housekeeping;
mod metrics;
mod outbox;
mod parked;
mod projection;
mod rebuild;
mod snapshot;
mod snapshot_pages;
mod stamper;
mod stream;
mod tailer;
mod trace;

use kinerja_proto::common::v1::Reason;
use tonic::Status;

pub use append::{Append, append, append_all};
pub use client::FeedClient;
pub use consumer::{Consumer, Worker};
pub use cursor::{Cursor, FeedFault};
pub use event::{Event, Fact, MalformedEvent, facts, kind, newest};
pub use feed::{Feed, FeedOptions};
pub use housekeeping::{Retention, housekeep};
pub use parked::{ParkedKeys, retry, skip};
pub use projection::{ApplyError, Projection};
pub use snapshot::{Current, Snapshot};

/// How many events are read at once.
const PAGE: usize = 1000;

/// How large a message gets before another is begun; receivers take four times as much by default.
const MESSAGE_BYTES: usize = 1 << 20;

fn storage(error: sqlx::Error) -> Status {
    crate::errors::Error::<Reason>::from(error).into()
}
