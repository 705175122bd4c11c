//! What a call costs the database.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tracing::Instrument as _;

tokio::task_local! {
    static COST: Arc<SqlCost>;
}

/// Statements of one call, and the time it waited for them.
#[derive(Debug, Default)]
pub(crate) struct SqlCost {
    statements: AtomicU64,
    micros: AtomicU64,
}

impl SqlCost {
    pub(super) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    pub(super) fn micros(&self) -> u64 {
        self.micros.load(Ordering::Relaxed)
    }

    fn add(&self, elapsed: Duration) {
        self.statements.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(elapsed.as_micros() as u64, Ordering::Relaxed);
    }
}

/// Runs one statement in a span of its own, named as the store function (`units.get`), and adds it
/// to the cost of the call.
pub async fn sql<F: Future>(name: &'static str, statement: F) -> F::Output {
    let span = tracing::info_span!(
        target: "kinerja::sql",
        "sql",
        otel.name = name,
        otel.kind = "client",
        db.system.name = "postgresql",
    );
    let started = Instant::now();
    let outcome = statement.instrument(span).await;
    add_sql(started.elapsed());
    outcome
}

/// Adds one statement to the cost of the current call, if this is one.
pub fn add_sql(elapsed: Duration) {
    let _ = COST.try_with(|cost| cost.add(elapsed));
}

pub(crate) fn cost() -> Arc<SqlCost> {
    COST.try_with(Arc::clone).unwrap_or_default()
}

pub(crate) fn with_cost<F: Future>(cost: Arc<SqlCost>, work: F) -> impl Future<Output = F::Output> {
    COST.scope(cost, work)
}
