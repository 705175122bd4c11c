//! W3C trace context, in and out.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    Context, global,
    propagation::{Extractor, Injector},
    trace::TraceContextExt as _,
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

const TRACEPARENT: &str = "traceparent";

/// The `traceparent` of the current span, to be stored with an event; empty without a trace.
pub fn traceparent() -> String {
    let mut carrier = Single(String::new());
    let context = Span::current().context();
    global::get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut carrier));
    carrier.0
}

/// Makes `span` a child of the span that `traceparent` names, if it names one.
pub fn follow(span: &Span, traceparent: &str) {
    let carrier = Single(traceparent.to_owned());
    adopt(span, global::get_text_map_propagator(|propagator| propagator.extract(&carrier)));
}

/// Makes `span` a child of the caller's.
pub(super) fn follow_headers(span: &Span, headers: &HeaderMap) {
    if headers.contains_key(TRACEPARENT) {
        let carrier = Headers(headers);
        adopt(span, global::get_text_map_propagator(|propagator| propagator.extract(&carrier)));
    }
}

/// Tells whom we call what trace this is.
pub(crate) fn inject(span: &Span, headers: &mut HeaderMap) {
    let context = span.context();
    global::get_text_map_propagator(|propagator| {
        propagator.inject_context(&context, &mut HeadersMut(headers));
    });
}

fn adopt(span: &Span, context: Context) {
    if context.span().span_context().is_valid() {
        // Fails only where spans are not exported.
        let _ = span.set_parent(context);
    }
}

struct Single(String);

impl Injector for Single {
    fn set(&mut self, key: &str, value: String) {
        if key == TRACEPARENT {
            self.0 = value;
        }
    }
}

impl Extractor for Single {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(&self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct HeadersMut<'a>(&'a mut HeaderMap);

impl Injector for HeadersMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        let name = HeaderName::from_bytes(key.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
            self.0.insert(name, value);
        }
    }
}
