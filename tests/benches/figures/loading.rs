//! Imports against COPY, updates, and consumers that catch up.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use kinerja_kit::{
    auth::{Identity, Role},
    client,
    tenant::TenantId,
};
use kinerja_proto::registry::v1::{self as pb, tenant_service_client::TenantServiceClient};
use kinerja_suite::upload::upload;
use kinerja_tests::scene::new_id;

use crate::{
    government::{self, Export},
    raw_copy::Rows,
    reads,
    report::{Asked, Report, median, short},
    settings::Settings,
    stage::Stage,
};

/// No catching up is watched for longer: the rate shows before.
const WATCHED: Duration = Duration::from_secs(20);

/// A government that was loaded.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    pub(crate) tenant: TenantId,
    pub(crate) people: usize,
}

/// Seconds of each round.
#[derive(Debug, Default)]
struct Rounds {
    import: Vec<f64>,
    copy: Vec<f64>,
    update: Vec<f64>,
    /// Events a second.
    caught_up: Vec<f64>,
    rows: f64,
}

/// Codes of provinces without a government of ours, used up one by one.
#[derive(Debug)]
struct Codes(u8);

impl Codes {
    fn next(&mut self) -> anyhow::Result<TenantId> {
        self.0 += 1;
        let (province, regency) = (30 + self.0 / 90, 10 + self.0 % 90);
        Ok(format!("{province}.{regency}").parse()?)
    }
}

/// Loads governments of each size, several times each. Those of the first round are given back, and what reads of
/// the very first touched while it and its copy were alone.
pub(crate) async fn load(
    stage: &mut Stage,
    settings: &Settings,
    report: &mut Report,
) -> anyhow::Result<(Vec<Loaded>, Vec<f64>)> {
    let mut codes = Codes(0);
    let (mut loaded, mut alone) = (Vec::new(), Vec::new());
    for &people in &settings.sizes {
        report.heading(&format!(
            "{} employees, medians of {} rounds",
            short(people as f64),
            settings.rounds
        ));
        let mut rounds = Rounds::default();
        for round in 0..settings.rounds {
            let of = Loaded { tenant: codes.next()?, people };
            create(stage, &of.tenant).await?;
            rounds.import.push(import(stage, &of.tenant, people, Export::First).await?);
            one_round(stage, people, &of.tenant, &codes.next()?, &mut rounds).await?;
            if loaded.is_empty() && settings.wants("flat") {
                settle(stage).await?;
                alone = reads::buffers(stage, &of).await?;
            }
            if round == 0 {
                loaded.push(of);
            }
        }
        rounds.tell(people as f64, report);
        settle(stage).await?;
    }
    Ok((loaded, alone))
}

/// What the database would do by and by, at once.
async fn settle(stage: &Stage) -> anyhow::Result<()> {
    let mut registry = stage.connect("registry").await?;
    for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
        sqlx::query(statement).execute(&mut registry).await?;
    }
    Ok(())
}

/// The rest of a round: the same rows by COPY, the update, and planning behind all of it.
async fn one_round(
    stage: &mut Stage,
    people: usize,
    tenant: &TenantId,
    twin: &TenantId,
    rounds: &mut Rounds,
) -> anyhow::Result<()> {
    let mut registry = stage.connect("registry").await?;
    let rows = Rows::take(&mut registry, tenant.as_str(), twin.as_str()).await?;
    rounds.rows = rows.rows as f64;
    rounds.copy.push(rows.copy(&mut registry).await?.as_secs_f64());
    rounds.update.push(import(stage, tenant, people, Export::Next).await?);
    stamped(stage).await?;
    rounds.caught_up.push(catch_up(stage).await?);
    Ok(())
}

impl Rounds {
    fn tell(self, people: f64, report: &mut Report) {
        let (import, copy) = (median(self.import), median(self.copy));
        let a_second = |seconds: f64| {
            format!("{} /s ({} s)", short((people / seconds).round()), short(seconds))
        };
        report.add(
            "import of new employees",
            people / import,
            a_second(import),
            Asked::AtLeast(8_000.0),
        );
        let each = format!("{} rows for each", short(self.rows / people));
        report.tell("raw COPY of the same rows", format!("{}, {each}", a_second(copy)));
        report.add(
            "import against raw COPY",
            import / copy,
            format!("{} times", short(import / copy)),
            Asked::AtMost(1.6),
        );
        let update = median(self.update);
        report.add(
            "import as an update",
            people / update,
            a_second(update),
            Asked::AtLeast(4_000.0),
        );
        let events = median(self.caught_up);
        report.add(
            "planning catches up",
            events,
            format!("{} events/s", short(events.round())),
            Asked::AtLeast(8_000.0),
        );
    }
}

async fn create(stage: &Stage, tenant: &TenantId) -> anyhow::Result<()> {
    let request = pb::CreateTenantRequest {
        tenant_id: tenant.to_string(),
        name: format!("Pemerintah {tenant}"),
        time_zone: "Asia/Jakarta".to_owned(),
        request_id: new_id(),
    };
    let registry = stage.world.channel("registry", &Identity::operator())?;
    TenantServiceClient::new(registry).create_tenant(client::system(request)).await?;
    Ok(())
}

/// How many seconds the import took, from the header to the end of the stream.
async fn import(
    stage: &Stage,
    tenant: &TenantId,
    people: usize,
    export: Export,
) -> anyhow::Result<f64> {
    let file = government::file(people, export);
    let registry = stage.world.channel("registry", &Identity::officer(tenant, Role::HrOfficer))?;
    let header = pb::ImportHeader {
        request_id: new_id(),
        dry_run: false,
        mode: pb::ImportMode::GoodRows.into(),
        create_units: true,
        as_of: export.as_of().to_owned(),
    };
    let begun = Instant::now();
    let last = upload(registry, header, &file, client::stream, |_| {}).await?;
    let taken = begun.elapsed().as_secs_f64();
    let counts = last.counts.context("no counts")?;
    let done = if export == Export::First { counts.created } else { counts.updated };
    ensure!(
        last.state == i32::from(pb::ImportState::Done) && done == i64::try_from(people)?,
        "the import of {people} ended as {counts:?}"
    );
    Ok(taken)
}

/// Waits until every event has its position.
async fn stamped(stage: &Stage) -> anyhow::Result<()> {
    while stage.number("registry", "SELECT count(*) FROM outbox WHERE position IS NULL").await? > 0
    {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Lets planning catch up for a while; events a second, from its first batch to its last.
async fn catch_up(stage: &mut Stage) -> anyhow::Result<f64> {
    const CURSOR: &str = "SELECT coalesce(max(position), 0) FROM cursors";
    let head = stage.number("registry", "SELECT coalesce(max(position), 0) FROM outbox").await?;
    let mut planning = stage.connect("planning").await?;
    stage.start("planning").await?;
    let mut seen: Vec<(i64, Instant)> = Vec::new();
    let end = Instant::now() + WATCHED;
    while seen.last().is_none_or(|(position, _)| *position < head) && Instant::now() < end {
        let position: i64 = sqlx::query_scalar(CURSOR).fetch_one(&mut planning).await?;
        if seen.last().is_none_or(|(last, _)| *last != position) {
            seen.push((position, Instant::now()));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stage.stop("planning").await?;
    // Where it stood before it began is no batch.
    let first = seen.get(usize::from(seen.len() > 2)).context("planning did nothing")?;
    let last = seen.last().context("planning did nothing")?;
    Ok((last.0 - first.0) as f64 / (last.1 - first.1).as_secs_f64())
}
