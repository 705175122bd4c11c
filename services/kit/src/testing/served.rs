use std::{net::Ipv4Addr, time::Duration};

use sqlx::PgPool;
use tokio::runtime::Handle;
use tonic::transport::Endpoint;
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use super::database::as_app;
use crate::{
    args::{DrainArgs, LimitArgs, Mode, NeighbourArgs, ServerArgs},
    auth::{DevelopmentIssuer, Identity, TokenSource},
    client::{self, Channel, Options},
    clock::Clock,
    server::{self, Limits},
    service::{self, Definition, Settings, Started},
    trust::Trust,
};

/// A service on a loopback port of its own, with the real middleware, as the app role, under an
/// issuer and a clock of the test's. Dropped, it drains behind the test: `#[sqlx::test]` waits for
/// its connections before it takes the database away.
#[derive(Debug)]
pub struct Served {
    pub issuer: DevelopmentIssuer,
    pub clock: Clock,
    url: String,
    started: Option<Started>,
}

impl Drop for Served {
    fn drop(&mut self) {
        if let (Some(started), Ok(runtime)) = (self.started.take(), Handle::try_current()) {
            runtime.spawn(started.shutdown());
        }
    }
}

/// What several services of one test share.
#[derive(Debug, Clone)]
pub struct Surroundings {
    pub issuer: DevelopmentIssuer,
    pub clock: Clock,
    pub neighbours: NeighbourArgs,
    /// Connections of each service; every test has a database of its own, on one small server.
    pub pool_size: u32,
}

impl Surroundings {
    /// No neighbours yet: name them by [`NeighbourArgs`]' fields.
    pub fn new(clock: Clock) -> Self {
        server::install_crypto();
        let nowhere = "http://127.0.0.1:1".to_owned();
        Self {
            issuer: DevelopmentIssuer::new(Mode::Development).expect("an issuer"),
            clock,
            neighbours: NeighbourArgs {
                registry_url: nowhere.clone(),
                planning_url: nowhere.clone(),
                evaluation_url: nowhere.clone(),
                competency_url: nowhere,
                service_token_file: None,
            },
            pool_size: 8,
        }
    }
}

/// Serves on the database of a test, alone.
pub async fn serve(definition: &'static Definition, pool: &PgPool, clock: Clock) -> Served {
    serve_among(definition, pool, &Surroundings::new(clock)).await
}

/// Serves on the database of a test, among neighbours.
pub async fn serve_among(
    definition: &'static Definition,
    pool: &PgPool,
    surroundings: &Surroundings,
) -> Served {
    let anywhere = (Ipv4Addr::LOCALHOST, 0).into();
    let limits = LimitArgs::default();
    let settings = Settings {
        server: ServerArgs {
            addr: anywhere,
            health_addr: anywhere,
            mode: Mode::Development,
            limits: limits.clone(),
            drain: DrainArgs { linger: Duration::ZERO, ..DrainArgs::default() },
            ..ServerArgs::default()
        },
        database: as_app(pool, definition.name),
        pool_size: surroundings.pool_size,
        pool_acquire: Duration::from_secs(30),
        neighbours: surroundings.neighbours.clone(),
        trust: Trust::development(&surroundings.issuer, definition.name),
        limits: Limits::new(&limits),
        clock: surroundings.clock.clone(),
    };
    let started = service::start(definition, settings).await.expect("the service starts");
    let url = format!("http://{}", started.running.addr);
    let (issuer, clock) = (surroundings.issuer.clone(), surroundings.clock.clone());
    Served { issuer, clock, url, started: Some(started) }
}

impl Served {
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// A channel that calls as `identity`.
    pub fn channel(&self, identity: &Identity) -> Channel {
        let token = TokenSource::development(self.issuer.clone(), identity.clone());
        self.connect(Options { token: Some(token), ..Options::default() })
    }

    /// A channel without a token.
    pub fn strangers_channel(&self) -> Channel {
        self.connect(Options::default())
    }

    /// What reflection lists.
    pub async fn listed(&self) -> Vec<String> {
        let endpoint = Endpoint::from_shared(self.url()).expect("a URL");
        let channel = endpoint.connect().await.expect("connected");
        let request = ServerReflectionRequest {
            message_request: Some(MessageRequest::ListServices(String::new())),
            ..Default::default()
        };
        let mut reflection = ServerReflectionClient::new(channel);
        let asked = reflection.server_reflection_info(tokio_stream::once(request)).await;
        let answer = asked.expect("open").into_inner().message().await.expect("an answer");
        match answer.and_then(|answer| answer.message_response) {
            Some(MessageResponse::ListServicesResponse(list)) => {
                list.service.into_iter().map(|service| service.name).collect()
            }
            other => panic!("not a list: {other:?}"),
        }
    }

    /// Drains and ends it.
    pub async fn stop(mut self) {
        if let Some(started) = self.started.take() {
            started.shutdown().await;
        }
    }

    fn connect(&self, options: Options) -> Channel {
        client::connect(&self.url(), options).expect("a loopback address")
    }
}
