//! The connections of a process to its service's database.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry::KeyValue;
use sqlx::{
    Connection as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::Instant;

use crate::{migrate, telemetry, tenant::Database};

/// Connections are renewed at that age, so that a pooler or a new primary gets its share again.
const MAX_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// Every connection older than this, in milliseconds since [`EPOCH`], may be to a database that
/// has become a replica.
static SUSPECT_BEFORE: AtomicU64 = AtomicU64::new(0);
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Opens connections when they are needed: a database that is away at the start comes later.
///
/// Every connection is refused whose role row-level security does not bind.
pub fn open(
    options: PgConnectOptions,
    service: &'static str,
    size: u32,
    acquire: Duration,
) -> PgPool {
    LazyLock::force(&EPOCH);
    PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(acquire)
        .max_lifetime(MAX_LIFETIME)
        .test_before_acquire(false)
        .after_connect(move |conn, _| {
            Box::pin(async move {
                let refusal = migrate::refuse_powerful_role(conn, service).await;
                refusal.map_err(|error| sqlx::Error::Configuration(error.into()))
            })
        })
        .before_acquire(|_, meta| {
            let born = now().saturating_sub(millis(meta.age));
            let kept = born >= SUSPECT_BEFORE.load(Ordering::Relaxed);
            Box::pin(std::future::ready(Ok(kept)))
        })
        .after_release(|conn, _| {
            // The megabytes of an import's statement would stay with the connection.
            conn.shrink_buffers();
            Box::pin(std::future::ready(Ok(true)))
        })
        .connect_lazy_with(options)
}

/// A write was refused as read-only (SQLSTATE 25006): after a failover, the connections of before
/// lead to the old primary. None of them is used again.
pub(crate) fn drop_older_connections() {
    SUSPECT_BEFORE.store(now(), Ordering::Relaxed);
}

/// Metrics of a service's connections: `kinerja.pool.connections` by state.
pub(crate) fn observe(db: &Database, service: &'static str) {
    let db = db.clone();
    telemetry::meter()
        .u64_observable_gauge("kinerja.pool.connections")
        .with_description(
            "Connections to the database in use and idle, and transactions that wait for one",
        )
        .with_callback(move |gauge| {
            let usage = db.usage();
            let states =
                [("in_use", usage.in_use), ("idle", usage.idle), ("waiting", usage.waiting)];
            for (state, count) in states {
                let labels = [KeyValue::new("service", service), KeyValue::new("state", state)];
                gauge.observe(count, &labels);
            }
        })
        .build();
}

fn now() -> u64 {
    millis(EPOCH.elapsed())
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
