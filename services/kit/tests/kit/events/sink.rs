//! A service that consumes: its projection of the source's units.

use std::sync::{
    Arc,
    atomic::{AtomicI32, AtomicUsize, Ordering},
};

use kinerja_kit::{
    clock::Clock,
    events::{self, ApplyError, Consumer, Event, FeedClient, Projection},
    tenant::{Database, TenantId},
};
use kinerja_proto::events::v1::UnitChanged;
use sqlx::{PgConnection, PgPool};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinHandle,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::Status;
use uuid::Uuid;

use super::source::noon;
use crate::tenancy::tenant;

/// A view of neighbours that also counts what every event did.
#[derive(Clone)]
pub(crate) struct Neighbours {
    pub(crate) version: Arc<AtomicI32>,
    /// Passed once by each apply, after its statements: without permits it stops in mid-batch.
    pub(crate) gate: Arc<Semaphore>,
    /// Grows when an apply has come to the gate.
    pub(crate) at_gate: watch::Sender<usize>,
    /// How often an elsewhere that does not answer is asked before it does.
    pub(crate) silences: Arc<AtomicUsize>,
    /// How often something was prepared.
    pub(crate) prepared: Arc<AtomicUsize>,
}

impl Neighbours {
    pub(crate) fn new() -> Self {
        Self {
            version: Arc::new(AtomicI32::new(1)),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            at_gate: watch::Sender::new(0),
            silences: Arc::default(),
            prepared: Arc::default(),
        }
    }

    /// Stops in the middle of its first batch.
    pub(crate) fn stuck() -> Self {
        Self { gate: Arc::new(Semaphore::new(0)), ..Self::new() }
    }

    pub(crate) fn start(&self, db: &Database, client: FeedClient) -> Consuming {
        let consumer = Consumer::new(db.clone(), Clock::fixed(noon()), client, self.clone());
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let task = tasks.spawn(consumer.into_worker().run(stop.clone()));
        Consuming { stop, task }
    }
}

/// A consumer at work.
pub(crate) struct Consuming {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Drop for Consuming {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Consuming {
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        (&mut self.task).await.expect("the consumer ends");
    }

    /// Ends it wherever it is, as a crash would.
    pub(crate) async fn kill(mut self) {
        self.task.abort();
        assert!((&mut self.task).await.expect_err("killed").is_cancelled());
    }
}

impl Projection for Neighbours {
    type Prepared = ();

    fn name(&self) -> &'static str {
        "neighbours"
    }

    fn version(&self) -> i32 {
        self.version.load(Ordering::Relaxed)
    }

    fn source(&self) -> &'static str {
        "kit"
    }

    fn types(&self) -> Vec<String> {
        vec![events::kind::<UnitChanged>()]
    }

    async fn prepare(&self, events: &[Event]) -> Result<(), Status> {
        self.prepared.fetch_add(1, Ordering::Relaxed);
        let less = |left: usize| left.checked_sub(1);
        if self.silences.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok() {
            return Err(Status::unavailable("not there"));
        }
        for unit in
            events::facts::<UnitChanged>(events).map_err(|e| Status::internal(e.to_string()))?
        {
            if unit.message.name == "unknown elsewhere" {
                return Err(Status::not_found("no such thing"));
            }
        }
        Ok(())
    }

    async fn apply(
        &self,
        conn: &mut PgConnection,
        _: &TenantId,
        events: &[Event],
        (): &(),
    ) -> Result<(), ApplyError> {
        let newest = events::newest::<UnitChanged>(events)?;
        assert!(newest.iter().all(|unit| unit.message.name != "panic"), "asked to");
        let keys: Vec<Uuid> = newest.iter().map(|unit| unit.event.key).collect();
        let names: Vec<&str> = newest.iter().map(|unit| unit.message.name.as_str()).collect();
        let revisions: Vec<i64> = newest.iter().map(|unit| unit.event.revision).collect();
        sqlx::query(
            "INSERT INTO neighbours (neighbour_id, name, is_gone, revision)
             SELECT neighbour_id, name, false, revision
             FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS given (neighbour_id, name, revision)
             ON CONFLICT (tenant_id, neighbour_id) DO UPDATE
             SET name = excluded.name, is_gone = false, revision = excluded.revision
             WHERE neighbours.revision < excluded.revision",
        )
        .bind(keys)
        .bind(names)
        .bind(revisions)
        .execute(&mut *conn)
        .await?;
        count_effects(conn, events).await?;
        self.at_gate.send_modify(|times| *times += 1);
        self.gate.acquire().await.expect("the gate is never closed").forget();
        Ok(())
    }

    async fn forget(
        &self,
        conn: &mut PgConnection,
        _: &TenantId,
        facts: &[Event],
    ) -> Result<(), ApplyError> {
        let keys: Vec<Uuid> = facts.iter().map(|fact| fact.key).collect();
        let forget =
            sqlx::query("UPDATE neighbours SET revision = 0 WHERE neighbour_id = ANY ($1)");
        forget.bind(keys).execute(conn).await?;
        Ok(())
    }

    async fn close(
        &self,
        conn: &mut PgConnection,
        _: &TenantId,
        known: &[Uuid],
    ) -> Result<(), ApplyError> {
        let close = sqlx::query(
            "UPDATE neighbours SET is_gone = true, revision = 0 WHERE neighbour_id <> ALL ($1)",
        );
        close.bind(known).execute(conn).await?;
        Ok(())
    }
}

async fn count_effects(conn: &mut PgConnection, events: &[Event]) -> Result<(), ApplyError> {
    let names: Vec<String> =
        events::facts::<UnitChanged>(events)?.into_iter().map(|unit| unit.message.name).collect();
    let ids: Vec<Uuid> = events.iter().map(|event| event.event_id).collect();
    let keys: Vec<Uuid> = events.iter().map(|event| event.key).collect();
    let revisions: Vec<i64> = events.iter().map(|event| event.revision).collect();
    sqlx::query(
        "INSERT INTO effects (event_id, key, revision, name)
         SELECT event_id, key, revision, name
         FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[]) WITH ORDINALITY
             AS given (event_id, key, revision, name, nth)
         ORDER BY nth",
    )
    .bind(ids)
    .bind(keys)
    .bind(revisions)
    .bind(names)
    .execute(conn)
    .await?;
    Ok(())
}

/// How many effects there were, and of how many events.
pub(crate) async fn effects(pool: &PgPool) -> (i64, i64) {
    sqlx::query_as("SELECT count(*), count(DISTINCT event_id) FROM effects")
        .fetch_one(pool)
        .await
        .expect("count")
}

/// The position the projection has come to.
pub(crate) async fn cursor(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT max(position) FROM cursors WHERE rebuild_token IS NULL")
        .fetch_one(pool)
        .await
        .map(|position: Option<i64>| position.unwrap_or(-1))
        .expect("cursor")
}

/// What the projection holds of a tenant: names of what is there, by key.
pub(crate) async fn held(db: &Database, code: &str) -> Vec<(Uuid, String)> {
    let mut tx = db.begin(&tenant(code)).await.expect("begin");
    sqlx::query_as(
        "SELECT neighbour_id, name FROM neighbours WHERE NOT is_gone ORDER BY neighbour_id",
    )
    .fetch_all(&mut *tx)
    .await
    .expect("read")
}

/// The revisions applied of a key, in the order in which they were.
pub(crate) async fn applied(pool: &PgPool, key: Uuid) -> Vec<i64> {
    sqlx::query_scalar("SELECT revision FROM effects WHERE key = $1 ORDER BY effect_id")
        .bind(key)
        .fetch_all(pool)
        .await
        .expect("read")
}
