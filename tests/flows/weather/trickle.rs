use std::{
    future::poll_fn,
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use prost::bytes::Bytes;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::interval,
};
use tokio_stream::{StreamExt as _, wrappers::IntervalStream};
use tonic::{Code, Status, body::Body, client::GrpcService as _, transport::Endpoint};

use super::{proc, refused, registry, units, until};

/// Of each kind.
const CLIENTS: usize = 8;
/// What a peer has for its hello and for its answer to a ping, and what a caller has for its request: a tenth of
/// what is usual, and so the bytes come ten times as often as one a second.
const PATIENCE: [(&str, &str); 2] =
    [("KINERJA_PEER_SECONDS", "1"), ("KINERJA_DEADLINE_SECONDS", "3")];
const BYTE: Duration = Duration::from_millis(100);
/// The longest that any of them is borne with: a ping after two silences, and another for its answer.
const LONGEST: Duration = Duration::from_secs(6);
const OTHERS: usize = 24;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";
/// Of the first stream: a thousand bytes follow, and end it.
const HEADERS: &[u8] = b"\0\x03\xe8\x01\x05\0\0\0\x01";
const UNARY: &str = "/kinerja.registry.v1.UnitService/CreateUnit";
const STREAM: &str = "/kinerja.registry.v1.ImportService/ImportEmployees";

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_send_a_byte_now_and_then_are_ended_and_others_served() -> anyhow::Result<()> {
    let (mut world, scene, officer) = registry(&PATIENCE).await?;
    let (pid, addr) = (world.process("registry", 0).id(), world.process("registry", 0).addr);
    let bearer = format!("Bearer {}", world.issuer.token(&scene.hr()));
    units::read(&officer).await?;
    let before = proc::descriptors(pid)?;

    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(is_hung_up_on(addr, &[]));
        clients.spawn(is_hung_up_on(addr, &[PREFACE, SETTINGS, HEADERS]));
        clients.spawn(is_refused(addr, UNARY, bearer.clone()));
        clients.spawn(is_refused(addr, STREAM, bearer.clone()));
    }
    while !clients.is_empty() {
        units::read(&officer).await?;
        while let Some(ended) = clients.try_join_next() {
            let lasted = ended??;
            ensure!(lasted < LONGEST, "one was borne with for {lasted:?}");
        }
    }
    until("the files are closed", async || Ok(proc::descriptors(pid)? <= before + OTHERS)).await
}

/// Says the beginning at once and goes on byte by byte. Says for how long.
async fn is_hung_up_on(
    addr: SocketAddr,
    beginning: &'static [&'static [u8]],
) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let (mut from, mut to) = TcpStream::connect(addr).await?.into_split();
    to.write_all(&beginning.concat()).await?;
    let talk = async {
        let rest = if beginning.is_empty() { PREFACE } else { &[0; 1000] };
        let mut ticks = interval(BYTE);
        for byte in rest {
            ticks.tick().await;
            if to.write_all(&[*byte]).await.is_err() {
                return;
            }
        }
        std::future::pending().await
    };
    let mut said = Vec::new();
    tokio::select! {
        () = talk => {}
        // However it is hung up on.
        _ = from.read_to_end(&mut said) => {}
    }
    Ok(began.elapsed())
}

/// Begins a message of a hundred bytes and sends it one by one, with all the time in the world as its deadline. The
/// rest of the protocol, pings among it, is as it should be.
async fn is_refused(addr: SocketAddr, path: &str, bearer: String) -> anyhow::Result<Duration> {
    let mut channel = Endpoint::from_shared(format!("http://{addr}"))?.connect().await?;
    let prefix = tokio_stream::once(Bytes::from_static(&[0, 0, 0, 0, 100]));
    let bytes = IntervalStream::new(interval(BYTE)).map(|_| Bytes::from_static(&[0]));
    let frames = prefix.chain(bytes).map(|bytes| Ok::<_, Status>(Frame::data(bytes)));
    let request = http::Request::post(format!("http://{addr}{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("grpc-timeout", "1H")
        .header("authorization", bearer)
        .body(Body::new(StreamBody::new(frames)))?;
    let began = Instant::now();
    poll_fn(|cx| channel.poll_ready(cx)).await?;
    let (head, body) = channel.call(request).await?.into_parts();
    let body = body.collect().await?;
    let trailers = body.trailers().and_then(Status::from_header_map);
    let status = Status::from_header_map(&head.headers).or(trailers).context("no status")?;
    assert_eq!(
        refused(&status),
        (Code::DeadlineExceeded, "DEADLINE_EXCEEDED".to_owned()),
        "{path}"
    );
    Ok(began.elapsed())
}
