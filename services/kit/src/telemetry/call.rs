//! One span per call, and its rate, errors and duration.

use std::{
    sync::{Arc, OnceLock},
    time::Instant,
};

use http::HeaderMap;
use opentelemetry::{
    KeyValue,
    metrics::{Counter, Histogram, UpDownCounter},
};
use tonic::Code;
use tracing::{Span, field::Empty};

use super::{meter, propagation::follow_headers, sql::SqlCost};

/// A call that is being answered.
#[derive(Debug)]
pub(crate) struct ServerCall {
    span: Span,
    labels: [KeyValue; 3],
    started: Instant,
    cost: Arc<SqlCost>,
    finished: bool,
}

impl ServerCall {
    /// `labels` are those of metrics: system, service and method.
    pub(crate) fn begin(
        headers: &HeaderMap,
        service: &str,
        method: &str,
        labels: &[KeyValue; 3],
    ) -> Self {
        let span = tracing::info_span!(
            target: "kinerja::rpc",
            "rpc",
            otel.name = format_args!("{service}/{method}"),
            otel.kind = "server",
            otel.status_code = Empty,
            rpc.system = "grpc",
            rpc.service = service,
            rpc.method = method,
            rpc.grpc.status_code = Empty,
            kinerja.tenant = Empty,
            kinerja.sql.statements = Empty,
            kinerja.sql.time_us = Empty,
        );
        follow_headers(&span, headers);
        if let Some(instruments) = INSTRUMENTS.get() {
            instruments.active.add(1, labels);
        }
        Self {
            span,
            labels: labels.clone(),
            started: Instant::now(),
            cost: Arc::default(),
            finished: false,
        }
    }

    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    pub(crate) fn cost(&self) -> Arc<SqlCost> {
        self.cost.clone()
    }

    /// Records how the call ended; later endings of the same call are not counted.
    pub(crate) fn finish(&mut self, code: Code) {
        if std::mem::replace(&mut self.finished, true) {
            return;
        }
        self.span.record("rpc.grpc.status_code", code as i32);
        self.span.record("kinerja.sql.statements", self.cost.statements());
        self.span.record("kinerja.sql.time_us", self.cost.micros());
        if is_fault(code) {
            self.span.record("otel.status_code", "ERROR");
        }
        let Some(instruments) = INSTRUMENTS.get() else { return };
        instruments.active.add(-1, &self.labels);
        let [system, service, method] = self.labels.clone();
        let labels = [system, service, method, status_label(code)];
        instruments.server.record(self.started.elapsed().as_secs_f64(), &labels);
    }
}

impl Drop for ServerCall {
    /// A call that is dropped without an end: its caller hung up.
    fn drop(&mut self) {
        self.finish(Code::Cancelled);
    }
}

/// A call to a neighbour, with all its repetitions.
#[derive(Debug)]
pub(crate) struct ClientCall {
    span: Span,
    service: String,
    method: String,
    started: Instant,
}

impl ClientCall {
    pub(crate) fn begin(path: &str) -> Self {
        let (service, method) = path.trim_start_matches('/').split_once('/').unwrap_or((path, ""));
        let span = tracing::info_span!(
            target: "kinerja::rpc",
            "call",
            otel.name = format_args!("{service}/{method}"),
            otel.kind = "client",
            otel.status_code = Empty,
            rpc.system = "grpc",
            rpc.service = service,
            rpc.method = method,
            rpc.grpc.status_code = Empty,
            kinerja.attempts = Empty,
        );
        let (service, method) = (service.to_owned(), method.to_owned());
        Self { span, service, method, started: Instant::now() }
    }

    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    pub(crate) fn finish(self, code: Code, attempts: u32) {
        self.span.record("rpc.grpc.status_code", code as i32);
        self.span.record("kinerja.attempts", attempts);
        if is_fault(code) {
            self.span.record("otel.status_code", "ERROR");
        }
        let Some(instruments) = INSTRUMENTS.get() else { return };
        let labels = [
            KeyValue::new("rpc.system", "grpc"),
            KeyValue::new("rpc.service", self.service),
            KeyValue::new("rpc.method", self.method),
            status_label(code),
        ];
        instruments.client.record(self.started.elapsed().as_secs_f64(), &labels);
        if attempts > 1 {
            instruments.repeated.add(u64::from(attempts - 1), &labels[..3]);
        }
    }
}

/// Names the government a call is about in the span of the call.
pub fn record_tenant(tenant: &str) {
    Span::current().record("kinerja.tenant", tenant);
}

pub(crate) fn count_shed() {
    if let Some(instruments) = INSTRUMENTS.get() {
        instruments.shed.add(1, &[]);
    }
}

pub(crate) fn count_refused_connection() {
    if let Some(instruments) = INSTRUMENTS.get() {
        instruments.refused.add(1, &[]);
    }
}

#[derive(Debug)]
struct Instruments {
    server: Histogram<f64>,
    active: UpDownCounter<i64>,
    client: Histogram<f64>,
    repeated: Counter<u64>,
    shed: Counter<u64>,
    refused: Counter<u64>,
}

static INSTRUMENTS: OnceLock<Instruments> = OnceLock::new();

const SECONDS: [f64; 14] =
    [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];

pub(super) fn create_instruments() {
    let meter = meter();
    let seconds = |name: &'static str| {
        meter.f64_histogram(name).with_unit("s").with_boundaries(SECONDS.to_vec()).build()
    };
    let instruments = Instruments {
        server: seconds("rpc.server.call.duration"),
        active: meter.i64_up_down_counter("kinerja.server.active_calls").build(),
        client: seconds("rpc.client.call.duration"),
        repeated: meter.u64_counter("kinerja.client.repeated_calls").build(),
        shed: meter.u64_counter("kinerja.server.shed_calls").build(),
        refused: meter.u64_counter("kinerja.server.refused_connections").build(),
    };
    // Made once, by the only set_up that succeeds.
    let _ = INSTRUMENTS.set(instruments);
}

/// Whether the server is to blame, as an alert should count it.
fn is_fault(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
            | Code::DeadlineExceeded
    )
}

fn status_label(code: Code) -> KeyValue {
    KeyValue::new("rpc.grpc.status_code", i64::from(code as i32))
}
