//! How much work there is, told to operators.
//!
//! The work of one government at a time is counted in the background, by whichever replica takes its turn, into
//! shared tables without personal data. What is exported is a sum over those, whose cost grows with governments
//! and never with their people.

mod gauges;
mod rows;

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;

use crate::{clock::Clock, telemetry, tenant::Database};
use gauges::Told;

/// Counts the work of the transaction's government as of an instant.
pub type Take = fn(&mut PgConnection, Timestamp) -> Taken<'_>;

pub type Taken<'c> = BoxFuture<'c, Result<Vec<Finding>, sqlx::Error>>;

/// What a count has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// So many of a kind are in a state.
    Count { subject: &'static str, state: String, count: i64 },
    /// The next window of a kind to close, and how much may be done in such windows alone and is not:
    /// work that has to be finished, or objections that somebody is free to make.
    Window { window: String, closes_at: Timestamp, unfinished: i64 },
}

/// Governments counted in a row.
const AT_ONCE: usize = 20;
/// A government is counted again after so many exports.
const EXPORTS: i32 = 10;

/// What is counted, and where.
#[derive(Debug, Clone)]
pub(crate) struct Census {
    pub(crate) db: Database,
    pub(crate) clock: Clock,
    pub(crate) take: Take,
}

/// Counts and tells until `draining`; not at all where nobody collects metrics.
pub(crate) async fn run(census: Census, draining: CancellationToken) {
    let Some(interval) = telemetry::export_interval() else { return };
    let told = Arc::new(Told::default());
    gauges::observe(&told, census.db.service(), &census.clock);
    while tokio::time::timeout(interval, draining.cancelled()).await.is_err() {
        if let Err(error) = census.pass(interval, &told).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "work cannot be counted");
        }
    }
}

impl Census {
    async fn pass(&self, interval: Duration, told: &Told) -> Result<(), sqlx::Error> {
        let interval = SignedDuration::try_from(interval).unwrap_or(SignedDuration::ZERO);
        let due = self.clock.now().saturating_sub(interval * EXPORTS).unwrap_or(Timestamp::MIN);
        for _ in 0..AT_ONCE {
            if !self.count_one(due).await? {
                break;
            }
        }
        let mut tx = self.db.begin_system().await?;
        let summary = rows::read(&mut tx).await?;
        tx.rollback().await?;
        told.set(summary);
        Ok(())
    }

    /// Counts the government that waits longest, if it was counted before `due`; whether there was one.
    async fn count_one(&self, due: Timestamp) -> Result<bool, sqlx::Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin_system().await?;
        let turn = rows::take_turn(&mut tx, due, now).await?;
        tx.commit().await?;
        let Some(tenant) = turn else { return Ok(false) };
        let tenant = tenant.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        let mut tx = self.db.begin(&tenant).await?;
        let findings = (self.take)(&mut tx, now).await?;
        rows::replace(&mut tx, &tenant, &findings).await?;
        tx.commit().await?;
        Ok(true)
    }
}
