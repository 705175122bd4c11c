//! A neighbour that is down delays: reads and drafts go on, what needs it says when to try again.

use kinerja_kit::client;
use kinerja_proto::planning::v1::{
    self as pb, plan_agreement_service_client::PlanAgreementServiceClient,
    plan_service_client::PlanServiceClient,
};
use kinerja_tests::{
    World,
    scene::{Scene, eventually, new_id},
};
use tonic::Code;
use tonic_types::StatusExt as _;

#[tokio::test(flavor = "multi_thread")]
async fn while_the_registry_is_down_drafts_go_on_and_submitting_waits() -> anyhow::Result<()> {
    let mut world = World::start().await?;
    world.set_clock("2026-01-12T02:00:00Z".parse()?).await?;
    let scene = Scene::build(&world, "12.76", 2).await?;
    let period = scene.open_year(&world).await?;
    let before = scene.submit_plan(&world, scene.people[0], &period).await?;
    world.process("registry", 0).kill()?;

    let channel = world.channel("planning", &scene.person(scene.people[1]))?;
    let mut plans = PlanServiceClient::new(channel.clone());
    let request = pb::CreatePlanRequest {
        period_id: period,
        content: before.content.clone(),
        request_id: new_id(),
        ..Default::default()
    };
    let draft =
        plans.create_plan(client::system(request)).await?.into_inner().plan.expect("a plan");
    let request = pb::GetPlanRequest { plan_id: draft.plan_id.clone(), version: 0 };
    plans.get_plan(client::system(request)).await?;

    let submit =
        pb::SubmitPlanRequest { plan_id: draft.plan_id, etag: draft.etag, request_id: new_id() };
    let mut agreements = PlanAgreementServiceClient::new(channel.clone());
    let refused = agreements
        .submit_plan(client::system(submit.clone()))
        .await
        .expect_err("it needs the registry");
    let reason = refused.get_details_error_info().map(|info| info.reason);
    assert_eq!(
        (refused.code(), reason.as_deref()),
        (Code::Unavailable, Some("NEIGHBOUR_UNAVAILABLE"))
    );
    assert!(refused.get_details_retry_info().is_some(), "it says when to try again");

    world.restart("registry", 0).await?;
    let submitted = eventually(|| {
        let (mut agreements, submit) = (agreements.clone(), submit.clone());
        async move { agreements.submit_plan(client::system(submit)).await }
    })
    .await?;
    assert_eq!(submitted.plan.expect("a plan").state(), pb::PlanState::Submitted);
    Ok(())
}
