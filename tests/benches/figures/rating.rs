//! Submitting ratings against pgbench with the same statements and round trips.

use std::{
    fs,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use kinerja_kit::{auth::Identity, client};
use kinerja_proto::evaluation::v1::{self as pb, rating_service_client::RatingServiceClient};
use kinerja_tests::{World, scene::new_id};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection};
use tokio::task::JoinSet;

use crate::{
    every_rpc::{play::Play, scenario::Step},
    report::{Asked, Report, median, short},
    settings::Settings,
    transcript,
};

/// Raters at a time, each with an evaluation of its own that is rated again and again.
const RATERS: usize = 8;
const SECONDS: u64 = 5;
/// Where revisions and ratings of the copies begin: numbers that are nothing else.
const REVISION: i64 = 7_000_000;
const RATING: i32 = 5_000;

/// A copy's id; pgbench's clients make theirs from their numbers.
fn copy_id(number: usize) -> String {
    format!("00000000-0000-7000-8000-{number:012}")
}

pub(crate) async fn compare(
    world: &World,
    admin: &mut PgConnection,
    postmaster: u32,
    settings: &Settings,
    (play, step): (&Play<'_>, &Step),
    report: &mut Report,
) -> anyhow::Result<()> {
    report.heading(&format!("Submitting a rating, {RATERS} raters at a time"));
    let original = play.kept.get("evaluation").context("no evaluation")?;
    let rater = play.kept.get("rater").context("no rater")?.parse()?;
    let message = play.filled(step.messages.first().context("no message")?)?;
    let request = typed(&message)?;
    let mut database = world.cluster("evaluation").administrator("evaluation").connect().await?;
    let channel = world.channel("evaluation", &Identity::employee(&"12.76".parse()?, rater))?;
    let raters = RatingServiceClient::new(channel);
    copies(&mut database, original).await?;
    let written = listen(admin, postmaster, raters.clone(), &request).await?;
    let bench = Pgbench::new(world, postmaster, &written)?;
    report.tell("round trips", (written.len()).to_string());
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..settings.rounds {
        copies(&mut database, original).await?;
        ours.push(rate(&raters, &request).await?);
        copies(&mut database, original).await?;
        theirs.push(bench.run()?);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    report.tell("pgbench", format!("{} /s", short(theirs.round())));
    report.tell("SubmitRating", format!("{} /s", short(ours.round())));
    let share = 100.0 * ours / theirs;
    report.add("share of pgbench", share, format!("{share:.0} %"), Asked::AtLeast(50.0));
    drop_copies(&mut database).await
}

fn typed(message: &serde_json::Value) -> anyhow::Result<pb::SubmitRatingRequest> {
    let pool = DescriptorPool::decode(kinerja_proto::FILE_DESCRIPTOR_SET)?;
    let kind = pool
        .get_message_by_name("kinerja.evaluation.v1.SubmitRatingRequest")
        .context("the message")?;
    let message = DynamicMessage::deserialize(kind, message)?;
    Ok(pb::SubmitRatingRequest::decode(message.encode_to_vec().as_slice())?)
}

/// Copies of a rated evaluation, as if each were another's; those of before are gone.
async fn copies(conn: &mut PgConnection, original: &str) -> anyhow::Result<()> {
    drop_copies(conn).await?;
    let (revision, rating) = (REVISION, RATING);
    let tables = [
        (
            "evaluations",
            format!(
                "'plan_id', gen_random_uuid(), 'revision', {revision}, 'rating_number', {rating}"
            ),
        ),
        ("proposals", String::new()),
        ("ratings", format!("'rating_number', {rating}")),
        ("core_value_ratings", format!("'rating_number', {rating}")),
        ("remarks", format!("'rating_number', {rating}")),
    ];
    let mut statements = String::from("BEGIN; SET LOCAL session_replication_role = replica;");
    for (table, changed) in tables {
        let comma = if changed.is_empty() { "" } else { ", " };
        statements += &format!(
            "INSERT INTO {table} SELECT (jsonb_populate_record(o, jsonb_build_object('evaluation_id',
                 '00000000-0000-7000-8000-' || lpad(n::text, 12, '0'){comma}{changed}))).*
             FROM {table} o CROSS JOIN generate_series(0, {}) AS n WHERE o.evaluation_id = '{original}';",
            2 * RATERS
        );
    }
    statements += "COMMIT; ANALYZE evaluations; ANALYZE ratings; ANALYZE proposals; ANALYZE core_value_ratings; ANALYZE remarks";
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(conn).await?;
    Ok(())
}

async fn drop_copies(conn: &mut PgConnection) -> anyhow::Result<()> {
    let mut statements = String::from("BEGIN; SET LOCAL session_replication_role = replica;");
    for table in ["remarks", "core_value_ratings", "ratings", "proposals", "evaluations"] {
        statements += &format!("DELETE FROM {table} WHERE evaluation_id < '{}';", copy_id(99_999));
    }
    statements += "COMMIT";
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(conn).await?;
    Ok(())
}

