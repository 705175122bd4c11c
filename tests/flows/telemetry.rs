//! What operators are told, and that nobody's person is in it.

use std::collections::BTreeSet;

use kinerja_kit::{
    auth::{Identity, Role},
    testing::otlp::{Receiver, labels},
};
use kinerja_tests::{World, dynamic, scene::Scene};
use serde_json::Value;

use crate::every_rpc::{play::Play, scenario::Step, steps};

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

/// What a faulty request has in every field that takes words: a name, and an identity number.
const SOMEBODY: &str = "Siti Rahayu 198501012010012001";

#[tokio::test(flavor = "multi_thread")]
async fn no_log_and_no_trace_speaks_of_a_person() -> anyhow::Result<()> {
    let receiver = Receiver::start().await;
    let endpoint = receiver.endpoint();
    let crates = ["kit", "registry", "planning", "evaluation", "competency"];
    let everything = crates.map(|name| format!("kinerja_{name}=trace")).join(",");
    let environment =
        [("KINERJA_OTLP_ENDPOINT", &*endpoint), ("KINERJA_LOG", &format!("info,{everything}"))];
    let mut world = World::with(1, &environment).await?;
    world.set_clock("2026-12-14T02:00:00Z".parse()?).await?;

    let mut said = BTreeSet::from([SOMEBODY.to_owned()]);
    let mut play = Play::new(&world)?;
    let mut refused = 0;
    for step in steps() {
        step.messages.iter().for_each(|message| words(message, &mut said));
        play.step(&step).await?;
        refused += usize::from(faulty(&world, &step).await?);
    }
    assert!(refused > 50, "only {refused} faulty requests were refused");
    assert!(said.len() > 50, "only {} words are looked for", said.len());

    let spans = receiver.wait_for(|spans| spans.len() > steps().len()).await;
    let mut told: Vec<String> = spans.into_iter().map(|span| span.text).collect();
    for process in world.processes.values_mut().flatten() {
        let lines = process.lines();
        assert!(lines.len() > 10, "{} lines are few", lines.len());
        assert_eq!(numbers(&lines), Vec::<&String>::new());
        told.extend(lines);
    }
    assert_eq!(repeated(&told, &said), Vec::<&String>::new());
    Ok(())
}

#[test]
fn a_name_or_a_number_in_a_log_is_found() {
    let said = BTreeSet::from(["Budi Santoso".to_owned()]);
    let told = [r#"{"message":"no Budi Santoso"}"#, r#"{"n":"198501012010012001"}"#, "drained"];
    let told = told.map(str::to_owned);
    assert_eq!(repeated(&told, &said), [&told[0]]);
    assert_eq!(numbers(&told), [&told[1]]);
}

/// Calls with a name and a number in the place of every text; whether the service has refused it.
async fn faulty(world: &World, step: &Step) -> anyhow::Result<bool> {
    let caller = Identity::officer(&"12.76".parse()?, Role::HrOfficer);
    let messages: Vec<Value> = step.messages.iter().map(spoilt).collect();
    let (channel, token) = (world.channel(step.service, &caller)?, world.issuer.token(&caller));
    match dynamic::call(channel, &step.rpc, Some(&token), None, &messages, 1).await {
        Ok(answer) => Ok(answer.is_err()),
        // A time or an enum holds no text.
        Err(_) => Ok(false),
    }
}

/// The message with somebody in every text but the names of enums' values.
fn spoilt(message: &Value) -> Value {
    match message {
        Value::String(text) if text.chars().any(|c| !c.is_ascii_uppercase() && c != '_') => {
            Value::String(SOMEBODY.to_owned())
        }
        Value::Array(items) => items.iter().map(spoilt).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), spoilt(value))).collect()
        }
        other => other.clone(),
    }
}

/// Texts of a request that tell something: several words, or a long number.
fn words(message: &Value, said: &mut BTreeSet<String>) {
    match message {
        Value::String(text) if text.contains(' ') || number(text) => {
            said.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| words(item, said)),
        Value::Object(fields) => fields.values().for_each(|value| words(value, said)),
        _ => {}
    }
}

fn repeated<'t>(told: &'t [String], said: &BTreeSet<String>) -> Vec<&'t String> {
    told.iter().filter(|line| said.iter().any(|words| line.contains(words.as_str()))).collect()
}

/// Lines with as many digits in a row as an identity number has.
fn numbers(lines: &[String]) -> Vec<&String> {
    lines.iter().filter(|line| number(line)).collect()
}

fn number(text: &str) -> bool {
    let long = |word: &str| word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_digit());
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(long)
}
