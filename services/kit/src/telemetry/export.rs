use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use opentelemetry::{Context, KeyValue, global, metrics::Counter};
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithTonicConfig as _};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    metrics::{PeriodicReader, SdkMeterProvider},
    trace::{
        BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, Span, SpanData,
        SpanProcessor,
    },
};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};

use super::{TelemetryArgs, TelemetryError};

/// Spans that wait for the collector; more are dropped and counted.
const QUEUE: usize = 4 << 10;
const BATCH: usize = 1 << 10;
const EVERY: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(5);
/// How soon a collector is found out that vanished without closing its connection.
const PING_INTERVAL: Duration = Duration::from_secs(10);

pub(super) fn providers(
    service: &'static str,
    endpoint: &str,
    args: &TelemetryArgs,
) -> Result<(SdkTracerProvider, SdkMeterProvider), TelemetryError> {
    let channel = channel(endpoint, args.otlp_ca.as_deref())?;
    let resource = Resource::builder().with_service_name(service).build();

    let queued = Arc::new(AtomicUsize::new(0));
    let exporter = SpanExporter::builder().with_tonic().with_channel(channel.clone()).build()?;
    let exporter = Counting { inner: exporter, queued: queued.clone() };
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(EVERY)
        .build();
    let batches = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(args.trace_ratio)));
    let traces = SdkTracerProvider::builder()
        .with_resource(resource.clone())
        .with_sampler(sampler)
        .with_span_processor(Bounded { inner: batches, queued, limit: QUEUE })
        .build();

    let exporter = MetricExporter::builder().with_tonic().with_channel(channel).build()?;
    let interval = Duration::from_secs(args.metric_seconds.max(1));
    let reader = PeriodicReader::builder(exporter).with_interval(interval).build();
    let metrics = SdkMeterProvider::builder().with_resource(resource).with_reader(reader).build();
    Ok((traces, metrics))
}

fn channel(endpoint: &str, authorities: Option<&Path>) -> Result<Channel, TelemetryError> {
    let endpoint = Endpoint::from_shared(endpoint.to_owned())?
        .timeout(PATIENCE)
        .connect_timeout(PATIENCE)
        .http2_keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PATIENCE)
        .keep_alive_while_idle(true);
    let endpoint = match authorities {
        Some(file) => {
            let authorities = Certificate::from_pem(fs::read(file)?);
            endpoint.tls_config(ClientTlsConfig::new().ca_certificate(authorities))?
        }
        None => endpoint,
    };
    Ok(endpoint.connect_lazy())
}

/// A queue with an end: what does not fit is dropped and counted, and the call goes on.
#[derive(Debug)]
struct Bounded {
    inner: BatchSpanProcessor,
    queued: Arc<AtomicUsize>,
    limit: usize,
}

impl SpanProcessor for Bounded {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        if self.queued.fetch_add(1, Ordering::Relaxed) < self.limit {
            self.inner.on_end(span);
        } else {
            self.queued.fetch_sub(1, Ordering::Relaxed);
            count_dropped(1, "queue_full");
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// Makes room in the queue as batches leave it, and counts those the collector did not take.
#[derive(Debug)]
struct Counting {
    inner: SpanExporter,
    queued: Arc<AtomicUsize>,
}

impl opentelemetry_sdk::trace::SpanExporter for Counting {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let outcome = self.inner.export(batch).await;
        self.queued.fetch_sub(spans, Ordering::Relaxed);
        if outcome.is_err() {
            count_dropped(spans, "not_taken");
        }
        outcome
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

fn count_dropped(spans: usize, why: &'static str) {
    static DROPPED: std::sync::OnceLock<Counter<u64>> = std::sync::OnceLock::new();
    let dropped = DROPPED.get_or_init(|| {
        global::meter("kinerja")
            .u64_counter("kinerja.telemetry.dropped")
            .with_description("Spans that never reached the collector")
            .build()
    });
    dropped.add(spans as u64, &[KeyValue::new("reason", why)]);
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{Tracer as _, TracerProvider as _};

    use super::*;

    #[tokio::test]
    async fn a_collector_that_is_away_costs_spans_and_never_calls() {
        let channel = Endpoint::from_static("http://127.0.0.1:1").connect_lazy();
        let exporter =
            SpanExporter::builder().with_tonic().with_channel(channel).build().expect("exporter");
        let queued = Arc::new(AtomicUsize::new(0));
        let exporter = Counting { inner: exporter, queued: queued.clone() };
        let hourly =
            BatchConfigBuilder::default().with_scheduled_delay(Duration::from_secs(3600)).build();
        let inner = BatchSpanProcessor::builder(exporter).with_batch_config(hourly).build();
        let bounded = Bounded { inner, queued: queued.clone(), limit: 4 };
        let provider = SdkTracerProvider::builder().with_span_processor(bounded).build();
        let tracer = provider.tracer("test");
        for _ in 0..10 {
            drop(tracer.start("work"));
        }
        assert_eq!(queued.load(Ordering::Relaxed), 4, "six did not fit");

        let flushed = tokio::task::spawn_blocking(move || provider.force_flush()).await;
        assert!(flushed.expect("no panic").is_err(), "nobody took them");
        assert_eq!(queued.load(Ordering::Relaxed), 0, "there is room again");
    }
}
