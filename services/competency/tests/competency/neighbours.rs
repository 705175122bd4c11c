use std::{
    collections::HashMap,
    net::Ipv4Addr,
    pin::Pin,
    sync::{Arc, Mutex},
};

use kinerja_kit::errors::refusal;
use kinerja_proto::{
    common::v1::Reason,
    events::v1::{
        self as ev,
        event_feed_service_server::{EventFeedService, EventFeedServiceServer},
    },
    registry::v1::{
        self as registry,
        reporting_line_service_server::{ReportingLineService, ReportingLineServiceServer},
    },
};
use prost::Name;
use tokio::{net::TcpListener, sync::watch};
use tokio_stream::{
    Stream, StreamExt as _,
    wrappers::{TcpListenerStream, WatchStream},
};
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

/// A neighbour that tells what it is told to tell.
#[derive(Debug, Clone)]
pub(crate) struct Neighbour {
    pub(crate) url: String,
    /// Each change wakes the streams.
    feed: Arc<watch::Sender<Feed>>,
    raters: Arc<Mutex<HashMap<Uuid, Uuid>>>,
    is_down: Arc<Mutex<bool>>,
}

/// A feed since it was last restored.
#[derive(Debug, Clone, Default)]
struct Feed {
    restored: u128,
    told: Vec<ev::Event>,
}

impl Neighbour {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let neighbour = Self {
            url,
            feed: Arc::new(watch::Sender::new(Feed::default())),
            raters: Arc::default(),
            is_down: Arc::default(),
        };
        let serving = tonic::transport::Server::builder()
            .add_service(EventFeedServiceServer::new(neighbour.clone()))
            .add_service(ReportingLineServiceServer::new(neighbour.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        #[expect(clippy::disallowed_methods, reason = "ends with the test's runtime")]
        tokio::spawn(serving);
        neighbour
    }

    /// Puts a fact at the end of the feed; answers its position.
    pub(crate) fn tell<M: Name>(&self, tenant: &str, key: Uuid, revision: i64, message: &M) -> i64 {
        self.feed.send_modify(|feed| {
            let position = i64::try_from(feed.told.len()).expect("few events") + 1;
            let event_id = event_id(feed.restored, position);
            feed.told.push(ev::Event {
                position,
                event_id,
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
        self.head().position
    }

    /// Goes back to a copy that does not know `key`: another feed, with lower revisions.
    pub(crate) fn restore_without(&self, key: Uuid) {
        self.feed.send_modify(|feed| {
            feed.restored += 1;
            feed.told.retain(|event| event.key != key.to_string());
            for (position, event) in (1..).zip(&mut feed.told) {
                event.position = position;
                event.event_id = event_id(feed.restored, position);
            }
        });
    }

    /// Makes `rater` the one whom the registry names for `employee`.
    pub(crate) fn rates(&self, rater: Uuid, employee: Uuid) {
        self.raters.lock().expect("no panic").insert(employee, rater);
    }

    /// From now on questions are not answered. The feed goes on.
    pub(crate) fn go_down(&self) {
        *self.is_down.lock().expect("no panic") = true;
    }

    fn head(&self) -> ev::Cursor {
        self.feed.borrow().head()
    }
}

impl Feed {
    fn head(&self) -> ev::Cursor {
        self.told.last().map(cursor).unwrap_or_default()
    }

    /// What follows `after`, unless that was of another feed.
    fn follow(&self, after: &ev::Cursor) -> Result<ev::WatchResponse, Status> {
        let before = self.told.iter().filter(|event| event.position <= after.position);
        if after.position > 0 && before.clone().next_back().map(cursor).as_ref() != Some(after) {
            return Err(refusal(Code::OutOfRange, Reason::FeedDiverged, "the feed was restored"));
        }
        let events: Vec<_> = self.told[before.count()..].to_vec();
        let head = self.head();
        let head_position = head.position;
        Ok(ev::WatchResponse { events, through: Some(head), head_position })
    }
}

fn event_id(restored: u128, position: i64) -> String {
    Uuid::from_u128((restored << 64) + u128::from(position.unsigned_abs())).to_string()
}

fn cursor(event: &ev::Event) -> ev::Cursor {
    ev::Cursor { position: event.position, event_id: event.event_id.clone() }
}

#[tonic::async_trait]
impl EventFeedService for Neighbour {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<ev::WatchResponse, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<ev::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let mut after = request.into_inner().after.unwrap_or_default();
        let responses = WatchStream::new(self.feed.subscribe()).map(move |feed| {
            let response = feed.follow(&after)?;
            after = response.through.clone().unwrap_or_default();
            Ok(response)
        });
        Ok(Response::new(Box::pin(responses)))
    }

    async fn get_head(
        &self,
        _: Request<ev::GetHeadRequest>,
    ) -> Result<Response<ev::GetHeadResponse>, Status> {
        Ok(Response::new(ev::GetHeadResponse { head: Some(self.head()) }))
    }

    async fn list_snapshot(
        &self,
        _: Request<ev::ListSnapshotRequest>,
    ) -> Result<Response<ev::ListSnapshotResponse>, Status> {
        // The tests tell each key once: what was told is the present state.
        let events = self.feed.borrow().told.clone();
        Ok(Response::new(ev::ListSnapshotResponse { events, next_page_token: String::new() }))
    }
}

#[tonic::async_trait]
impl ReportingLineService for Neighbour {
    async fn resolve_rater(
        &self,
        request: Request<registry::ResolveRaterRequest>,
    ) -> Result<Response<registry::ResolveRaterResponse>, Status> {
        if *self.is_down.lock().expect("no panic") {
            return Err(Status::unavailable("down"));
        }
        let employee_id = request.into_inner().employee_id;
        let employee = employee_id.parse().map_err(|_| Status::invalid_argument("no UUID"))?;
        let rater = self.raters.lock().expect("no panic").get(&employee).copied();
        let Some(rater) = rater else {
            let reason = registry::Reason::NoRater;
            return Err(refusal(Code::FailedPrecondition, reason, "nobody rates the employee"));
        };
        let official =
            registry::RatingOfficial { employee_id: rater.to_string(), ..Default::default() };
        let resolution = registry::RaterResolution {
            employee_id,
            rater: Some(official),
            basis: registry::RaterBasis::HeadOfUnit.into(),
            ..Default::default()
        };
        Ok(Response::new(registry::ResolveRaterResponse { resolution: Some(resolution) }))
    }

    async fn resolve_raters(
        &self,
        _: Request<registry::ResolveRatersRequest>,
    ) -> Result<Response<registry::ResolveRatersResponse>, Status> {
        Err(Status::unimplemented("not asked"))
    }

    async fn set_reporting_line(
        &self,
        _: Request<registry::SetReportingLineRequest>,
    ) -> Result<Response<registry::SetReportingLineResponse>, Status> {
        Err(Status::unimplemented("not asked"))
    }

    async fn list_reporting_lines(
        &self,
        _: Request<registry::ListReportingLinesRequest>,
    ) -> Result<Response<registry::ListReportingLinesResponse>, Status> {
        Err(Status::unimplemented("not asked"))
    }
}
