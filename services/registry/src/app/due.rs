//! Changes whose day has come: told of again, so that neighbours know what holds now.

use std::{collections::HashSet, time::Duration};

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use kinerja_kit::{
    server::Tasks,
    tenant::{TenantId, Tx},
};

use super::{App, Error, day, publish};
use crate::store::{self, due_changes::Due};

/// An empty look costs one index probe.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
const AT_ONCE: i64 = 500;

impl App {
    /// Tells of due changes until the service drains.
    pub(crate) fn start_telling(&self, tasks: &Tasks) {
        let (app, draining) = (self.clone(), tasks.draining());
        tasks.spawn(async move {
            let told = async {
                loop {
                    match app.tell_due().await {
                        Ok(true) => {}
                        Ok(false) => tokio::time::sleep(LOOK_AGAIN).await,
                        Err(error) => {
                            tracing::warn!(
                                error = &error as &dyn std::error::Error,
                                "due changes wait"
                            );
                            tokio::time::sleep(LOOK_AGAIN).await;
                        }
                    }
                }
            };
            draining.run_until_cancelled(told).await;
        });
    }

    /// Tells of some due changes. Whether more may be waiting.
    pub(crate) async fn tell_due(&self) -> Result<bool, Error> {
        // Tomorrow has begun in the east before it has in Greenwich.
        let now = self.clock.now();
        let latest = now.to_zoned(TimeZone::UTC).date().saturating_add(1.day());
        let mut tx = self.db.begin_system().await?;
        let tenants = store::due_changes::tenants(&mut tx, latest, AT_ONCE).await?;
        drop(tx);
        let mut more = false;
        for tenant in tenants {
            match self.tell_due_in(&tenant).await {
                Ok(waiting) => more |= waiting,
                // One government's trouble keeps none of the others waiting.
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, tenant = %tenant, "due changes of a government wait");
                }
            }
        }
        Ok(more)
    }

    /// Who leaves is announced at the destination first, while nothing is taken here for good: that is
    /// another government's transaction, and a process with one connection has one at a time.
    async fn tell_due_in(&self, tenant: &TenantId) -> Result<bool, Error> {
        let now = self.clock.now();
        let mut announced = HashSet::new();
        loop {
            let mut tx = self.db.begin(tenant).await?;
            // A change that is being made holds up nobody else's; it is told in the next round.
            if !store::tenants::try_lock_organisation(&mut tx).await? {
                return Ok(false);
            }
            let today = day(&mut tx, None, now).await?;
            let due = store::due_changes::take(&mut tx, today, AT_ONCE).await?;
            if due.ids.is_empty() {
                return Ok(false);
            }
            let mut leaving = store::arrivals::departures_of(&mut tx, &due.ids).await?;
            leaving.retain(|arrival_id| !announced.contains(arrival_id));
            if leaving.is_empty() {
                tell(&mut tx, tenant, &due, today, now).await?;
                tx.commit().await?;
                return Ok(true);
            }
            tx.rollback().await?;
            for arrival_id in leaving {
                self.announce_arrival(tenant, arrival_id).await?;
                announced.insert(arrival_id);
            }
        }
    }
}

/// Tells what people and units are from today on, and whose lines that touches.
async fn tell(
    tx: &mut Tx,
    tenant: &TenantId,
    due: &Due,
    today: Date,
    now: Timestamp,
) -> Result<(), Error> {
    let units = store::units::touch(tx, &due.ids).await?;
    publish::units(tx, &units, now).await?;
    store::employees::touch(tx, &due.ids).await?;
    publish::employees(tx, &due.ids, None, now).await?;
    if !due.of_lines.is_empty() {
        publish::lines(tx, &due.of_lines, &due.of_lines, &[today], now).await?;
    }
    if due.of_lines.contains(&publish::tenant_key(tenant)) {
        publish::every_line(tx, tenant, today, now).await?;
    }
    Ok(())
}
