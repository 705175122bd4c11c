//! Calls of any RPC by whoever is to make them, with messages in JSON.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use kinerja_kit::{
    auth::{DevelopmentIssuer, Identity},
    client::{self, Channel},
};
use serde_json::Value;
use tonic::Status;

use crate::{Service, World, dynamic, scene::new_id};

/// How long a call is made again, or something waited for.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Channels to all replicas of every service.
#[derive(Debug, Clone)]
pub struct Calls {
    channels: Arc<BTreeMap<Service, Channel>>,
    issuer: DevelopmentIssuer,
}

/// Somebody who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    channels: Arc<BTreeMap<Service, Channel>>,
    metadata: Vec<(&'static str, String)>,
    persists: bool,
}

impl Calls {
    pub fn open(world: &World) -> anyhow::Result<Self> {
        let open = |service: &Service| {
            Ok((*service, client::connect(&world.url(service), client::Options::default())?))
        };
        let channels = world.processes.keys().map(open).collect::<anyhow::Result<_>>()?;
        Ok(Self { channels: Arc::new(channels), issuer: world.issuer.clone() })
    }

    pub fn by(&self, identity: &Identity) -> Caller {
        let bearer = format!("Bearer {}", self.issuer.token(identity));
        let metadata = vec![("authorization", bearer)];
        Caller { channels: Arc::clone(&self.channels), metadata, persists: false }
    }
}

impl Caller {
    /// The same who makes a call again and again until it is acknowledged.
    #[must_use]
    pub fn persisting(self) -> Self {
        Self { persists: true, ..self }
    }

    /// The same with a span of its own, in which the calls are made.
    #[must_use]
    pub fn within(mut self, traceparent: &str) -> Self {
        self.metadata.push(("traceparent", traceparent.to_owned()));
        self
    }

    /// Calls `rpc`, written `planning.PlanService/CreatePlan`. A mutation without `requestId` gets one.
    pub async fn call(&self, rpc: &str, mut message: Value) -> Result<Value, Status> {
        let (package, method) = rpc.split_once('.').unwrap_or((rpc, ""));
        let path = format!("/kinerja.{package}.v1.{method}");
        let channel = self.channels.get(package).ok_or_else(|| Status::internal("no service"))?;
        if dynamic::takes(&path, "request_id") && message["requestId"].is_null() {
            message["requestId"] = new_id().into();
        }
        let end = Instant::now() + PATIENCE;
        loop {
            let answer = dynamic::unary(channel.clone(), &path, &self.metadata, &message).await;
            match answer {
                Err(_) if self.persists && Instant::now() < end => {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                _ => return answer,
            }
        }
    }

    /// Makes a call again until `pointer` is in its answer, and gives what is there.
    pub async fn wait_for(
        &self,
        rpc: &str,
        message: Value,
        pointer: &str,
    ) -> anyhow::Result<Value> {
        let end = Instant::now() + PATIENCE;
        loop {
            let answer = self.call(rpc, message.clone()).await.with_context(|| rpc.to_owned())?;
            if let Some(found) = answer.pointer(pointer) {
                return Ok(found.clone());
            }
            ensure!(Instant::now() < end, "{rpc} does not bring {pointer}: {answer}");
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}
