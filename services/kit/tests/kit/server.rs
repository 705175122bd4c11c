//! What a server does with calls: limits, deadlines, and words of its own for every failure.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use kinerja_kit::{
    args::{LimitArgs, ServerArgs},
    client,
    errors::refusal,
    server::Limits,
};
use kinerja_proto::common::v1::Reason;
use prost::Message as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_util::task::TaskTracker;
use tonic::{Code, Status, transport::Endpoint};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};
use tonic_types::StatusExt as _;

use crate::stage::{Plan, Stage, Theatre, order_of, reason, soon};

const CHECK: &str = "/grpc.health.v1.Health/Check";

fn limited(change: impl FnOnce(&mut LimitArgs)) -> Plan {
    let mut plan = Plan::default();
    change(&mut plan.args.limits);
    plan
}

/// One call in bare HTTP/2, without a client's own timer: the status that came over the wire.
async fn raw(theatre: &Theatre, path: &str, timeout: Option<&str>, body: Vec<u8>) -> Status {
    let socket = TcpStream::connect(theatre.running.addr).await.expect("a connection");
    let shaken =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(socket)).await;
    let (mut sender, connection) = shaken.expect("HTTP/2");
    TaskTracker::new().spawn(connection);
    let mut request = Request::post(format!("{}{path}", theatre.url()))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    if let Some(timeout) = timeout {
        request = request.header("grpc-timeout", timeout);
    }
    let request = request.body(Full::new(Bytes::from(body))).expect("a request");
    let response = soon(sender.send_request(request)).await.expect("an answer");
    let (head, body) = response.into_parts();
    let body = soon(body.collect()).await.expect("a whole answer");
    let trailers = body.trailers().cloned().unwrap_or_else(HeaderMap::new);
    Status::from_header_map(&head.headers)
        .or_else(|| Status::from_header_map(&trailers))
        .expect("a status")
}

fn framed(order: &str) -> Vec<u8> {
    let message = order_of(order).encode_to_vec();
    [&[0, 0, 0, 0, message.len() as u8], message.as_slice()].concat()
}

fn code_and_reason(status: &Status) -> (Code, Reason) {
    (status.code(), reason(status))
}

#[tokio::test]
async fn the_callers_deadline_ends_the_wait_and_not_the_work() {
    let theatre = Theatre::open(Plan::default()).await;
    let expired = raw(&theatre, CHECK, Some("300m"), framed("wait")).await;
    assert_eq!(code_and_reason(&expired), (Code::DeadlineExceeded, Reason::DeadlineExceeded));
    assert_eq!(theatre.stage.begun(), 1);
    theatre.stage.release();
    theatre.stage.until(|seen| seen.ended == 1).await;
}

#[tokio::test]
async fn a_call_without_a_deadline_gets_one() {
    let plan = limited(|limits| limits.deadline = Duration::from_millis(30));
    let theatre = Theatre::open(plan).await;
    let expired = theatre.stock().await.check(order_of("wait")).await.expect_err("expired");
    assert_eq!(code_and_reason(&expired), (Code::DeadlineExceeded, Reason::DeadlineExceeded));
}

#[tokio::test]
async fn a_stream_ends_at_its_deadline_and_has_none_unless_asked() {
    let plan = limited(|limits| limits.deadline = Duration::from_millis(1));
    let theatre = Theatre::open(plan).await;
    let watch = "/grpc.health.v1.Health/Watch";
    let expired = raw(&theatre, watch, Some("30m"), framed("idle")).await;
    assert_eq!(code_and_reason(&expired), (Code::DeadlineExceeded, Reason::DeadlineExceeded));
    let mut stream =
        theatre.stock().await.watch(order_of("idle")).await.expect("open").into_inner();
    assert!(stream.message().await.expect("open").is_some());
}

