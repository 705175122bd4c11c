use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::tasks::around;
use crate::args::LimitArgs;

/// The limits of the process: one value, shared by all services that run in it.
#[derive(Debug, Clone)]
pub struct Limits(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    connections: Arc<Semaphore>,
    calls: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    args: LimitArgs,
    connection_age: Duration,
}

impl Limits {
    pub fn new(args: &LimitArgs) -> Self {
        Self(Arc::new(Inner {
            connections: Arc::new(Semaphore::new(args.max_connections)),
            calls: Arc::new(Semaphore::new(args.max_calls)),
            streams: Arc::new(Semaphore::new(args.max_streams)),
            connection_age: around(args.connection_age),
            args: args.clone(),
        }))
    }

    /// Waits for room for one more connection.
    pub(super) async fn connection(&self) -> OwnedSemaphorePermit {
        let connections = self.0.connections.clone();
        connections.acquire_owned().await.expect("the semaphore is never closed")
    }

    /// Room for one more call of its kind, if there is any.
    pub(super) fn call(&self, streaming: bool) -> Option<OwnedSemaphorePermit> {
        let room = if streaming { &self.0.streams } else { &self.0.calls };
        room.clone().try_acquire_owned().ok()
    }

    /// Of this process: drawn once, so that replicas do not send their clients away in step.
    pub(super) fn connection_age(&self) -> Duration {
        self.0.connection_age
    }

    pub(super) fn args(&self) -> &LimitArgs {
        &self.0.args
    }
}
