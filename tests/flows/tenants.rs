//! Two governments at once, and nothing of the one is seen by the other.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use kinerja_kit::{auth::Identity, client};
use kinerja_proto::registry::v1::{
    self as pb, employee_service_client::EmployeeServiceClient,
    search_service_client::SearchServiceClient,
};
use kinerja_tests::{World, calls, scene::Scene};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tonic::Code;

/// In all; both governments together.
const CALLS: usize = 100_000;
const CALLERS: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn two_governments_at_once_leak_nothing_in_a_hundred_thousand_calls() -> anyhow::Result<()> {
    // So few that each connection to a database serves both governments in turn.
    let world = World::with(2, &[("KINERJA_DATABASE_POOL", "6")]).await?;
    let ours = Government::build(&world, "12.76").await?;
    let theirs = Government::build(&world, "15.04").await?;
    let mut callers = JoinSet::new();
    for index in 0..CALLERS {
        let (own, other) = if index % 2 == 0 { (&ours, &theirs) } else { (&theirs, &ours) };
        let caller = Caller::new(&world, own, other)?;
        callers.spawn(async move { caller.call(CALLS / CALLERS).await });
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    Ok(())
}

struct Government {
    scene: Scene,
    things: [Thing; 3],
}

/// What a government has in a service other than the registry, and how it is read.
#[derive(Debug, Clone)]
struct Thing {
    get: &'static str,
    list: &'static str,
    /// How a request names it.
    named: &'static str,
    /// Where an answer has its id, and where a page has things.
    id: &'static str,
    items: &'static str,
    value: String,
}

impl Government {
    async fn build(world: &World, code: &str) -> anyhow::Result<Self> {
        let scene = Scene::build(world, code, 40).await?;
        let calls = calls::Calls::open(world)?;
        let period = scene.open_this_year(&calls).await?;
        let hr = calls.by(&scene.hr()).persisting();
        let cycles = hr.call("evaluation.CycleService/ListCycles", json!({})).await?;
        let posts = json!({"positionKind": "FUNCTIONAL", "positionLevel": "AHLI_PERTAMA"});
        let standard = json!({"posts": posts, "validFrom": "2026-02-02", "source": "Perwali 2/2026",
                              "levels": [{"competencyCode": "M.08", "level": 1}]});
        let standard = hr.call("competency.StandardService/CreateStandard", standard).await?;
        let thing = |get, list, named, id, items, value: &Value| {
            let value = value.as_str().context("it has no id")?.to_owned();
            anyhow::Ok(Thing { get, list, named, id, items, value })
        };
        let things = [
            thing(
                "planning.PeriodService/GetPeriod",
                "planning.PeriodService/ListPeriods",
                "periodId",
                "/period/periodId",
                "periods",
                &period.into(),
            )?,
            thing(
                "evaluation.CycleService/GetCycle",
                "evaluation.CycleService/ListCycles",
                "cycleId",
                "/cycle/cycleId",
                "cycles",
                &cycles["cycles"][0]["cycleId"],
            )?,
            thing(
                "competency.StandardService/GetStandard",
                "competency.StandardService/ListStandards",
                "standardId",
                "/standard/id",
                "standards",
                &standard["standard"]["id"],
            )?,
        ];
        Ok(Self { scene, things })
    }
}

struct Caller {
    employees: EmployeeServiceClient<client::Channel>,
    search: SearchServiceClient<client::Channel>,
    officer: calls::Caller,
    own: BTreeSet<String>,
    other: Vec<String>,
    /// Ours, with the other government's of the same kind.
    things: Vec<(Thing, String)>,
}

impl Caller {
    fn new(world: &World, own: &Government, other: &Government) -> anyhow::Result<Self> {
        let identity: Identity = own.scene.hr();
        let channel = world.channel("registry", &identity)?;
        let everybody = |scene: &Scene| -> Vec<String> {
            let leaders = [scene.secretary, scene.head];
            scene.people.iter().chain(&leaders).map(ToString::to_string).collect()
        };
        let theirs = other.things.iter().map(|thing| thing.value.clone());
        Ok(Self {
            employees: EmployeeServiceClient::new(channel.clone()),
            search: SearchServiceClient::new(channel),
            officer: calls::Calls::open(world)?.by(&identity),
            own: everybody(&own.scene).into_iter().collect(),
            other: everybody(&other.scene),
            things: own.things.iter().cloned().zip(theirs).collect(),
        })
    }

    async fn call(mut self, times: usize) -> anyhow::Result<()> {
        let own: Vec<String> = self.own.iter().cloned().collect();
        for time in 0..times {
            let (thing, theirs) = &self.things[time / 7 % self.things.len()];
            match time % 7 {
                0 => self.read(&own[time % own.len()]).await?,
                1 => self.is_refused(&self.other[time % self.other.len()].clone()).await?,
                2 => self.list().await?,
                3 => self.search().await?,
                4 => self.read_thing(thing).await?,
                5 => self.thing_is_refused(thing, theirs).await?,
                _ => self.list_things(thing).await?,
            }
        }
        Ok(())
    }

    async fn read_thing(&self, thing: &Thing) -> anyhow::Result<()> {
        let answer = self.officer.call(thing.get, json!({thing.named: thing.value})).await?;
        let id = answer.pointer(thing.id).and_then(Value::as_str);
        ensure!(id == Some(&thing.value), "{} gives {answer}", thing.get);
        Ok(())
    }

    async fn thing_is_refused(&self, thing: &Thing, theirs: &str) -> anyhow::Result<()> {
        let answer = self.officer.call(thing.get, json!({thing.named: theirs})).await;
        let status = answer.err().with_context(|| format!("{} leaks", thing.get))?;
        ensure!(status.code() == Code::NotFound, "{} answers {status}", thing.get);
        Ok(())
    }

    /// A government has one of each.
    async fn list_things(&self, thing: &Thing) -> anyhow::Result<()> {
        let page = self.officer.call(thing.list, json!({})).await?;
        let items = page[thing.items].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_ours = items.len() == 1 && page[thing.items].to_string().contains(&thing.value);
        ensure!(is_ours, "{} shows {page}", thing.list);
        Ok(())
    }

    async fn read(&mut self, id: &str) -> anyhow::Result<()> {
        let request = pb::GetEmployeeRequest { employee_id: id.to_owned(), ..Default::default() };
        let reply = self.employees.get_employee(client::system(request)).await?.into_inner();
        assert_eq!(reply.employee.map(|employee| employee.employee_id).as_deref(), Some(id));
        Ok(())
    }

    async fn is_refused(&mut self, id: &str) -> anyhow::Result<()> {
        let request = pb::GetEmployeeRequest { employee_id: id.to_owned(), ..Default::default() };
        let status =
            self.employees.get_employee(client::system(request)).await.expect_err("a leak");
        assert_eq!(status.code(), Code::NotFound);
        Ok(())
    }

    async fn list(&mut self) -> anyhow::Result<()> {
        let request = pb::ListEmployeesRequest { page_size: 10, ..Default::default() };
        let page = self.employees.list_employees(client::system(request)).await?.into_inner();
        assert_eq!(page.employees.len(), 10);
        assert!(page.employees.iter().all(|employee| self.own.contains(&employee.employee_id)));
        Ok(())
    }

    async fn search(&mut self) -> anyhow::Result<()> {
        let request = pb::SearchEmployeesRequest {
            query: "Pegawai".to_owned(),
            page_size: 10,
            ..Default::default()
        };
        let page = self.search.search_employees(client::system(request)).await?.into_inner();
        assert_eq!(page.employees.len(), 10);
        assert!(page.employees.iter().all(|employee| self.own.contains(&employee.employee_id)));
        Ok(())
    }
}
