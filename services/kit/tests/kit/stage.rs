//! Servers of the kit with a service whose handlers do what the request says.

use std::{
    collections::{BTreeSet, HashSet},
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use http::HeaderMap;
use kinerja_kit::{
    args::{DrainArgs, ServerArgs},
    client::{self, Channel, Options},
    server::{self, Guard, Limits, Probe, Running, Service, StartError, Tasks},
    tenant::Database,
};
use kinerja_proto::common::v1::Reason;
use tokio::{sync::watch, time::Instant};
use tokio_stream::Stream;
use tonic::{Request, Response, Status, service::Routes, transport::Endpoint};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse,
    health_client::HealthClient,
    health_server::{Health, HealthServer},
};
use tonic_types::StatusExt as _;

/// How long anything is waited for before a test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for something that must come.
pub(crate) async fn soon<F: Future>(what: F) -> F::Output {
    tokio::time::timeout(PATIENCE, what).await.expect("it comes in time")
}

/// What the handlers of a server saw and may do. The order is in the request's `service`:
/// `answer`, `wait` (until released), `relay` (to the neighbour), `query` (the database, then `relay`),
/// `panic`, `fail`.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub seen: watch::Sender<Seen>,
    pub released: watch::Sender<bool>,
    neighbour: Option<Channel>,
    database: Option<Database>,
    tasks: Tasks,
}

#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Calls that reached a handler.
    pub begun: usize,
    /// Calls whose handler came to its end.
    pub ended: usize,
    pub peers: HashSet<SocketAddr>,
    /// Time left to the last call.
    pub left: Option<Duration>,
    pub headers: HeaderMap,
}

impl Stage {
    fn new(neighbour: Option<Channel>, database: Option<Database>) -> Self {
        let (seen, released) = (watch::Sender::default(), watch::Sender::new(false));
        Self { seen, released, neighbour, database, tasks: Tasks::new() }
    }

    /// Lets the waiting handlers go on.
    pub(crate) fn release(&self) {
        self.released.send_replace(true);
    }

    pub(crate) async fn until(&self, condition: impl FnMut(&Seen) -> bool) {
        let mut seen = self.seen.subscribe();
        soon(seen.wait_for(condition)).await.expect("the stage stands");
    }

    pub(crate) fn begun(&self) -> usize {
        self.seen.borrow().begun
    }

    async fn play(&self, order: &str) -> Result<(), Status> {
        match order {
            "answer" => {}
            "wait" => {
                let mut released = self.released.subscribe();
                released.wait_for(|released| *released).await.expect("the stage stands");
            }
            "relay" => {
                let neighbour = self.neighbour.clone().expect("a neighbour");
                HealthClient::new(neighbour).check(client::system(order_of("answer"))).await?;
            }
            "query" => {
                let database = self.database.as_ref().expect("a database");
                let tenant = "12.76".parse().expect("a tenant");
                let mut tx = database.begin(&tenant).await.expect("a transaction");
                sqlx::query("SELECT 1 AS one").execute(&mut *tx).await.expect("one");
                tx.commit().await.expect("committed");
                Box::pin(self.play("relay")).await?;
            }
            "panic" => panic!("as ordered"),
            "fail" => return Err(Status::internal("secret detail")),
            other => return Err(Status::not_found(other)),
        }
        Ok(())
    }
}

#[tonic::async_trait]
impl Health for Stage {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let left = server::deadline().map(|deadline| deadline - Instant::now());
        let peer = request.remote_addr();
        self.seen.send_modify(|seen| {
            seen.begun += 1;
            seen.left = left;
            seen.peers.extend(peer);
            seen.headers = request.metadata().clone().into_headers();
        });
        let played = self.play(&request.get_ref().service).await;
        self.seen.send_modify(|seen| seen.ended += 1);
        played.map(|()| Response::new(HealthCheckResponse::default()))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    /// Sends one message, then keeps the stream open: until the drain, or, ordered to be
    /// `stubborn`, for ever.
    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let (messages, stream) = tokio::sync::mpsc::channel(1);
        let stubborn = request.get_ref().service == "stubborn";
        let tasks = self.tasks.clone();
        self.tasks.spawn(async move {
            let sent = messages.send(Ok(HealthCheckResponse::default())).await;
            sent.expect("the stream is read");
            let end = async {
                tasks.stream_end().await;
                if stubborn {
                    messages.closed().await;
                }
            };
            tokio::select! { () = messages.closed() => {}, () = end => {} }
        });
        Ok(Response::new(Box::pin(tokio_stream::wrappers::ReceiverStream::new(stream))))
    }
}