/// Submits one rating while the server logs what it is asked.
async fn listen(
    admin: &mut PgConnection,
    postmaster: u32,
    mut raters: RatingServiceClient<client::Channel>,
    request: &pb::SubmitRatingRequest,
) -> anyhow::Result<Vec<transcript::Statement>> {
    let log = fs::read_link(format!("/proc/{postmaster}/fd/2"))?;
    logging(admin, "'all'").await?;
    let from = fs::metadata(&log)?.len();
    let (id, key) = (copy_id(2 * RATERS), new_id());
    let request = pb::SubmitRatingRequest {
        evaluation_id: id,
        etag: etag(REVISION),
        request_id: key.clone(),
        ..request.clone()
    };
    raters.submit_rating(client::system(request)).await?;
    logging(admin, "DEFAULT").await?;
    let mut statements = transcript::transaction(&log, from, &key)?;
    for statement in &mut statements {
        statement.rename(&key, "the request");
    }
    Ok(statements)
}

async fn logging(admin: &mut PgConnection, what: &str) -> anyhow::Result<()> {
    for statement in
        [format!("ALTER SYSTEM SET log_statement = {what}"), "SELECT pg_reload_conf()".to_owned()]
    {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *admin).await?;
    }
    // Every backend heeds it before its next statement, once the postmaster has told it.
    tokio::time::sleep(Duration::from_millis(300)).await;
    Ok(())
}

fn etag(revision: i64) -> String {
    kinerja_kit::fields::etag(revision)
}

/// Ratings a second, of all raters together.
async fn rate(
    client: &RatingServiceClient<client::Channel>,
    request: &pb::SubmitRatingRequest,
) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let end = begun + Duration::from_secs(SECONDS);
    let mut raters = JoinSet::new();
    for number in 0..RATERS {
        let (mut client, request) = (client.clone(), request.clone());
        raters.spawn(async move {
            let (mut given, mut etag) = (0_u32, etag(REVISION));
            while Instant::now() < end {
                let request = pb::SubmitRatingRequest {
                    evaluation_id: copy_id(number),
                    etag,
                    request_id: new_id(),
                    ..request.clone()
                };
                let answer = client.submit_rating(client::system(request)).await?.into_inner();
                etag = answer.evaluation.context("no evaluation")?.etag;
                given += 1;
            }
            anyhow::Ok(given)
        });
    }
    let mut given = 0;
    while let Some(rater) = raters.join_next().await {
        given += rater??;
    }
    Ok(f64::from(given) / begun.elapsed().as_secs_f64())
}

/// pgbench with a script, beside the server that it measures.
struct Pgbench {
    program: PathBuf,
    database: String,
    script: PathBuf,
    variables: Vec<String>,
}

impl Pgbench {
    fn new(
        world: &World,
        postmaster: u32,
        statements: &[transcript::Statement],
    ) -> anyhow::Result<Self> {
        let server = fs::read_link(format!("/proc/{postmaster}/exe"))?;
        let program = server.with_file_name("pgbench");
        let (sql, variables) = transcript::script(statements, &replaced)?;
        let script =
            std::env::temp_dir().join(format!("kinerja-rating-{}.sql", std::process::id()));
        let numbers = format!(
            "\\set before {RATING} + :i\n\\set after {RATING} + 1 + :i\n\\set revision {REVISION} + 1 + :i\n"
        );
        fs::write(&script, format!("{numbers}{sql}\\set i :i + 1\n"))?;
        let database = world.cluster("evaluation").url("evaluation_app", "evaluation");
        Ok(Self { program, database, script, variables })
    }

    /// Transactions a second.
    fn run(&self) -> anyhow::Result<f64> {
        let mut command = Command::new(&self.program);
        command.args(["-n", "-M", "prepared", "-j", "1", "-D", "i=0"]);
        command.args(["-c", &RATERS.to_string(), "-T", &SECONDS.to_string()]);
        for variable in &self.variables {
            command.args(["-D", variable]);
        }
        let output = command.arg("-f").arg(&self.script).arg(&self.database).output();
        let output = output.with_context(|| format!("cannot run {}", self.program.display()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "pgbench failed: {complaint}");
        let rate = said
            .lines()
            .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.with_context(|| format!("pgbench gave no rate: {said}{complaint}"))
    }
}

impl Drop for Pgbench {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.script);
    }
}

/// What differs from one rating to the next: the evaluation, its revision and rating, the request.
fn replaced(value: &str) -> Option<String> {
    let id = format!(
        "('00000000-0000-7000-8000-' || lpad((:client_id + {RATERS})::text, 12, '0'))::uuid"
    );
    if value == "the request" {
        return Some("gen_random_uuid()".to_owned());
    }
    if value == copy_id(2 * RATERS) {
        return Some(id);
    }
    let items: Vec<&str> = value.strip_prefix('{')?.strip_suffix('}')?.split(',').collect();
    let first = *items.first()?;
    if items.iter().any(|item| *item != first) {
        return None;
    }
    let item = match first {
        first if first == copy_id(2 * RATERS) => id,
        first if first == RATING.to_string() => ":before::integer".to_owned(),
        first if first == (RATING + 1).to_string() => ":after::integer".to_owned(),
        first if first == (REVISION + 1).to_string() => ":revision::bigint".to_owned(),
        _ => return None,
    };
    Some(format!("array_fill({item}, ARRAY[{}])", items.len()))
}
