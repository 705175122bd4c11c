//! A neighbour that is down delays: reads and drafts go on, what needs it says when to try again, and events
//! wait until it is back.

use anyhow::{Context as _, ensure};
use kinerja_tests::{Service, World, papers, year::Year};
use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    arrived::{becomes, count},
    years::Setting,
};

/// One World for all of them, since each begins where everything is up.
#[tokio::test(flavor = "multi_thread")]
async fn while_a_neighbour_is_down_only_what_needs_it_waits() -> anyhow::Result<()> {
    let mut world = World::start().await?;
    let setting = Setting::build(&world, 3).await?;
    let [first, second, third] = setting.scene.people[..] else { anyhow::bail!("not three") };
    let stage = Stage {
        drafting: setting.year_of(first),
        rated: setting.year_of(second),
        developing: setting.year_of(third),
        setting,
    };
    without_the_registry(&mut world, &stage).await.context("without the registry")?;
    without_planning(&mut world, &stage).await.context("without planning")?;
    without_evaluation(&mut world, &stage).await.context("without evaluation")
}

struct Stage {
    setting: Setting,
    drafting: Year,
    rated: Year,
    developing: Year,
}

/// Planning, evaluation and competency all ask the registry who rates whom.
async fn without_the_registry(world: &mut World, stage: &Stage) -> anyhow::Result<()> {
    let period = &stage.setting.period_id;
    let draft = stage.drafting.draft(period).await?;
    approved(&stage.rated, period).await?;
    let opened = stage.rated.opened().await?;
    approved(&stage.developing, period).await?;
    let prepared = stage.developing.prepare(&stage.developing.opened().await?).await?;
    let rated = stage.developing.rate(&prepared).await?;
    let consumers = ["planning", "evaluation", "competency"];
    kill(world, &consumers)?;
    let officer = stage.setting.calls.by(&stage.setting.scene.hr());
    let unit = json!({"name": "Seksi Uji", "kind": "UNIT_KIND_SECTION", "openedOn": "2026-01-02"});
    officer.call("registry.UnitService/CreateUnit", unit).await?;
    kill(world, &["registry"])?;
    restart(world, &consumers).await?;

    let draft = redrafted(&stage.drafting, &draft).await?;
    waits(stage.drafting.submit(&draft).await)?;
    // Who rates was asked when it was prepared: the rating itself goes on.
    let rated = stage.developing.rate(&rated).await?;
    waits(stage.rated.prepare(&opened).await)?;
    let acknowledged = stage.developing.acknowledge(&rated).await?;
    stage.developing.finalise(&acknowledged).await?;
    let development = stage.developing.developed().await?;
    let development = stage.developing.agree(&stage.developing.own, &development).await?;
    waits(stage.developing.agree(&stage.developing.rater, &development).await)?;

    for consumer in consumers {
        ensure!(count(world, consumer, UNITS).await? == 2, "{consumer} knows the unit already");
    }
    restart(world, &["registry"]).await?;
    for consumer in consumers {
        becomes(world, consumer, UNITS, 3).await?;
    }
    back(&stage.drafting).submit(&draft).await?;
    back(&stage.rated).prepare(&opened).await?;
    back(&stage.developing).agree(&stage.developing.rater, &development).await?;
    Ok(())
}

const UNITS: &str = "SELECT count(*) FROM units";

