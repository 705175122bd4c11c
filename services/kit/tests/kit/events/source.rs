//! A service that publishes: its database, its writers, its feed over real connections.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use jiff::Timestamp;
use kinerja_kit::{
    client,
    events::{self, Append, Current, Feed, FeedClient, FeedOptions, Snapshot},
    tenant::{Database, TenantId},
};
use kinerja_proto::events::v1::{UnitChanged, event_feed_service_client::EventFeedServiceClient};
use sqlx::{PgConnection, PgPool};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::transport::Server;
use uuid::Uuid;

use crate::tenancy::tenant;

pub(crate) const OURS: &str = "12.76";
pub(crate) const THEIRS: &str = "15.04";

pub(crate) fn noon() -> Timestamp {
    "2026-01-05T12:00:00Z".parse().expect("instant")
}

pub(crate) fn key(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(crate) fn unit(name: &str) -> UnitChanged {
    UnitChanged { name: name.to_owned(), ..Default::default() }
}

/// Changes a resource of the source and appends the event, within the caller's transaction.
pub(crate) async fn change(conn: &mut PgConnection, key: Uuid, name: &str) -> i64 {
    let revision = sqlx::query_scalar(
        "INSERT INTO sources (source_id, name, revision)
         VALUES ($1, $2, 1)
         ON CONFLICT (tenant_id, source_id) DO UPDATE SET name = $2, revision = sources.revision + 1
         RETURNING revision",
    )
    .bind(key)
    .bind(name)
    .fetch_one(&mut *conn)
    .await
    .expect("change");
    events::append(conn, key, revision, noon(), &unit(name)).await.expect("append");
    revision
}

/// Changes a resource in a transaction of its own.
pub(crate) async fn commit(db: &Database, code: &str, key: Uuid, name: &str) {
    let mut tx = db.begin(&tenant(code)).await.expect("begin");
    change(&mut tx, key, name).await;
    tx.commit().await.expect("commit");
}

/// Makes many resources, keys from `first` on, in one transaction.
pub(crate) async fn commit_many(db: &Database, code: &str, first: u128, count: u128) {
    let mut tx = db.begin(&tenant(code)).await.expect("begin");
    let keys: Vec<Uuid> = (first..first + count).map(key).collect();
    sqlx::query("INSERT INTO sources (source_id, name, revision) SELECT key, 'one of many', 1 FROM unnest($1::uuid[]) AS made (key)")
        .bind(&keys)
        .execute(&mut *tx)
        .await
        .expect("insert");
    let all = keys.into_iter().map(|key| Append { key, revision: 1, message: unit("one of many") });
    events::append_all(&mut tx, noon(), all).await.expect("append");
    tx.commit().await.expect("commit");
}

/// The units of the source as they are now.
pub(crate) struct Units;

#[tonic::async_trait]
impl Snapshot for Units {
    fn types(&self) -> Vec<String> {
        vec![events::kind::<UnitChanged>()]
    }

    async fn tenants(&self, _: &mut PgConnection) -> Result<Vec<TenantId>, sqlx::Error> {
        Ok(vec![tenant(OURS), tenant(THEIRS)])
    }

    async fn page(
        &self,
        conn: &mut PgConnection,
        _: &str,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Current>, sqlx::Error> {
        let rows: Vec<(Uuid, String, i64)> = sqlx::query_as(
            "SELECT source_id, name, revision
             FROM sources
             WHERE source_id > $1 OR $1 IS NULL
             ORDER BY source_id
             LIMIT $2",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(conn)
        .await?;
        let current = |(key, name, revision): (Uuid, String, i64)| {
            Current::new(key, revision, noon(), &unit(&name))
        };
        Ok(rows.into_iter().map(current).collect())
    }
}

/// Intervals at which tests need not wait.
pub(crate) fn quick() -> FeedOptions {
    let poll = Duration::from_millis(10);
    FeedOptions { poll, heartbeat: Duration::from_millis(100), ..FeedOptions::default() }
}

pub(crate) fn feed(db: &Database, options: FeedOptions) -> Feed {
    Feed::new(db.clone(), Arc::new(Units), options)
}

/// A replica that serves its feed on loopback until it is stopped.
pub(crate) struct Served {
    pub(crate) addr: SocketAddr,
    pub(crate) drain: CancellationToken,
    tasks: TaskTracker,
}

impl Served {
    pub(crate) async fn start(db: &Database, options: FeedOptions) -> Self {
        Self::start_at(db, options, "127.0.0.1:0".parse().expect("address")).await
    }

    pub(crate) async fn start_at(db: &Database, options: FeedOptions, addr: SocketAddr) -> Self {
        let listener = TcpListener::bind(addr).await.expect("bind");
        let addr = listener.local_addr().expect("address");
        let (feed, drain, tasks) =
            (feed(db, options), CancellationToken::new(), TaskTracker::new());
        let service = feed.server(drain.clone());
        let serving = Server::builder().add_service(service).serve_with_incoming_shutdown(
            TcpListenerStream::new(listener),
            drain.clone().cancelled_owned(),
        );
        tasks.spawn(serving);
        tasks.spawn(feed.clone().run(drain.clone()));
        Self { addr, drain, tasks }
    }

    fn channel(&self) -> client::Channel {
        client::connect(&format!("http://{}", self.addr), client::Options::default()).expect("url")
    }

    pub(crate) fn client(&self) -> FeedClient {
        FeedClient::new(self.channel())
    }

    pub(crate) fn stub(&self) -> EventFeedServiceClient<client::Channel> {
        EventFeedServiceClient::new(self.channel())
    }

    pub(crate) async fn stop(self) {
        self.drain.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// A test that is over leaves no connection behind, which would hold up the dropping of its
/// database.
impl Drop for Served {
    fn drop(&mut self) {
        self.drain.cancel();
    }
}

/// How many events have their position.
pub(crate) async fn stamped(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(position) FROM outbox").fetch_one(pool).await.expect("count")
}
