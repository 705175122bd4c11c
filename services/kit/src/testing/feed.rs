//! A neighbour's feed that tells what a test has it tell.

use std::{pin::Pin, sync::Arc, time::Duration};

use kinerja_proto::{
    common::v1::Reason,
    events::v1::{
        self as pb,
        event_feed_service_server::{EventFeedService, EventFeedServiceServer},
    },
};
use prost::Name;
use sqlx::PgPool;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_stream::{Stream, StreamExt as _, wrappers::WatchStream};
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::errors::refusal;

/// How long a projection may take to catch up.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is told stays until it is taken back; consumers hear it over a real connection.
#[derive(Debug, Clone, Default)]
pub struct ToldFeed(Arc<watch::Sender<Told>>);

/// A feed since it was last restored. Each change wakes the streams.
#[derive(Debug, Clone, Default)]
struct Told {
    restored: u128,
    events: Vec<pb::Event>,
}

impl ToldFeed {
    pub fn service(&self) -> EventFeedServiceServer<Self> {
        EventFeedServiceServer::new(self.clone())
    }

    /// Puts a fact at the end of the feed; answers its position.
    pub fn tell<M: Name>(&self, tenant: &str, key: Uuid, revision: i64, message: &M) -> i64 {
        self.0.send_modify(|told| {
            let position = told.head().position + 1;
            told.events.push(pb::Event {
                position,
                event_id: event_id(told.restored, position),
                tenant_id: tenant.to_owned(),
                key: key.to_string(),
                revision,
                time: Some(prost_types::Timestamp { seconds: 1_790_000_000, nanos: 0 }),
                traceparent: String::new(),
                payload: Some(prost_types::Any {
                    type_url: format!("type.googleapis.com/{}", M::full_name()),
                    value: message.encode_to_vec(),
                }),
            });
        });
        self.0.borrow().head().position
    }

    /// Waits until a projection has applied everything that was told so far.
    pub async fn heard(&self, pool: &PgPool, projection: &str) {
        let head = self.0.borrow().head();
        let waiting = async {
            while !is_at(pool, projection, &head).await {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, waiting).await.expect("the projection catches up");
    }

    /// Goes back to a copy that does not know these keys: another feed, which consumers rebuild from.
    pub fn restore_without(&self, keys: &[Uuid]) {
        let keys: Vec<String> = keys.iter().map(Uuid::to_string).collect();
        self.0.send_modify(|told| {
            told.restored += 1;
            told.events.retain(|event| !keys.contains(&event.key));
            for (position, event) in (1..).zip(&mut told.events) {
                event.position = position;
                event.event_id = event_id(told.restored, position);
            }
        });
    }
}

/// Has the next `times` transactions that move the cursor of a projection fail at their commit, after everything
/// was applied, as if the process had died there. `pool` is that of the database's superuser.
pub async fn crash_at_commit(pool: &PgPool, projection: &str, times: i64) {
    for statement in CRASHES {
        sqlx::query(*statement).execute(pool).await.expect("what makes commits fail");
    }
    let planned = sqlx::query("INSERT INTO crashes (projection, times) VALUES ($1, $2)");
    planned.bind(projection).bind(times).execute(pool).await.expect("crashes");
}

/// How many commits [`crash_at_commit`] has seen, those that failed among them.
pub async fn commits_tried(pool: &PgPool) -> i64 {
    let tried = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM commits_tried";
    sqlx::query_scalar(tried).fetch_one(pool).await.expect("a sequence")
}

async fn is_at(pool: &PgPool, projection: &str, head: &pb::Cursor) -> bool {
    let reached = "SELECT position, event_id::text FROM cursors WHERE projection = $1 AND rebuild_token IS NULL";
    let reached = sqlx::query_as(reached).bind(projection).fetch_optional(pool).await;
    let reached: Option<(i64, String)> = reached.expect("cursors");
    reached.is_some_and(|(position, event)| position == head.position && event == head.event_id)
}

/// A sequence counts, because what a failed transaction wrote is gone.
const CRASHES: &[&str] = &[
    "CREATE SEQUENCE commits_tried",
    "CREATE TABLE crashes (projection text, times bigint)",
    "CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
     BEGIN
         IF (SELECT nextval('public.commits_tried') <= times FROM public.crashes
             WHERE projection = NEW.projection) THEN
             RAISE EXCEPTION 'the process died at its commit';
         END IF;
         RETURN NULL;
     END $$",
    "CREATE CONSTRAINT TRIGGER crash AFTER UPDATE OF position ON cursors DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW WHEN (NEW.position IS DISTINCT FROM OLD.position) EXECUTE FUNCTION crash()",
];

impl Told {
    fn head(&self) -> pb::Cursor {
        self.events.last().map(cursor).unwrap_or_default()
    }

    /// What follows `after` of some types, unless that was of another feed.
    fn follow(&self, after: &pb::Cursor, types: &[String]) -> Result<pb::WatchResponse, Status> {
        let before = self.events.iter().filter(|event| event.position <= after.position);
        if after.position > 0 && before.clone().next_back().map(cursor).as_ref() != Some(after) {
            return Err(refusal(Code::OutOfRange, Reason::FeedDiverged, "the feed was restored"));
        }
        let events = wanted(&self.events[before.count()..], types);
        let head = self.head();
        let head_position = head.position;
        Ok(pb::WatchResponse { events, through: Some(head), head_position })
    }
}

fn wanted(events: &[pb::Event], types: &[String]) -> Vec<pb::Event> {
    let is_wanted = |event: &&pb::Event| {
        let url =
            event.payload.as_ref().map(|payload| payload.type_url.as_str()).unwrap_or_default();
        url.rsplit_once('/').is_some_and(|(_, name)| types.iter().any(|kind| kind == name))
    };
    events.iter().filter(is_wanted).cloned().collect()
}

fn event_id(restored: u128, position: i64) -> String {
    Uuid::from_u128((restored << 64) + u128::from(position.unsigned_abs())).to_string()
}

fn cursor(event: &pb::Event) -> pb::Cursor {
    pb::Cursor { position: event.position, event_id: event.event_id.clone() }
}

#[tonic::async_trait]
impl EventFeedService for ToldFeed {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<pb::WatchResponse, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<pb::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let pb::WatchRequest { after, types } = request.into_inner();
        let mut after = after.unwrap_or_default();
        let responses = WatchStream::new(self.0.subscribe()).map(move |told| {
            let response = told.follow(&after, &types)?;
            after = response.through.clone().unwrap_or_default();
            Ok(response)
        });
        Ok(Response::new(Box::pin(responses)))
    }

    async fn get_head(
        &self,
        _: Request<pb::GetHeadRequest>,
    ) -> Result<Response<pb::GetHeadResponse>, Status> {
        Ok(Response::new(pb::GetHeadResponse { head: Some(self.0.borrow().head()) }))
    }

    /// Everything that was told, in one page: tests tell the present state of each key last.
    async fn list_snapshot(
        &self,
        request: Request<pb::ListSnapshotRequest>,
    ) -> Result<Response<pb::ListSnapshotResponse>, Status> {
        let events = wanted(&self.0.borrow().events, &request.into_inner().types);
        Ok(Response::new(pb::ListSnapshotResponse { events, next_page_token: String::new() }))
    }
}
