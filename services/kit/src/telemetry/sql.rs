//! What a call costs the database: sqlx tells of every statement when it has ended.

use std::{
    fmt,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry::{
    KeyValue,
    trace::{Span as _, SpanKind, TraceContextExt as _, Tracer as _},
};
use opentelemetry_sdk::trace::SdkTracer;
use tracing::{
    Event, Instrument as _, Metadata, Subscriber,
    field::{Field, Visit},
};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{Layer, layer::Context};

/// Under which sqlx tells.
const TARGET: &str = "sqlx::query";

/// Statements that only open and close transactions.
const BRACKETS: [&str; 5] = ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"];

tokio::task_local! {
    static COST: Arc<SqlCost>;
}

/// Statements of one call, those that open and close transactions apart, and the time it waited for
/// them.
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

pub(crate) fn cost() -> Arc<SqlCost> {
    COST.try_with(Arc::clone).unwrap_or_default()
}

pub(crate) fn with_cost<F: Future>(cost: Arc<SqlCost>, work: F) -> impl Future<Output = F::Output> {
    COST.scope(cost, work)
}

/// Puts the statements of a longer piece of work (`import.merge`) under a span of its own. Single
/// statements have spans without it.
pub async fn sql<F: Future>(name: &'static str, work: F) -> F::Output {
    let span = tracing::info_span!(target: "kinerja::sql", "sql", otel.name = name);
    work.instrument(span).await
}

/// Makes a span of each statement, and adds it to the cost of the call it belongs to.
#[derive(Debug)]
pub(super) struct Statements(pub SdkTracer);

impl Statements {
    pub(super) fn are_told_in(meta: &Metadata<'_>) -> bool {
        meta.is_event() && meta.target() == TARGET
    }
}

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut statement = Statement::default();
        event.record(&mut statement);
        let opening = statement.summary.split([' ', ';']).next().unwrap_or_default();
        if BRACKETS.contains(&opening) {
            return;
        }
        let _ = COST.try_with(|cost| cost.add(statement.elapsed));
        let parent = tracing::Span::current().context();
        if !parent.span().span_context().is_sampled() {
            return;
        }
        let ended = opentelemetry::time::now();
        let span = self
            .0
            .span_builder(statement.summary)
            .with_kind(SpanKind::Client)
            .with_start_time(ended - statement.elapsed)
            .with_attributes([KeyValue::new("db.system.name", "postgresql")]);
        self.0.build_with_context(span, &parent).end_with_timestamp(ended);
    }
}

#[derive(Default)]
struct Statement {
    /// Its first words.
    summary: String,
    elapsed: Duration,
}

impl Visit for Statement {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "summary" {
            self.summary = value.to_owned();
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "elapsed_secs" {
            self.elapsed = Duration::try_from_secs_f64(value).unwrap_or_default();
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