/// A server on a port of the system's choice, with its stage.
pub(crate) struct Theatre {
    pub stage: Stage,
    pub running: Running,
}

/// How a theatre differs from the usual.
pub(crate) struct Plan {
    pub args: ServerArgs,
    pub limits: Option<Limits>,
    pub guard: Guard,
    pub probe: Probe,
    pub neighbour: Option<Channel>,
    pub database: Option<Database>,
}

impl Default for Plan {
    fn default() -> Self {
        let drain = DrainArgs {
            linger: Duration::ZERO,
            drain: PATIENCE,
            probe_interval: Duration::from_millis(5),
        };
        Self {
            args: ServerArgs { drain, ..ServerArgs::default() },
            limits: None,
            guard: server::open_guard(),
            probe: Arc::new(|| Box::pin(async { Ok(()) })),
            neighbour: None,
            database: None,
        }
    }
}

impl Theatre {
    pub(crate) async fn open(plan: Plan) -> Self {
        server::install_crypto();
        let stage = Stage::new(plan.neighbour, plan.database);
        let limits = plan.limits.unwrap_or_else(|| Limits::new(&plan.args.limits));
        let service = Service {
            name: "stage",
            routes: Routes::new(HealthServer::new(stage.clone())),
            names: ["grpc.health.v1.Health"].into(),
            descriptors: tonic_health::pb::FILE_DESCRIPTOR_SET,
            guard: plan.guard,
            probe: plan.probe,
            tasks: stage.tasks.clone(),
        };
        let running = server::start(&plan.args, &limits, service).await.expect("a server");
        Self { stage, running }
    }

    /// Why a server with these arguments cannot be.
    pub(crate) async fn try_open(args: ServerArgs) -> Result<Running, StartError> {
        let service = Service {
            name: "stage",
            routes: Routes::default(),
            names: BTreeSet::new(),
            descriptors: tonic_health::pb::FILE_DESCRIPTOR_SET,
            guard: server::open_guard(),
            probe: Arc::new(|| Box::pin(async { Ok(()) })),
            tasks: Tasks::new(),
        };
        server::start(&args, &Limits::new(&args.limits), service).await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.running.addr)
    }

    /// A client of the kit.
    pub(crate) fn client(&self) -> HealthClient<Channel> {
        client_of(&self.url(), Options::default())
    }

    /// A client as anybody has it.
    pub(crate) async fn stock(&self) -> HealthClient<tonic::transport::Channel> {
        stock_client(self.running.addr).await
    }
}

/// A client of tonic, connected.
pub(crate) async fn stock_client(addr: SocketAddr) -> HealthClient<tonic::transport::Channel> {
    let endpoint = Endpoint::from_shared(format!("http://{addr}")).expect("a URL");
    HealthClient::new(soon(endpoint.connect()).await.expect("a connection"))
}

pub(crate) fn client_of(urls: &str, options: Options) -> HealthClient<Channel> {
    HealthClient::new(client::connect(urls, options).expect("well-formed URLs"))
}

pub(crate) fn order_of(order: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: order.to_owned() }
}

/// The reason of a refusal that the kit makes.
pub(crate) fn reason(status: &Status) -> Reason {
    let info = status.get_details_error_info().expect("every refusal has a reason");
    assert_eq!(info.domain, "kinerja");
    Reason::from_str_name(&format!("REASON_{}", info.reason)).expect("a reason of the kit")
}
