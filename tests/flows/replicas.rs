//! Two replicas of every service on one database, restarted one after the other under load.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use kinerja_kit::client;
use kinerja_proto::registry::v1::{
    self as pb, reporting_line_service_client::ReportingLineServiceClient,
    unit_service_client::UnitServiceClient,
};
use kinerja_tests::{World, scene::{Scene, new_id}};
use tokio::task::JoinSet;

const CALLERS: usize = 6;
const DRAINED: Duration = Duration::from_secs(40);

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
