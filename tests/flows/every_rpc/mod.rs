//! Every RPC, from the descriptors: it has a valid request in the scenario, succeeds for the right
//! caller, and is refused to a stranger, to the wrong role and to another government.

mod competency;
mod evaluation;
mod planning;
mod registry;
mod scenario;

use std::collections::BTreeSet;

use kinerja_tests::{World, dynamic};
use scenario::{Play, Step};

fn steps() -> Vec<Step> {
    [registry::steps(), planning::steps(), evaluation::steps(), competency::steps()].concat()
}

#[test]
fn every_rpc_has_a_valid_request() {
    let played: BTreeSet<String> = steps().into_iter().map(|step| step.rpc).collect();
    let served: BTreeSet<String> = dynamic::every_rpc().into_iter().collect();
    let missing: Vec<_> = served.difference(&played).collect();
    assert!(missing.is_empty(), "no valid request for {missing:#?}");
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
    Ok(())
}
