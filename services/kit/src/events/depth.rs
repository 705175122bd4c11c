//! How deep the outbox is: events that are committed and have no position yet.

use opentelemetry::KeyValue;
use tokio_util::sync::CancellationToken;

use super::outbox;
use crate::{telemetry, tenant::Database};

/// More is not told apart: it is an alarm long before.
const AT_MOST: i64 = 10_000;

/// Measures `kinerja.outbox.pending` before every export, until `shutdown`; never without a collector.
pub(super) async fn measure(db: &Database, shutdown: &CancellationToken) {
    let Some(interval) = telemetry::export_interval() else { return };
    let gauge = telemetry::meter()
        .i64_gauge("kinerja.outbox.pending")
        .with_unit("{event}")
        .with_description("Committed events that wait for their position, up to 10,000")
        .build();
    let service = [KeyValue::new("service", db.service())];
    while tokio::time::timeout(interval, shutdown.cancelled()).await.is_err() {
        match pending(db).await {
            Ok(events) => gauge.record(events, &service),
            Err(error) => {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "the outbox is not measured"
                );
            }
        }
    }
}

async fn pending(db: &Database) -> Result<i64, sqlx::Error> {
    let mut tx = db.begin_system().await?;
    let pending = outbox::pending(&mut tx, AT_MOST).await?;
    tx.rollback().await?;
    Ok(pending)
}
