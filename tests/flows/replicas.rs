//! Two replicas of every service on one database: all consume, and restart one after the other under load.

use std::time::Duration;

use kinerja_tests::World;

use crate::work::Work;

/// More than live through their years while the replicas restart.
const PEOPLE: usize = 300;
const DRAINED: Duration = Duration::from_secs(40);

/// Calls of each service that call its neighbours are among those that go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_of_every_service_fails_no_call_and_each_event_has_its_effect_once()
-> anyhow::Result<()> {
    let mut world = World::replicated(2).await?;
    let mut work = Work::start(&world, PEOPLE, false).await?;
    for service in ["registry", "planning", "evaluation", "competency"] {
        for replica in 0..2 {
            work.go_on().await?;
            world.process(service, replica).terminate()?;
            let status = world.process(service, replica).wait(DRAINED).await?;
            assert!(status.success(), "a drained {service} ends with {status}");
            world.restart(service, replica).await?;
        }
    }
    work.go_on().await?;
    work.finish(&world).await
}
