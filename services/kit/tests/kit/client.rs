//! Calls to neighbours: where they go, what they carry, and when they are sent again.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use kinerja_kit::{
    args::ServerArgs,
    client::{self, Options},
    tenant::TenantId,
};
use kinerja_proto::common::v1::Reason;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::stage::{Plan, Theatre, client_of, order_of, reason, soon};

fn tenant() -> TenantId {
    "12.76".parse().expect("a tenant")
}

/// The usual server at another loopback address of the same port: what a name of three addresses
/// resolves to.
async fn open_at(host: u8, port: u16) -> Theatre {
    let mut plan = Plan::default();
    plan.args = ServerArgs { addr: ([127, 0, 0, host], port).into(), ..plan.args };
    Theatre::open(plan).await
}

#[tokio::test]
async fn the_callers_deadline_travels_to_the_neighbour() {
    let far = Theatre::open(Plan::default()).await;
    let generous = Options { deadline: Duration::from_secs(600), ..Options::default() };
    let neighbour = client::connect(&far.url(), generous).expect("a URL");
    let near = Theatre::open(Plan { neighbour: Some(neighbour), ..Plan::default() }).await;

    let mut request = tonic::Request::new(order_of("relay"));
    request.set_timeout(Duration::from_secs(7));
    near.stock().await.check(request).await.expect("relayed");
    let left = far.stage.seen.borrow().left.expect("a deadline");
    assert!(left < Duration::from_secs(7) && left > Duration::from_secs(4), "{left:?}");
}

#[tokio::test]
async fn a_call_ends_at_its_deadline_whatever_the_neighbour_does() {
    let far = Theatre::open(Plan::default()).await;
    let hasty = Options { deadline: Duration::from_millis(50), ..Options::default() };
    let expired = client_of(&far.url(), hasty)
        .check(client::system(order_of("wait")))
        .await
        .expect_err("late");
    assert_eq!(
        (expired.code(), reason(&expired)),
        (Code::DeadlineExceeded, Reason::DeadlineExceeded)
    );
}

#[tokio::test]
async fn a_call_says_for_which_government_it_is() {
    let far = Theatre::open(Plan::default()).await;
    let request = client::request(&tenant(), order_of("answer"));
    far.client().check(request).await.expect("answered");
    let headers = far.stage.seen.borrow().headers.clone();
    assert_eq!(headers.get("kinerja-tenant").expect("a tenant"), "12.76");
}

#[tokio::test]
async fn replicas_that_come_later_get_their_share() {
    let first = Theatre::open(Plan::default()).await;
    let port = first.running.addr.port();
    let urls = [1, 2, 3].map(|host| format!("http://127.0.0.{host}:{port}")).join(",");
    let mut api = client_of(&urls, Options::default());
    for _ in 0..20 {
        api.check(client::system(order_of("answer"))).await.expect("one of three is enough");
    }
    let (second, third) = (open_at(2, port).await, open_at(3, port).await);
    let shared = async {
        while second.stage.begun() < 20 || third.stage.begun() < 20 {
            api.check(client::system(order_of("answer"))).await.expect("answered");
        }
    };
    soon(shared).await;
}

#[tokio::test]
async fn a_replica_that_goes_and_comes_back_costs_no_call() {
    let stays = Theatre::open(Plan::default()).await;
    let port = stays.running.addr.port();
    let urls = format!("http://127.0.0.1:{port},http://127.0.0.2:{port}");
    let mut api = client_of(&urls, Options::default());
    for _ in 0..2 {
        let goes = open_at(2, port).await;
        let met = async {
            while goes.stage.begun() < 5 {
                api.check(client::system(order_of("answer"))).await.expect("answered");
            }
        };
        soon(met).await;
        let drain = TaskTracker::new().spawn(goes.running.shutdown());
        let calls = async {
            while !drain.is_finished() {
                api.check(client::system(order_of("answer"))).await.expect("no call fails");
            }
            for _ in 0..20 {
                let once = client::once(&tenant(), order_of("answer"));
                api.check(once).await.expect("what was not sent may be sent elsewhere");
            }
        };
        soon(calls).await;
    }
}

