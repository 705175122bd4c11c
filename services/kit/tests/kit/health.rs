//! Whether a service lives and is ready, as a kubelet asks.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tonic::Streaming;
use tonic_health::pb::{
    HealthCheckResponse, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::stage::{Plan, Theatre, order_of, soon};

async fn next(stream: &mut Streaming<HealthCheckResponse>) -> ServingStatus {
    soon(stream.message()).await.expect("open").expect("a change").status()
}

#[tokio::test]
async fn readiness_goes_after_three_failed_probes_and_returns_with_one() {
    // Probe by probe: 1 succeeds, 2 and 3 fail, 4 succeeds, 5 to 9 fail, the others succeed.
    let outcomes = [true, false, false, true, false, false, false, false, false, true];
    let probes = Arc::new(AtomicUsize::new(0));
    let counted = probes.clone();
    let probe = move || {
        let probe = counted.fetch_add(1, Ordering::SeqCst);
        let passes = outcomes.get(probe).copied().unwrap_or(true);
        let outcome = if passes { Ok(()) } else { Err("the database is away".to_owned()) };
        Box::pin(std::future::ready(outcome)) as futures_util::future::BoxFuture<'static, _>
    };
    let theatre = Theatre::open(Plan { probe: Arc::new(probe), ..Plan::default() }).await;
    let health = format!("http://{}", theatre.running.health_addr);
    let mut health = HealthClient::connect(health).await.expect("connected");
    let mut ready = health.watch(order_of("ready")).await.expect("open").into_inner();

    let mut changes = vec![next(&mut ready).await];
    while probes.load(Ordering::SeqCst) <= outcomes.len() {
        if changes.len() == 4 {
            break;
        }
        let change = next(&mut ready).await;
        if changes.last() != Some(&change) {
            changes.push(change);
        }
    }
    let (yes, no) = (ServingStatus::Serving, ServingStatus::NotServing);
    assert!(changes.ends_with(&[yes, no, yes]), "{changes:?}");

    let live = health.check(order_of("")).await.expect("asked").into_inner();
    assert_eq!(live.status(), yes, "the process lives whatever its database does");
}

#[tokio::test]
async fn a_service_that_was_never_ready_says_so() {
    let probe = || {
        Box::pin(async { Err("behind".to_owned()) }) as futures_util::future::BoxFuture<'static, _>
    };
    let theatre = Theatre::open(Plan { probe: Arc::new(probe), ..Plan::default() }).await;
    let health = format!("http://{}", theatre.running.health_addr);
    let mut health = HealthClient::connect(health).await.expect("connected");
    let ready = health.check(order_of("ready")).await.expect("asked").into_inner();
    assert_eq!(ready.status(), ServingStatus::NotServing);
}
