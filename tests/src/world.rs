mod parts;

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use kinerja_kit::{
    args::Mode,
    auth::{DevelopmentIssuer, Identity, TokenSource},
    client::{self, Channel, Options},
    fields::instant,
    migrate,
    service::Definition,
};
use kinerja_proto::common::v1::{SetClockRequest, clock_service_client::ClockServiceClient};
use kinerja_suite::{cluster::Cluster, suite::DEFINITIONS};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::Process;

/// How long a service may take to become ready, or to stop being so.
const READY: Duration = Duration::from_secs(30);
const ANYWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// One of the four, by name.
pub type Service = &'static str;

/// The suite as it is deployed: each service in processes of its own, on databases of its own.
#[derive(Debug)]
pub struct World {
    folder: PathBuf,
    clusters: BTreeMap<Service, usize>,
    running: Vec<Option<Cluster>>,
    pub processes: BTreeMap<Service, Vec<Process>>,
    pub issuer: DevelopmentIssuer,
    environment: Vec<(String, String)>,
}

impl World {
    /// Every service once, their databases in one cluster.
    pub async fn start() -> anyhow::Result<Self> {
        Self::with(1, &[]).await
    }

    /// So many replicas of every service.
    pub async fn replicated(replicas: usize) -> anyhow::Result<Self> {
        Self::with(replicas, &[]).await
    }

    /// With more of the environment, and so many replicas of every service.
    pub async fn with(replicas: usize, environment: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut world = Self::prepare(environment)?;
        let cluster = cluster(&world.folder.join("shared"), &[]).await?;
        world.running.push(Some(cluster));
        for definition in DEFINITIONS {
            world.clusters.insert(definition.name, 0);
        }
        world.serve(replicas).await?;
        Ok(world)
    }

    /// Databases at their schema in one cluster with further settings, and nothing that serves yet: [`Self::add`].
    pub async fn resting(environment: &[(&str, &str)], settings: &[&str]) -> anyhow::Result<Self> {
        let mut world = Self::prepare(environment)?;
        let cluster = cluster(&world.folder.join("shared"), settings).await?;
        world.running.push(Some(cluster));
        for definition in DEFINITIONS {
            world.clusters.insert(definition.name, 0);
            let owner = world.cluster(definition.name).owner(definition.name);
            migrate::run(definition.migrator, &owner).await?;
        }
        Ok(world)
    }

    /// Every service once, each database in a cluster of its own, so that one can be taken away.
    pub async fn with_clusters_apart() -> anyhow::Result<Self> {
        let mut world = Self::prepare(&[])?;
        for (index, definition) in DEFINITIONS.iter().enumerate() {
            let cluster = cluster(&world.folder.join(definition.name), &[]).await?;
            world.running.push(Some(cluster));
            world.clusters.insert(definition.name, index);
        }
        world.serve(1).await?;
        Ok(world)
    }

    fn prepare(environment: &[(&str, &str)]) -> anyhow::Result<Self> {
        kinerja_kit::server::install_crypto();
        let folder = temporary_folder()?;
        let issuer = DevelopmentIssuer::persisted(Mode::Development, &folder.join("issuer.key"))?;
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Ok(Self {
            folder,
            clusters: BTreeMap::new(),
            running: Vec::new(),
            processes: BTreeMap::new(),
            issuer,
            environment: environment.iter().map(owned).collect(),
        })
    }

    async fn serve(&mut self, replicas: usize) -> anyhow::Result<()> {
        for definition in DEFINITIONS {
            let owner = self.cluster(definition.name).owner(definition.name);
            migrate::run(definition.migrator, &owner).await?;
            for _ in 0..replicas {
                self.add(definition.name).await?;
            }
        }
        Ok(())
    }

    /// Starts one more replica, and waits until it is ready.
    pub async fn add(&mut self, service: Service) -> anyhow::Result<()> {
        let process = Process::start(&mut self.command(service, ANYWHERE, ANYWHERE))?;
        ready(process.health_addr, true).await?;
        self.processes.entry(service).or_default().push(process);
        Ok(())
    }

    /// Starts a replica that ended again, where it was.
    pub async fn restart(&mut self, service: Service, index: usize) -> anyhow::Result<()> {
        let process = &self.processes[service][index];
        let (addr, health_addr) = (process.addr, process.health_addr);
        let again = Process::start(&mut self.command(service, addr, health_addr))?;
        ready(health_addr, true).await?;
        let replicas = self.processes.get_mut(service).context("the service runs")?;
        replicas[index] = again;
        Ok(())
    }

