//! Bad weather: what databases, collectors, certificates, orchestrators and clients do to a service. It ends in a
//! clear error or in shedding, nothing acknowledged is lost, others are served meanwhile, and the service recovers
//! by itself.

mod certificates;
mod collector;
mod crowd;
mod database;
mod disk;
mod draining;
mod flood;
mod proc;
mod scaling;
mod small_disk;
mod trickle;
mod units;
mod write_ahead_log;
mod writers;

use std::time::{Duration, Instant};

use anyhow::ensure;
use kinerja_kit::{auth::Identity, client::Channel};
use kinerja_tests::{World, scene::Scene};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// The government that all of it happens to.
const TENANT: &str = "12.76";
/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The registry alone, with a government in it, and a channel of its HR officer.
async fn registry(environment: &[(&str, &str)]) -> anyhow::Result<(World, Scene, Channel)> {
    let mut world = World::of(&["registry"], environment).await?;
    world.add("registry").await?;
    let scene = Scene::build(&world, TENANT, 1).await?;
    let officer = world.channel("registry", &scene.hr())?;
    Ok((world, scene, officer))
}

/// Waits until a condition holds.
async fn until(
    what: &str,
    mut holds: impl AsyncFnMut() -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let end = Instant::now() + PATIENCE;
    while !holds().await? {
        ensure!(Instant::now() < end, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Code and reason of a refusal; it tells nothing of what is inside.
fn refused(status: &Status) -> (Code, String) {
    let details = status.get_details_error_info();
    let reason = details.map(|info| info.reason).unwrap_or_default();
    for inside in ["127.0.0.1", "relation", "tablespace", "sql", "No space", "connection"] {
        assert!(!status.message().contains(inside), "{status:?} tells what is inside");
    }
    (status.code(), reason)
}

/// The refusal of who finds no database: it says so, and when to come again.
fn storage_is_away(status: &Status) {
    let expected = (Code::Unavailable, "STORAGE_UNAVAILABLE".to_owned());
    assert_eq!(refused(status), expected, "{status:?}");
    let retry = status.get_details_retry_info().and_then(|retry| retry.retry_delay);
    assert!(retry.is_some(), "{status:?} says when to come again");
}

/// The competency service, which is somebody else's when the registry is in trouble, answers.
async fn competency_answers(world: &World, identity: &Identity) -> anyhow::Result<()> {
    use kinerja_proto::competency::v1::{
        ListCompetenciesRequest, competency_service_client::CompetencyServiceClient,
    };
    let mut competencies = CompetencyServiceClient::new(world.channel("competency", identity)?);
    let request = kinerja_kit::client::system(ListCompetenciesRequest::default());
    competencies.list_competencies(request).await?;
    Ok(())
}
