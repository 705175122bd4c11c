//! A receiver of traces and metrics, on a real socket.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

pub use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::{
    collector::{
        metrics::v1::{
            ExportMetricsServiceRequest, ExportMetricsServiceResponse,
            metrics_service_server::{MetricsService, MetricsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    common::v1::{KeyValue, any_value::Value},
    metrics::v1::{Metric, NumberDataPoint, ResourceMetrics, metric::Data, number_data_point},
    trace::v1::ResourceSpans,
};
use tokio::{net::TcpListener, sync::watch};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use tonic::{
    Request, Response, Status, async_trait,
    transport::server::{Server, TcpIncoming},
};

/// How long a condition is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// A collector that keeps what it gets. It ends when it is dropped.
#[derive(Debug)]
pub struct Receiver {
    pub addr: SocketAddr,
    spans: watch::Receiver<Vec<Span>>,
    metrics: watch::Receiver<Vec<Metric>>,
    _end: DropGuard,
}

/// A span as it arrived; ids in hex.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// `service.name` of the process it comes from.
    pub service: String,
    pub name: String,
    pub kind: SpanKind,
    pub trace_id: String,
    pub span_id: String,
    /// Empty in the first span of a trace.
    pub parent_span_id: String,
    /// Everything that is in it, to be searched.
    pub text: String,
    attributes: Vec<KeyValue>,
}

impl Receiver {
    /// # Panics
    /// When no loopback port can be had.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let addr = listener.local_addr().expect("it is bound");
        let (spans_in, spans) = watch::channel(Vec::new());
        let (metrics_in, metrics) = watch::channel(Vec::new());
        let end = CancellationToken::new();
        let serving = Server::builder()
            .add_service(TraceServiceServer::new(Traces(spans_in)))
            .add_service(MetricsServiceServer::new(Metrics(metrics_in)))
            .serve_with_incoming_shutdown(
                TcpIncoming::from(listener),
                end.clone().cancelled_owned(),
            );
        TaskTracker::new().spawn(serving);
        Self { addr, spans, metrics, _end: end.drop_guard() }
    }

    /// What `KINERJA_OTLP_ENDPOINT` is set to.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Everything received so far, in order of arrival.
    pub fn spans(&self) -> Vec<Span> {
        self.spans.borrow().clone()
    }

    /// Waits until the spans received make `enough` true, and gives them all.
    ///
    /// # Panics
    /// When that takes longer than twenty seconds.
    pub async fn wait_for(&self, enough: impl FnMut(&Vec<Span>) -> bool) -> Vec<Span> {
        let mut spans = self.spans.clone();
        let waited = tokio::time::timeout(PATIENCE, spans.wait_for(enough)).await;
        waited.expect("the spans come in time").expect("the receiver lives").clone()
    }

    /// Every metric received so far, in order of arrival.
    pub fn metrics(&self) -> Vec<Metric> {
        self.metrics.borrow().clone()
    }

    /// Waits for a metric of each of these names.
    ///
    /// # Panics
    /// When that takes longer than twenty seconds.
    pub async fn wait_for_metrics(&self, names: &[&str]) -> Vec<Metric> {
        let mut metrics = self.metrics.clone();
        let all = |metrics: &Vec<Metric>| {
            let there: BTreeSet<&str> = metrics.iter().map(|metric| metric.name.as_str()).collect();
            names.iter().all(|name| there.contains(name))
        };
        let waited = tokio::time::timeout(PATIENCE, metrics.wait_for(all)).await;
        waited.expect("the metrics come in time").expect("the receiver lives").clone()
    }
}

impl Span {
    /// An attribute as text; numbers in decimal.
    pub fn attribute(&self, key: &str) -> Option<String> {
        let value = self.attributes.iter().find(|attribute| attribute.key == key)?;
        text(value.value.as_ref()?.value.as_ref()?)
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        Value::BoolValue(truth) => Some(truth.to_string()),
        Value::DoubleValue(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The labels of every point of a metric, as text.
pub fn labels(metric: &Metric) -> Vec<(String, String)> {
    let points: Vec<&[KeyValue]> = match &metric.data {
        Some(Data::Gauge(gauge)) => gauge.data_points.iter().map(|p| &*p.attributes).collect(),
        Some(Data::Sum(sum)) => sum.data_points.iter().map(|p| &*p.attributes).collect(),
        Some(Data::Histogram(histogram)) => {
            histogram.data_points.iter().map(|p| &*p.attributes).collect()
        }
        _ => Vec::new(),
    };
    points.into_iter().flatten().map(label).collect()
}

/// The points of a gauge or a sum: labels as text, and the number.
pub fn numbers(metric: &Metric) -> Vec<(Vec<(String, String)>, f64)> {
    let points: &[NumberDataPoint] = match &metric.data {
        Some(Data::Gauge(gauge)) => &gauge.data_points,
        Some(Data::Sum(sum)) => &sum.data_points,
        _ => &[],
    };
    let number = |point: &NumberDataPoint| match point.value {
        Some(number_data_point::Value::AsInt(number)) => number as f64,
        Some(number_data_point::Value::AsDouble(number)) => number,
        None => 0.0,
    };
    points
        .iter()
        .map(|point| (point.attributes.iter().map(label).collect(), number(point)))
        .collect()
}

fn label(label: &KeyValue) -> (String, String) {
    let value = label.value.as_ref().and_then(|value| text(value.value.as_ref()?));
    (label.key.clone(), value.unwrap_or_default())
}

struct Traces(watch::Sender<Vec<Span>>);

#[async_trait]
impl TraceService for Traces {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let received = request.into_inner().resource_spans;
        self.0.send_modify(|spans| spans.extend(received.into_iter().flat_map(read)));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

struct Metrics(watch::Sender<Vec<Metric>>);

#[async_trait]
impl MetricsService for Metrics {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let received = request.into_inner().resource_metrics;
        let metrics = |resource: ResourceMetrics| {
            resource.scope_metrics.into_iter().flat_map(|scope| scope.metrics)
        };
        self.0.send_modify(|known| known.extend(received.into_iter().flat_map(metrics)));
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

fn read(resource: ResourceSpans) -> Vec<Span> {
    let attributes = resource.resource.map(|resource| resource.attributes).unwrap_or_default();
    let service = attributes.iter().find(|attribute| attribute.key == "service.name");
    let service = service.and_then(|name| text(name.value.as_ref()?.value.as_ref()?));
    let service = service.unwrap_or_default();
    let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
    let span = |span: opentelemetry_proto::tonic::trace::v1::Span| Span {
        service: service.clone(),
        kind: span.kind(),
        trace_id: hex(&span.trace_id),
        span_id: hex(&span.span_id),
        text: format!("{span:?}"),
        parent_span_id: hex(&span.parent_span_id),
        name: span.name,
        attributes: span.attributes,
    };
    spans.map(span).collect()
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
