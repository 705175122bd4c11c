//! Applying events under the traces of their causes.

use std::collections::HashMap;

use opentelemetry::trace::TraceContextExt as _;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::Event;
use crate::telemetry;

/// The spans under which `events` are applied: for each cause one that is its child.
///
/// A batch is applied at once, so its statements lie below the first; the others are linked to it.
pub(super) fn spans(projection: &'static str, events: &[Event]) -> Vec<Span> {
    let mut causes: Vec<(&str, usize)> = Vec::new();
    let mut known = HashMap::new();
    for event in events {
        let nth = *known.entry(event.traceparent.as_str()).or_insert_with(|| {
            causes.push((&event.traceparent, 0));
            causes.len() - 1
        });
        causes[nth].1 += 1;
    }
    let mut spans: Vec<Span> = Vec::with_capacity(causes.len());
    for (cause, count) in causes {
        let span = span(projection, cause, count);
        if let Some(first) = spans.first() {
            span.add_link(first.context().span().span_context().clone());
        }
        spans.push(span);
    }
    spans
}

fn span(projection: &'static str, cause: &str, count: usize) -> Span {
    let span = tracing::info_span!(
        parent: None,
        "apply events",
        otel.kind = "consumer",
        kinerja.projection = projection,
        messaging.batch.message_count = count,
    );
    telemetry::follow(&span, cause);
    span
}
