//! Traces go on through the feed.

use std::sync::{Arc, Mutex, PoisonError};

use kinerja_kit::testing;
use opentelemetry::{
    global,
    trace::{SpanContext, TraceContextExt as _, TracerProvider as _},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    propagation::TraceContextPropagator,
    trace::{SdkTracerProvider, SpanData, SpanExporter},
};
use sqlx::PgPool;
use tracing::Instrument as _;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};

use super::{
    eventually,
    sink::{Neighbours, cursor},
    source::{OURS, Served, commit, key, quick},
};

#[derive(Debug, Clone, Default)]
struct Collected(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Collected {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(batch);
        Ok(())
    }
}

impl Collected {
    /// The work done for a cause.
    fn children(&self, cause: &SpanContext) -> Vec<SpanData> {
        let spans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_child = |span: &&SpanData| {
            span.parent_span_id == cause.span_id()
                && span.span_context.trace_id() == cause.trace_id()
                && span.name == "apply events"
        };
        spans.iter().filter(is_child).cloned().collect()
    }
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn applying_an_event_is_a_child_of_its_cause(pool: PgPool) {
    let collected = Collected::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(collected.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    global::set_text_map_propagator(TraceContextPropagator::new());
    // The runtime of a test has one thread: what it starts is seen too.
    let _guard = tracing_subscriber::registry().with(layer).set_default();

    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    let mut causes = Vec::new();
    for n in 1..=2 {
        let span = tracing::info_span!("cause");
        causes.push(span.context().span().span_context().clone());
        commit(&db, OURS, key(n), "one").instrument(span).await;
    }
    let consumer = Neighbours::new().start(&db, source.client());
    eventually("applied", async || cursor(&pool).await == 2).await;
    consumer.stop().await;

    for cause in &causes {
        assert_eq!(collected.children(cause).len(), 1, "{cause:?}");
    }
}
