//! What neighbours hold of a service's facts, read past row-level security.

use std::time::{Duration, Instant};

use anyhow::ensure;
use kinerja_tests::{Service, World};
use sqlx::{ConnectOptions as _, Connection as _};

const PATIENCE: Duration = Duration::from_secs(60);

/// Every neighbour holds each of the registry's units once, as soon as it has caught up, and parked nothing.
pub(crate) async fn every_unit_arrived_everywhere(world: &World) -> anyhow::Result<()> {
    let units = count(world, "registry", "SELECT count(*) FROM units").await?;
    for service in ["planning", "evaluation", "competency"] {
        becomes(world, service, "SELECT count(*) FROM units", units).await?;
        becomes(world, service, "SELECT count(*) FROM parked_events", 0).await?;
    }
    Ok(())
}

/// Waits until a count in the database of a service is `wanted`; more than that never goes away.
pub(crate) async fn becomes(
    world: &World,
    service: Service,
    statement: &str,
    wanted: i64,
) -> anyhow::Result<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        let there = count(world, service, statement).await?;
        if there == wanted {
            return Ok(());
        }
        ensure!(there < wanted, "{service}: {statement} is {there}, more than {wanted}");
        ensure!(Instant::now() < end, "{service}: {statement} is {there}, and should be {wanted}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub(crate) async fn count(world: &World, service: Service, statement: &str) -> anyhow::Result<i64> {
    let options = world.cluster(service).administrator(service);
    let mut conn = options.connect().await?;
    let count = sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_one(&mut conn).await?;
    conn.close().await?;
    Ok(count)
}
