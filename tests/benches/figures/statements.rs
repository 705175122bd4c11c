//! How many statements each read RPC needs, in the scenario that plays every RPC.

use crate::{
    counted,
    every_rpc::{self, play::Play, scenario::Step},
    rating,
    report::{Asked, Report},
    settings::Settings,
    stage::Stage,
};

/// Calls of each: what goes on besides is in fewer of them.
const CALLS: usize = 20;
/// Verbs of RPCs that change nothing.
const READS: [&str; 6] = ["Get", "List", "Resolve", "Search", "Check", "Export"];

pub(crate) async fn count(
    stage: &mut Stage,
    settings: &Settings,
    report: &mut Report,
) -> anyhow::Result<()> {
    stage.world.set_clock("2026-12-14T02:00:00Z".parse()?).await?;
    let mut found: Vec<(String, i64)> = Vec::new();
    let mut rated = false;
    report.heading("Statements of each read RPC");
    let Stage { world, admin, postmaster, .. } = stage;
    let mut play = Play::new(world)?;
    for step in every_rpc::steps() {
        // The flows say what is wrong with a step; the figures are of those that can be played.
        if let Err(error) = play.step(&step).await {
            report.tell(
                format!("not played: {}", step.rpc),
                format!("{error:#}").chars().take(80).collect::<String>(),
            );
            continue;
        }
        let known = found.iter().any(|(rpc, _)| *rpc == step.rpc);
        if settings.wants("statements") && reads(&step) && !known {
            let statements = statements(admin, &play, &step).await?;
            found.push((step.rpc.clone(), statements));
        }
        if settings.wants("rating") && !rated && step.rpc.ends_with("RatingService/SubmitRating") {
            rated = true;
            rating::compare(world, admin, *postmaster, settings, (&play, &step), report).await?;
        }
    }
    for (rpc, statements) in found {
        let name = rpc.trim_start_matches("/kinerja.").replacen(".v1.", " ", 1);
        report.add(name, statements as f64, statements.to_string(), Asked::AtMost(3.0));
    }
    Ok(())
}

async fn statements(
    admin: &mut sqlx::PgConnection,
    play: &Play<'_>,
    step: &Step,
) -> anyhow::Result<i64> {
    let messages = step.messages.iter().map(|message| play.filled(message));
    let messages: Vec<_> = messages.collect::<anyhow::Result<_>>()?;
    counted::reset(admin).await?;
    for _ in 0..CALLS {
        play.succeed(step, &messages).await??;
    }
    Ok(counted::per_call(admin, step.service, CALLS).await?.statements)
}

fn reads(step: &Step) -> bool {
    let method = step.rpc.rsplit('/').next().unwrap_or_default();
    READS.iter().any(|verb| method.starts_with(verb))
}
