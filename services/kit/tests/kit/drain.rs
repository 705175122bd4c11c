//! How a server ends.

use std::time::Duration;

use kinerja_kit::server::Drained;
use kinerja_proto::common::v1::Reason;
use tokio_util::task::TaskTracker;
use tonic::{Code, transport::Endpoint};
use tonic_health::pb::health_check_response::ServingStatus;

use crate::stage::{Plan, Theatre, order_of, reason, soon, stock_client};

#[tokio::test]
async fn a_drain_ends_streams_and_lets_calls_finish() {
    let Theatre { stage, running } = Theatre::open(Plan::default()).await;
    let url = format!("http://{}", running.addr);
    let mut api = stock_client(running.addr).await;
    let mut stream = api.watch(order_of("idle")).await.expect("open").into_inner();
    assert!(stream.message().await.expect("open").is_some());
    let call = TaskTracker::new().spawn(async move { api.check(order_of("wait")).await });
    stage.until(|seen| seen.begun == 1).await;

    let drain = TaskTracker::new().spawn(running.shutdown());
    assert!(soon(stream.message()).await.expect("an orderly end").is_none());
    let refused = async {
        let endpoint = Endpoint::from_shared(url).expect("a URL");
        while endpoint.connect().await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    soon(refused).await;
    assert!(!drain.is_finished(), "it waits for the call");

    stage.release();
    soon(call).await.expect("no panic").expect("the call is answered");
    assert_eq!(soon(drain).await.expect("no panic"), Drained { unfinished: 0 });
}

#[tokio::test]
async fn readiness_is_withdrawn_before_the_port_is_closed() {
    let mut plan = Plan::default();
    plan.args.drain.linger = Duration::from_millis(300);
    let Theatre { stage, running } = Theatre::open(plan).await;
    let (addr, health) = (running.addr, running.health_addr);
    let mut health = stock_client(health).await;
    let mut ready = health.watch(order_of("ready")).await.expect("open").into_inner();
    let mut until = async |wanted| {
        while soon(ready.message()).await.expect("open").expect("a change").status() != wanted {}
    };
    until(ServingStatus::Serving).await;
    let drain = TaskTracker::new().spawn(running.shutdown());
    until(ServingStatus::NotServing).await;

    let mut late = stock_client(addr).await;
    late.check(order_of("answer")).await.expect("still accepted");
    assert_eq!(stage.begun(), 1);
    drop((ready, health));
    soon(drain).await.expect("no panic");
}

#[tokio::test]
async fn a_stream_that_does_not_end_itself_is_ended() {
    let Theatre { running, .. } = Theatre::open(Plan::default()).await;
    let mut api = stock_client(running.addr).await;
    let mut stream = api.watch(order_of("stubborn")).await.expect("open").into_inner();
    assert!(stream.message().await.expect("open").is_some());
    let drain = TaskTracker::new().spawn(running.shutdown());
    let ended = soon(stream.message()).await.expect_err("cut");
    assert_eq!((ended.code(), reason(&ended)), (Code::Unavailable, Reason::NeighbourUnavailable));
    assert_eq!(soon(drain).await.expect("no panic"), Drained { unfinished: 0 });
}

#[tokio::test]
async fn a_drain_waits_no_longer_than_its_limit() {
    let mut plan = Plan::default();
    plan.args.drain.drain = Duration::from_millis(50);
    let Theatre { stage, running } = Theatre::open(plan).await;
    let mut api = stock_client(running.addr).await;
    let call = TaskTracker::new().spawn(async move { api.check(order_of("wait")).await });
    stage.until(|seen| seen.begun == 1).await;
    let drained = soon(running.shutdown()).await;
    assert!(drained.unfinished > 0, "{drained:?}");
    soon(call).await.expect("no panic").expect_err("cut off");
}
