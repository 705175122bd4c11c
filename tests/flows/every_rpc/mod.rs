//! Every RPC, from the descriptors: it has a valid request in the scenario, succeeds for the right
//! caller, and is refused to a stranger, to the wrong role and to another government.

mod common;
mod competency;
mod employees;
mod evaluation;
mod planning;
pub(crate) mod play;
mod records;
mod refusals;
mod registry;
pub(crate) mod scenario;

use std::collections::BTreeSet;

use kinerja_tests::{Service, World, dynamic};
use play::Play;
use scenario::{Elsewhere, Step};
use tokio::{io::AsyncReadExt as _, net::TcpStream};

pub(crate) fn steps() -> Vec<Step> {
    [
        registry::steps(),
        employees::steps(),
        records::steps(),
        planning::steps(),
        evaluation::steps(),
        competency::steps(),
        common::steps(),
    ]
    .concat()
}

/// Every RPC of every service. Feed and clock are each in several.
fn every_rpc() -> BTreeSet<(Service, String)> {
    let feeds: Vec<Service> = common::FEEDS.iter().map(|(service, _)| *service).collect();
    let served_by = |rpc: &str| match rpc.trim_start_matches("/kinerja.").split('.').next() {
        Some("registry") => vec!["registry"],
        Some("planning") => vec!["planning"],
        Some("evaluation") => vec!["evaluation"],
        Some("competency") => vec!["competency"],
        Some("events") => feeds.clone(),
        _ => common::CLOCKS.to_vec(),
    };
    let rpcs = dynamic::every_rpc().into_iter();
    rpcs.flat_map(|rpc| served_by(&rpc).into_iter().map(move |at| (at, rpc.clone()))).collect()
}

/// The RPCs that are played in one of these ways.
fn played(ways: &[Elsewhere]) -> BTreeSet<(Service, String)> {
    let steps = steps().into_iter().filter(|step| ways.contains(&step.elsewhere));
    steps.map(|step| (step.service, step.rpc)).collect()
}

/// What is of one government, and not of all of them or of none.
fn is_of_a_government(rpc: &str) -> bool {
    !rpc.starts_with("/kinerja.events.") && !rpc.starts_with("/kinerja.common.")
}

const SAID_NOT_TO_BE_THERE: [Elsewhere; 3] =
    [Elsewhere::NotFound, Elsewhere::NoRowFound, Elsewhere::AsOfNobodys];

#[test]
fn every_rpc_has_a_valid_request() {
    let served = every_rpc();
    let played = steps().into_iter().map(|step| (step.service, step.rpc)).collect();
    let missing: Vec<_> = served.difference(&played).collect();
    assert!(missing.is_empty(), "no valid request for {missing:#?}");
}

#[test]
fn every_rpc_that_names_something_is_tried_with_what_is_another_governments() {
    let mut naming = every_rpc();
    naming.retain(|(_, rpc)| is_of_a_government(rpc) && dynamic::names_something(rpc));
    let tried = played(&SAID_NOT_TO_BE_THERE);
    let missing: Vec<_> = naming.difference(&tried).collect();
    assert!(missing.is_empty(), "no request of another government for {missing:#?}");
}

#[test]
fn every_list_is_tried_by_another_government() {
    let mut lists = every_rpc();
    lists.retain(|(_, rpc)| is_of_a_government(rpc) && dynamic::shows_many(rpc));
    let tried = played(&[&SAID_NOT_TO_BE_THERE[..], &[Elsewhere::ShowsNothing]].concat());
    let missing: Vec<_> = lists.difference(&tried).collect();
    assert!(missing.is_empty(), "no request of another government for {missing:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rpc_serves_its_callers_and_nobody_else() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.set_clock("2026-12-14T02:00:00Z".parse()?).await?;
    let mut play = Play::new(&world)?;
    let mut faults = Vec::new();
    for step in steps() {
        faults.extend(play.step(&step).await?);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    stay_while_watched().await
}

/// Keeps the suite for who looks at it from outside, as `deploy/scripts/queries-check` does, until they close
/// the connection.
async fn stay_while_watched() -> anyhow::Result<()> {
    let Ok(watcher) = std::env::var("KINERJA_TEST_WATCHER") else { return Ok(()) };
    TcpStream::connect(watcher).await?.read_to_end(&mut Vec::new()).await?;
    Ok(())
}
