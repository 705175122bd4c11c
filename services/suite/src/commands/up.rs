//! `kinerja up`

use std::{
    env,
    path::{Path, PathBuf},
    pin::pin,
};

use clap::value_parser;
use futures_util::FutureExt as _;
use kinerja_kit::{
    auth::{Identity, Role},
    clock::Clock,
    server,
    telemetry::{self, TelemetryArgs},
};

use crate::{
    output,
    suite::{Options, Suite},
};

/// Whose token is printed for a first call.
const FIRST_TENANT: &str = "12.76";
/// The three ports that follow are ports as well.
const LAST_PORT: i64 = u16::MAX as i64 - 3;
const STOPPING: &str =
    "\nStopping: calls in flight end first, then the services, then the database.";

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The registry's port; planning, evaluation and competency have the next three
    #[arg(long, default_value_t = 7101, value_parser = value_parser!(u16).range(..=LAST_PORT))]
    port: u16,
    /// The port of the registry's health; the others' follow
    #[arg(long, default_value_t = 7201, value_parser = value_parser!(u16).range(..=LAST_PORT))]
    health_port: u16,
    #[command(flatten)]
    telemetry: TelemetryArgs,
}

pub async fn run(data: PathBuf, args: Args) -> anyhow::Result<()> {
    let telemetry = telemetry::set_up("kinerja", &args.telemetry)?;
    let mut interrupted = pin!(server::terminated());
    // Ctrl-C is heard from here on, and heeded once there is a suite that can be ended in order.
    let _ = interrupted.as_mut().now_or_never();
    let options = Options {
        folder: data.clone(),
        port: args.port,
        health_port: args.health_port,
        clock: Clock::system(),
        settings: &[],
    };
    output::line("Starting four services on a private PostgreSQL …")?;
    let suite = Suite::start(options).await?;
    let mut told = greet(&suite, &data);
    if told.is_ok() {
        interrupted.await;
        told = output::line(STOPPING);
    }
    let stopped = suite.stop().await;
    telemetry.shutdown().await;
    stopped.and(told)?;
    output::line("Stopped. What was written is kept for the next `kinerja up`.")
}

fn greet(suite: &Suite, data: &Path) -> anyhow::Result<()> {
    let tenant = FIRST_TENANT.parse()?;
    let token = suite.issuer.token(&Identity::officer(&tenant, Role::HrOfficer));
    output::line("Kinerja is up.\n")?;
    for (name, addr, health) in suite.addresses() {
        output::line(format_args!("  {name:<11} gRPC {addr}   health {health}"))?;
    }
    output::line(format_args!(
        "\nA token of an HR officer of {FIRST_TENANT}, good for twelve hours:\n\n  {token}\n"
    ))?;
    let own = own_command(data)?;
    output::line("A first call, by an operator; README.md has more:\n")?;
    output::line("  buf curl --protocol grpc --http2-prior-knowledge \\")?;
    output::line(format_args!(
        "      -H \"authorization: Bearer $({own} token --as operator)\" \\"
    ))?;
    output::line(format_args!(
        "      -d '{{}}' {}/kinerja.registry.v1.TenantService/ListTenants\n",
        suite.url("registry")
    ))?;
    output::line("Ctrl-C stops it.")
}

/// This binary and these data, as they are called from any folder.
fn own_command(data: &Path) -> anyhow::Result<String> {
    let quoted = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', r"'\''"));
    Ok(format!("{} --data {}", quoted(&env::current_exe()?), quoted(&data.canonicalize()?)))
}
