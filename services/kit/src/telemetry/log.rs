use std::{fmt, io::stderr};

use opentelemetry::trace::TraceContextExt as _;
use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt as _, ParseError, filter_fn},
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::Writer,
        time::{FormatTime as _, SystemTime},
    },
    registry::LookupSpan,
};

use super::LogFormat;

/// Writes events, one line each, to standard error.
pub(super) fn layer<S>(
    service: &'static str,
    format: LogFormat,
    filter: &str,
) -> Result<Box<dyn Layer<S> + Send + Sync>, ParseError>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let filter = EnvFilter::builder().parse(filter)?.and(filter_fn(|meta| meta.is_event()));
    let lines = tracing_subscriber::fmt::layer().with_writer(stderr);
    Ok(match format {
        LogFormat::Json => lines.event_format(Json { service }).with_filter(filter).boxed(),
        LogFormat::Pretty => lines.compact().with_filter(filter).boxed(),
    })
}

/// An event as one JSON object, with the trace it belongs to. The usual formatter would take that
/// from the spans, which the log does not see.
struct Json {
    service: &'static str,
}

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let meta = event.metadata();
        let mut line = Map::new();
        line.insert("time".into(), time.into());
        line.insert("level".into(), meta.level().as_str().into());
        line.insert("service".into(), self.service.into());
        line.insert("target".into(), meta.target().into());
        event.record(&mut Fields(&mut line));
        if let Some(trace_id) = trace_id() {
            line.insert("trace_id".into(), trace_id.into());
        }
        writeln!(writer, "{}", Value::Object(line))
    }
}

fn trace_id() -> Option<String> {
    let context = tracing::Span::current().context();
    let trace_id = context.span().span_context().trace_id();
    (trace_id != opentelemetry::TraceId::INVALID).then(|| trace_id.to_string())
}

/// An error and its causes, on one line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line = format!("{line}: {error}");
        cause = error.source();
    }
    line
}

struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    /// With its chain of causes.
    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.put(field, chain(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("sink").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_event_is_one_json_object_with_the_chain_of_its_error() {
        let sink = Sink::default();
        let writer = sink.clone();
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(move || writer.clone())
            .event_format(Json { service: "registry" });
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            let error = anyhow::anyhow!("disk full").context("cannot store");
            let error: &dyn std::error::Error = error.as_ref();
            tracing::error!(error, rows = 3, "import failed");
        });
        let written = sink.0.lock().expect("sink").clone();
        let line: Value = serde_json::from_slice(&written).expect("one object");
        let field = |name: &str| line[name].clone();
        assert_eq!(field("level"), "ERROR");
        assert_eq!(field("service"), "registry");
        assert_eq!(field("message"), "import failed");
        assert_eq!(field("error"), "cannot store: disk full");
        assert_eq!(field("rows"), 3);
    }
}
