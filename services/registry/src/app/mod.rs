//! Use cases of the registry: one transaction each, rules from [`crate::domain`], SQL from the store.

pub(crate) mod arrivals;
pub(crate) mod assignments;
pub(crate) mod calendars;
pub(crate) mod corrections;
pub(crate) mod delegations;
pub(crate) mod discipline;
mod due;
pub(crate) mod employee_changes;
pub(crate) mod employees;
mod error;
pub(crate) mod exports;
pub(crate) mod imports;
pub(crate) mod licences;
mod lines;
pub(crate) mod positions;
pub(crate) mod public_services;
mod publish;
pub(crate) mod recusals;
pub(crate) mod reporting_lines;
pub(crate) mod searches;
mod snapshot;
pub(crate) mod tenants;
pub(crate) mod units;

use jiff::{Timestamp, civil::Date};
use kinerja_kit::{
    access_log::AccessLog,
    clock::Clock,
    idempotency::{self, Claim, RequestKey},
    service::Context,
    tenant::{Database, Tx},
};
use sqlx::PgConnection;
use uuid::Uuid;

pub(crate) use error::Error;
pub(crate) use snapshot::RegistrySnapshot;

use crate::store;

/// Everything a use case may reach for.
#[derive(Debug, Clone)]
pub(crate) struct App {
    db: Database,
    clock: Clock,
    access_log: AccessLog,
}

/// A change of something that exists: the mark of the request, and the revision it was read at.
#[derive(Debug)]
pub(crate) struct Mutation {
    pub(crate) key: RequestKey,
    pub(crate) revision: i64,
}

impl App {
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            db: context.db.clone(),
            clock: context.clock.clone(),
            access_log: context.access_log.clone(),
        }
    }
}

/// Claims a request for work on `id`. What it was done on before, when it was.
async fn claim(
    tx: &mut Tx,
    key: &RequestKey,
    id: Uuid,
    now: Timestamp,
) -> Result<Option<Uuid>, Error> {
    match idempotency::claim(tx, key, id, now).await? {
        Claim::New => Ok(None),
        Claim::Done(id) => Ok(Some(id)),
        Claim::Reused => Err(Error::RequestIdReused),
    }
}

/// The day a call is about: today in the tenant's zone unless it names one.
async fn day(conn: &mut PgConnection, on: Option<Date>, now: Timestamp) -> Result<Date, Error> {
    store::tenants::day(conn, on, now).await?.ok_or_else(error::no_tenant)
}

fn check_etag(read: i64, now: i64) -> Result<(), Error> {
    if read == now { Ok(()) } else { Err(Error::Stale) }
}