    pub fn process(&mut self, service: Service, index: usize) -> &mut Process {
        &mut self.processes.get_mut(service).expect("the service runs")[index]
    }

    /// Every replica's address, as clients take them.
    pub fn url(&self, service: Service) -> String {
        let replicas = self.processes.get(service).map(Vec::as_slice).unwrap_or_default();
        let urls: Vec<_> =
            replicas.iter().map(|process| format!("http://{}", process.addr)).collect();
        urls.join(",")
    }

    /// A channel to all replicas of a service that calls as `identity`.
    pub fn channel(&self, service: Service, identity: &Identity) -> anyhow::Result<Channel> {
        let token = TokenSource::development(self.issuer.clone(), identity.clone());
        let options = Options { token: Some(token), ..Options::default() };
        Ok(client::connect(&self.url(service), options)?)
    }

    /// Makes it another time for every replica.
    pub async fn set_clock(&self, at: Timestamp) -> anyhow::Result<()> {
        for process in self.processes.values().flatten() {
            let token = TokenSource::development(self.issuer.clone(), Identity::operator());
            let options = Options { token: Some(token), ..Options::default() };
            let channel = client::connect(&format!("http://{}", process.addr), options)?;
            let request = client::system(SetClockRequest { now: Some(instant(at)) });
            ClockServiceClient::new(channel).set_clock(request).await?;
        }
        Ok(())
    }

    pub fn cluster(&self, service: Service) -> &Cluster {
        self.running[self.clusters[service]].as_ref().expect("the cluster runs")
    }

    pub fn definition(service: Service) -> &'static Definition {
        DEFINITIONS.iter().find(|definition| definition.name == service).expect("a service")
    }

    fn command(&self, service: Service, addr: SocketAddr, health_addr: SocketAddr) -> Command {
        let cluster = self.cluster(service);
        let mut command = Command::new(binary(service));
        command.arg("serve");
        // As the images set it.
        command.env("MALLOC_ARENA_MAX", "1");
        command.env("KINERJA_MODE", "development");
        command.env("KINERJA_DEVELOPMENT_KEY", self.folder.join("issuer.key"));
        command.env("KINERJA_ADDR", addr.to_string());
        command.env("KINERJA_HEALTH_ADDR", health_addr.to_string());
        command.env("KINERJA_DATABASE_URL", cluster.url(&format!("{service}_app"), service));
        command.env("KINERJA_LINGER_SECONDS", "0.1");
        command.env("KINERJA_PROBE_SECONDS", "0.1");
        for neighbour in DEFINITIONS {
            let url = self.url(neighbour.name);
            if !url.is_empty() {
                command.env(format!("KINERJA_{}_URL", neighbour.name.to_uppercase()), url);
            }
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.processes.clear();
        for cluster in self.running.drain(..).flatten() {
            let _ = cluster.remove();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Waits until a replica says that it is ready, or that it is not.
pub async fn ready(health_addr: SocketAddr, wanted: bool) -> anyhow::Result<()> {
    let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{health_addr}"))?;
    let mut health = HealthClient::new(endpoint.connect_lazy());
    let end = Instant::now() + READY;
    loop {
        let request = HealthCheckRequest { service: "ready".to_owned() };
        let answer = health.check(request).await;
        let serving =
            answer.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving);
        if serving == wanted {
            return Ok(());
        }
        if Instant::now() > end {
            bail!("{health_addr} did not become ready={wanted} within {READY:?}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Beside the test's own binary, which cargo puts into `deps/`.
fn binary(service: Service) -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    let folder = own.parent().and_then(|deps| deps.parent()).unwrap_or(&own);
    folder.join(format!("kinerja-test-{service}"))
}

/// One that is gone with this process.
async fn cluster(folder: &Path, settings: &[&str]) -> anyhow::Result<Cluster> {
    Cluster::claim(folder)?;
    Cluster::start_with(folder, settings).await
}

fn temporary_folder() -> anyhow::Result<PathBuf> {
    let template = std::env::temp_dir().join("kinerja-flow-XXXXXX");
    nix::unistd::mkdtemp(&template).context("cannot make a temporary folder")
}
