//! A service from its arguments to its drain: what the four have in common.

use std::{pin::pin, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use sqlx::{
    ConnectOptions as _, Connection as _, PgPool, migrate::Migrator, postgres::PgConnectOptions,
};
use tonic::service::Routes;

use crate::{
    access_log::AccessLog,
    args::{
        self, Command, Defaults, FeedCommand, NeighbourArgs, ServeArgs, ServerArgs, TryAgainLater,
    },
    auth::{FEED_POLICY, Policy},
    census::{self, Census, Take},
    client::{self, Channel},
    clock::Clock,
    events::{
        self, Consumer, Feed, FeedClient, FeedOptions, ParkedKeys, Projection, Retention, Snapshot,
        Worker,
    },
    migrate, pool,
    server::{self, Limits, Probe, Running, Tasks},
    telemetry,
    tenant::Database,
    trust::Trust,
};

/// How long a command waits for the database.
const ONE_ANSWER: Duration = Duration::from_secs(10);

/// How long connections have to be handed back, once drained.
const CLOSE: Duration = Duration::from_secs(3);

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
}

/// What a service is made of.
pub struct Assembly {
    pub routes: Routes,
    /// What its neighbours rebuild their projections from; none where nobody watches.
    pub snapshot: Option<Arc<dyn Snapshot>>,
    /// Its own projections of neighbours.
    pub workers: Vec<Worker>,
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
            let pool = pool::open(
                args.database.database_url.expose().parse()?,
                definition.name,
                1,
                args.timeout,
            );
            migrate::wait(definition.migrator, &pool, args.timeout)
                .await
                .map_err(|error| TryAgainLater(error.to_string()).into())
        }
        Command::Feed(command) => feed(definition, &command).await,
    };
    telemetry.shutdown().await;
    outcome
}

async fn serve(definition: &'static Definition, args: ServeArgs) -> anyhow::Result<()> {
    let settings = Settings {
        trust: Trust::from_args(&args, definition.name)?,
        limits: Limits::new(&args.server.limits),
        server: args.server,
        database: args.database.database_url.expose().parse()?,
        pool_size: args.database.database_pool,
        pool_acquire: args.database.database_acquire,
        neighbours: args.neighbours,
        clock: Clock::system(),
    };
    // Listened for from the first moment on: an orchestrator may change its mind during the start.
    let mut terminated = pin!(server::terminated());
    let started = tokio::select! {
        biased;
        () = &mut terminated => return Ok(()),
        started = start(definition, settings) => started?,
    };
    terminated.await;
    started.shutdown().await;
    Ok(())
}

async fn feed(definition: &Definition, command: &FeedCommand) -> anyhow::Result<()> {
    let args = command.args();
    let url = args.database.database_url.expose().parse()?;
    let db = Database::new(pool::open(url, definition.name, 1, ONE_ANSWER), definition.name);
    let which = ParkedKeys {
        projection: args.consumer.clone(),
        tenant: args.tenant.clone(),
        key: args.key,
    };
    let released = match command {
        FeedCommand::Retry(_) => events::retry(&db, &which).await?,
        FeedCommand::Skip(_) => events::skip(&db, &which).await?,
    };
    tracing::info!(released, "parked events are dealt with");
    Ok(())
}

/// Starts a service. It is live at once, and ready when its database is.
pub async fn start(definition: &'static Definition, settings: Settings) -> anyhow::Result<Started> {
    definition.policy.check_complete(kinerja_proto::FILE_DESCRIPTOR_SET, definition.package)?;
    refuse_power(definition, &settings.database).await?;
    let pool =
        pool::open(settings.database, definition.name, settings.pool_size, settings.pool_acquire);
    let db = Database::new(pool.clone(), definition.name);
    pool::observe(&db, definition.name);
    let tasks = Tasks::new();
    let context = Context {
        access_log: AccessLog::start(db.clone(), settings.clock.clone(), &tasks),
        db: db.clone(),
        clock: settings.clock.clone(),
        tasks: tasks.clone(),
        neighbours: settings.neighbours,
        trust: settings.trust.clone(),
        tls: settings.server.tls.clone(),
    };
    let assembly = (definition.assemble)(&context)?;
    let mut policies = settings.trust.policies(definition.policy);
    policies.extend(assembly.snapshot.as_ref().map(|_| FEED_POLICY));
    let routes = match assembly.snapshot {
        Some(snapshot) => {
            // A stream is renewed as its connection is.
            let max_age = settings.server.limits.connection_age;
            let options = FeedOptions { max_age, ..FeedOptions::default() };
            with_feed(assembly.routes, &context, snapshot, options)
        }
        None => assembly.routes,
    };
    let retention =
        Retention { access_log: settings.server.retention.access_log(), ..Retention::default() };
    start_workers(&context, retention, assembly.workers);
    let service = server::Service {
        name: definition.name,
        routes: settings.trust.with_clock(routes, &settings.clock),
        names: policies.iter().flat_map(Policy::services).collect(),
        descriptors: kinerja_proto::FILE_DESCRIPTOR_SET,
        guard: settings.trust.guard(definition.policy),
        probe: probe(definition.migrator, pool),
        tasks,
    };
    let running = server::start(&settings.server, &settings.limits, service).await?;
    Ok(Started { running, db })
}

/// What a drain's last calls write is stamped too.
fn with_feed(
    routes: Routes,
    context: &Context,
    snapshot: Arc<dyn Snapshot>,
    options: FeedOptions,
) -> Routes {
    let tasks = &context.tasks;
    let feed = Feed::new(context.db.clone(), snapshot, options);
    let routes = routes.add_service(feed.server(tasks.draining()));
    tasks.spawn(feed.run(tasks.closing()));
    routes
}

fn start_workers(context: &Context, retention: Retention, workers: Vec<Worker>) {
    let (tasks, draining) = (&context.tasks, context.tasks.draining());
    let (db, clock) = (context.db.clone(), context.clock.clone());
    tasks.spawn(events::housekeep(db, clock, retention, draining.clone()));
    for worker in workers {
        tasks.spawn(worker.run(draining.clone()));
    }
}

impl std::fmt::Debug for Assembly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Assembly").field("workers", &self.workers.len()).finish_non_exhaustive()
    }
}

impl Context {
    /// A channel to the service of that name, which shows it who calls.
    pub fn neighbour(&self, service: &str) -> anyhow::Result<Channel> {
        let url = self.neighbours.url(service);
        let options = client::Options {
            token: Some(self.trust.tokens()),
            tls: self.tls.clone(),
            ..client::Options::default()
        };
        client::connect(url, options).with_context(|| format!("cannot use {url:?} for {service}"))
    }

    /// Tells operators how much work there is, as `take` counts it for one government.
    pub fn take_census(&self, take: Take) {
        let (db, clock, draining) = (self.db.clone(), self.clock.clone(), self.tasks.draining());
        self.tasks.spawn(census::run(Census { db, clock, take }, draining));
    }

    /// Follows a neighbour's feed into a projection of this service.
    pub fn consumer<P: Projection>(&self, projection: P) -> anyhow::Result<Worker> {
        let client = FeedClient::new(self.neighbour(projection.source())?);
        let (db, clock) = (self.db.clone(), self.clock.clone());
        Ok(Consumer::new(db, clock, client, projection).into_worker())
    }
}

impl Started {
    /// Drains, then closes the pool; a call that the drain left behind does not hold it up.
    pub async fn shutdown(self) {
        self.running.shutdown().await;
        let _ = tokio::time::timeout(CLOSE, self.db.close()).await;
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
