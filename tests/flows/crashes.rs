//! SIGKILL of each service, and of the database of each, in mid-work: nothing acknowledged is lost,
//! and no event is applied twice or skipped.

use kinerja_tests::World;

use crate::work::Work;

const SERVICES: [&str; 4] = ["registry", "planning", "evaluation", "competency"];
/// More than live through their years while the services are killed.
const PEOPLE: usize = 200;

/// All but the registry consume others' events, and are killed while those come.
#[tokio::test(flavor = "multi_thread")]
async fn killed_services_lose_nothing_acknowledged_and_apply_each_event_once() -> anyhow::Result<()>
{
    let mut world = World::start().await?;
    let mut work = Work::start(&world, PEOPLE, true).await?;
    for service in SERVICES {
        work.go_on().await?;
        world.process(service, 0).kill()?;
        world.restart(service, 0).await?;
    }
    work.go_on().await?;
    work.finish(&world).await
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_databases_lose_nothing_acknowledged_and_each_event_is_applied_once()
-> anyhow::Result<()> {
    let world = World::with_clusters_apart().await?;
    let mut work = Work::start(&world, PEOPLE, true).await?;
    for service in SERVICES {
        work.go_on().await?;
        let cluster = world.cluster(service);
        cluster.kill()?;
        cluster.revive()?;
    }
    work.go_on().await?;
    work.finish(&world).await
}
