//! What every service has besides its own: a clock in development, and a feed if somebody watches it.

use kinerja_kit::auth::{Identity, Role};
use kinerja_tests::Service;
use serde_json::json;

use super::scenario::{By, Elsewhere, Step, step};

/// Who is watched, and for what among others. Nobody watches competency.
pub(super) const FEEDS: [(Service, &str); 3] = [
    ("registry", "kinerja.events.v1.UnitChanged"),
    ("planning", "kinerja.events.v1.PlanApproved"),
    ("evaluation", "kinerja.events.v1.EvaluationFinalised"),
];
pub(super) const CLOCKS: [Service; 4] = ["registry", "planning", "evaluation", "competency"];

pub(super) fn steps() -> Vec<Step> {
    let feeds = FEEDS.into_iter().flat_map(|(service, kind)| feed(service, kind));
    feeds.chain(CLOCKS.into_iter().flat_map(clock)).collect()
}

/// A feed is of all governments.
fn feed(service: Service, kind: &str) -> Vec<Step> {
    let ask = |rpc: &str, message| {
        step(&format!("events.EventFeedService/{rpc}"), By::Service, message)
            .at(service)
            .elsewhere(Elsewhere::Untried)
    };
    vec![
        ask("GetHead", json!({})).keeps("head_event", "/head/eventId"),
        ask("Watch", json!({})).keeps("event", "/events/0/eventId"),
        ask("ListSnapshot", json!({"types": [kind]})).keeps("snapshot", "/nextPageToken"),
        ask("ListSnapshot", json!({"types": [kind], "pageToken": "$snapshot"})),
    ]
}

fn clock(service: Service) -> Vec<Step> {
    let officer = Identity::officer(&"12.76".parse().expect("a code"), Role::Inspector);
    let ask = |rpc: &str, message| {
        step(&format!("common.ClockService/{rpc}"), By::Operator, message)
            .at(service)
            .not_for(officer.clone())
            .elsewhere(Elsewhere::Untried)
    };
    vec![ask("GetClock", json!({})).keeps("now", "/now"), ask("SetClock", json!({"now": "$now"}))]
}
