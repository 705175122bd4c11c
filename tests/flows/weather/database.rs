use std::{
    fs,
    time::{Duration, Instant},
};

use kinerja_kit::{
    auth::TokenSource,
    client::{self, Channel, Options},
};
use kinerja_proto::registry::v1::{ListUnitsRequest, unit_service_client::UnitServiceClient};
use kinerja_suite::cluster::Cluster;
use kinerja_tests::{World, ready, scene::Scene};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tonic::Code;

use super::{TENANT, competency_answers, refused, storage_is_away, units, until, writers::Writers};
use crate::arrived::{becomes, count};

pub(super) const WRITERS: usize = 4;
/// What a call waits for a connection, and the longest that one may take without a database.
const ACQUIRE: &str = "1";
const LONGEST: Duration = Duration::from_secs(3);
/// What callers wait who have no time.
const HASTE: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_and_comes_back_costs_refusals_and_nothing_that_was_written()
-> anyhow::Result<()> {
    let (mut world, scene) = two_services().await?;
    let officer = world.channel("registry", &scene.hr())?;
    let health = world.process("registry", 0).health_addr;
    let writers = Writers::start(&officer, WRITERS).await?;
    writers.go_on(40).await?;

    world.cluster("registry").kill()?;
    ready(health, false).await?;
    are_refused(&writers).await?;
    let refusal = units::read(&officer).await.expect_err("there is no database");
    assert_eq!(refused(&refusal).0, Code::Unavailable);
    hasty_callers_wait_no_longer_than_they_said(&officer).await;
    competency_answers(&world, &scene.hr()).await?;
    ready(world.process("competency", 0).health_addr, true).await?;

    world.cluster("registry").revive()?;
    ready(health, true).await?;
    writers.go_on(40).await?;
    for (status, waited) in writers.finish().await?.refused {
        storage_is_away(&status);
        assert!(waited < LONGEST, "{status:?} took {waited:?}");
    }
    every_unit_arrived(&world).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_stands_still_holds_up_nobody_beyond_the_deadline() -> anyhow::Result<()> {
    let (mut world, scene) = two_services().await?;
    let token = Some(TokenSource::development(world.issuer.clone(), scene.hr()));
    let options = Options { token, deadline: HASTE, ..Options::default() };
    let officer = client::connect(&world.url("registry"), options)?;
    let health = world.process("registry", 0).health_addr;
    let writers = Writers::start(&officer, WRITERS).await?;
    writers.go_on(40).await?;

    let still = Still::stand(world.cluster("registry"))?;
    ready(health, false).await?;
    are_refused(&writers).await?;
    competency_answers(&world, &scene.hr()).await?;

    drop(still);
    ready(health, true).await?;
    writers.go_on(40).await?;
    for (status, waited) in writers.finish().await?.refused {
        let (code, _) = refused(&status);
        assert!([Code::DeadlineExceeded, Code::Unavailable].contains(&code), "{status:?}");
        assert!(waited < 2 * HASTE, "{status:?} took {waited:?}");
    }
    every_unit_arrived(&world).await
}

/// Registry and competency, on clusters of their own.
async fn two_services() -> anyhow::Result<(World, Scene)> {
    let mut world = two_databases().await?;
    let scene = serve(&mut world).await?;
    Ok((world, scene))
}

pub(super) async fn two_databases() -> anyhow::Result<World> {
    let environment = [("KINERJA_DATABASE_ACQUIRE_SECONDS", ACQUIRE)];
    World::of_apart(&["registry", "competency"], &environment).await
}

pub(super) async fn serve(world: &mut World) -> anyhow::Result<Scene> {
    world.add("registry").await?;
    world.add("competency").await?;
    Scene::build(world, TENANT, 1).await
}

pub(super) async fn are_refused(writers: &Writers) -> anyhow::Result<()> {
    let wanted = writers.seen().refused.len() + 2 * WRITERS;
    until("every writer is refused", async || Ok(writers.seen().refused.len() >= wanted)).await
}

pub(super) async fn every_unit_arrived(world: &World) -> anyhow::Result<()> {
    let written = count(world, "registry", "SELECT count(*) FROM units").await?;
    becomes(world, "competency", "SELECT count(*) FROM units", written).await
}

async fn hasty_callers_wait_no_longer_than_they_said(officer: &Channel) {
    let mut request = client::system(ListUnitsRequest::default());
    request.set_timeout(Duration::from_millis(300));
    let began = Instant::now();
    let late = UnitServiceClient::new(officer.clone()).list_units(request).await;
    let expired = (Code::DeadlineExceeded, "DEADLINE_EXCEEDED".to_owned());
    assert_eq!(refused(&late.expect_err("there is no database")), expired);
    assert!(began.elapsed() < Duration::from_secs(1), "took {:?}", began.elapsed());
}

/// The processes of a cluster, which neither answer nor hang up until this value goes.
struct Still(Vec<Pid>);

impl Still {
    fn stand(cluster: &Cluster) -> anyhow::Result<Self> {
        let file = fs::read_to_string(cluster.folder().join("data/postmaster.pid"))?;
        let postmaster: i32 = file.lines().next().unwrap_or_default().trim().parse()?;
        let mut still = Self(vec![Pid::from_raw(postmaster)]);
        kill(still.0[0], Signal::SIGSTOP)?;
        let children =
            fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children"))?;
        for child in children.split_whitespace() {
            let child = Pid::from_raw(child.parse()?);
            // One may have ended by itself.
            let _ = kill(child, Signal::SIGSTOP);
            still.0.push(child);
        }
        Ok(still)
    }
}

impl Drop for Still {
    fn drop(&mut self) {
        for process in &self.0 {
            let _ = kill(*process, Signal::SIGCONT);
        }
    }
}
