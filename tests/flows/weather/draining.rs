use std::time::Duration;

use kinerja_kit::client::Channel;
use kinerja_tests::{World, scene::Scene};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use tokio::{net::TcpStream, sync::watch, task::JoinSet};

use super::{TENANT, units, until, writers::Writers};

const WRITERS: usize = 8;
const READERS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_killed_while_it_drains_costs_no_caller_anything() -> anyhow::Result<()> {
    let mut world = World::of(&["registry"], &[]).await?;
    world.add("registry").await?;
    world.add("registry").await?;
    let scene = Scene::build(&world, TENANT, 1).await?;
    let officer = world.channel("registry", &scene.hr())?;
    let writers = Writers::start(&officer, WRITERS).await?;
    let readers = Readers::start(&officer);
    for index in [0, 1] {
        writers.go_on(40).await?;
        kill_in_mid_drain(&mut world, index).await?;
        writers.go_on(40).await?;
        world.restart("registry", index).await?;
    }
    readers.finish().await?;
    let seen = writers.finish().await?;
    assert!(seen.refused.is_empty(), "{:?}", seen.refused);
    Ok(())
}

/// SIGTERM, and SIGKILL once the port is closed and calls are still in flight.
async fn kill_in_mid_drain(world: &mut World, index: usize) -> anyhow::Result<()> {
    let mut conn = world.cluster("registry").administrator("registry").connect().await?;
    hold_up_writes(&mut conn).await?;
    let replica = world.process("registry", index);
    replica.terminate()?;
    let addr = replica.addr;
    until("the port is closed", async || Ok(TcpStream::connect(addr).await.is_err())).await?;
    replica.wait(Duration::from_millis(200)).await.expect_err("it waits for its calls");
    replica.kill()?;
    // The lock goes with the connection.
    conn.close().await?;
    Ok(())
}

/// Returns when every writer's call is in flight and waits.
async fn hold_up_writes(conn: &mut PgConnection) -> anyhow::Result<()> {
    sqlx::raw_sql("BEGIN; LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE").execute(&mut *conn).await?;
    // Some at the outbox, the others at what those hold; not the stamper, who waits for it too.
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = 'registry' AND wait_event_type = 'Lock'
                       AND (query LIKE '%INTO outbox%' OR query NOT LIKE '%outbox%')";
    until("every write waits", async || {
        // A transaction sees what it has looked at once.
        sqlx::query("SELECT pg_stat_clear_snapshot()").execute(&mut *conn).await?;
        let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(&mut *conn).await?;
        Ok(waiting >= WRITERS as i64)
    })
    .await
}

/// Callers that read all the time; none of them is ever refused.
struct Readers {
    stop: watch::Sender<bool>,
    tasks: JoinSet<anyhow::Result<()>>,
}

impl Readers {
    fn start(channel: &Channel) -> Self {
        let (stop, _) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for _ in 0..READERS {
            let (channel, stopped) = (channel.clone(), stop.subscribe());
            tasks.spawn(async move {
                while !*stopped.borrow() {
                    units::read(&channel).await?;
                }
                Ok(())
            });
        }
        Self { stop, tasks }
    }

    async fn finish(mut self) -> anyhow::Result<()> {
        self.stop.send_replace(true);
        while let Some(task) = self.tasks.join_next().await {
            task??;
        }
        Ok(())
    }
}
