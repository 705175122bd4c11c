use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use kinerja_kit::{
    client::{self, Channel},
    testing::otlp::{Receiver, numbers},
};
use kinerja_proto::registry::v1::{ListUnitsRequest, unit_service_client::UnitServiceClient};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::JoinSet,
};
use tonic::Code;

use super::{proc, registry, units, until};

/// Calls whose time is measured.
const MEASURED: usize = 200;
/// Calls that leave a span each: as many as may wait for a collector, 16,384, and what is taken off meanwhile; then
/// some more.
const MANY: usize = 19_200;
const SOME: usize = 4_800;
const CALLERS: usize = 16;
/// A collector that is away may make calls so many times slower; what is left is the noise of the machine.
const SLOWER: u32 = 3;
const NOISE: Duration = Duration::from_millis(20);
/// MiB that the spans that wait may take, and that more of them may add.
const QUEUE: f64 = 96.0;
const MORE: f64 = 24.0;

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_or_mute_costs_spans_that_are_counted_and_nothing_else()
-> anyhow::Result<()> {
    let address = Address::reserve()?;
    let endpoint = format!("http://{}", address.addr);
    let environment =
        [("KINERJA_OTLP_ENDPOINT", endpoint.as_str()), ("KINERJA_METRIC_SECONDS", "1")];
    let (mut world, _, officer) = registry(&environment).await?;
    let pid = world.process("registry", 0).id();

    let refusing = median(&officer).await?;
    let before = proc::resident(pid)?;
    let line = address.open()?;
    let silent = median(&officer).await?;
    leave_spans(&officer, MANY).await?;
    let full = proc::resident(pid)?;
    leave_spans(&officer, SOME).await?;
    let fuller = proc::resident(pid)?;
    assert!(full - before < QUEUE, "from {before} to {full} MiB");
    assert!(fuller - full < MORE, "from {full} to {fuller} MiB");

    let receiver = Receiver::start().await;
    line.lead_to(receiver.addr);
    until("the collector learns what it missed", async || {
        Ok(["queue_full", "not_taken"].iter().all(|reason| dropped(&receiver, reason) > 0.0))
    })
    .await?;
    let known = receiver.spans().len();
    units::read(&officer).await?;
    until("spans come again", async || Ok(receiver.spans().len() > known)).await?;

    let ordinary = median(&officer).await?;
    for unusual in [refusing, silent] {
        assert!(unusual < ordinary * SLOWER + NOISE, "{unusual:?} rather than {ordinary:?}");
    }
    Ok(())
}

/// The usual time of a call; none fails.
async fn median(officer: &Channel) -> anyhow::Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..MEASURED {
        let began = Instant::now();
        units::read(officer).await?;
        times.push(began.elapsed());
    }
    times.sort();
    Ok(times[MEASURED / 2])
}

/// Calls of a method that is not there: a span and little work.
async fn leave_spans(officer: &Channel, spans: usize) -> anyhow::Result<()> {
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let nowhere = "http://registry/nowhere".parse()?;
        let mut api = UnitServiceClient::with_origin(officer.clone(), nowhere);
        callers.spawn(async move {
            for _ in 0..spans / CALLERS {
                let request = client::system(ListUnitsRequest::default());
                let refused = api.list_units(request).await.expect_err("there is no such method");
                assert_eq!(refused.code(), Code::Unimplemented);
            }
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller?;
    }
    Ok(())
}

/// Spans that the service says it dropped, as the collector last heard.
fn dropped(receiver: &Receiver, reason: &str) -> f64 {
    let metrics = receiver.metrics();
    let last = metrics.iter().rfind(|metric| metric.name == "kinerja.telemetry.dropped");
    let points = last.map(numbers).unwrap_or_default();
    let of = |labels: &[(String, String)]| labels.iter().any(|(_, value)| value == reason);
    points.iter().filter(|(labels, _)| of(labels)).map(|(_, number)| number).sum()
}

/// Where a collector is said to be: connections are refused.
struct Address {
    addr: SocketAddr,
    socket: TcpSocket,
}

/// The same once somebody listens, who says nothing before it leads to a collector.
struct Line {
    to: watch::Sender<Option<SocketAddr>>,
    _serving: JoinSet<()>,
}

impl Address {
    /// A port that is taken and not listened on: the system refuses connections.
    fn reserve() -> anyhow::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind("127.0.0.1:0".parse()?)?;
        Ok(Self { addr: socket.local_addr()?, socket })
    }

    fn open(self) -> anyhow::Result<Line> {
        let (to, leads) = watch::channel(None);
        let mut serving = JoinSet::new();
        serving.spawn(serve(self.socket.listen(64)?, leads));
        Ok(Line { to, _serving: serving })
    }
}

impl Line {
    /// From now on; what was connected before is closed.
    fn lead_to(&self, addr: SocketAddr) {
        self.to.send_replace(Some(addr));
    }
}

async fn serve(listener: TcpListener, leads: watch::Receiver<Option<SocketAddr>>) {
    let mut open = JoinSet::new();
    while let Ok((mut near, _)) = listener.accept().await {
        let mut leads = leads.clone();
        open.spawn(async move {
            let to = *leads.borrow_and_update();
            let Some(to) = to else {
                // Taken and not answered, until there is a collector.
                let _ = leads.changed().await;
                return;
            };
            if let Ok(mut far) = TcpStream::connect(to).await {
                // Either side may hang up.
                let _ = copy_bidirectional(&mut near, &mut far).await;
            }
        });
    }
}
