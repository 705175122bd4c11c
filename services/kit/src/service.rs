//! A service from its arguments to its drain: what the four have in common.

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use sqlx::{
    ConnectOptions as _, Connection as _, PgPool, migrate::Migrator, postgres::PgConnectOptions,
};
use tonic::service::Routes;

use crate::{
    access_log::AccessLog,
    args::{self, Command, Defaults, NeighbourArgs, ServeArgs, ServerArgs, TryAgainLater},
    auth::Policy,
    client::{self, Channel},
    clock::Clock,
    events::{self, Consumers},
    migrate, pool,
    server::{self, Limits, Probe, Running, Tasks},
    telemetry,
    tenant::Database,
    trust::Trust,
};

/// What makes a service that service.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// `registry`: names its database, its roles and itself to the others.
    pub name: &'static str,
    pub binary: &'static str,
    pub addr: &'static str,
    pub health_addr: &'static str,
    /// The proto package whose every RPC has a line in `policy`.
    pub package: &'static str,
    pub migrator: &'static Migrator,
    pub policy: Policy,
    pub assemble: fn(&Context) -> anyhow::Result<Assembly>,
}

/// What a service is made from.
#[derive(Debug, Clone)]
pub struct Context {
    pub db: Database,
    pub clock: Clock,
    pub access_log: AccessLog,
    pub tasks: Tasks,
    neighbours: NeighbourArgs,
    trust: Trust,
    tls: args::TlsArgs,
    name: &'static str,
}

/// What a service is made of.
#[derive(Debug)]
pub struct Assembly {
    pub routes: Routes,
    pub consumers: Consumers,
}

/// Where and how a service runs.
#[derive(Debug, Clone)]
pub struct Settings {
    pub server: ServerArgs,
    pub database: PgConnectOptions,
    pub pool_size: u32,
    pub pool_acquire: Duration,
    pub neighbours: NeighbourArgs,
    pub trust: Trust,
    /// One for the process, whatever number of services it runs.
    pub limits: Limits,
    pub clock: Clock,
}

/// A service that serves.
#[derive(Debug)]
pub struct Started {
    pub running: Running,
    db: Database,
}

/// `main` of a service's binary.
pub fn main(definition: &'static Definition) -> ExitCode {
    server::install_crypto();
    let Definition { binary, addr, health_addr, .. } = *definition;
    let cli = args::parse(Defaults { binary, addr, health_addr });
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return args::exit_code(Err(error.into())),
    };
    args::exit_code(runtime.block_on(run(definition, cli.command)))
}

async fn run(definition: &'static Definition, command: Command) -> anyhow::Result<()> {
    let telemetry = telemetry::set_up(definition.binary, command.telemetry())?;
    let outcome = match command {
        Command::Serve(args) => serve(definition, *args).await,
        Command::Migrate(args) => {
            migrate::run(definition.migrator, &args.migration_url.expose().parse()?).await
        }
        Command::WaitForMigrations(args) => {
            let pool = pool::open(args.database.database_url.expose().parse()?, definition.name, 1, args.timeout);
            migrate::wait(definition.migrator, &pool, args.timeout)
                .await
                .map_err(|error| TryAgainLater(error.to_string()).into())
        }
        Command::Feed(command) => {
            let url = command.args().database.database_url.expose();
            let pool = pool::open(url.parse()?, definition.name, 1, Duration::from_secs(10));
            events::release_parked(&Database::new(pool, definition.name), &command).await
        }
    };
    telemetry.shutdown().await;
    outcome
}

async fn serve(definition: &'static Definition, args: ServeArgs) -> anyhow::Result<()> {
    let settings = Settings {
        trust: Trust::from_args(&args.auth, definition.name)?,
        limits: Limits::new(&args.server.limits),
        server: args.server,
        database: args.database.database_url.expose().parse()?,
        pool_size: args.database.database_pool,
        pool_acquire: args.database.database_acquire,
        neighbours: args.neighbours,
        clock: Clock::system(),
    };
    let started = start(definition, settings).await?;
    server::terminated().await;
    started.shutdown().await;
    Ok(())
}

/// Starts a service. It is live at once, and ready when its database is.
pub async fn start(definition: &'static Definition, settings: Settings) -> anyhow::Result<Started> {
    definition.policy.check_complete(kinerja_proto::FILE_DESCRIPTOR_SET, definition.package)?;
    refuse_power(definition, &settings.database).await?;
    let pool = pool::open(settings.database, definition.name, settings.pool_size, settings.pool_acquire);
    let db = Database::new(pool.clone(), definition.name);
    let tasks = Tasks::new();
    let context = Context {
        access_log: AccessLog::start(db.clone(), settings.clock.clone(), &tasks),
        db: db.clone(),
        clock: settings.clock.clone(),
        tasks: tasks.clone(),
        neighbours: settings.neighbours,
        trust: settings.trust.clone(),
        tls: settings.server.tls.clone(),
        name: definition.name,
    };
    let Assembly { routes, consumers } = (definition.assemble)(&context)?;
    let routes = events::serve(routes, &db, &settings.clock, &tasks);
    consumers.start(&context);
    let service = server::Service {
        name: definition.name,
        routes: settings.trust.development_routes(routes, &settings.clock),
        descriptors: kinerja_proto::FILE_DESCRIPTOR_SET,
        guard: settings.trust.guard(definition.policy),
        probe: probe(definition.migrator, pool),
        tasks,
    };
    let running = server::start(&settings.server, &settings.limits, service).await?;
    Ok(Started { running, db })
}

impl Started {
    /// Drains, then closes the pool.
    pub async fn shutdown(self) {
        self.running.shutdown().await;
        self.db.close().await;
    }
}

/// A database that is away cannot be asked; the probe keeps the service unready until it is there.
async fn refuse_power(definition: &Definition, database: &PgConnectOptions) -> anyhow::Result<()> {
    let Ok(mut conn) = database.connect().await else { return Ok(()) };
    migrate::refuse_powerful_role(&mut conn, definition.name).await?;
    conn.close().await.context("cannot close a connection")
}

/// Ready is a writable database at the schema of this build.
fn probe(migrator: &'static Migrator, pool: PgPool) -> Probe {
    Arc::new(move || {
        let pool = pool.clone();
        Box::pin(async move {
            match migrate::is_current(migrator, &pool).await {
                Ok(true) => Ok(()),
                Ok(false) => Err("the schema is behind or the database is read-only".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        })
    })
}
