use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

use super::{balance::View, connector::Connector, resolve::Place};
use crate::server::around;

/// A replica we are connected to.
#[derive(Debug)]
pub(super) struct Replica {
    pub channel: Channel,
    in_flight: AtomicUsize,
    lost: CancellationToken,
}

const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// Less than a call waits for its attempts together: a replica that is back is found before a rolling
/// restart, which goes on as soon as it is ready, has taken the last other one away.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// Keeps one replica in the view while it can be reached.
pub(super) async fn keep(place: Place, connector: Connector, view: View) {
    let (mut pause, mut told) = (FIRST_PAUSE, false);
    loop {
        match connector.connect(&place).await {
            Ok(channel) => {
                (pause, told) = (FIRST_PAUSE, false);
                let lost = CancellationToken::new();
                let replica =
                    Replica { channel, in_flight: AtomicUsize::new(0), lost: lost.clone() };
                view.joined(&place, Arc::new(replica));
                lost.cancelled().await;
                tracing::warn!(addr = %place.addr, "lost a replica");
            }
            Err(error) => {
                let (addr, error) = (place.addr, &error as &dyn std::error::Error);
                if !std::mem::replace(&mut told, true) {
                    tracing::warn!(%addr, error, "cannot connect, and goes on trying");
                } else {
                    tracing::debug!(%addr, error, "cannot connect");
                }
            }
        }
        view.failed(&place);
        tokio::time::sleep(around(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

impl Replica {
    /// Takes the replica out of the view until it can be connected to again.
    pub(super) fn lose(&self) {
        self.lost.cancel();
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.is_cancelled()
    }

    pub(super) fn load(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    pub(super) fn enter(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(self.clone())
    }
}

/// A call that a replica is working on.
pub(super) struct InFlight(Arc<Replica>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
