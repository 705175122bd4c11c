//! The command line of every service: clap structs that also read the environment (`KINERJA_*`).

mod server;

use std::{
    fmt,
    io::{Write as _, stderr},
    path::PathBuf,
    process::ExitCode,
    str::FromStr,
    time::Duration,
};

use clap::{CommandFactory as _, FromArgMatches as _};
use uuid::Uuid;

pub use self::server::{DrainArgs, LimitArgs, RetentionArgs, ServerArgs, TlsArgs};
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
        // Nobody may be left to read it, which is no reason for another exit code.
        let _ = writeln!(stderr(), "error: {error:#}");
    }
    failed(&error)
}

/// The exit code of a failure that was told already.
pub fn failed(error: &anyhow::Error) -> ExitCode {
    let later = error.chain().any(|cause| cause.is::<TryAgainLater>());
    ExitCode::from(if later { 75 } else { 1 })
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTRY: Defaults =
        Defaults { binary: "kinerja-registry", addr: "0.0.0.0:7101", health_addr: "0.0.0.0:7201" };
    const DATABASE: [&str; 2] = ["--database-url", "postgres://registry_app:hush@db/registry"];

    fn serve(words: &[&str]) -> Result<ServeArgs, clap::Error> {
        let words = [&["kinerja-registry", "serve"], &DATABASE[..], words].concat();
        match parse_from(REGISTRY, &words)?.command {
            Command::Serve(args) => Ok(*args),
            other => panic!("not serve: {other:?}"),
        }
    }

    #[test]
    fn a_service_listens_where_its_kind_does_unless_told_otherwise() {
        let usual = serve(&[]).expect("enough");
        assert_eq!(usual.server.addr, "0.0.0.0:7101".parse().expect("an address"));
        assert_eq!(usual.server.health_addr, "0.0.0.0:7201".parse().expect("an address"));
        let told = serve(&["--addr", "127.0.0.1:9"]).expect("enough");
        assert_eq!(told.server.addr, "127.0.0.1:9".parse().expect("an address"));
    }

    #[test]
    fn the_defaults_of_the_command_line_are_those_of_the_structs() {
        let (parsed, default) = (serve(&[]).expect("enough").server, ServerArgs::default());
        assert_eq!(format!("{:?}", parsed.limits), format!("{:?}", default.limits));
        assert_eq!(format!("{:?}", parsed.drain), format!("{:?}", default.drain));
        assert_eq!(format!("{:?}", parsed.retention), format!("{:?}", default.retention));
        assert_eq!(parsed.mode, Mode::Production, "nothing is loosened by forgetting");
    }

    #[test]
    fn a_password_is_never_printed() {
        let args = serve(&[]).expect("enough");
        assert!(!format!("{args:?}").contains("hush"));
        assert!(args.database.database_url.expose().contains("hush"));
    }

    #[test]
    fn a_certificate_comes_with_its_key() {
        let error = serve(&["--tls-cert", "cert.pem"]).expect_err("half a pair");
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn the_exit_code_says_whether_to_try_again() {
        let later = anyhow::Error::from(TryAgainLater("behind".to_owned())).context("waiting");
        let code = |outcome| format!("{:?}", exit_code(outcome));
        assert_eq!(code(Ok(())), format!("{:?}", ExitCode::from(0)));
        assert_eq!(code(Err(anyhow::anyhow!("no"))), format!("{:?}", ExitCode::from(1)));
        assert_eq!(code(Err(later)), format!("{:?}", ExitCode::from(75)));
    }

    #[test]
    fn the_command_line_is_well_formed() {
        command(REGISTRY).debug_assert();
    }
}
