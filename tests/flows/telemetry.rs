//! What operators are told, and that nobody's person is in it.

use std::collections::BTreeSet;

use kinerja_kit::testing::otlp::{Receiver, labels};
use kinerja_tests::{World, scene::Scene};

/// Every metric that a dashboard or an alert asks for and that this flow brings about.
const METRICS: [&str; 10] = [
    "rpc.server.call.duration",
    "rpc.client.call.duration",
    "kinerja.server.active_calls",
    "kinerja.pool.connections",
    "kinerja.feed.lag",
    "kinerja.feed.silence",
    "kinerja.feed.parked",
    "kinerja.outbox.pending",
    "kinerja.work.count",
    "kinerja.census.age",
];

/// The labels a metric may have: each with few values, none of them about a person.
const LABELS: [&str; 13] = [
    "error.type",
    "projection",
    "reason",
    "rpc.grpc.status_code",
    "rpc.method",
    "rpc.service",
    "rpc.system",
    "service",
    "source",
    "state",
    "subject",
    "tenant",
    "window",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_label_of_a_metric_speaks_of_a_person() -> anyhow::Result<()> {
    let receiver = Receiver::start().await;
    let collector = [
        ("KINERJA_OTLP_ENDPOINT", receiver.endpoint()),
        ("KINERJA_METRIC_SECONDS", "1".to_owned()),
    ];
    let collector = collector.each_ref().map(|(name, value)| (*name, value.as_str()));
    let world = World::with(1, &collector).await?;
    world.set_clock("2026-01-12T02:00:00Z".parse()?).await?;
    let scene = Scene::build(&world, "12.76", 1).await?;
    let period = scene.open_year(&world).await?;
    let plan = scene.submit_plan(&world, scene.people[0], &period).await?;
    scene.approve_plan(&world, plan).await?;

    let told = receiver.wait_for_metrics(&METRICS).await;
    let known = BTreeSet::from(LABELS);
    let mut tenants = BTreeSet::new();
    for metric in &told {
        for (label, value) in labels(metric) {
            assert!(known.contains(label.as_str()), "{} has the label {label}", metric.name);
            assert!(!speaks_of_somebody(&value), "{} has {label}={value}", metric.name);
            if label == "tenant" {
                tenants.insert(value);
            }
        }
    }
    assert!(tenants.iter().all(|tenant| tenant == "12.76"), "{tenants:?}");
    Ok(())
}

/// An id, an identity number, an address, or words with spaces: names, titles, sentences.
fn speaks_of_somebody(value: &str) -> bool {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    digits > 8 || value.contains(['@', ' ']) || uuid::Uuid::try_parse(value).is_ok()
}
