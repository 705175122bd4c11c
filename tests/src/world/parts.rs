//! Worlds with a part of the suite in them: quick to make, and each process as a flow wants it.

use std::process::Command;

use kinerja_kit::migrate;

use super::{ANYWHERE, Service, World, cluster, ready};
use crate::Process;

/// A cluster whose data nobody will miss when the machine goes, and everybody when a process does.
const SETTINGS: [&str; 1] = ["fsync=off"];

impl World {
    /// Databases of these services at their schema in one cluster, and nothing that serves yet: [`Self::add`].
    pub async fn of(services: &[Service], environment: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut world = Self::prepare(environment)?;
        let shared = cluster(&world.folder.join("shared"), &SETTINGS).await?;
        world.running.push(Some(shared));
        for &service in services {
            world.house(service, 0).await?;
        }
        Ok(world)
    }

    /// The same with a cluster for each.
    pub async fn of_apart(
        services: &[Service],
        environment: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let mut world = Self::prepare(environment)?;
        for (index, &service) in services.iter().enumerate() {
            let own = cluster(&world.folder.join(service), &SETTINGS).await?;
            world.running.push(Some(own));
            world.house(service, index).await?;
        }
        Ok(world)
    }

    async fn house(&mut self, service: Service, cluster: usize) -> anyhow::Result<()> {
        self.clusters.insert(service, cluster);
        let owner = self.cluster(service).owner(service);
        migrate::run(Self::definition(service).migrator, &owner).await
    }

    /// What [`Self::add`] would start.
    pub fn replica(&self, service: Service) -> Command {
        self.command(service, ANYWHERE, ANYWHERE)
    }

    /// Starts a replica by a command of the flow's own, and waits until it is ready.
    pub async fn add_by(&mut self, service: Service, command: &mut Command) -> anyhow::Result<()> {
        let process = Process::start(command)?;
        ready(process.health_addr, true).await?;
        self.processes.entry(service).or_default().push(process);
        Ok(())
    }
}
