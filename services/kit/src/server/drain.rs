use std::{net::SocketAddr, time::Duration};

use tokio::{
    signal::unix::{SignalKind, signal},
    time::{Instant, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Tasks, health::Health};
use crate::args::DrainArgs;

/// A service that is being served.
pub struct Running {
    pub addr: SocketAddr,
    pub health_addr: SocketAddr,
    pub(super) name: &'static str,
    pub(super) health: Health,
    pub(super) tasks: Tasks,
    /// The listener and the connections.
    pub(super) tracker: TaskTracker,
    pub(super) stop: CancellationToken,
    pub(super) finish: CancellationToken,
    pub(super) cut: CancellationToken,
    pub(super) drain: DrainArgs,
}

/// How a drain went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Calls, connections and workers that had not ended in time and were left behind.
    pub unfinished: usize,
}

/// What workers have to flush and end, once no call is left.
const WORKERS: Duration = Duration::from_secs(5);

impl Running {
    /// Withdraws readiness, lingers for those who have not heard, closes the port and the streams,
    /// waits for the calls in flight, then for the workers. Pools are closed after it.
    pub async fn shutdown(self) -> Drained {
        self.health.withdraw().await;
        tokio::time::sleep(self.drain.linger).await;

        self.stop.cancel();
        self.tasks.draining().cancel();
        self.finish.cancel();
        self.tracker.close();
        self.tasks.calls().close();
        let limit = Instant::now() + self.drain.drain;
        let _ = timeout_at(limit, async {
            self.tracker.wait().await;
            self.tasks.calls().wait().await;
        })
        .await;
        let mut unfinished = self.tasks.calls().len() + self.tracker.len();
        self.cut.cancel();
        self.tracker.wait().await;

        self.tasks.closing().cancel();
        self.tasks.background().close();
        let _ = tokio::time::timeout(WORKERS, self.tasks.background().wait()).await;
        unfinished += self.tasks.background().len();
        self.health.close(Duration::from_secs(1)).await;
        tracing::info!(service = self.name, unfinished, "drained");
        Drained { unfinished }
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running")
            .field("name", &self.name)
            .field("addr", &self.addr)
            .field("health_addr", &self.health_addr)
            .finish_non_exhaustive()
    }
}

/// Resolves when the process is asked to end: SIGTERM or SIGINT.
///
/// # Panics
/// Where the process may not install signal handlers.
pub async fn terminated() {
    let mut terminate = signal(SignalKind::terminate()).expect("signal handlers are allowed");
    let mut interrupt = signal(SignalKind::interrupt()).expect("signal handlers are allowed");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
