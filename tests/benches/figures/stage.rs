use std::time::{Duration, Instant};

use anyhow::Context as _;
use kinerja_kit::testing::otlp::Receiver;
use kinerja_tests::{Service, World};
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection};

use crate::{
    processes,
    report::{Asked, Report, median, short},
};

pub(crate) const SERVICES: [Service; 4] = ["registry", "planning", "evaluation", "competency"];

/// A database server as one would set it up for such a government; durable as it comes.
const POSTGRES: [&str; 7] = [
    "shared_preload_libraries=pg_stat_statements",
    "pg_stat_statements.max=10000",
    "shared_buffers=2GB",
    "max_wal_size=8GB",
    "checkpoint_timeout=30min",
    "wal_compression=on",
    "max_connections=200",
];

const DRAINED: Duration = Duration::from_secs(40);

/// The services and what watches them.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) world: World,
    /// What every span goes to.
    _receiver: Receiver,
    /// As the administrator, in a database that is no service's.
    pub(crate) admin: PgConnection,
    pub(crate) postmaster: u32,
    /// The highest resident memory of processes that have ended, by service.
    residents: Vec<(Service, f64)>,
}

impl Stage {
    /// Databases, and nothing that serves yet.
    pub(crate) async fn set() -> anyhow::Result<Self> {
        let receiver = Receiver::start().await;
        let endpoint = receiver.endpoint();
        let environment = [
            ("KINERJA_OTLP_ENDPOINT", endpoint.as_str()),
            ("KINERJA_TRACE_RATIO", "1"),
            ("KINERJA_LOG", "warn,kinerja_kit=info"),
        ];
        let world = World::resting(&environment, &POSTGRES).await?;
        let mut admin = world.cluster("registry").administrator("postgres").connect().await?;
        sqlx::query("CREATE EXTENSION pg_stat_statements").execute(&mut admin).await?;
        let backend: i32 =
            sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut admin).await?;
        let postmaster = processes::parent_of(u32::try_from(backend)?).context("the postmaster")?;
        Ok(Self { world, _receiver: receiver, admin, postmaster, residents: Vec::new() })
    }

    /// As the administrator of a service's database.
    pub(crate) async fn connect(&self, service: Service) -> anyhow::Result<PgConnection> {
        Ok(self.world.cluster(service).administrator(service).connect().await?)
    }

    pub(crate) async fn number(&self, service: Service, statement: &str) -> anyhow::Result<i64> {
        let mut conn = self.connect(service).await?;
        Ok(sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(&mut conn).await?)
    }

    /// Starts every service several times, and leaves them running.
    pub(crate) async fn starts(
        &mut self,
        rounds: usize,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        report.heading("Start: from the process to ready");
        for service in SERVICES {
            let mut taken = Vec::new();
            for round in 0..rounds {
                let begun = Instant::now();
                self.world.add(service).await?;
                taken.push(begun.elapsed().as_secs_f64());
                if round + 1 < rounds {
                    self.stop(service).await?;
                }
            }
            let seconds = median(taken);
            report.add(service, seconds, format!("{} s", short(seconds)), Asked::AtMost(1.0));
        }
        Ok(())
    }

    pub(crate) async fn start(&mut self, service: Service) -> anyhow::Result<()> {
        self.world.add(service).await
    }

    /// Drains a service, and remembers how much memory it had.
    pub(crate) async fn stop(&mut self, service: Service) -> anyhow::Result<()> {
        for mut process in self.world.processes.remove(service).unwrap_or_default() {
            self.residents.push((service, processes::resident(process.id())?.1));
            process.terminate()?;
            process.wait(DRAINED).await?;
        }
        Ok(())
    }

    pub(crate) fn pid(&self, service: Service) -> anyhow::Result<u32> {
        let replicas = self.world.processes.get(service).and_then(|replicas| replicas.first());
        Ok(replicas.context("the service runs")?.id())
    }

    /// What the services said last: why a measurement could not be made.
    pub(crate) fn tell_logs(&self) {
        for (service, replicas) in &self.world.processes {
            for process in replicas {
                eprintln!("{service} said last:\n{}", process.log());
            }
        }
    }

    /// The most memory that any process of a service had.
    pub(crate) fn residents(&mut self, report: &mut Report) -> anyhow::Result<()> {
        report.heading("Resident memory of each service, at its highest over everything above");
        for service in SERVICES {
            let mut highest: Vec<f64> = Vec::new();
            highest.extend(
                self.residents.iter().filter(|(of, _)| *of == service).map(|(_, mib)| *mib),
            );
            if let Ok(pid) = self.pid(service) {
                highest.push(processes::resident(pid)?.1);
            }
            let highest = highest.into_iter().fold(0.0, f64::max);
            report.add(service, highest, format!("{highest:.1} MiB"), Asked::AtMost(50.0));
        }
        Ok(())
    }
}
