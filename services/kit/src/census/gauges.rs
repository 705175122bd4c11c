//! What the census found, as metrics.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use opentelemetry::KeyValue;

use super::rows::{Summary, Window};
use crate::{clock::Clock, telemetry};

/// Windows that close later are not told: a series for each government is worth it only while somebody may act.
const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The latest summary.
#[derive(Debug, Default)]
pub(super) struct Told(RwLock<Summary>);

impl Told {
    pub(super) fn set(&self, summary: Summary) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = summary;
    }

    fn with(&self, tell: impl FnOnce(&Summary)) {
        tell(&self.0.read().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Every replica tells the same: dashboards take the maximum, never the sum.
pub(super) fn observe(told: &Arc<Told>, service: &'static str, clock: &Clock) {
    observe_counts(told.clone(), service);
    observe_windows(told, clock);
    let (told, clock) = (told.clone(), clock.clone());
    telemetry::meter()
        .f64_observable_gauge("kinerja.census.age")
        .with_unit("s")
        .with_description("Age of the oldest count of a government's work")
        .with_callback(move |gauge| {
            told.with(|summary| {
                if let Some(oldest) = summary.oldest {
                    let age = clock.now().duration_since(oldest).as_secs_f64();
                    gauge.observe(age, &[KeyValue::new("service", service)]);
                }
            });
        })
        .build();
}

fn observe_counts(told: Arc<Told>, service: &'static str) {
    telemetry::meter()
        .i64_observable_gauge("kinerja.work.count")
        .with_description("Plans, evaluations and development plans by state, over all governments")
        .with_callback(move |gauge| {
            told.with(|summary| {
                for found in &summary.counts {
                    let labels = [
                        KeyValue::new("service", service),
                        KeyValue::new("subject", found.subject.clone()),
                        KeyValue::new("state", found.state.clone()),
                    ];
                    gauge.observe(found.count, &labels);
                }
            });
        })
        .build();
}

fn observe_windows(told: &Arc<Told>, clock: &Clock) {
    let (left, open, then) = (told.clone(), told.clone(), clock.clone());
    let now = clock.clone();
    telemetry::meter()
        .f64_observable_gauge("kinerja.window.closes_in")
        .with_unit("s")
        .with_description("Time until the next of a government's windows of a kind closes, in the last seven days")
        .with_callback(move |gauge| {
            let now = now.now();
            left.with(|summary| {
                for (window, left) in soon(summary, now) {
                    gauge.observe(left.as_secs_f64(), &labels(window));
                }
            });
        })
        .build();
    telemetry::meter()
        .i64_observable_gauge("kinerja.window.unfinished")
        .with_description(
            "What may be done in windows of that kind alone and is not: work, or objections",
        )
        .with_callback(move |gauge| {
            let now = then.now();
            open.with(|summary| {
                for (window, _) in soon(summary, now) {
                    gauge.observe(window.unfinished, &labels(window));
                }
            });
        })
        .build();
}

fn soon(summary: &Summary, now: Timestamp) -> impl Iterator<Item = (&Window, SignedDuration)> {
    let left = move |window: &Window| window.closes_at.duration_since(now);
    let windows = summary.windows.iter().map(move |window| (window, left(window)));
    windows.filter(|(_, left)| left.is_positive() && *left <= SOON)
}

fn labels(window: &Window) -> [KeyValue; 2] {
    [KeyValue::new("window", window.window.clone()), KeyValue::new("tenant", window.tenant.clone())]
}
