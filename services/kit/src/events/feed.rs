//! The feed of a service: who stamps its events, and who streams them.

use std::{fmt, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream::BoxStream};
use kinerja_proto::events::v1 as pb;
use pb::event_feed_service_server::{EventFeedService, EventFeedServiceServer};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::{
    Cursor, Snapshot, depth, outbox, snapshot_pages,
    stamper::Stamper,
    storage,
    stream::EventStream,
    tailer::{Recent, Tailer},
};
use crate::tenant::Database;

/// The intervals of a feed.
#[derive(Debug, Clone)]
pub struct FeedOptions {
    /// How often the outbox is looked at for what other processes wrote.
    pub poll: Duration,
    /// How often a stream says that nothing happened.
    pub heartbeat: Duration,
    /// How long a stream lives, give or take a fifth, so that consumers spread over new replicas.
    pub max_age: Duration,
}

impl Default for FeedOptions {
    fn default() -> Self {
        Self {
            poll: Duration::from_millis(250),
            heartbeat: Duration::from_secs(5),
            max_age: Duration::from_secs(300),
        }
    }
}

/// The public events of one service. One per process: its streams share one reader.
#[derive(Clone)]
pub struct Feed {
    db: Database,
    snapshot: Arc<dyn Snapshot>,
    options: FeedOptions,
    recent: Arc<Recent>,
    stamped: watch::Sender<()>,
}

/// The gRPC face of a [`Feed`], until `drain`.
#[derive(Debug)]
struct Server {
    feed: Feed,
    drain: CancellationToken,
}

impl Feed {
    pub fn new(db: Database, snapshot: Arc<dyn Snapshot>, options: FeedOptions) -> Self {
        let (recent, stamped) = (Arc::new(Recent::new()), watch::Sender::new(()));
        Self { db, snapshot, options, recent, stamped }
    }

    /// Gives events their positions and keeps the streams supplied, until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let tailer = Tailer {
            db: self.db.clone(),
            recent: self.recent,
            stamped: self.stamped.subscribe(),
            poll: self.options.poll,
        };
        let depth = depth::measure(&self.db, &shutdown);
        let stamper = Stamper::new(self.db.clone(), self.stamped);
        tokio::join!(stamper.run(self.options.poll, &shutdown), tailer.run(&shutdown), depth);
    }

    /// The service that streams the events; its streams end at once on `drain`.
    pub fn server(
        &self,
        drain: CancellationToken,
    ) -> EventFeedServiceServer<impl EventFeedService + use<>> {
        EventFeedServiceServer::new(Server { feed: self.clone(), drain })
    }

    /// Gives every committed event its position now; returns how many it stamped. For tests and
    /// tools: [`run`](Self::run) does it all the time.
    pub async fn stamp(&self) -> Result<i64, sqlx::Error> {
        Stamper::new(self.db.clone(), self.stamped.clone()).stamp().await
    }

    async fn head(&self) -> Result<Cursor, sqlx::Error> {
        let mut tx = self.db.begin_system().await?;
        let head = outbox::head(&mut tx).await?;
        tx.rollback().await?;
        Ok(head)
    }
}

#[tonic::async_trait]
impl EventFeedService for Server {
    type WatchStream = BoxStream<'static, Result<pb::WatchResponse, Status>>;

    async fn watch(
        &self,
        request: Request<pb::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let request = request.into_inner();
        let after = Cursor::try_from(request.after.unwrap_or_default())?;
        let Feed { db, recent, options, .. } = self.feed.clone();
        let types = request.types.into_iter().collect();
        let stream = EventStream::open(db, recent, after, types).await?;
        Ok(Response::new(stream.run(&options, self.drain.clone()).boxed()))
    }

    async fn get_head(
        &self,
        _: Request<pb::GetHeadRequest>,
    ) -> Result<Response<pb::GetHeadResponse>, Status> {
        let head = self.feed.head().await.map_err(storage)?;
        Ok(Response::new(pb::GetHeadResponse { head: Some(head.into()) }))
    }

    async fn list_snapshot(
        &self,
        request: Request<pb::ListSnapshotRequest>,
    ) -> Result<Response<pb::ListSnapshotResponse>, Status> {
        let snapshot = self.feed.snapshot.as_ref();
        let page = snapshot_pages::page(&self.feed.db, snapshot, request.get_ref()).await?;
        Ok(Response::new(page))
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("options", &self.options).finish_non_exhaustive()
    }
}
