//! The command line of every service: clap structs that also read the environment (`KINERJA_*`).

use std::{fmt, net::{Ipv4Addr, SocketAddr}, path::PathBuf, process::ExitCode, str::FromStr, time::Duration};

use clap::{CommandFactory as _, FromArgMatches as _};
use uuid::Uuid;

pub use crate::auth::Mode;
use crate::{
    auth::AuthArgs,
    telemetry::{self, TelemetryArgs},
    tenant::TenantId,
};

/// What a service binary was told to do.
#[derive(Debug, clap::Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Serve until SIGTERM or SIGINT
    Serve(Box<ServeArgs>),
    /// Bring the database's schema up to this version
    Migrate(MigrateArgs),
    /// Wait until the database's schema is at this version
    WaitForMigrations(WaitArgs),
    /// Deal with events that could not be applied
    #[command(subcommand)]
    Feed(FeedCommand),
}

impl Command {
    pub fn telemetry(&self) -> &TelemetryArgs {
        match self {
            Self::Serve(args) => &args.telemetry,
            Self::Migrate(args) => &args.telemetry,
            Self::WaitForMigrations(args) => &args.telemetry,
            Self::Feed(feed) => &feed.args().telemetry,
        }
    }
}

impl FeedCommand {
    pub fn args(&self) -> &FeedArgs {
        match self {
            Self::Retry(args) | Self::Skip(args) => args,
        }
    }
}

#[derive(Debug, Clone, clap::Args)]
pub struct ServeArgs {
    #[command(flatten)]
    pub server: ServerArgs,
    #[command(flatten)]
    pub database: DatabaseArgs,
    #[command(flatten)]
    pub auth: AuthArgs,
    #[command(flatten)]
    pub neighbours: NeighbourArgs,
    #[command(flatten)]
    pub telemetry: TelemetryArgs,
}

#[derive(Debug, Clone, clap::Args)]
pub struct MigrateArgs {
    /// The primary itself, not its pooler, as the owner of the schema
    #[arg(long, env = "KINERJA_MIGRATION_URL", hide_env_values = true)]
    pub migration_url: Secret,
    #[command(flatten)]
    pub telemetry: TelemetryArgs,
}

#[derive(Debug, Clone, clap::Args)]
pub struct WaitArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Give up after so many seconds, with exit code 75
    #[arg(long, env = "KINERJA_WAIT_SECONDS", default_value = "300", value_parser = seconds)]
    pub timeout: Duration,
    #[command(flatten)]
    pub telemetry: TelemetryArgs,
}

#[derive(Debug, clap::Subcommand)]
pub enum FeedCommand {
    /// Apply a parked event, and those parked behind it, again
    Retry(FeedArgs),
    /// Drop a parked event for good, and try those parked behind it
    Skip(FeedArgs),
}

#[derive(Debug, Clone, clap::Args)]
pub struct FeedArgs {
    /// The consumer that parked the event, as its metric names it
    #[arg(long)]
    pub consumer: String,
    /// The government whose event it is; every government without it
    #[arg(long)]
    pub tenant: Option<TenantId>,
    /// The key whose events were parked; every key without it
    #[arg(long)]
    pub key: Option<Uuid>,
    #[command(flatten)]
    pub database: DatabaseArgs,
    #[command(flatten)]
    pub telemetry: TelemetryArgs,
}

#[derive(Debug, Clone, clap::Args)]
pub struct ServerArgs {
    /// Where gRPC is served
    #[arg(long, env = "KINERJA_ADDR", default_value = "127.0.0.1:0")]
    pub addr: SocketAddr,
    /// Where health is served, in plaintext
    #[arg(long, env = "KINERJA_HEALTH_ADDR", default_value = "127.0.0.1:0")]
    pub health_addr: SocketAddr,
    #[arg(long, env = "KINERJA_MODE", value_enum, default_value = "production")]
    pub mode: Mode,
    #[command(flatten)]
    pub tls: TlsArgs,
    #[command(flatten)]
    pub limits: LimitArgs,
    #[command(flatten)]
    pub drain: DrainArgs,
}

impl Default for ServerArgs {
    /// In development, in plaintext, on loopback ports of the system's choice.
    fn default() -> Self {
        Self {
            addr: (Ipv4Addr::LOCALHOST, 0).into(),
            health_addr: (Ipv4Addr::LOCALHOST, 0).into(),
            mode: Mode::Development,
            tls: TlsArgs::default(),
            limits: LimitArgs::default(),
            drain: DrainArgs::default(),
        }
    }
}

/// Our certificate, and whom we trust: for the server and, as a client, towards neighbours.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct TlsArgs {
    /// Certificate chain (PEM); plaintext without it
    #[arg(long, env = "KINERJA_TLS_CERT", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, env = "KINERJA_TLS_KEY", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Certificate authorities of neighbours; with it, callers must bring a certificate of theirs
    #[arg(long, env = "KINERJA_TLS_CA")]
    pub tls_ca: Option<PathBuf>,
}

