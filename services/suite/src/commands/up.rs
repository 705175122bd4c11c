//! `kinerja up`

use std::path::PathBuf;

use kinerja_kit::{
    auth::{Identity, Role},
    clock::Clock,
    server,
    telemetry::{self, TelemetryArgs},
};

use crate::suite::{Options, Suite};

/// Whose token is printed for a first call.
const FIRST_TENANT: &str = "12.76";

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The registry's port; planning, evaluation and competency have the next three
    #[arg(long, default_value_t = 7101)]
    port: u16,
    /// The port of the registry's health; the others' follow
    #[arg(long, default_value_t = 7201)]
    health_port: u16,
    #[command(flatten)]
    telemetry: TelemetryArgs,
}

pub async fn run(data: PathBuf, args: Args) -> anyhow::Result<()> {
    let telemetry = telemetry::set_up("kinerja", &args.telemetry)?;
    let options = Options {
        folder: data,
        port: args.port,
        health_port: args.health_port,
        clock: Clock::system(),
        settings: &[],
    };
    let suite = Suite::start(options).await?;
    greet(&suite)?;
    server::terminated().await;
    println!("\nStopping: calls in flight end first, then the services, then the database.");
    suite.stop().await?;
    telemetry.shutdown().await;
    println!("Stopped. What was written is kept for the next `kinerja up`.");
    Ok(())
}

fn greet(suite: &Suite) -> anyhow::Result<()> {
    let tenant = FIRST_TENANT.parse()?;
    let token = suite.issuer.token(&Identity::officer(&tenant, Role::HrOfficer));
    println!("Kinerja is up.\n");
    for (name, addr, health) in suite.addresses() {
        println!("  {name:<11} gRPC {addr}   health {health}");
    }
    println!("\nA token of an HR officer of {FIRST_TENANT}, good for a day:\n\n  {token}\n");
    println!("A first call:\n");
    println!("  buf curl --protocol grpc --http2-prior-knowledge \\");
    println!(
        "      -H \"authorization: Bearer $(kinerja token --as hr_officer --tenant {FIRST_TENANT})\" \\"
    );
    println!(
        "      -d '{{}}' {}/kinerja.registry.v1.UnitService/ListUnits\n",
        suite.url("registry")
    );
    println!("Ctrl-C stops it.");
    Ok(())
}
