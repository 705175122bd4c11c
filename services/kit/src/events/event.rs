//! The envelope of an event, as a projection sees it.

use std::collections::HashMap;

use jiff::Timestamp;
use kinerja_proto::events::v1 as pb;
use prost::Name;
use prost_types::Any;
use uuid::Uuid;

use super::{ApplyError, Cursor};
use crate::tenant::TenantId;

/// What `Any` puts before the name of a message.
const TYPE_PREFIX: &str = "type.googleapis.com/";

/// A public fact of a neighbour.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its place in the feed; of a fact from a snapshot, the head that the rebuild replays from.
    pub position: i64,
    pub event_id: Uuid,
    pub tenant: TenantId,
    /// The resource the fact is about.
    pub key: Uuid,
    /// Grows with every fact about `key`.
    pub revision: i64,
    pub at: Timestamp,
    /// W3C trace context of the cause, empty when that was not traced.
    pub traceparent: String,
    payload: Any,
}

/// An event with its decoded message.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact<'a, M> {
    pub event: &'a Event,
    pub message: M,
}

/// The source sent something that is not an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event at position {position} has no valid {field}")]
pub struct MalformedEvent {
    pub position: i64,
    pub field: &'static str,
}

/// The full name of a message, by which feeds are filtered.
pub fn kind<M: Name>() -> String {
    M::full_name()
}

/// Every event of type `M`, in the order of the feed.
pub fn facts<M: Name + Default>(events: &[Event]) -> Result<Vec<Fact<'_, M>>, ApplyError> {
    let wanted = events.iter().filter(|event| event.is::<M>());
    wanted.map(|event| Ok(Fact { event, message: event.decode()? })).collect()
}

/// The newest event of type `M` for each key, in the order of the feed: what an upsert can take in
/// one statement, which may not touch a row twice.
pub fn newest<M: Name + Default>(events: &[Event]) -> Result<Vec<Fact<'_, M>>, ApplyError> {
    let mut last = HashMap::new();
    for (nth, event) in events.iter().enumerate().filter(|(_, event)| event.is::<M>()) {
        let known = last.entry(event.key).or_insert((event.revision, nth));
        if event.revision >= known.0 {
            *known = (event.revision, nth);
        }
    }
    let mut chosen: Vec<usize> = last.into_values().map(|(_, nth)| nth).collect();
    chosen.sort_unstable();
    let newest = chosen.into_iter().map(|nth| &events[nth]);
    newest.map(|event| Ok(Fact { event, message: event.decode()? })).collect()
}

impl Event {
    /// Whether the event carries an `M`.
    pub fn is<M: Name>(&self) -> bool {
        self.type_name() == M::full_name()
    }

    /// The full name of the message it carries.
    pub fn type_name(&self) -> &str {
        type_name(&self.payload)
    }

    /// Reads the message as an `M`, whatever its name.
    pub fn decode<M: Name + Default>(&self) -> Result<M, ApplyError> {
        Ok(M::decode(self.payload.value.as_slice())?)
    }

    pub fn cursor(&self) -> Cursor {
        Cursor { position: self.position, event_id: self.event_id }
    }

    /// A fact of a snapshot, which has no place in the feed, as an event at `head`.
    pub(super) fn of_snapshot(fact: pb::Event, head: i64) -> Result<Self, MalformedEvent> {
        let at = fact.time.and_then(instant).unwrap_or_default();
        let event_id = Uuid::new_v7(uuid_time(at)).to_string();
        Self::try_from(pb::Event { position: head, event_id, ..fact })
    }
}

impl TryFrom<pb::Event> for Event {
    type Error = MalformedEvent;

    fn try_from(event: pb::Event) -> Result<Self, Self::Error> {
        let position = event.position;
        let fault = |field| MalformedEvent { position, field };
        Ok(Self {
            position,
            event_id: event.event_id.parse().map_err(|_| fault("event_id"))?,
            tenant: event.tenant_id.parse().map_err(|_| fault("tenant_id"))?,
            key: event.key.parse().map_err(|_| fault("key"))?,
            revision: event.revision,
            at: event.time.and_then(instant).ok_or_else(|| fault("time"))?,
            traceparent: event.traceparent,
            payload: event.payload.ok_or_else(|| fault("payload"))?,
        })
    }
}

impl From<Event> for pb::Event {
    fn from(event: Event) -> Self {
        Self {
            position: event.position,
            event_id: event.event_id.to_string(),
            tenant_id: event.tenant.to_string(),
            key: event.key.to_string(),
            revision: event.revision,
            time: Some(wire_time(event.at)),
            traceparent: event.traceparent,
            payload: Some(event.payload),
        }
    }
}

/// A message and its name, as stock clients of any language unpack it.
pub(super) fn any(type_name: &str, value: Vec<u8>) -> Any {
    Any { type_url: format!("{TYPE_PREFIX}{type_name}"), value }
}

pub(super) fn type_name(payload: &Any) -> &str {
    payload.type_url.rsplit_once('/').map_or("", |(_, name)| name)
}

pub(super) fn wire_time(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() }
}

pub(super) fn uuid_time(at: Timestamp) -> uuid::Timestamp {
    let seconds = u64::try_from(at.as_second()).unwrap_or_default();
    let nanos = u32::try_from(at.subsec_nanosecond()).unwrap_or_default();
    uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos)
}

fn instant(time: prost_types::Timestamp) -> Option<Timestamp> {
    Timestamp::new(time.seconds, time.nanos).ok()
}

#[cfg(test)]
mod tests {
    use kinerja_proto::events::v1::Cursor as Message;
    use prost::Message as _;

    use super::*;

    fn event(position: i64, key: u128, revision: i64) -> Event {
        let message = Message { position, event_id: String::new() };
        Event {
            position,
            event_id: Uuid::from_u128(1),
            tenant: "12.76".parse().expect("tenant"),
            key: Uuid::from_u128(key),
            revision,
            at: Timestamp::UNIX_EPOCH,
            traceparent: String::new(),
            payload: any(&kind::<Message>(), message.encode_to_vec()),
        }
    }

    #[test]
    fn the_newest_fact_of_each_key_is_kept_in_order() {
        let events = [event(1, 7, 1), event(2, 8, 1), event(3, 7, 3), event(4, 7, 2)];
        let newest = newest::<Message>(&events).expect("decodes");
        let kept: Vec<i64> = newest.iter().map(|fact| fact.message.position).collect();
        assert_eq!(kept, [2, 3]);
    }

    #[test]
    fn facts_of_another_type_are_passed_over() {
        let events = [event(1, 7, 1)];
        assert_eq!(facts::<pb::GetHeadResponse>(&events).expect("decodes"), []);
    }

    #[test]
    fn an_event_is_the_same_after_a_journey() {
        let sent = event(5, 7, 2);
        assert_eq!(Event::try_from(pb::Event::from(sent.clone())), Ok(sent));
    }

    #[test]
    fn an_event_without_a_tenant_names_the_missing_field() {
        let sent = pb::Event { tenant_id: String::new(), ..event(5, 7, 2).into() };
        let fault = MalformedEvent { position: 5, field: "tenant_id" };
        assert_eq!(Event::try_from(sent), Err(fault));
    }
}
