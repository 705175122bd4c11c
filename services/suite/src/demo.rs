//! `kinerja demo`: one performance year of five governments, through the public API, by the people
//! concerned, with the clock walking through real windows.

mod api;
mod competency;
mod contents;
mod evaluation;
mod government;
mod planning;
mod ratings;
mod registry;
mod report;
mod sources;

use std::{path::PathBuf, time::Instant};

use anyhow::Context as _;
use kinerja_kit::{
    clock::Clock,
    server,
    telemetry::{self, TelemetryArgs},
};

pub use self::{
    government::{Government, Person},
    report::{Summary, Told},
};

use self::api::Api;
use crate::{
    cluster::{Cluster, THROW_AWAY},
    suite::{Options, Suite},
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Log more than warnings, as `level` or `target=level,…`
    #[arg(long, env = "KINERJA_LOG", default_value = "warn")]
    log: String,
    /// OTLP collector (gRPC) for traces and metrics, such as http://127.0.0.1:4317; none without it
    #[arg(long, env = "KINERJA_OTLP_ENDPOINT")]
    otlp_endpoint: Option<String>,
}

/// Runs the year on a cluster of its own, which is gone afterwards.
pub async fn run(data: PathBuf, args: Args) -> anyhow::Result<()> {
    let log = TelemetryArgs {
        log: args.log,
        otlp_endpoint: args.otlp_endpoint,
        ..TelemetryArgs::default()
    };
    let telemetry = telemetry::set_up("kinerja", &log)?;
    let folder = data.join("demo");
    println!("Starting four services on a private PostgreSQL …");
    // What an interrupted demonstration left behind.
    Cluster::discard(&folder)?;
    let options =
        Options { folder, port: 0, health_port: 0, clock: Clock::system(), settings: &THROW_AWAY };
    let suite = Suite::start(options).await?;
    let started = Instant::now();
    let played = tokio::select! {
        played = play(&suite) => played,
        () = server::terminated() => Err(anyhow::anyhow!("interrupted")),
    };
    if let Ok(outcomes) = &played {
        report::print(outcomes);
        println!("\nThe whole year took {:.1} s.", started.elapsed().as_secs_f64());
    }
    let removed = suite.remove().await;
    telemetry.shutdown().await;
    played.and(removed)
}

/// What came of a government's year.
#[derive(Debug)]
pub struct Outcome {
    pub government: Government,
    pub summary: Summary,
    pub told: Told,
}

/// Plays the year of the five governments on a running suite, whose clock walks with it.
pub async fn play(suite: &Suite) -> anyhow::Result<Vec<Outcome>> {
    let (api, clock) = (&Api::of(suite)?, &suite.clock);
    let mut governments = begin(api, clock).await?;
    at(clock, "2026-01-12T01:00:00Z", "plans are drawn up and agreed on")?;
    for government in &mut governments {
        let since = Instant::now();
        planning::draw_up(api, government).await?;
        planning::agree(api, government).await?;
        government.spent.insert("planning", since.elapsed());
    }
    at(clock, "2026-10-20T01:00:00Z", "competencies of five people are assessed")?;
    for government in &governments {
        competency::assess(api, government, government.told_of()?).await?;
    }
    at(clock, "2026-12-14T01:00:00Z", "what was reached is recorded")?;
    for government in &mut governments {
        let since = Instant::now();
        planning::record(api, government).await?;
        government.spent.insert("realisation", since.elapsed());
    }
    at(clock, "2027-01-04T01:00:00Z", "raters rate, and people receive it")?;
    for government in &mut governments {
        let since = Instant::now();
        evaluation::open_cycle(api, government).await?;
        evaluation::rate(api, government).await?;
        evaluation::acknowledge(api, government).await?;
        evaluation::finalise(api, government).await?;
        evaluation::set_predicates(api, government).await?;
        government.spent.insert("evaluation", since.elapsed());
    }
    at(clock, "2027-01-18T01:00:00Z", "needs for development are agreed on")?;
    let mut outcomes = Vec::new();
    for government in governments {
        outcomes.push(end(api, government).await?);
    }
    Ok(outcomes)
}

async fn begin(api: &Api, clock: &Clock) -> anyhow::Result<Vec<Government>> {
    at(clock, "2026-01-02T01:00:00Z", "five governments come with their people")?;
    let mut governments = Vec::new();
    for source in sources::GOVERNMENTS {
        let told = |story: &sources::Story| story.government == source.tenant;
        let story = sources::stories()?.into_iter().find(told).context("no story")?;
        let since = Instant::now();
        let mut government = registry::take_in(api, source, story).await?;
        planning::lay_out_year(api, &mut government).await?;
        government.spent.insert("registry", since.elapsed());
        report::print_import(&government);
        governments.push(government);
    }
    Ok(governments)
}

async fn end(api: &Api, mut government: Government) -> anyhow::Result<Outcome> {
    let since = Instant::now();
    let summary = Summary::of(api, &government).await?;
    let told = Told::of(api, &government, government.told_of()?).await?;
    government.spent.insert("development", since.elapsed());
    Ok(Outcome { government, summary, told })
}

fn at(clock: &Clock, instant: &str, what: &str) -> anyhow::Result<()> {
    clock.set(instant.parse()?);
    println!("\n{} — {what}", &instant[..10]);
    Ok(())
}
