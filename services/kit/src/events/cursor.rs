use kinerja_proto::{common::v1::Reason, events::v1 as pb};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::errors;

/// A place in a feed: the last event that was dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub position: i64,
    /// Tells this feed from one that was restored from an older copy and went another way.
    pub event_id: Uuid,
}

/// Why a feed cannot go on from a cursor. After either the consumer rebuilds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FeedFault {
    /// The source was restored: another event, or none, is at the cursor.
    #[error("the feed is not the one the cursor was taken from")]
    Diverged,
    /// Events behind the cursor were pruned.
    #[error("the feed no longer holds what follows the cursor")]
    Truncated,
}

impl Cursor {
    /// Before the first event.
    pub const START: Self = Self { position: 0, event_id: Uuid::nil() };
}

impl From<Cursor> for pb::Cursor {
    fn from(cursor: Cursor) -> Self {
        let event_id = (cursor != Cursor::START).then(|| cursor.event_id.to_string());
        Self { position: cursor.position, event_id: event_id.unwrap_or_default() }
    }
}

impl TryFrom<pb::Cursor> for Cursor {
    type Error = FeedFault;

    /// An id that is none is the id of no event: DIVERGED.
    fn try_from(cursor: pb::Cursor) -> Result<Self, Self::Error> {
        if cursor.position == 0 {
            return Ok(Self::START);
        }
        let event_id = cursor.event_id.parse().map_err(|_| FeedFault::Diverged)?;
        Ok(Self { position: cursor.position, event_id })
    }
}

impl FeedFault {
    fn reason(self) -> Reason {
        match self {
            Self::Diverged => Reason::FeedDiverged,
            Self::Truncated => Reason::FeedTruncated,
        }
    }

    /// The fault that a source answered with, if it was one.
    pub(super) fn of(status: &Status) -> Option<Self> {
        if status.code() != Code::OutOfRange {
            return None;
        }
        let reason = status.get_details_error_info()?.reason;
        let is = |fault: &Self| kinerja_proto::Reason::name(fault.reason()) == reason;
        [Self::Diverged, Self::Truncated].into_iter().find(is)
    }
}

impl From<FeedFault> for Status {
    fn from(fault: FeedFault) -> Self {
        errors::refusal(Code::OutOfRange, fault.reason(), fault.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_known_again_from_its_status() {
        for fault in [FeedFault::Diverged, FeedFault::Truncated] {
            assert_eq!(FeedFault::of(&fault.into()), Some(fault));
        }
    }

    #[test]
    fn another_status_is_no_fault_of_the_feed() {
        assert_eq!(FeedFault::of(&Status::out_of_range("a page")), None);
    }

    #[test]
    fn the_start_needs_no_event() {
        assert_eq!(Cursor::try_from(pb::Cursor::default()), Ok(Cursor::START));
        assert_eq!(pb::Cursor::from(Cursor::START), pb::Cursor::default());
    }
}
