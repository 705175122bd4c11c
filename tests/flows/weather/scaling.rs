use std::{
    ffi::OsStr,
    fs,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::ensure;
use jiff::{ToSpan as _, civil::date};
use kinerja_kit::{
    client::{self, Channel},
    testing::otlp::Receiver,
};
use kinerja_proto::competency::v1::{
    AssessedLevel, AssessmentSource, RecordAssessmentRequest,
    assessment_service_client::AssessmentServiceClient,
};
use kinerja_tests::{
    World,
    scene::{Scene, eventually, new_id},
};
use tonic::Status;

use super::{TENANT, until};

const PEOPLE: usize = 10;
/// How soon every replica takes calls.
const SOON: Duration = Duration::from_secs(15);
/// What competency asks of the registry when a superior assesses.
const ASKED: &str = "kinerja.registry.v1.ReportingLineService/ResolveRater";
/// A name of the registry's that only the hosts file of this flow knows.
const HEADLESS: &str = "registry-headless.kinerja.test";

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_grows_from_one_process_to_three_has_all_take_calls_within_15_seconds()
-> anyhow::Result<()> {
    if !Command::new("unshare")
        .args(["--map-root-user", "--mount", "true"])
        .status()
        .is_ok_and(|s| s.success())
    {
        eprintln!(
            "SKIPPED: no right to a hosts file of one's own here (unshare --map-root-user --mount)"
        );
        return Ok(());
    }
    let hosts = Hosts::new()?;
    let mut world = World::of(&["registry", "competency"], &[]).await?;
    let receivers = [Receiver::start().await, Receiver::start().await, Receiver::start().await];
    add_replica(&mut world, 0, &receivers[0]).await?;
    hosts.resolve_to(1..=1)?;
    let port = world.process("registry", 0).addr.port();
    let mut competency = hosts.seen_by(&world.replica("competency"));
    competency.env("KINERJA_REGISTRY_URL", format!("dns+http://{HEADLESS}:{port}"));
    world.add_by("competency", &mut competency).await?;
    world.set_clock("2026-12-14T02:00:00Z".parse()?).await?;
    let scene = Scene::build(&world, TENANT, PEOPLE).await?;
    let mut superior = Superior::new(&world, scene).await?;
    superior.assess_until("the first is asked", || asked(&receivers[0])).await?;

    for index in [1, 2] {
        add_replica(&mut world, index, &receivers[index]).await?;
    }
    world.set_clock("2026-12-14T02:00:00Z".parse()?).await?;
    hosts.resolve_to(1..=3)?;
    let grown = Instant::now();
    superior.assess_until("all three are asked", || receivers.iter().all(asked)).await?;
    assert!(grown.elapsed() < SOON, "{:?}", grown.elapsed());

    hosts.resolve_to(3..=3)?;
    for index in [0, 1] {
        let replica = world.process("registry", index);
        replica.terminate()?;
        let end = Instant::now() + SOON;
        while replica.wait(Duration::ZERO).await.is_err() {
            ensure!(Instant::now() < end, "it does not drain");
            superior.assess().await?;
        }
    }
    for _ in 0..20 {
        superior.assess().await?;
    }
    Ok(())
}

fn asked(receiver: &Receiver) -> bool {
    receiver.spans().iter().any(|span| span.name == ASKED)
}

/// One more registry, at an address of its own and the port of the first, with a collector of its own.
async fn add_replica(world: &mut World, index: usize, receiver: &Receiver) -> anyhow::Result<()> {
    let first = world.processes.get("registry").and_then(|replicas| replicas.first());
    let port = first.map_or(0, |first| first.addr.port());
    let mut command = world.replica("registry");
    command.env("KINERJA_ADDR", format!("127.0.0.{}:{port}", index + 1));
    command.env("KINERJA_OTLP_ENDPOINT", receiver.endpoint());
    world.add_by("registry", &mut command).await
}

/// The head of an office, who assesses one after the other; for each the registry is asked, and no call fails.
struct Superior {
    channel: Channel,
    scene: Scene,
    number: usize,
}

impl Superior {
    /// When competency has heard of the people.
    async fn new(world: &World, scene: Scene) -> anyhow::Result<Self> {
        let channel = world.channel("competency", &scene.person(scene.head))?;
        let superior = Self { channel, scene, number: 0 };
        for number in 0..PEOPLE {
            let request = superior.request(number)?;
            let channel = &superior.channel;
            eventually(|| record(channel.clone(), request.clone())).await?;
        }
        Ok(Self { number: PEOPLE, ..superior })
    }

    async fn assess(&mut self) -> anyhow::Result<()> {
        record(self.channel.clone(), self.request(self.number)?).await?;
        self.number += 1;
        Ok(())
    }

    async fn assess_until(
        &mut self,
        what: &str,
        mut done: impl FnMut() -> bool,
    ) -> anyhow::Result<()> {
        until(what, async || {
            self.assess().await?;
            Ok(done())
        })
        .await
    }

    /// Everybody on one day, then on the next.
    fn request(&self, number: usize) -> anyhow::Result<RecordAssessmentRequest> {
        let on = date(2026, 1, 10).checked_add(i64::try_from(number / PEOPLE)?.days())?;
        Ok(RecordAssessmentRequest {
            employee_id: self.scene.people[number % PEOPLE].to_string(),
            source: AssessmentSource::Superior.into(),
            assessed_on: on.to_string(),
            levels: vec![AssessedLevel {
                competency_code: "M.03".to_owned(),
                level: 3,
                ..Default::default()
            }],
            request_id: new_id(),
            ..Default::default()
        })
    }
}

async fn record(
    channel: Channel,
    request: RecordAssessmentRequest,
) -> Result<tonic::Response<kinerja_proto::competency::v1::RecordAssessmentResponse>, Status> {
    AssessmentServiceClient::new(channel).record_assessment(client::system(request)).await
}

/// A hosts file in place of the system's for the processes that are to see it: names whose answers change.
struct Hosts(PathBuf);

impl Hosts {
    fn new() -> anyhow::Result<Self> {
        let folder = nix::unistd::mkdtemp(&std::env::temp_dir().join("kinerja-hosts-XXXXXX"))?;
        Ok(Self(folder.join("hosts")))
    }

    /// In the same file, since it is the file and not its name that is mounted.
    fn resolve_to(&self, hosts: std::ops::RangeInclusive<u8>) -> anyhow::Result<()> {
        let lines = hosts.map(|host| format!("127.0.0.{host} {HEADLESS}\n"));
        Ok(fs::write(&self.0, lines.collect::<String>())?)
    }

    /// The same command with this file as `/etc/hosts`.
    fn seen_by(&self, command: &Command) -> Command {
        let mut within = Command::new("unshare");
        let mounted = r#"mount --bind "$0" /etc/hosts && exec "$@""#;
        within.args(["--map-root-user", "--mount", "sh", "-c", mounted]);
        within.args([self.0.as_os_str(), command.get_program()]).args(command.get_args());
        let set =
            |(name, value): (&OsStr, Option<&OsStr>)| Some((name.to_owned(), value?.to_owned()));
        within.envs(command.get_envs().filter_map(set));
        within
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        // Only tidiness depends on it.
        let _ = self.0.parent().map(fs::remove_dir_all);
    }
}