/// Limits of the process, whatever number of services it runs.
#[derive(Debug, Clone, clap::Args)]
pub struct LimitArgs {
    /// Connections; more wait to be accepted
    #[arg(long, env = "KINERJA_MAX_CONNECTIONS", default_value_t = 2048)]
    pub max_connections: usize,
    /// Unary calls in flight; more are refused
    #[arg(long, env = "KINERJA_MAX_CALLS", default_value_t = 512)]
    pub max_calls: usize,
    /// Open streams; more are refused
    #[arg(long, env = "KINERJA_MAX_STREAMS", default_value_t = 512)]
    pub max_streams: usize,
    /// Bytes of one request message, at most 4 MiB (what generated servers take)
    #[arg(long, env = "KINERJA_MAX_MESSAGE_BYTES", default_value_t = 4 << 20)]
    pub max_message_bytes: usize,
    /// Seconds a unary call may take whose caller set no deadline
    #[arg(long, env = "KINERJA_DEADLINE_SECONDS", default_value = "30", value_parser = seconds)]
    pub deadline: Duration,
    /// Seconds after which a connection is asked to be renewed, give or take a fifth
    #[arg(long, env = "KINERJA_CONNECTION_AGE_SECONDS", default_value = "300", value_parser = seconds)]
    pub connection_age: Duration,
    /// Seconds a peer has for its handshake, and for its answer to a ping
    #[arg(long, env = "KINERJA_PEER_SECONDS", default_value = "10", value_parser = seconds)]
    pub peer_timeout: Duration,
}

impl Default for LimitArgs {
    fn default() -> Self {
        Self {
            max_connections: 2048,
            max_calls: 512,
            max_streams: 512,
            max_message_bytes: 4 << 20,
            deadline: Duration::from_secs(30),
            connection_age: Duration::from_secs(300),
            peer_timeout: Duration::from_secs(10),
        }
    }
}

#[derive(Debug, Clone, clap::Args)]
pub struct DrainArgs {
    /// Seconds new connections are still accepted once readiness is withdrawn
    #[arg(long, env = "KINERJA_LINGER_SECONDS", default_value = "2", value_parser = seconds)]
    pub linger: Duration,
    /// Seconds calls in flight have to end
    #[arg(long, env = "KINERJA_DRAIN_SECONDS", default_value = "20", value_parser = seconds)]
    pub drain: Duration,
    /// Seconds between two probes of readiness
    #[arg(long, env = "KINERJA_PROBE_SECONDS", default_value = "2", value_parser = seconds)]
    pub probe_interval: Duration,
}

impl Default for DrainArgs {
    fn default() -> Self {
        Self {
            linger: Duration::from_secs(2),
            drain: Duration::from_secs(20),
            probe_interval: Duration::from_secs(2),
        }
    }
}

#[derive(Debug, Clone, clap::Args)]
pub struct DatabaseArgs {
    /// The database as the serving role, through the pooler
    #[arg(long, env = "KINERJA_DATABASE_URL", hide_env_values = true)]
    pub database_url: Secret,
    /// Connections of this process
    #[arg(long, env = "KINERJA_DATABASE_POOL", default_value_t = 16)]
    pub database_pool: u32,
    /// Seconds a call waits for a free connection
    #[arg(long, env = "KINERJA_DATABASE_ACQUIRE_SECONDS", default_value = "5", value_parser = seconds)]
    pub database_acquire: Duration,
}

/// Where the other services are: `http://host:port`, `https://…`, `dns+http://headless-name:port`
/// (every address of the name), or several with commas between.
#[derive(Debug, Clone, clap::Args)]
pub struct NeighbourArgs {
    #[arg(long, env = "KINERJA_REGISTRY_URL", default_value = "http://127.0.0.1:7101")]
    pub registry_url: String,
    #[arg(long, env = "KINERJA_PLANNING_URL", default_value = "http://127.0.0.1:7102")]
    pub planning_url: String,
    #[arg(long, env = "KINERJA_EVALUATION_URL", default_value = "http://127.0.0.1:7103")]
    pub evaluation_url: String,
    #[arg(long, env = "KINERJA_COMPETENCY_URL", default_value = "http://127.0.0.1:7104")]
    pub competency_url: String,
    /// File with the token this service shows to others, read again when it changes
    #[arg(long, env = "KINERJA_SERVICE_TOKEN_FILE")]
    pub service_token_file: Option<PathBuf>,
}

impl NeighbourArgs {
    /// Where the service of that name is; empty for none of the suite's.
    pub fn url(&self, service: &str) -> &str {
        match service {
            "registry" => &self.registry_url,
            "planning" => &self.planning_url,
            "evaluation" => &self.evaluation_url,
            "competency" => &self.competency_url,
            _ => "",
        }
    }
}

/// A value that never appears in a log: its `Debug` is an ellipsis.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(value))
    }
}

/// How a service names itself and where it listens unless told otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Defaults {
    /// The binary: `kinerja-registry`.
    pub binary: &'static str,
    pub addr: &'static str,
    pub health_addr: &'static str,
}

/// Reads command line and environment. Prints what is wrong and ends the process with code 2, or
/// with 0 after `--help` and `--version`.
pub fn parse(defaults: Defaults) -> Cli {
    let matches = command(defaults).get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// The same, from given words: the first is the binary's name.
pub fn parse_from(defaults: Defaults, words: &[&str]) -> Result<Cli, clap::Error> {
    Cli::from_arg_matches(&command(defaults).try_get_matches_from(words)?)
}

fn command(defaults: Defaults) -> clap::Command {
    Cli::command().name(defaults.binary).mut_subcommand("serve", |serve| {
        serve
            .mut_arg("addr", |arg| arg.default_value(defaults.addr))
            .mut_arg("health_addr", |arg| arg.default_value(defaults.health_addr))
    })
}

/// The cause of a failure that passes by itself: exit code 75.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TryAgainLater(pub String);

/// The exit code of a finished command: 0 done, 1 failed, 75 try again later. A failure is logged
/// with its chain, and printed when no log was set up yet.
pub fn exit_code(outcome: anyhow::Result<()>) -> ExitCode {
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    if telemetry::is_set_up() {
        tracing::error!(error = format!("{error:#}"), "command failed");
    } else {
        eprintln!("error: {error:#}");
    }
    let later = error.chain().any(|cause| cause.is::<TryAgainLater>());
    ExitCode::from(if later { 75 } else { 1 })
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
