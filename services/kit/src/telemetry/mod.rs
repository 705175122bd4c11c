//! Logs, traces and metrics: events go to the log, spans and measurements to an OpenTelemetry
//! collector. No personal data in any of them.

mod call;
mod export;
mod log;
mod propagation;
mod sql;

use std::{io, path::PathBuf, sync::OnceLock, time::Duration};

use opentelemetry::{global, metrics::Meter, trace::TracerProvider as _};
use opentelemetry_sdk::{
    metrics::SdkMeterProvider, propagation::TraceContextPropagator, trace::SdkTracerProvider,
};
use tracing_subscriber::{
    Layer as _,
    filter::{LevelFilter, filter_fn},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use self::sql::Statements;
pub use self::{
    call::record_tenant,
    propagation::{follow, traceparent},
    sql::sql,
};
pub(crate) use self::{
    call::{ClientCall, ServerCall, count_refused_connection, count_shed},
    log::chain,
    propagation::inject,
    sql::{cost, with_cost},
};

#[derive(Debug, Clone, clap::Args)]
pub struct TelemetryArgs {
    #[arg(long, env = "KINERJA_LOG_FORMAT", value_enum, default_value = "json")]
    pub log_format: LogFormat,
    /// What is logged, as `level` or `target=level,…`
    #[arg(long, env = "KINERJA_LOG", default_value = "info")]
    pub log: String,
    /// OTLP collector (gRPC) for traces and metrics, such as http://127.0.0.1:4317; none without it
    #[arg(long, env = "KINERJA_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<String>,
    /// Certificate authorities of a collector at https (PEM)
    #[arg(long, env = "KINERJA_OTLP_CA")]
    pub otlp_ca: Option<PathBuf>,
    /// Share of traces that begin here and are kept; a caller's decision is followed
    #[arg(long, env = "KINERJA_TRACE_RATIO", default_value_t = 1.0)]
    pub trace_ratio: f64,
    /// Seconds between two exports of metrics
    #[arg(long, env = "KINERJA_METRIC_SECONDS", default_value_t = 15)]
    pub metric_seconds: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    Json,
    Pretty,
}

impl Default for TelemetryArgs {
    fn default() -> Self {
        Self {
            log_format: LogFormat::Json,
            log: "info".to_owned(),
            otlp_endpoint: None,
            otlp_ca: None,
            trace_ratio: 1.0,
            metric_seconds: 15,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("the log filter cannot be read")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("the OTLP endpoint cannot be used")]
    Endpoint(#[from] tonic::transport::Error),
    #[error("the authorities of the collector cannot be read")]
    Authorities(#[from] io::Error),
    #[error("the OTLP exporter cannot be made")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    #[error("telemetry was set up before")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// The telemetry of the process. To be shut down last, so that nothing is lost.
#[derive(Debug)]
#[must_use = "telemetry is flushed by its shutdown"]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
}

static SET_UP: OnceLock<()> = OnceLock::new();
static EXPORT_INTERVAL: OnceLock<Duration> = OnceLock::new();

/// How long the last flush may take when the collector does not answer.
const FLUSH: Duration = Duration::from_secs(5);

/// Begins to log, and to export when a collector was named. Once per process, within a runtime.
/// `service` is the name under which traces and metrics appear.
pub fn set_up(service: &'static str, args: &TelemetryArgs) -> Result<Telemetry, TelemetryError> {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let (traces, metrics) = match &args.otlp_endpoint {
        Some(endpoint) => {
            let (traces, metrics) = export::providers(service, endpoint, args)?;
            (Some(traces), Some(metrics))
        }
        None => (None, None),
    };
    // Spans to the collector and events to the log: each of the two sees only what it uses.
    let spans = traces.as_ref().map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("kinerja"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(
                filter_fn(|meta| meta.is_span() && meta.target().starts_with("kinerja"))
                    .with_max_level_hint(LevelFilter::INFO),
            )
    });
    let statements = traces.as_ref().map(|provider| {
        let told = filter_fn(Statements::are_told_in).with_max_level_hint(LevelFilter::DEBUG);
        Statements(provider.tracer("sqlx")).with_filter(told)
    });
    let events = log::layer(service, args.log_format, &args.log)?;
    tracing_subscriber::registry().with(spans).with(statements).with(events).try_init()?;
    if let Some(provider) = &metrics {
        global::set_meter_provider(provider.clone());
    }
    if metrics.is_some() {
        let _ = EXPORT_INTERVAL.set(Duration::from_secs(args.metric_seconds.max(1)));
    }
    call::create_instruments();
    log_panics();
    // A second set_up has failed above.
    let _ = SET_UP.set(());
    Ok(Telemetry { traces, metrics })
}

/// The meter for what a service measures by itself: names `kinerja.*`. Instruments are to be made
/// after [`set_up`].
pub fn meter() -> Meter {
    global::meter("kinerja")
}

/// How often metrics are exported; none where nobody collects them, and nothing needs to be counted.
pub(crate) fn export_interval() -> Option<Duration> {
    EXPORT_INTERVAL.get().copied()
}

pub(crate) fn is_set_up() -> bool {
    SET_UP.get().is_some()
}

/// A task that panicked is gone: the log says so, if anything is logged.
fn log_panics() {
    let otherwise = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !tracing::enabled!(tracing::Level::ERROR) {
            return otherwise(panic);
        }
        let place = panic.location().map(ToString::to_string);
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(place, panic = message, "panicked");
    }));
}

impl Telemetry {
    /// Exports what is not exported yet. Takes a few seconds at most when the collector is away.
    pub async fn shutdown(self) {
        let flushed = tokio::task::spawn_blocking(move || {
            if let Some(traces) = &self.traces {
                let _ = traces.shutdown_with_timeout(FLUSH);
            }
            if let Some(metrics) = &self.metrics {
                let _ = metrics.shutdown_with_timeout(FLUSH);
            }
        });
        let _ = tokio::time::timeout(2 * FLUSH, flushed).await;
    }

    /// Exports everything measured so far and waits for it.
    pub async fn flush(&self) {
        let (traces, metrics) = (self.traces.clone(), self.metrics.clone());
        let flushed = tokio::task::spawn_blocking(move || {
            if let Some(traces) = &traces {
                let _ = traces.force_flush();
            }
            if let Some(metrics) = &metrics {
                let _ = metrics.force_flush();
            }
        });
        let _ = flushed.await;
    }
}
