//! Who read whose data: a table, written in batches behind the calls.

use std::{collections::BTreeMap, error::Error, sync::Arc, time::Duration};

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use opentelemetry::metrics::Counter;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    auth::Caller,
    clock::Clock,
    server::Tasks,
    telemetry,
    tenant::{Database, TenantId},
};

/// Entries that may wait to be taken up; then calls wait. As many again may be in the writer's hands.
const QUEUE: usize = 8_192;
/// An entry waits at most so long for company.
const GATHER: Duration = Duration::from_millis(250);
/// So many are company enough, and written by one statement.
const BATCH: usize = 1_000;
/// A statement that takes longer is tried again.
const ATTEMPT: Duration = Duration::from_secs(2);
/// After a failure the database is asked again this much later.
const RETRY: Duration = Duration::from_millis(500);
/// At the end of the process entries are given up after this time, which the drain's own exceeds.
const LAST_CHANCE: Duration = Duration::from_millis(2_500);

/// Takes up entries. Clones share one queue.
#[derive(Debug, Clone)]
pub struct AccessLog {
    clock: Clock,
    entries: mpsc::Sender<Entry>,
    flushes: mpsc::Sender<Flush>,
}

/// Somebody read a person's data.
#[derive(Debug)]
struct Entry {
    /// Made with the entry: one that is written twice, because the first answer was lost, is one.
    entry_id: Uuid,
    tenant: TenantId,
    read_at: Timestamp,
    caller: Arc<str>,
    method: &'static str,
    subject: Uuid,
}

type Flush = oneshot::Sender<Result<(), Unwritten>>;

/// So many entries could not be written yet, and are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} entries of the access log are not written")]
pub struct Unwritten(pub usize);

impl AccessLog {
    /// Starts the writer, which ends when the service closes and everything is written.
    pub fn start(db: Database, clock: Clock, tasks: &Tasks) -> Self {
        Self::with_queue(QUEUE, db, clock, tasks)
    }

    /// The same, with room for `queue` entries.
    pub fn with_queue(queue: usize, db: Database, clock: Clock, tasks: &Tasks) -> Self {
        let (entries, taken) = mpsc::channel(queue);
        let (flushes, asked) = mpsc::channel(1);
        let writer = Writer {
            db,
            entries: taken,
            flushes: asked,
            closing: tasks.closing(),
            room: queue,
            held: Vec::new(),
            due: Instant::now(),
            failing: false,
            counters: Counters::new(),
        };
        tasks.spawn(writer.run());
        Self { clock, entries, flushes }
    }

    /// Notes that `caller` was given data of `subject_employee` by `method`, the RPC's bare name. One's
    /// own data makes no entry. Waits while the queue is full.
    pub async fn record(&self, caller: &Caller, method: &'static str, subject_employee: Uuid) {
        self.record_all(caller, method, [subject_employee]).await;
    }

    /// The same for every person of a list.
    pub async fn record_all(
        &self,
        caller: &Caller,
        method: &'static str,
        subject_employees: impl IntoIterator<Item = Uuid>,
    ) {
        let Ok(tenant) = caller.tenant() else {
            tracing::error!(method, "a person's data was read by a caller of no tenant");
            return;
        };
        let (read_at, name) = (self.clock.now(), Arc::<str>::from(caller.subject.as_str()));
        for subject in subject_employees.into_iter().filter(|subject| !caller.is(*subject)) {
            let entry = Entry {
                entry_id: self.clock.new_uuid(),
                tenant: tenant.clone(),
                read_at,
                caller: Arc::clone(&name),
                method,
                subject,
            };
            if self.entries.send(entry).await.is_err() {
                tracing::error!(method, "an entry of the access log came after its end");
            }
        }
    }

    /// Writes what was recorded so far, in one attempt.
    pub async fn flush(&self) -> Result<(), Unwritten> {
        let (done, outcome) = oneshot::channel();
        if self.flushes.send(done).await.is_err() {
            return Ok(());
        }
        outcome.await.unwrap_or(Ok(()))
    }

    /// Waits until the writer has ended: everything was written, or given up and counted.
    pub async fn ended(&self) {
        self.flushes.closed().await;
    }
}

struct Writer {
    db: Database,
    entries: mpsc::Receiver<Entry>,
    flushes: mpsc::Receiver<Flush>,
    closing: CancellationToken,
    /// How many entries are held at most.
    room: usize,
    held: Vec<Entry>,
    /// When what is held is written.
    due: Instant,
    /// Whether the last attempt left something: then nothing hurries the next.
    failing: bool,
    counters: Counters,
}

struct Counters {
    written: Counter<u64>,
    failures: Counter<u64>,
}

