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

use std::{
    fs,
    path::{Path, PathBuf},
    pin::pin,
    time::Instant,
};

use anyhow::{Context as _, bail};
use futures_util::FutureExt as _;
use kinerja_kit::{
    clock::Clock,
    server,
    telemetry::{self, TelemetryArgs},
    tenant::TenantId,
};

pub use self::{
    government::{Government, Person},
    report::{Summary, Told},
    sources::{GOVERNMENTS, Source},
};

use self::api::Api;
use crate::{
    cluster::{Cluster, THROW_AWAY},
    output,
    suite::{Options, Suite},
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// One of the five governments alone, such as 12.76
    #[arg(long, value_name = "TENANT")]
    only: Option<TenantId>,
    #[command(flatten)]
    telemetry: TelemetryArgs,
}

/// Runs the year on a cluster of its own, which is gone afterwards.
pub async fn run(data: PathBuf, args: Args) -> anyhow::Result<()> {
    let sources = chosen(args.only.as_ref())?;
    let telemetry = telemetry::set_up("kinerja", &args.telemetry)?;
    let mut interrupted = pin!(server::terminated());
    // Ctrl-C is heard from here on, and heeded once there is a suite that can be ended in order.
    let _ = interrupted.as_mut().now_or_never();
    let folder = data.join("demo");
    let started = Instant::now();
    output::line("Starting four services on a private PostgreSQL …")?;
    let suite = start(&folder).await?;
    let played = tokio::select! {
        played = play(&suite, &sources) => played,
        () = interrupted => Err(anyhow::anyhow!("interrupted")),
    };
    let told = played.and_then(|outcomes| {
        report::print(&outcomes)?;
        output::line(format_args!("\nAll of it took {:.1} s.", started.elapsed().as_secs_f64()))
    });
    let removed = suite.remove().await;
    telemetry.shutdown().await;
    let removed = removed.and_then(|()| {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot delete {}", folder.display()))
    });
    removed.and(told)
}

fn chosen(only: Option<&TenantId>) -> anyhow::Result<Vec<Source>> {
    let wanted = |source: &Source| only.is_none_or(|only| only.as_str() == source.tenant);
    let sources: Vec<Source> = GOVERNMENTS.into_iter().filter(wanted).collect();
    if sources.is_empty() {
        let known = GOVERNMENTS.map(|source| source.tenant).join(", ");
        bail!("no government of the demonstration is meant by --only: there are {known}");
    }
    Ok(sources)
}

async fn start(folder: &Path) -> anyhow::Result<Suite> {
    // What an interrupted demonstration left behind.
    Cluster::discard(folder)?;
    Cluster::claim(folder)?;
    let (folder, clock, settings) = (folder.to_owned(), Clock::system(), &THROW_AWAY);
    Suite::start(Options { folder, port: 0, health_port: 0, clock, settings }).await
}

/// What came of a government's year.
#[derive(Debug)]
pub struct Outcome {
    pub government: Government,
    pub summary: Summary,
    pub told: Told,
}

/// Plays the year of governments on a running suite, whose clock walks with it.
pub async fn play(suite: &Suite, sources: &[Source]) -> anyhow::Result<Vec<Outcome>> {
    let (api, clock) = (&Api::of(suite)?, &suite.clock);
    let mut governments = begin(api, clock, sources).await?;
    let stage = at(clock, "2026-01-12T01:00:00Z", "plans are drawn up and agreed on")?;
    for government in &mut governments {
        let since = Instant::now();
        planning::draw_up(api, government).await?;
        planning::agree(api, government).await?;
        government.spent.push(("planning", since.elapsed()));
    }
    done(stage)?;
    let stage = at(clock, "2026-10-20T01:00:00Z", "competencies of five people are assessed")?;
    for government in &governments {
        competency::assess(api, government, government.told_of()?).await?;
    }
    done(stage)?;
    let stage = at(clock, "2026-12-14T01:00:00Z", "what was reached is recorded")?;
    for government in &mut governments {
        let since = Instant::now();
        planning::record(api, government).await?;
        government.spent.push(("realisation", since.elapsed()));
    }
    done(stage)?;
    let stage = at(clock, "2027-01-04T01:00:00Z", "raters rate, and people receive it")?;
    for government in &mut governments {
        let since = Instant::now();
        evaluation::open_cycle(api, government).await?;
        evaluation::rate(api, government).await?;
        evaluation::acknowledge(api, government).await?;
        evaluation::finalise(api, government).await?;
        evaluation::set_predicates(api, government).await?;
        government.spent.push(("evaluation", since.elapsed()));
    }
    done(stage)?;
    let stage = at(clock, "2027-01-18T01:00:00Z", "needs for development are agreed on")?;
    let mut outcomes = Vec::new();
    for government in governments {
        outcomes.push(end(api, government).await?);
    }
    done(stage)?;
    Ok(outcomes)
}

async fn begin(api: &Api, clock: &Clock, sources: &[Source]) -> anyhow::Result<Vec<Government>> {
    let stage = at(clock, "2026-01-02T01:00:00Z", "governments come with their people")?;
    let mut governments = Vec::new();
    for &source in sources {
        let told = |story: &sources::Story| story.government == source.tenant;
        let story = sources::stories()?.into_iter().find(told).context("no story")?;
        let since = Instant::now();
        let mut government = registry::take_in(api, source, story).await?;
        planning::lay_out_year(api, &mut government).await?;
        government.spent.push(("registry", since.elapsed()));
        report::print_import(&government)?;
        governments.push(government);
    }
    done(stage)?;
    Ok(governments)
}

async fn end(api: &Api, mut government: Government) -> anyhow::Result<Outcome> {
    let since = Instant::now();
    let summary = Summary::of(api, &government).await?;
    let told = Told::of(api, &government, government.told_of()?).await?;
    government.spent.push(("development", since.elapsed()));
    Ok(Outcome { government, summary, told })
}

/// A stage of the year begins.
fn at(clock: &Clock, instant: &str, what: &str) -> anyhow::Result<Instant> {
    clock.set(instant.parse()?);
    output::line(format_args!("\n{} — {what}", &instant[..10]))?;
    Ok(Instant::now())
}

/// It ends.
fn done(stage: Instant) -> anyhow::Result<()> {
    output::line(format_args!("  took {:.1} s", stage.elapsed().as_secs_f64()))
}
