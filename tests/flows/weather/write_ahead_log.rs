use std::{fs, os::unix::fs::symlink};

use anyhow::{bail, ensure};
use kinerja_suite::cluster::Cluster;
use kinerja_tests::ready;
use sqlx::ConnectOptions as _;
use tonic::Code;

use super::{
    competency_answers,
    database::{WRITERS, are_refused, every_unit_arrived, serve, two_databases},
    refused,
    small_disk::SmallDisk,
    storage_is_away, units, until,
    writers::Writers,
};

/// More than what PostgreSQL keeps of its log without need.
const MIB: usize = 128;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_volume_of_the_write_ahead_log_stops_the_database_until_it_has_grown()
-> anyhow::Result<()> {
    let Some(volume) = SmallDisk::mount(MIB)? else { return Ok(()) };
    let mut world = two_databases().await?;
    move_log(world.cluster("registry"), &volume)?;
    let scene = serve(&mut world).await?;
    let health = world.process("registry", 0).health_addr;
    let officer = world.channel("registry", &scene.hr())?;
    let writers = Writers::start(&officer, WRITERS).await?;
    writers.go_on(40).await?;

    write_until_it_stops(world.cluster("registry")).await?;
    ready(health, false).await?;
    are_refused(&writers).await?;
    let refusal = units::read(&officer).await.expect_err("there is no database");
    assert_eq!(refused(&refusal).0, Code::Unavailable);
    competency_answers(&world, &scene.hr()).await?;
    ready(world.process("competency", 0).health_addr, true).await?;
    does_not_start(world.cluster("registry")).await?;

    volume.grow()?;
    world.cluster("registry").revive()?;
    ready(health, true).await?;
    writers.go_on(40).await?;
    for (status, _) in writers.finish().await?.refused {
        storage_is_away(&status);
    }
    every_unit_arrived(&world).await
}

/// From now on the log lies on a volume of its own, as it does in production.
fn move_log(cluster: &Cluster, volume: &SmallDisk) -> anyhow::Result<()> {
    cluster.kill()?;
    let log = cluster.folder().join("data/pg_wal");
    volume.take_in(&log)?;
    fs::remove_dir_all(&log)?;
    symlink(volume.folder(), &log)?;
    cluster.revive()
}

/// Fills the volume with what belongs there.
async fn write_until_it_stops(cluster: &Cluster) -> anyhow::Result<()> {
    let mut conn = cluster.administrator("postgres").connect().await?;
    let entry = "SELECT pg_logical_emit_message(false, 'flow', repeat('x', 1 << 20))";
    for _ in 0..=MIB {
        if sqlx::raw_sql(entry).execute(&mut conn).await.is_err() {
            return Ok(());
        }
    }
    bail!("the volume holds more than {MIB} MiB")
}

/// PostgreSQL gives up, and whoever starts it as things are gets nothing.
async fn does_not_start(cluster: &Cluster) -> anyhow::Result<()> {
    let server = cluster.folder().join("data/postmaster.pid");
    until("PostgreSQL has given up", async || Ok(!server.exists())).await?;
    cluster.revive().expect_err("there is no room for its log");
    let said = fs::read_to_string(cluster.folder().join("postgres.log"))?;
    ensure!(said.contains("PANIC:  could not write to file \"pg_wal/"), "{said}");
    Ok(())
}
