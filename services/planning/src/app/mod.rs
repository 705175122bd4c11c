//! Use cases: one transaction each, rules from [`crate::domain`], SQL from the store.

mod acts;
mod authority;
mod desk;
mod error;
mod events;
mod periods;
mod plan_agreements;
mod plan_lists;
mod plans;
mod policies;
mod projection;
mod realisations;
mod registry;
mod snapshot;

use jiff::{Timestamp, civil::Date};
use kinerja_kit::{
    access_log::AccessLog,
    clock::Clock,
    idempotency::{self, Claim, RequestKey},
    tenant::{Database, Tx},
};
use kinerja_proto::planning::v1::Reason;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::store;
pub use acts::Act;
pub use error::Error;
pub use periods::{ChangePeriod, CreatePeriod, SetPeriodWindow};
pub use plan_agreements::Seen;
pub use plan_lists::{EmployeePlace, ListPlans, UnitPlace, WaitingPlace};
pub use plans::{AmendPlan, ClosePlan, CreatePlan, Document, UpdatePlan};
pub use policies::StoredPolicy;
pub use projection::RegistryProjection;
pub use realisations::{PlanResults, RecordRealisations};
pub use registry::{Lines, Registry};
pub use snapshot::PlanningSnapshot;

/// Everything a use case may reach for.
#[derive(Debug, Clone)]
pub struct App {
    pub(crate) db: Database,
    pub(crate) clock: Clock,
    pub(crate) access_log: AccessLog,
    pub(crate) registry: Registry,
}

/// Claims a request: `Some` resource when it was done before.
async fn claim(
    tx: &mut Tx,
    key: &RequestKey,
    resource: Uuid,
    now: Timestamp,
) -> Result<Option<Uuid>, Error> {
    match idempotency::claim(tx, key, resource, now).await? {
        Claim::New => Ok(None),
        Claim::Done(resource) => Ok(Some(resource)),
        Claim::Reused => Err(Error::RequestIdReused),
    }
}

/// The tenant's local day.
async fn today(conn: &mut PgConnection, now: Timestamp) -> Result<Date, Error> {
    let zone = store::governments::time_zone(conn).await?.ok_or_else(tenant_unknown)?;
    Ok(now.to_zoned(zone).date())
}

fn tenant_unknown() -> Error {
    Error::wrong_state(
        Reason::TenantUnknown,
        "the registry has not made this government known yet: try again later",
    )
}
