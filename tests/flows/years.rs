//! Many people's years at once, which services are killed and restarted under.

use std::{
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use kinerja_tests::{World, calls::Calls, scene::Scene, year::Year};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::arrived::becomes;

/// Years that are lived through at a time.
const AT_ONCE: usize = 4;
const PATIENCE: Duration = Duration::from_secs(90);

/// A government whose people can live through this year.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) calls: Calls,
    pub(crate) scene: Scene,
    pub(crate) period_id: String,
}

impl Setting {
    /// With so many people, whom every service knows.
    pub(crate) async fn build(world: &World, people: usize) -> anyhow::Result<Self> {
        let calls = Calls::open(world)?;
        let scene = Scene::build(world, "12.76", people).await?;
        let everybody = i64::try_from(people)? + 2;
        for service in ["planning", "evaluation", "competency"] {
            becomes(world, service, "SELECT count(*) FROM employees", everybody).await?;
        }
        let period_id = scene.open_this_year(&calls).await?;
        becomes(world, "evaluation", "SELECT count(*) FROM periods", 1).await?;
        Ok(Self { calls, scene, period_id })
    }

    pub(crate) fn year_of(&self, person: Uuid) -> Year {
        Year::new(&self.calls, &self.scene, person)
    }
}

/// A year as the services acknowledged it.
#[derive(Debug)]
struct Lived {
    person: Uuid,
    plan: Value,
    evaluation: Value,
    development: Value,
}

/// People who live through their years, the next one as soon as one has.
pub(crate) struct Years {
    setting: Setting,
    shared: Arc<Shared>,
    tasks: JoinSet<anyhow::Result<()>>,
}

#[derive(Debug)]
struct Shared {
    waiting: std::sync::Mutex<Vec<Uuid>>,
    lived: std::sync::Mutex<Vec<Lived>>,
}

impl Years {
    /// `persisting` people make a call again until it is acknowledged; of others none may fail.
    pub(crate) fn start(setting: &Setting, persisting: bool) -> Self {
        let waiting = setting.scene.people.clone().into();
        let shared = Arc::new(Shared { waiting, lived: Vec::new().into() });
        let mut tasks = JoinSet::new();
        for _ in 0..AT_ONCE {
            let (setting, shared) = (setting.clone(), Arc::clone(&shared));
            tasks.spawn(async move {
                while let Some(person) = shared.next() {
                    let year = setting.year_of(person);
                    let year = if persisting { year.persisting() } else { year };
                    let lived = live(person, &year, &setting.period_id).await?;
                    shared.lived.lock().unwrap_or_else(PoisonError::into_inner).push(lived);
                }
                Ok(())
            });
        }
        Self { setting: setting.clone(), shared, tasks }
    }

    /// Waits until so many more years are over, with others under way.
    pub(crate) async fn go_on(&mut self, more: usize) -> anyhow::Result<()> {
        let wanted = self.shared.count() + more;
        let end = Instant::now() + PATIENCE;
        while self.shared.count() < wanted {
            if let Some(ended) = self.tasks.try_join_next() {
                ended??;
            }
            ensure!(self.tasks.len() == AT_ONCE, "nobody is left to live through a year");
            ensure!(Instant::now() < end, "after {PATIENCE:?} not {more} more years are over");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Nobody begins another year. Those that were lived are there as they were acknowledged; how many.
    pub(crate) async fn finish(mut self) -> anyhow::Result<i64> {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
        while let Some(ended) = self.tasks.join_next().await {
            ended??;
        }
        let lived =
            std::mem::take(&mut *self.shared.lived.lock().unwrap_or_else(PoisonError::into_inner));
        for lived in &lived {
            is_there(&self.setting.year_of(lived.person), lived).await?;
        }
        Ok(i64::try_from(lived.len())?)
    }
}

impl Shared {
    fn next(&self) -> Option<Uuid> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn count(&self) -> usize {
        self.lived.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// A year with calls of every service, most of which call their neighbours.
async fn live(person: Uuid, year: &Year, period_id: &str) -> anyhow::Result<Lived> {
    let draft = year.draft(period_id).await?;
    let plan = year.approve(&year.submit(&draft).await?).await?;
    let evaluation = year.conclude(&year.opened().await?).await?;
    let consented = year.agree(&year.own, &year.developed().await?).await?;
    let development = year.agree(&year.rater, &consented).await?;
    Ok(Lived { person, plan, evaluation, development })
}

async fn is_there(year: &Year, lived: &Lived) -> anyhow::Result<()> {
    let id = |resource: &Value, field: &str| json!({field: resource[field]});
    let reads = [
        ("planning.PlanService/GetPlan", id(&lived.plan, "planId"), "plan", &lived.plan),
        (
            "evaluation.EvaluationService/GetEvaluation",
            id(&lived.evaluation, "evaluationId"),
            "evaluation",
            &lived.evaluation,
        ),
        (
            "competency.DevelopmentPlanService/GetDevelopmentPlan",
            json!({"planId": lived.development["id"]}),
            "plan",
            &lived.development,
        ),
    ];
    for (rpc, message, resource, acknowledged) in reads {
        let read = year.own.call(rpc, message).await.with_context(|| rpc.to_owned())?;
        ensure!(read[resource] == *acknowledged, "{rpc}: {read}, not {acknowledged}");
    }
    Ok(())
}
