//! What neighbours hold of a service's facts, read past row-level security.

use std::time::{Duration, Instant};

use anyhow::ensure;
use kinerja_tests::{Service, World};
use sqlx::{ConnectOptions as _, Connection as _};

const PATIENCE: Duration = Duration::from_secs(60);
/// Who consumes whose events.
const WATCHES: [(Service, Service); 5] = [
    ("planning", "registry"),
    ("evaluation", "registry"),
    ("evaluation", "planning"),
    ("competency", "registry"),
    ("competency", "evaluation"),
];

/// Every neighbour holds each of the registry's units once, as soon as it has caught up, and parked nothing.
pub(crate) async fn every_unit_arrived_everywhere(world: &World) -> anyhow::Result<()> {
    let units = count(world, "registry", "SELECT count(*) FROM units").await?;
    for service in ["planning", "evaluation", "competency"] {
        becomes(world, service, "SELECT count(*) FROM units", units).await?;
        becomes(world, service, "SELECT count(*) FROM parked_events", 0).await?;
    }
    Ok(())
}

/// What years that were lived through leave behind in each service: one of everything for each, however often
/// an event was delivered.
pub(crate) async fn every_year_left_one_of_each(world: &World, years: i64) -> anyhow::Result<()> {
    let counts = [
        ("planning", "SELECT count(*) FROM plans WHERE state = 'APPROVED'"),
        ("evaluation", "SELECT count(*) FROM plans"),
        ("evaluation", "SELECT count(DISTINCT plan_id) FROM evaluations"),
        ("evaluation", "SELECT count(*) FROM evaluations"),
        ("evaluation", "SELECT count(*) FROM evaluations WHERE state = 'FINALISED'"),
        ("competency", "SELECT count(*) FROM evaluations"),
        ("competency", "SELECT count(DISTINCT employee_id) FROM development_plans"),
        ("competency", "SELECT count(*) FROM development_plans"),
        ("competency", "SELECT count(*) FROM development_needs WHERE origin = 'RATER'"),
    ];
    for (service, statement) in counts {
        becomes(world, service, statement, years).await?;
    }
    Ok(())
}

/// Every consumer has dealt with everything its sources have told. Positions have no gaps: the head is the
/// number of events.
pub(crate) async fn every_cursor_is_at_the_head(world: &World) -> anyhow::Result<()> {
    for (service, source) in WATCHES {
        let head = count(world, source, "SELECT count(*) FROM outbox").await?;
        let cursor = format!("SELECT position FROM cursors WHERE source = '{source}'");
        becomes(world, service, &cursor, head).await?;
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
