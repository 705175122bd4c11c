//! SIGKILL of each service, and of the database of each, in mid-work: nothing acknowledged is lost,
//! and no event is applied twice or skipped.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use kinerja_kit::client::Channel;
use kinerja_tests::{Service, World, dynamic, scene::Scene};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::arrived::every_unit_arrived_everywhere;

/// Acknowledged writes before and after the crash.
const BEFORE: usize = 60;
const AFTER: usize = 60;
const WRITERS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_registry_loses_nothing_acknowledged() -> anyhow::Result<()> {
    let mut world = World::start().await?;
    kill_in_mid_work(&mut world, "registry").await?;
    every_unit_arrived_everywhere(&world).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_planning_loses_nothing_acknowledged() -> anyhow::Result<()> {
    kill_in_mid_work(&mut World::start().await?, "planning").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_evaluation_loses_nothing_acknowledged() -> anyhow::Result<()> {
    kill_in_mid_work(&mut World::start().await?, "evaluation").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_competency_loses_nothing_acknowledged() -> anyhow::Result<()> {
    kill_in_mid_work(&mut World::start().await?, "competency").await
}

#[tokio::test(flavor = "multi_thread")]
async fn consumers_killed_while_events_come_skip_none() -> anyhow::Result<()> {
    let mut world = World::start().await?;
    let scene = Scene::build(&world, "12.76", 20).await?;
    let work = Work::start(&world, &scene, "registry")?;
    for consumer in ["planning", "evaluation", "competency"] {
        work.acknowledged(BEFORE).await?;
        world.process(consumer, 0).kill()?;
        world.restart(consumer, 0).await?;
    }
    work.finish().await?;
    every_unit_arrived_everywhere(&world).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_database_loses_nothing_acknowledged() -> anyhow::Result<()> {
    let world = World::with_clusters_apart().await?;
    let scene = Scene::build(&world, "12.76", 20).await?;
    let work = Work::start(&world, &scene, "registry")?;
    for service in ["registry", "planning"] {
        work.acknowledged(BEFORE).await?;
        let cluster = world.cluster(service);
        cluster.kill()?;
        cluster.revive()?;
    }
    work.acknowledged(AFTER).await?;
    work.finish().await?;
    every_unit_arrived_everywhere(&world).await
}

async fn kill_in_mid_work(world: &mut World, service: Service) -> anyhow::Result<()> {
    let scene = Scene::build(world, "12.76", 20).await?;
    let work = Work::start(world, &scene, service)?;
    work.acknowledged(BEFORE).await?;
    world.process(service, 0).kill()?;
    world.restart(service, 0).await?;
    work.acknowledged(AFTER).await?;
    work.finish().await
}

/// Writers that go on whatever happens, and remember what was acknowledged.
struct Work {
    service: Service,
    channel: Channel,
    token: String,
    acknowledged: Arc<Mutex<Vec<String>>>,
    stop: tokio::sync::watch::Sender<bool>,
    writers: tokio::task::JoinSet<()>,
}

impl Work {
    fn start(world: &World, scene: &Scene, service: Service) -> anyhow::Result<Self> {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let mut work = Self {
            service,
            channel: world.channel(service, &scene.hr())?,
            token: world.issuer.token(&scene.hr()),
            acknowledged: Arc::default(),
            stop,
            writers: tokio::task::JoinSet::new(),
        };
        for writer in 0..WRITERS {
            let (channel, token) = (work.channel.clone(), work.token.clone());
            let (acknowledged, stopped) = (Arc::clone(&work.acknowledged), stopped.clone());
            work.writers.spawn(async move {
                let mut number = writer;
                while !*stopped.borrow() {
                    let (rpc, message, id) = write(service, number);
                    let answer =
                        dynamic::call(channel.clone(), rpc, Some(&token), None, &[message], 1)
                            .await;
                    if let Ok(Ok(answers)) = answer {
                        let id = answers[0].pointer(id).and_then(Value::as_str).map(str::to_owned);
                        acknowledged.lock().await.extend(id);
                        number += WRITERS;
                    }
                }
            });
        }
        Ok(work)
    }

    /// Waits for so many more acknowledged writes.
    async fn acknowledged(&self, more: usize) -> anyhow::Result<()> {
        let wanted = self.acknowledged.lock().await.len() + more;
        let end = Instant::now() + PATIENCE;
        while self.acknowledged.lock().await.len() < wanted {
            ensure!(Instant::now() < end, "the work of {} does not go on", self.service);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Ends the work; everything that was acknowledged is there.
    async fn finish(mut self) -> anyhow::Result<()> {
        self.stop.send(true).context("the writers are gone")?;
        while self.writers.join_next().await.is_some() {}
        let acknowledged = self.acknowledged.lock().await;
        let there = list(&self.channel, &self.token, self.service).await?;
        let lost: Vec<_> = acknowledged.iter().filter(|id| !there.contains(id)).collect();
        ensure!(lost.is_empty(), "{} of {} were lost: {lost:?}", lost.len(), acknowledged.len());
        Ok(())
    }
}

/// The `number`-th write of a service: its RPC, its message, and where the answer has its id. The
/// request id follows from the number, so that a repeated write is the same one.
fn write(service: Service, number: usize) -> (&'static str, Value, &'static str) {
    let request_id =
        uuid::Uuid::from_u128(0x0197_a000_0000_7000_8000_0000_0001_0000 + number as u128)
            .to_string();
    match service {
        "registry" => (
            "/kinerja.registry.v1.UnitService/CreateUnit",
            json!({"name": format!("Unit {number}"), "kind": "UNIT_KIND_SECTION", "openedOn": "2026-01-02",
                   "requestId": request_id}),
            "/unit/unitId",
        ),
        "planning" => (
            "/kinerja.planning.v1.PeriodService/CreatePeriod",
            json!({"year": 2026 + number, "kind": "PERIOD_KIND_ANNUAL", "ordinal": 1,
                   "name": format!("Tahun {number}"), "requestId": request_id}),
            "/period/periodId",
        ),
        "evaluation" => (
            "/kinerja.evaluation.v1.CycleService/CreateCycle",
            json!({"year": 2026 + number / 12, "kind": "CYCLE_KIND_MONTH", "ordinal": 1 + number % 12,
                   "openTime": "2026-01-01T00:00:00Z", "closeTime": "2040-01-01T00:00:00Z",
                   "requestId": request_id}),
            "/cycle/cycleId",
        ),
        _ => (
            "/kinerja.competency.v1.CompetencyService/CreateCompetency",
            json!({"code": format!("T.X.{number:05}"), "name": both(), "definition": both(),
                   "levels": (1..=5).map(|level| json!({"level": level, "behaviours": [both()]})).collect::<Vec<_>>(),
                   "requestId": request_id}),
            "/competency/code",
        ),
    }
}

fn both() -> Value {
    json!({"indonesian": "Uji", "english": "Test"})
}

async fn list(channel: &Channel, token: &str, service: Service) -> anyhow::Result<Vec<String>> {
    let (rpc, items, id) = match service {
        "registry" => ("/kinerja.registry.v1.UnitService/ListUnits", "units", "unitId"),
        "planning" => ("/kinerja.planning.v1.PeriodService/ListPeriods", "periods", "periodId"),
        "evaluation" => ("/kinerja.evaluation.v1.CycleService/ListCycles", "cycles", "cycleId"),
        _ => ("/kinerja.competency.v1.CompetencyService/ListCompetencies", "competencies", "code"),
    };
    let (mut there, mut page_token) = (Vec::new(), String::new());
    loop {
        let message = json!({"pageSize": 500, "pageToken": page_token});
        let answers =
            dynamic::call(channel.clone(), rpc, Some(token), None, &[message], 1).await??;
        let page = answers.into_iter().next().unwrap_or_default();
        let ids = page[items].as_array().into_iter().flatten().filter_map(|item| item[id].as_str());
        there.extend(ids.map(str::to_owned));
        page_token = page["nextPageToken"].as_str().unwrap_or_default().to_owned();
        if page_token.is_empty() {
            return Ok(there);
        }
    }
}