#[tokio::test]
async fn a_neighbour_that_is_not_there_is_unavailable_for_now() {
    // A port that was somebody's a moment ago.
    let gone = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound");
    let mut api = client_of(&format!("http://{gone}"), Options::default());
    for request in [client::system(order_of("answer")), client::stream(order_of("answer"))] {
        let failed = soon(api.check(request)).await.expect_err("nobody there");
        let expected = (Code::Unavailable, Reason::NeighbourUnavailable);
        assert_eq!((failed.code(), reason(&failed)), expected);
        assert!(failed.get_details_retry_info().expect("retry info").retry_delay.is_some());
    }
}

#[tokio::test]
async fn a_broken_connection_is_forgiven_where_the_call_may_be_repeated() {
    let theatre = Theatre::open(Plan::default()).await;
    let line = Line::to(theatre.running.addr).await;
    let mut api = client_of(&format!("http://{}", line.addr), Options::default());
    let mut caller = api.clone();
    let call = TaskTracker::new()
        .spawn(async move { caller.check(client::request(&tenant(), order_of("wait"))).await });
    theatre.stage.until(|seen| seen.begun == 1).await;
    line.cut();
    theatre.stage.until(|seen| seen.begun == 2).await;
    theatre.stage.release();
    soon(call).await.expect("no panic").expect("answered at the second attempt");

    theatre.stage.released.send_replace(false);
    let call = TaskTracker::new()
        .spawn(async move { api.check(client::once(&tenant(), order_of("wait"))).await });
    theatre.stage.until(|seen| seen.begun == 3).await;
    line.cut();
    let failed = soon(call).await.expect("no panic").expect_err("nobody knows how it went");
    assert_eq!((failed.code(), reason(&failed)), (Code::Unavailable, Reason::NeighbourUnavailable));
    assert_eq!(theatre.stage.begun(), 3);
}

#[tokio::test]
async fn an_answer_of_the_neighbour_is_never_asked_for_again() {
    let theatre = Theatre::open(Plan::default()).await;
    for (order, code) in [("fail", Code::Internal), ("unknown", Code::NotFound)] {
        let before = theatre.stage.begun();
        let request = client::system(order_of(order));
        let failed = theatre.client().check(request).await.expect_err("refused");
        assert_eq!(failed.code(), code);
        assert_eq!(theatre.stage.begun(), before + 1);
    }
}

#[tokio::test]
async fn streams_pass_and_are_not_bound_by_the_deadline_of_calls() {
    let theatre = Theatre::open(Plan::default()).await;
    let options = Options { deadline: Duration::from_millis(1), ..Options::default() };
    let mut api = client_of(&theatre.url(), options);
    let mut stream = api.watch(client::stream(order_of("idle"))).await.expect("open").into_inner();
    assert!(soon(stream.message()).await.expect("open").is_some());
    let Theatre { running, .. } = theatre;
    soon(running.shutdown()).await;
    assert!(soon(stream.message()).await.expect("an orderly end").is_none());
}

#[tokio::test]
async fn a_name_is_as_good_as_its_addresses() {
    let theatre = Theatre::open(Plan::default()).await;
    let url = format!("dns+http://localhost:{}", theatre.running.addr.port());
    let options = Options { resolve_every: Duration::from_millis(5), ..Options::default() };
    let mut api = client_of(&url, options);
    let past_many_resolutions = async {
        for _ in 0..50 {
            api.check(client::system(order_of("answer"))).await.expect("answered");
        }
    };
    soon(past_many_resolutions).await;
}

#[tokio::test]
async fn urls_are_checked_when_the_client_is_made() {
    for urls in ["", "registry:7101", "grpc://registry", "http://a:1,", "https://no-authorities"] {
        assert!(client::connect(urls, Options::default()).is_err(), "{urls}");
    }
}

/// A line to a server that can be cut.
struct Line {
    addr: SocketAddr,
    cuts: Arc<Mutex<CancellationToken>>,
}

impl Line {
    async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let line = Self { addr: listener.local_addr().expect("bound"), cuts: Arc::default() };
        let cuts = line.cuts.clone();
        TaskTracker::new().spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let cut = cuts.lock().expect("no panic").clone();
                TaskTracker::new().spawn(async move {
                    let mut far = TcpStream::connect(server).await.expect("the server is there");
                    cut.run_until_cancelled(copy_bidirectional(&mut near, &mut far)).await
                });
            }
        });
        line
    }

    /// Breaks every connection; new ones can be made.
    fn cut(&self) {
        std::mem::take(&mut *self.cuts.lock().expect("no panic")).cancel();
    }
}
