//! Two governments at once, and nothing of the one is seen by the other.

use std::collections::BTreeSet;

use kinerja_kit::{auth::Identity, client};
use kinerja_proto::registry::v1::{
    self as pb, employee_service_client::EmployeeServiceClient,
    search_service_client::SearchServiceClient,
};
use kinerja_tests::{World, scene::Scene};
use tokio::task::JoinSet;
use tonic::Code;

/// In all; both governments together.
const CALLS: usize = 100_000;
const CALLERS: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn two_governments_at_once_leak_nothing_in_a_hundred_thousand_calls() -> anyhow::Result<()> {
    let world = World::replicated(2).await?;
    let ours = Scene::build(&world, "12.76", 40).await?;
    let theirs = Scene::build(&world, "15.04", 40).await?;
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

struct Caller {
    employees: EmployeeServiceClient<client::Channel>,
    search: SearchServiceClient<client::Channel>,
    own: BTreeSet<String>,
    other: Vec<String>,
}

impl Caller {
    fn new(world: &World, own: &Scene, other: &Scene) -> anyhow::Result<Self> {
        let identity: Identity = own.hr();
        let channel = world.channel("registry", &identity)?;
        let everybody = |scene: &Scene| -> Vec<String> {
            let leaders = [scene.secretary, scene.head];
            scene.people.iter().chain(&leaders).map(ToString::to_string).collect()
        };
        Ok(Self {
            employees: EmployeeServiceClient::new(channel.clone()),
            search: SearchServiceClient::new(channel),
            own: everybody(own).into_iter().collect(),
            other: everybody(other),
        })
    }

    async fn call(mut self, times: usize) -> anyhow::Result<()> {
        let own: Vec<String> = self.own.iter().cloned().collect();
        for time in 0..times {
            match time % 4 {
                0 => self.read(&own[time % own.len()]).await?,
                1 => self.is_refused(&self.other[time % self.other.len()].clone()).await?,
                2 => self.list().await?,
                _ => self.search().await?,
            }
        }
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
