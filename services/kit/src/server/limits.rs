use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::tasks::around;
use crate::args::LimitArgs;

/// The limits of the process: one value, shared by all services that run in it.
#[derive(Debug, Clone)]
pub struct Limits(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    connections: Arc<Semaphore>,
    /// Connections of each address that has any.
    peers: Mutex<HashMap<IpAddr, usize>>,
    calls: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    args: LimitArgs,
    connection_age: Duration,
}

impl Limits {
    pub fn new(args: &LimitArgs) -> Self {
        Self(Arc::new(Inner {
            connections: Arc::new(Semaphore::new(args.max_connections)),
            peers: Mutex::default(),
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

    /// A place among the connections of `peer`, unless it has its share already.
    pub(super) fn place(&self, peer: IpAddr) -> Option<Place> {
        let mut peers = self.0.peers.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = peers.entry(peer).or_default();
        let share = self.0.args.max_connections_per_peer;
        (share == 0 || *taken < share).then(|| {
            *taken += 1;
            Place { limits: self.clone(), peer }
        })
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

/// A connection among those of its peer, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    limits: Limits,
    peer: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut peers = self.limits.0.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = peers.get_mut(&self.peer) {
            *taken -= 1;
            if *taken == 0 {
                peers.remove(&self.peer);
            }
        }
    }
}
