use opentelemetry::{
    KeyValue,
    metrics::{Counter, Gauge},
};

use crate::telemetry;

/// What is told of one consumer.
#[derive(Debug)]
pub(super) struct Metrics {
    lag: Gauge<i64>,
    silence: Gauge<f64>,
    parked: Gauge<i64>,
    applied: Counter<u64>,
    of: [KeyValue; 2],
}

impl Metrics {
    pub(super) fn new(projection: &'static str, source: &'static str) -> Self {
        let meter = telemetry::meter();
        Self {
            lag: meter
                .i64_gauge("kinerja.feed.lag")
                .with_unit("{event}")
                .with_description("Events of the source that are not applied yet")
                .build(),
            silence: meter
                .f64_gauge("kinerja.feed.silence")
                .with_unit("s")
                .with_description("Time since the source was last heard")
                .build(),
            parked: meter
                .i64_gauge("kinerja.feed.parked")
                .with_unit("{event}")
                .with_description(
                    "Events that could not be applied, and those that wait behind them",
                )
                .build(),
            applied: meter
                .u64_counter("kinerja.feed.applied")
                .with_unit("{event}")
                .with_description("Events taken from the feed, parked ones among them")
                .build(),
            of: [KeyValue::new("projection", projection), KeyValue::new("source", source)],
        }
    }

    pub(super) fn lag(&self, events: i64) {
        self.lag.record(events, &self.of);
    }

    pub(super) fn silence(&self, time: std::time::Duration) {
        self.silence.record(time.as_secs_f64(), &self.of);
    }

    pub(super) fn parked(&self, events: i64) {
        self.parked.record(events, &self.of);
    }

    pub(super) fn applied(&self, events: usize) {
        self.applied.add(u64::try_from(events).unwrap_or(u64::MAX), &self.of);
    }
}
