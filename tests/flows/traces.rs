//! One trace across all hops: calls of neighbours, and what events bring about.

use std::collections::{BTreeMap, BTreeSet};

use kinerja_kit::{
    client,
    testing::otlp::{Receiver, Span},
};
use kinerja_proto::registry::v1::{self as pb, unit_service_client::UnitServiceClient};
use kinerja_tests::{
    World,
    scene::{Scene, new_id},
};

const EVERY_SERVICE: [&str; 4] =
    ["kinerja-competency", "kinerja-evaluation", "kinerja-planning", "kinerja-registry"];

#[tokio::test(flavor = "multi_thread")]
async fn an_events_work_is_a_child_of_its_cause_in_every_service() -> anyhow::Result<()> {
    let receiver = Receiver::start().await;
    let world = World::with(1, &[("KINERJA_OTLP_ENDPOINT", &receiver.endpoint())]).await?;
    let scene = Scene::build(&world, "12.76", 1).await?;
    let request = pb::CreateUnitRequest {
        name: "Seksi Uji".to_owned(),
        kind: pb::UnitKind::Section.into(),
        opened_on: "2026-01-02".to_owned(),
        request_id: new_id(),
        ..Default::default()
    };
    let registry = world.channel("registry", &scene.hr())?;
    UnitServiceClient::new(registry).create_unit(client::system(request)).await?;

    let trace = receiver
        .wait_for(|spans| {
            let trace = trace_of(spans, "CreateUnit");
            services(&trace).len() == EVERY_SERVICE.len()
        })
        .await;
    let trace = trace_of(&trace, "CreateUnit");
    assert_eq!(services(&trace).into_iter().collect::<Vec<_>>(), EVERY_SERVICE);
    assert_descends(&trace);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_a_neighbour_is_a_child_of_the_call_that_needed_it() -> anyhow::Result<()> {
    let receiver = Receiver::start().await;
    let world = World::with(1, &[("KINERJA_OTLP_ENDPOINT", &receiver.endpoint())]).await?;
    world.set_clock("2026-01-12T02:00:00Z".parse()?).await?;
    let scene = Scene::build(&world, "12.76", 1).await?;
    let period = scene.open_year(&world).await?;
    let plan = scene.submit_plan(&world, scene.people[0], &period).await?;
    scene.approve_plan(&world, plan).await?;

    // Approving asks the registry, and evaluation hears of it by event.
    let wanted = BTreeSet::from(["kinerja-evaluation", "kinerja-planning", "kinerja-registry"]);
    let spans = receiver
        .wait_for(|spans| services(&trace_of(spans, "ApprovePlan")).is_superset(&wanted))
        .await;
    assert_descends(&trace_of(&spans, "ApprovePlan"));
    Ok(())
}

fn trace_of(spans: &[Span], rpc: &str) -> Vec<Span> {
    let root = spans.iter().find(|span| span.name.contains(rpc));
    let of =
        |root: &Span| spans.iter().filter(|span| span.trace_id == root.trace_id).cloned().collect();
    root.map(of).unwrap_or_default()
}

fn services(trace: &[Span]) -> BTreeSet<&str> {
    trace.iter().map(|span| span.service.as_str()).collect()
}

/// Every span but one has its parent in the trace.
fn assert_descends(trace: &[Span]) {
    let known: BTreeMap<&str, &Span> =
        trace.iter().map(|span| (span.span_id.as_str(), span)).collect();
    let orphans: Vec<_> =
        trace.iter().filter(|span| !known.contains_key(span.parent_span_id.as_str())).collect();
    assert_eq!(orphans.len(), 1, "{orphans:#?}");
}
