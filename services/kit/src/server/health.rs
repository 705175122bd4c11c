//! Health on a port of its own, in plaintext, outside every limit: what a kubelet asks.

use std::{io, net::SocketAddr, time::Duration};

use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::transport::server::{Server, TcpIncoming};
use tonic_health::{ServingStatus, server::HealthReporter};

use super::Probe;

/// The health service that says whether calls should be sent here. `""` says the process lives.
const READY: &str = "ready";

/// Probes that must fail in a row before readiness is withdrawn.
const PATIENCE: u32 = 3;

pub(super) struct Health {
    pub addr: SocketAddr,
    reporter: HealthReporter,
    probing: CancellationToken,
    closing: CancellationToken,
    tracker: TaskTracker,
}

impl Health {
    pub(super) async fn start(
        addr: SocketAddr,
        probe: Probe,
        interval: Duration,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let (reporter, service) = tonic_health::server::health_reporter();
        reporter.set_service_status(READY, ServingStatus::NotServing).await;
        let (probing, closing) = (CancellationToken::new(), CancellationToken::new());
        let tracker = TaskTracker::new();
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let closed = closing.clone().cancelled_owned();
        tracker.spawn(
            Server::builder().add_service(service).serve_with_incoming_shutdown(incoming, closed),
        );
        let watch = watch(reporter.clone(), probe, interval);
        let probed = probing.clone();
        tracker.spawn(async move { probed.run_until_cancelled_owned(watch).await });
        Ok(Self { addr, reporter, probing, closing, tracker })
    }

    /// Says for good that no more calls should be sent here.
    pub(super) async fn withdraw(&self) {
        self.probing.cancel();
        self.reporter.set_service_status(READY, ServingStatus::NotServing).await;
    }

    pub(super) async fn close(self, patience: Duration) {
        self.closing.cancel();
        self.tracker.close();
        // A watcher may hold its stream open for as long as it likes.
        let _ = tokio::time::timeout(patience, self.tracker.wait()).await;
    }
}

async fn watch(reporter: HealthReporter, probe: Probe, interval: Duration) {
    let mut failures = PATIENCE;
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let outcome = tokio::time::timeout(interval.max(Duration::from_secs(1)), probe()).await;
        match outcome.unwrap_or_else(|_| Err("the probe took too long".to_owned())) {
            Ok(()) => {
                if failures >= PATIENCE {
                    tracing::info!("ready");
                    reporter.set_service_status(READY, ServingStatus::Serving).await;
                }
                failures = 0;
            }
            Err(reason) => {
                failures = failures.saturating_add(1);
                tracing::debug!(%reason, failures, "a probe failed");
                if failures == PATIENCE {
                    tracing::warn!(%reason, "no longer ready");
                    reporter.set_service_status(READY, ServingStatus::NotServing).await;
                }
            }
        }
    }
}
