use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use rand::Rng as _;
use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The tasks of one service: the calls it is working on and its background workers. Made before
/// everything else of the service, so that its parts can start workers and see the end coming.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    calls: TaskTracker,
    background: TaskTracker,
    draining: CancellationToken,
    closing: CancellationToken,
    stream_age: Arc<OnceLock<Duration>>,
}

/// How long a stream lives before it asks its client to come again, perhaps to another replica:
/// until the service is served, which sets the age of its connections.
const STREAM_AGE: Duration = Duration::from_secs(300);

impl Tasks {
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a background worker. It has to end when [`Self::draining`] or [`Self::closing`] is
    /// cancelled; a drain waits for it.
    pub fn spawn<F>(&self, worker: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send,
    {
        self.background.spawn(worker)
    }

    /// Cancelled when a drain closes the listeners: streams, stampers and consumers end.
    pub fn draining(&self) -> CancellationToken {
        self.draining.clone()
    }

    /// Cancelled when no call is in flight any more: what writes behind them flushes and ends.
    pub fn closing(&self) -> CancellationToken {
        self.closing.clone()
    }

    /// Resolves when a stream should end by itself: at a drain, or at the age of connections.
    pub async fn stream_end(&self) {
        let age = around(self.stream_age.get().copied().unwrap_or(STREAM_AGE));
        let _ = tokio::time::timeout(age, self.draining.cancelled()).await;
    }

    pub(super) fn set_stream_age(&self, age: Duration) {
        // The first server of these tasks decides.
        let _ = self.stream_age.set(age);
    }

    /// Starts a call that nobody's hanging up stops.
    pub(super) fn spawn_call<F>(&self, call: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send,
    {
        self.calls.spawn(call)
    }

    pub(super) fn calls(&self) -> &TaskTracker {
        &self.calls
    }

    pub(super) fn background(&self) -> &TaskTracker {
        &self.background
    }
}

/// A duration up to a fifth shorter or longer, so that replicas and streams do not renew in step.
pub(crate) fn around(duration: Duration) -> Duration {
    duration.mul_f64(rand::rng().random_range(0.8..=1.2))
}
