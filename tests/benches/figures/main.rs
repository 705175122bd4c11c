//! The figures of the suite: real services, a real PostgreSQL, 5,000 to 500,000 employees.
//!
//! `make bench`, `make bench SIZES=5000,50000 ROUNDS=3`. What is compared is measured in turns within one run.

mod bare;
mod calls;
mod counted;
mod every_rpc;
mod government;
mod loading;
mod processes;
mod rating;
mod raw_copy;
mod reads;
mod report;
mod settings;
mod stage;
mod statements;
mod transcript;

use report::Report;
use settings::Settings;
use stage::Stage;

fn main() -> anyhow::Result<()> {
    if let Some(database) = bare::asked_for() {
        return bare::serve(&database);
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let mut report = Report::default();
    let measured = runtime.block_on(measure(&Settings::read()?, &mut report));
    report.print();
    measured
}

async fn measure(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let mut stage = Stage::set().await?;
    let measured = on(&mut stage, settings, report).await;
    if measured.is_err() {
        stage.tell_logs();
    }
    measured
}

async fn on(stage: &mut Stage, settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    stage.starts(settings.rounds, report).await?;
    if settings.wants("statements") || settings.wants("rating") {
        statements::count(stage, settings, report).await?;
    }
    for service in ["competency", "evaluation", "planning"] {
        stage.stop(service).await?;
    }
    let (governments, alone) = loading::load(stage, settings, report).await?;
    if settings.wants("get") {
        reads::get_employee(stage, settings, &governments, report).await?;
    }
    if settings.wants("flat") {
        reads::flatness(stage, settings, &governments, &alone, report).await?;
    }
    stage.residents(report)
}