/// Evaluation asks planning what became of a plan, and hears from it of approved plans.
async fn without_planning(world: &mut World, stage: &Stage) -> anyhow::Result<()> {
    let plan = list(&stage.drafting, "planning.PlanService/ListEmployeePlans", "plans").await?;
    let prepared = stage.rated.opened().await?;
    kill(world, &["evaluation"])?;
    stage.drafting.approve(&plan[0]).await?;
    kill(world, &["planning"])?;
    restart(world, &["evaluation"]).await?;

    waits(stage.rated.prepare(&prepared).await)?;
    // What planning said when it was prepared is kept: the rating goes on, and is read.
    let rated = stage.rated.rate(&prepared).await?;
    let read = list(&stage.rated, "evaluation.EvaluationService/ListEvaluations", "evaluations");
    ensure!(read.await?[0] == rated, "the rating is not read as it was given");
    let none = list(&stage.drafting, "evaluation.EvaluationService/ListEvaluations", "evaluations");
    ensure!(none.await?.is_null(), "an evaluation of a plan that evaluation cannot know of");

    restart(world, &["planning"]).await?;
    let opened = stage.drafting.opened().await?;
    back(&stage.drafting).prepare(&opened).await?;
    Ok(())
}

/// Competency asks evaluation nothing, and hears from it of final evaluations.
async fn without_evaluation(world: &mut World, stage: &Stage) -> anyhow::Result<()> {
    let rated = stage.rated.opened().await?;
    let acknowledged = stage.rated.acknowledge(&rated).await?;
    kill(world, &["competency"])?;
    stage.rated.finalise(&acknowledged).await?;
    kill(world, &["evaluation"])?;
    restart(world, &["competency"]).await?;

    let plans = "competency.DevelopmentPlanService/ListEmployeeDevelopmentPlans";
    let agreed = list(&stage.developing, plans, "plans").await?;
    let message = json!({"planId": agreed[0]["id"], "etag": agreed[0]["etag"], "reason": "Ingin lebih tegas",
                         "activity": "Lokakarya"});
    let rater = &stage.developing.rater;
    rater.call("competency.DevelopmentPlanService/AddDevelopmentNeed", message).await?;
    ensure!(list(&stage.rated, plans, "plans").await?.is_null(), "a plan before its evaluation");

    restart(world, &["evaluation"]).await?;
    stage.rated.developed().await?;
    Ok(())
}

fn kill(world: &mut World, services: &[Service]) -> anyhow::Result<()> {
    services.iter().try_for_each(|service| world.process(service, 0).kill())
}

async fn restart(world: &mut World, services: &[Service]) -> anyhow::Result<()> {
    for service in services {
        world.restart(service, 0).await?;
    }
    Ok(())
}

/// Once a neighbour is back its callers have to notice.
fn back(year: &Year) -> Year {
    year.clone().persisting()
}

async fn approved(year: &Year, period_id: &str) -> anyhow::Result<Value> {
    let submitted = year.submit(&year.draft(period_id).await?).await?;
    year.approve(&submitted).await
}

/// Reads a draft and changes it.
async fn redrafted(year: &Year, draft: &Value) -> anyhow::Result<Value> {
    let id = json!({"planId": draft["planId"]});
    let read = year.own.call("planning.PlanService/GetPlan", id).await?;
    ensure!(read["plan"] == *draft, "the draft is not read as it was made");
    let message =
        json!({"planId": draft["planId"], "etag": draft["etag"], "content": papers::plan()});
    Ok(year.own.call("planning.PlanService/UpdatePlan", message).await?["plan"].take())
}

async fn list(year: &Year, rpc: &str, items: &str) -> anyhow::Result<Value> {
    let message = json!({"employeeId": year.person.to_string()});
    Ok(year.own.call(rpc, message).await.with_context(|| rpc.to_owned())?[items].take())
}

/// The call was refused for now, and says when to try again.
fn waits(answer: anyhow::Result<Value>) -> anyhow::Result<()> {
    let error = match answer {
        Ok(answer) => anyhow::bail!("it needs nobody: {answer}"),
        Err(error) => error,
    };
    let status = error.downcast_ref::<Status>().context("no status")?;
    let reason = status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
    ensure!(
        (status.code(), reason.as_str()) == (Code::Unavailable, "NEIGHBOUR_UNAVAILABLE"),
        "{error:#}"
    );
    ensure!(status.get_details_retry_info().is_some(), "it does not say when to try again");
    Ok(())
}
