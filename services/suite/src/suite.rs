//! The four services in one process, on a private cluster.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context as _, bail};
use kinerja_kit::{
    args::{DrainArgs, LimitArgs, Mode, NeighbourArgs, ServerArgs, TlsArgs},
    auth::DevelopmentIssuer,
    clock::Clock,
    migrate,
    server::Limits,
    service::{self, Definition, Settings, Started},
    trust::Trust,
};

use crate::cluster::Cluster;

/// In the order in which they call one another.
pub static DEFINITIONS: [&Definition; 4] = [
    &kinerja_registry::DEFINITION,
    &kinerja_planning::DEFINITION,
    &kinerja_evaluation::DEFINITION,
    &kinerja_competency::DEFINITION,
];

/// Connections of each service; the four share one small server.
const POOL_SIZE: u32 = 24;

/// What a suite is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it keeps its cluster and its issuer's key.
    pub folder: PathBuf,
    /// The ports of the registry and its health; the other services follow. 0 takes free ones.
    pub port: u16,
    pub health_port: u16,
    pub clock: Clock,
    /// More settings of PostgreSQL, such as [`THROW_AWAY`](crate::cluster::THROW_AWAY).
    pub settings: &'static [&'static str],
}

/// A running suite.
#[derive(Debug)]
pub struct Suite {
    cluster: Cluster,
    services: Vec<Started>,
    pub issuer: DevelopmentIssuer,
    pub clock: Clock,
}

impl Suite {
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        // Of two suites with the same data and the same ports, the data are what is in the way.
        Cluster::ensure_unused(&options.folder)?;
        are_free(&options)?;
        let cluster = Cluster::start_with(&options.folder, options.settings).await?;
        Self::on(cluster, &options).await.map_err(|(cluster, error)| cluster.give_up(error))
    }

    async fn on(cluster: Cluster, options: &Options) -> Result<Self, (Cluster, anyhow::Error)> {
        let mut services: Vec<Started> = Vec::new();
        match serve(&cluster, options, &mut services).await {
            Ok(issuer) => Ok(Self { cluster, services, issuer, clock: options.clock.clone() }),
            Err(error) => {
                for service in services {
                    service.shutdown().await;
                }
                Err((cluster, error))
            }
        }
    }

    /// Where a service is: `http://127.0.0.1:7101`.
    pub fn url(&self, service: &str) -> String {
        let of = |definition: &&Definition| definition.name == service;
        let index = DEFINITIONS.iter().position(of).expect("a service of the suite");
        format!("http://{}", self.services[index].running.addr)
    }

    /// Every service with its address and that of its health.
    pub fn addresses(&self) -> Vec<(&'static str, String, String)> {
        let each = DEFINITIONS.iter().zip(&self.services);
        each.map(|(definition, started)| {
            let running = &started.running;
            (definition.name, running.addr.to_string(), running.health_addr.to_string())
        })
        .collect()
    }

    /// Drains the services, those that call first, and then stops the database.
    pub async fn stop(self) -> anyhow::Result<()> {
        drain(self.services).await;
        self.cluster.stop()
    }

    /// The same, and leaves nothing behind.
    pub async fn remove(self) -> anyhow::Result<()> {
        drain(self.services).await;
        self.cluster.remove()
    }
}

async fn drain(mut services: Vec<Started>) {
    while let Some(service) = services.pop() {
        service.shutdown().await;
    }
}

async fn serve(
    cluster: &Cluster,
    options: &Options,
    services: &mut Vec<Started>,
) -> anyhow::Result<DevelopmentIssuer> {
    let issuer =
        DevelopmentIssuer::persisted(Mode::Development, &options.folder.join("issuer.key"))?;
    let limits = Limits::new(&LimitArgs::default());
    let mut neighbours = no_neighbours();
    for (index, definition) in (0_u16..).zip(DEFINITIONS) {
        migrate::run(definition.migrator, &cluster.owner(definition.name))
            .await
            .with_context(|| format!("cannot migrate the database of {}", definition.name))?;
        let settings = Settings {
            server: server(options, index),
            database: cluster.app(definition.name),
            pool_size: POOL_SIZE,
            pool_acquire: Duration::from_secs(10),
            neighbours: neighbours.clone(),
            trust: Trust::development(&issuer, definition.name),
            limits: limits.clone(),
            clock: options.clock.clone(),
        };
        let started = service::start(definition, settings)
            .await
            .with_context(|| format!("cannot start {}", definition.name))?;
        name_neighbour(
            &mut neighbours,
            definition.name,
            format!("http://{}", started.running.addr),
        );
        services.push(started);
    }
    Ok(issuer)
}

/// Before anything is made: what is taken is told without ado.
fn are_free(options: &Options) -> anyhow::Result<()> {
    for (index, definition) in (0_u16..).zip(DEFINITIONS) {
        let server = server(options, index);
        for addr in [server.addr, server.health_addr] {
            if let Err(error) = TcpListener::bind(addr) {
                bail!(
                    "{} cannot listen on {addr} ({error}): stop what does, or choose other ports \
                     with --port and --health-port",
                    definition.name
                );
            }
        }
    }
    Ok(())
}

fn server(options: &Options, index: u16) -> ServerArgs {
    let port = |first: u16| if first == 0 { 0 } else { first + index };
    ServerArgs {
        addr: (Ipv4Addr::LOCALHOST, port(options.port)).into(),
        health_addr: (Ipv4Addr::LOCALHOST, port(options.health_port)).into(),
        mode: Mode::Development,
        tls: TlsArgs::default(),
        limits: LimitArgs::default(),
        drain: DrainArgs { linger: Duration::ZERO, ..DrainArgs::default() },
        ..ServerArgs::default()
    }
}

fn no_neighbours() -> NeighbourArgs {
    NeighbourArgs {
        registry_url: String::new(),
        planning_url: String::new(),
        evaluation_url: String::new(),
        competency_url: String::new(),
        service_token_file: None,
    }
}

fn name_neighbour(neighbours: &mut NeighbourArgs, service: &str, url: String) {
    match service {
        "registry" => neighbours.registry_url = url,
        "planning" => neighbours.planning_url = url,
        "evaluation" => neighbours.evaluation_url = url,
        _ => neighbours.competency_url = url,
    }
}
