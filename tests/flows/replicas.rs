//! Two replicas of every service on one database: all consume, and restart one after the other under load.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use kinerja_kit::client;
use kinerja_proto::evaluation::v1::{
    CreateCycleRequest, CycleKind, OpenCycleRequest, cycle_service_client::CycleServiceClient,
};
use kinerja_proto::registry::v1::{
    self as pb, reporting_line_service_client::ReportingLineServiceClient,
    unit_service_client::UnitServiceClient,
};
use kinerja_tests::{
    World,
    scene::{Scene, eventually, new_id},
};
use tokio::task::JoinSet;

use crate::arrived::{becomes, every_unit_arrived_everywhere};

/// People whose plans are agreed on while both replicas of everything consume.
const PEOPLE: usize = 12;

const CALLERS: usize = 6;
const DRAINED: Duration = Duration::from_secs(40);

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_of_every_service_consume_and_have_each_effect_once() -> anyhow::Result<()> {
    let world = World::replicated(2).await?;
    world.set_clock("2026-12-14T02:00:00Z".parse()?).await?;
    let scene = Scene::build(&world, "12.76", PEOPLE).await?;
    let period = scene.open_year(&world).await?;
    let mut plans = JoinSet::new();
    let world = Arc::new(world);
    for &person in &scene.people {
        let (world, scene, period) = (Arc::clone(&world), scene.clone(), period.clone());
        plans.spawn(async move {
            let plan = scene.submit_plan(&world, person, &period).await?;
            scene.approve_plan(&world, plan).await
        });
    }
    while let Some(plan) = plans.join_next().await {
        plan??;
    }
    open_cycle(&world, &scene).await?;

    let everybody = i64::try_from(PEOPLE)? + 2;
    every_unit_arrived_everywhere(&world).await?;
    for service in ["planning", "evaluation", "competency"] {
        becomes(&world, service, "SELECT count(*) FROM employees", everybody).await?;
        becomes(&world, service, "SELECT count(*) FROM parked_events", 0).await?;
    }
    let approved = i64::try_from(PEOPLE)?;
    for statement in ["SELECT count(*) FROM plans", "SELECT count(*) FROM evaluations"] {
        becomes(&world, "evaluation", statement, approved).await?;
    }
    let plans = "SELECT count(DISTINCT plan_id) FROM evaluations";
    becomes(&world, "evaluation", plans, approved).await
}

async fn open_cycle(world: &World, scene: &Scene) -> anyhow::Result<()> {
    let cycles = CycleServiceClient::new(world.channel("evaluation", &scene.hr())?);
    let day = |text: &str| anyhow::Ok(Some(kinerja_kit::fields::instant(text.parse()?)));
    let request = CreateCycleRequest {
        year: 2026,
        kind: CycleKind::Annual.into(),
        ordinal: 1,
        open_time: day("2026-12-01T00:00:00Z")?,
        close_time: day("2027-01-31T00:00:00Z")?,
        request_id: new_id(),
        ..Default::default()
    };
    let cycle = eventually(|| {
        let (mut cycles, request) = (cycles.clone(), request.clone());
        async move { cycles.create_cycle(client::system(request)).await }
    })
    .await?
    .cycle
    .context("no cycle")?;
    let request =
        OpenCycleRequest { cycle_id: cycle.cycle_id, etag: cycle.etag, request_id: new_id() };
    cycles.clone().open_cycle(client::system(request)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_under_load_fails_no_call() -> anyhow::Result<()> {
    let mut world = World::replicated(2).await?;
    let scene = Scene::build(&world, "12.76", 20).await?;
    let (stop, served) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut callers = JoinSet::new();
    for index in 0..CALLERS {
        let channel = world.channel("registry", &scene.hr())?;
        let (stop, served, people) = (Arc::clone(&stop), Arc::clone(&served), scene.people.clone());
        callers.spawn(async move {
            let mut number = 0;
            while !stop.load(Ordering::Relaxed) {
                match index % 2 {
                    0 => write(channel.clone(), index, number).await?,
                    _ => read(channel.clone(), people[number % people.len()]).await?,
                }
                number += 1;
                served.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(())
        });
    }
    for index in 0..2 {
        let before = served.load(Ordering::Relaxed);
        world.process("registry", index).terminate()?;
        let status = world.process("registry", index).wait(DRAINED).await?;
        assert!(status.success(), "a drained service ends with {status}");
        world.restart("registry", index).await?;
        while served.load(Ordering::Relaxed) < before + 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(caller) = callers.join_next().await {
        caller??;
    }
    Ok(())
}

async fn write(channel: client::Channel, index: usize, number: usize) -> anyhow::Result<()> {
    let request = pb::CreateUnitRequest {
        name: format!("Unit {index} {number}"),
        kind: pb::UnitKind::Section.into(),
        opened_on: "2026-01-02".to_owned(),
        request_id: new_id(),
        ..Default::default()
    };
    UnitServiceClient::new(channel).create_unit(client::system(request)).await?;
    Ok(())
}

async fn read(channel: client::Channel, employee: uuid::Uuid) -> anyhow::Result<()> {
    let request =
        pb::ResolveRaterRequest { employee_id: employee.to_string(), ..Default::default() };
    ReportingLineServiceClient::new(channel).resolve_rater(client::system(request)).await?;
    Ok(())
}
