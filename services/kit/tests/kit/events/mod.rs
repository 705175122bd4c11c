//! The event feed: from the outbox of one service to the projection of another.

mod consuming;
mod database;
mod feed;
mod parking;
mod rebuilding;
mod restoring;
mod retention;
mod sink;
mod snapshot;
mod source;
mod stamping;
mod tracing;

use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

/// Waits until a condition holds.
async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LIMIT, waiting).await.unwrap_or_else(|_| panic!("not yet: {what}"));
}
