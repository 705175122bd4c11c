//! `kinerja`: one binary for a laptop, a trial or a demonstration.

use std::{
    io::{Write as _, stderr},
    path::PathBuf,
    process::ExitCode,
};

use clap::{CommandFactory as _, FromArgMatches as _};
use kinerja_kit::{args, server};
use kinerja_suite::{commands, demo, output};

#[derive(Debug, clap::Parser)]
#[command(name = "kinerja", version, about = "Performance management of civil servants")]
struct Cli {
    /// Where the suite keeps its database and its keys
    #[arg(long, global = true, env = "KINERJA_DATA", default_value = ".kinerja")]
    data: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Run every service on a private PostgreSQL until Ctrl-C; what is written stays
    Up(commands::up::Args),
    /// Run one performance year of five governments and show what came of it
    Demo(demo::Args),
    /// Print a bearer token of the running suite's development issuer
    Token(commands::token::Args),
    /// Import a personnel export into the running suite
    Import(commands::import::Args),
    /// Export the people of a government from the running suite
    Export(commands::export::Args),
    /// Read or move the clock of the running suite
    #[command(subcommand)]
    Clock(commands::clock::Command),
}

fn main() -> ExitCode {
    server::install_crypto();
    let Err(error) = run(parse()) else { return ExitCode::SUCCESS };
    if output::is_unread(&error) {
        return ExitCode::from(output::UNREAD);
    }
    // Whom it cannot be told hears the exit code.
    let _ = writeln!(stderr(), "error: {error:#}");
    args::failed(&error)
}

/// A person reads what a suite logs, and only wants to hear of trouble.
fn parse() -> Cli {
    let quiet = |command: clap::Command| {
        command
            .mut_arg("log", |arg| arg.default_value("warn,sqlx::query=error"))
            .mut_arg("log_format", |arg| arg.default_value("pretty"))
    };
    let command = Cli::command().mut_subcommand("up", quiet).mut_subcommand("demo", quiet);
    Cli::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
}

#[tokio::main]
async fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Up(args) => commands::up::run(cli.data, args).await,
        Command::Demo(args) => demo::run(cli.data, args).await,
        Command::Token(args) => commands::token::run(&cli.data, args).await,
        Command::Import(args) => commands::import::run(&cli.data, args).await,
        Command::Export(args) => commands::export::run(&cli.data, args).await,
        Command::Clock(command) => commands::clock::run(&cli.data, command).await,
    }
}