#[tokio::test]
async fn calls_are_limited_for_the_whole_process() {
    let limits = Limits::new(&LimitArgs { max_calls: 1, ..LimitArgs::default() });
    let plan = || Plan { limits: Some(limits.clone()), ..Plan::default() };
    let (one, other) = (Theatre::open(plan()).await, Theatre::open(plan()).await);
    let mut waiting = one.stock().await;
    let waiting = TaskTracker::new().spawn(async move { waiting.check(order_of("wait")).await });
    one.stage.until(|seen| seen.begun == 1).await;

    let mut api = other.stock().await;
    let refused = api.check(order_of("answer")).await.expect_err("no room");
    assert_eq!(code_and_reason(&refused), (Code::ResourceExhausted, Reason::Overloaded));
    assert!(refused.get_details_retry_info().expect("retry info").retry_delay.is_some());
    api.watch(order_of("idle")).await.expect("streams are counted apart");

    one.stage.release();
    soon(waiting).await.expect("no panic").expect("answered");
    api.check(order_of("answer")).await.expect("there is room again");
}

#[tokio::test]
async fn streams_are_limited_as_long_as_they_are_open() {
    let theatre = Theatre::open(limited(|limits| limits.max_streams = 1)).await;
    let mut api = theatre.stock().await;
    let open = api.watch(order_of("idle")).await.expect("room for one");
    let refused = api.watch(order_of("idle")).await.expect_err("no room for two");
    assert_eq!(code_and_reason(&refused), (Code::ResourceExhausted, Reason::Overloaded));
    api.check(order_of("answer")).await.expect("calls are counted apart");

    drop(open);
    let reopened = async {
        while api.watch(order_of("idle")).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    soon(reopened).await;
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let theatre = Theatre::open(limited(|limits| limits.max_connections = 1)).await;
    let mut first = theatre.stock().await;
    first.check(order_of("answer")).await.expect("the first is served");

    let mut second = theatre.stock().await;
    let second = TaskTracker::new().spawn(async move { second.check(order_of("answer")).await });
    for _ in 0..20 {
        first.check(order_of("answer")).await.expect("the first goes on");
    }
    assert!(!second.is_finished());
    drop(first);
    soon(second).await.expect("no panic").expect("served in its turn");
}

#[tokio::test]
async fn hanging_up_stops_no_handler_half_way() {
    let theatre = Theatre::open(Plan::default()).await;
    let mut api = theatre.stock().await;
    let call = TaskTracker::new().spawn(async move { api.check(order_of("wait")).await });
    theatre.stage.until(|seen| seen.begun == 1).await;
    call.abort();
    assert!(call.await.expect_err("aborted").is_cancelled());

    theatre.stage.release();
    theatre.stage.until(|seen| seen.ended == 1).await;
}

#[tokio::test]
async fn a_panic_is_an_internal_error_of_that_call_alone() {
    let theatre = Theatre::open(Plan::default()).await;
    let mut api = theatre.stock().await;
    let failed = api.check(order_of("panic")).await.expect_err("panicked");
    assert_eq!(code_and_reason(&failed), (Code::Internal, Reason::Internal));
    api.check(order_of("answer")).await.expect("the server goes on");
}

#[tokio::test]
async fn a_failure_without_a_reason_gets_one_and_keeps_its_detail_inside() {
    let theatre = Theatre::open(Plan::default()).await;
    let failed = theatre.stock().await.check(order_of("fail")).await.expect_err("failed");
    assert_eq!(code_and_reason(&failed), (Code::Internal, Reason::Internal));
    assert_eq!(failed.message(), "internal error");
}

#[tokio::test]
async fn a_method_that_is_not_there_is_unimplemented() {
    let theatre = Theatre::open(Plan::default()).await;
    for path in ["/grpc.health.v1.Health/Cure", "/no.such.Service/Method", "/"] {
        let refused = raw(&theatre, path, None, framed("answer")).await;
        assert_eq!(
            code_and_reason(&refused),
            (Code::Unimplemented, Reason::Unimplemented),
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_is_not_the_message_is_an_invalid_argument() {
    let theatre = Theatre::open(Plan::default()).await;
    let garbage = raw(&theatre, CHECK, None, vec![0, 0, 0, 0, 2, 0xff, 0xff]).await;
    assert_eq!(code_and_reason(&garbage), (Code::InvalidArgument, Reason::InvalidFields));
    assert_eq!(theatre.stage.begun(), 0);
}

#[tokio::test]
async fn a_message_beyond_the_limit_is_refused() {
    let theatre = Theatre::open(limited(|limits| limits.max_message_bytes = 1000)).await;
    let mut api = theatre.stock().await;
    let refused = api.check(order_of(&"x".repeat(1001))).await.expect_err("too large");
    assert_eq!(code_and_reason(&refused), (Code::InvalidArgument, Reason::InvalidFields));
    let found = api.check(order_of(&"x".repeat(990))).await.expect_err("unknown order");
    assert_eq!(found.code(), Code::NotFound, "it reached the handler");
}

#[tokio::test]
async fn nobody_passes_the_guard_but_to_read_the_schema() {
    let guard = |_| -> futures_util::future::BoxFuture<'static, _> {
        let message = "who are you";
        Box::pin(
            async move { Err(refusal(Code::Unauthenticated, Reason::Unauthenticated, message)) },
        )
    };
    let plan = Plan { guard: std::sync::Arc::new(guard), ..Plan::default() };
    let theatre = Theatre::open(plan).await;
    let refused = theatre.stock().await.check(order_of("answer")).await.expect_err("refused");
    assert_eq!(code_and_reason(&refused), (Code::Unauthenticated, Reason::Unauthenticated));
    assert_eq!(theatre.stage.begun(), 0);

    let endpoint = Endpoint::from_shared(theatre.url()).expect("a URL");
    let channel = endpoint.connect().await.expect("connected");
    let mut reflection = ServerReflectionClient::new(channel);
    let list = ServerReflectionRequest {
        message_request: Some(MessageRequest::ListServices(String::new())),
        ..Default::default()
    };
    let asked = reflection.server_reflection_info(tokio_stream::once(list)).await;
    let answer = asked.expect("open").into_inner().message().await.expect("open").expect("answer");
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("not a list: {answer:?}");
    };
    let names: Vec<_> = list.service.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"]);
}

#[tokio::test]
async fn connections_are_renewed_at_their_age_and_no_call_fails() {
    let theatre =
        Theatre::open(limited(|limits| limits.connection_age = Duration::from_millis(50))).await;
    let mut api = theatre.client();
    let tenant = "12.76".parse().expect("a tenant");
    let enough = async {
        while theatre.stage.seen.borrow().peers.len() < 8 {
            api.check(client::system(order_of("answer"))).await.expect("no call fails");
            let once = client::once(&tenant, order_of("answer"));
            api.check(once).await.expect("not even one that must not be repeated");
        }
    };
    soon(enough).await;
}

#[tokio::test]
async fn a_peer_that_says_nothing_is_left() {
    let theatre =
        Theatre::open(limited(|limits| limits.peer_timeout = Duration::from_millis(30))).await;
    let mut silent = TcpStream::connect(theatre.running.addr).await.expect("a connection");
    silent.write_all(b"PRI * HTTP/2.0").await.expect("half a preface");
    let mut said = Vec::new();
    // The server's settings, then the end: as a close or as a reset.
    let _ = soon(silent.read_to_end(&mut said)).await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let theatre = Theatre::open(Plan::default()).await;
    let args = ServerArgs { addr: theatre.running.addr, ..ServerArgs::default() };
    let error = Theatre::try_open(args).await.expect_err("taken");
    assert_eq!(error.to_string(), format!("cannot listen on {}", theatre.running.addr));
}

#[tokio::test]
async fn a_handler_knows_its_caller_and_the_time_left() {
    let theatre = Theatre::open(Plan::default()).await;
    let mut request = tonic::Request::new(order_of("answer"));
    request.set_timeout(Duration::from_secs(7));
    theatre.stock().await.check(request).await.expect("answered");
    let Stage { seen, .. } = &theatre.stage;
    let seen = seen.borrow();
    let left = seen.left.expect("a deadline");
    assert!(left <= Duration::from_secs(7) && left > Duration::from_secs(5), "{left:?}");
    assert!(seen.peers.iter().all(|peer| peer.ip().is_loopback()));
}
