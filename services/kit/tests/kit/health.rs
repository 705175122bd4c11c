//! Whether a service lives and is ready, as a kubelet asks.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use kinerja_kit::migrate::is_current;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::sync::{mpsc, watch};
use tonic_health::pb::health_check_response::ServingStatus::{self, NotServing, Serving};

use crate::stage::{Plan, Theatre, order_of, soon, stock_client};

async fn status(addr: std::net::SocketAddr, service: &str) -> ServingStatus {
    let answer = stock_client(addr).await.check(order_of(service)).await;
    answer.expect("health answers").into_inner().status()
}

#[tokio::test]
async fn readiness_goes_after_three_failed_probes_and_returns_with_one() {
    let outcomes = [true, false, false, true, false, false, false, false, true, true];
    let expected = [
        NotServing, Serving, Serving, Serving, Serving, Serving, Serving, NotServing, NotServing,
        Serving,
    ];
    // Each probe first asks what the probes before it made of readiness.
    let (addr_in, addr) = watch::channel(None);
    let (seen_in, mut seen) = mpsc::unbounded_channel();
    let script = Arc::new(Mutex::new(outcomes.into_iter()));
    let probe = move || -> BoxFuture<'static, Result<(), String>> {
        let (mut addr, seen, script) = (addr.clone(), seen_in.clone(), script.clone());
        Box::pin(async move {
            let addr = *addr.wait_for(Option::is_some).await.expect("the test runs");
            let before = status(addr.expect("it is there"), "ready").await;
            // The test ends before the server does.
            let _ = seen.send(before);
            let passes = script.lock().expect("no panic").next().unwrap_or(true);
            if passes { Ok(()) } else { Err("the database is away".to_owned()) }
        })
    };
    let theatre = Theatre::open(Plan { probe: Arc::new(probe), ..Plan::default() }).await;
    addr_in.send_replace(Some(theatre.running.health_addr));
    for (probe, expected) in expected.into_iter().enumerate() {
        let before = soon(seen.recv()).await.expect("a probe");
        assert_eq!(before, expected, "before probe {probe}");
    }
    let live = status(theatre.running.health_addr, "").await;
    assert_eq!(live, Serving, "the process lives whatever its database does");
}

#[tokio::test]
async fn a_service_is_not_ready_before_it_was_probed() {
    let probe = || -> BoxFuture<'static, Result<(), String>> { Box::pin(std::future::pending()) };
    let theatre = Theatre::open(Plan { probe: Arc::new(probe), ..Plan::default() }).await;
    assert_eq!(status(theatre.running.health_addr, "ready").await, NotServing);
    assert_eq!(status(theatre.running.health_addr, "").await, Serving);
}

#[sqlx::test(migrations = "tests/migrations")]
async fn a_database_that_takes_no_writes_is_not_ready(
    pool: PgPoolOptions,
    database: PgConnectOptions,
) {
    let migrator = sqlx::migrate!("tests/migrations");
    let primary = pool.clone().connect_with(database.clone()).await.expect("it is there");
    assert!(is_current(&migrator, &primary).await.expect("it answers"));
    let as_replica = database.options([("default_transaction_read_only", "on")]);
    let replica = pool.connect_with(as_replica).await.expect("it is there");
    assert!(!is_current(&migrator, &replica).await.expect("it answers"));
}