impl Writer {
    async fn run(mut self) {
        let closing = self.closing.clone();
        loop {
            let room = self.room.saturating_sub(self.held.len());
            tokio::select! {
                () = closing.cancelled() => break,
                Some(done) = self.flushes.recv() => self.flush(done).await,
                taken = self.entries.recv_many(&mut self.held, room), if room > 0 => match taken {
                    // Nobody holds the log any more.
                    0 => break,
                    taken => self.gather(taken),
                },
                () = sleep_until(self.due), if !self.held.is_empty() => self.write().await,
            }
        }
        self.finish().await;
    }

    fn gather(&mut self, taken: usize) {
        if self.failing {
            return;
        }
        if self.held.len() >= BATCH.min(self.room) {
            self.due = Instant::now();
        } else if self.held.len() == taken {
            self.due = Instant::now() + GATHER;
        }
    }

    async fn flush(&mut self, done: Flush) {
        self.take_all();
        self.write().await;
        let left = self.held.len();
        // Who asked may have gone.
        let _ = done.send(if left == 0 { Ok(()) } else { Err(Unwritten(left)) });
    }

    /// No call is in flight any more: what is there is all there will be.
    async fn finish(mut self) {
        self.entries.close();
        self.take_all();
        let last = Instant::now() + LAST_CHANCE;
        self.due = Instant::now();
        while !self.held.is_empty() {
            let left = self.held.len();
            let attempt = async {
                sleep_until(self.due).await;
                self.write().await;
            };
            if timeout_at(last, attempt).await.is_err() {
                tracing::error!(entries = left, "entries of the access log are given up");
                return;
            }
        }
    }

    fn take_all(&mut self) {
        while let Ok(entry) = self.entries.try_recv() {
            self.held.push(entry);
        }
    }

    /// Writes what is held, tenant by tenant, and keeps what could not be written.
    async fn write(&mut self) {
        let mut by_tenant = BTreeMap::<TenantId, Vec<Entry>>::new();
        for entry in self.held.drain(..) {
            by_tenant.entry(entry.tenant.clone()).or_default().push(entry);
        }
        let mut away = false;
        for (tenant, entries) in by_tenant {
            let mut entries = entries.into_iter();
            while entries.len() > 0 {
                let batch: Vec<_> = entries.by_ref().take(BATCH).collect();
                if !away {
                    match self.attempt(&tenant, &batch).await {
                        Ok(()) => continue,
                        // A database that refuses one tenant's entries may take another's.
                        Err(trouble) => away = matches!(trouble, Trouble::Away),
                    }
                }
                self.held.extend(batch);
            }
        }
        self.failing = !self.held.is_empty();
        self.due = Instant::now() + RETRY;
    }

    async fn attempt(&self, tenant: &TenantId, batch: &[Entry]) -> Result<(), Trouble> {
        let outcome = timeout(ATTEMPT, insert(&self.db, tenant, batch)).await;
        let error = match outcome.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
            Ok(()) => {
                self.counters.written.add(batch.len() as u64, &[]);
                return Ok(());
            }
            Err(error) => error,
        };
        tracing::error!(error = &error as &dyn Error, "the access log cannot be written");
        self.counters.failures.add(1, &[]);
        Err(if matches!(error, sqlx::Error::Database(_)) {
            Trouble::Refused
        } else {
            Trouble::Away
        })
    }
}

enum Trouble {
    /// The database answered.
    Refused,
    Away,
}

impl Counters {
    fn new() -> Self {
        let meter = telemetry::meter();
        Self {
            written: meter.u64_counter("kinerja.access_log.entries").build(),
            failures: meter.u64_counter("kinerja.access_log.failures").build(),
        }
    }
}

async fn insert(db: &Database, tenant: &TenantId, entries: &[Entry]) -> Result<(), sqlx::Error> {
    fn column<'e, T>(entries: &'e [Entry], of: impl Fn(&'e Entry) -> T) -> Vec<T> {
        entries.iter().map(of).collect()
    }
    let mut tx = db.begin(tenant).await?;
    sqlx::query(
        "INSERT INTO access_log (entry_id, read_at, caller, method, subject_employee_id)
         SELECT entry_id, read_at, caller, method, subject_employee_id
         FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::uuid[])
             AS entries (entry_id, read_at, caller, method, subject_employee_id)
         ON CONFLICT DO NOTHING",
    )
    .bind(column(entries, |entry| entry.entry_id))
    .bind(column(entries, |entry| entry.read_at.to_sqlx()))
    .bind(column(entries, |entry| &*entry.caller))
    .bind(column(entries, |entry| entry.method))
    .bind(column(entries, |entry| entry.subject))
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}
