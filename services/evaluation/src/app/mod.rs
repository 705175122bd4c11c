//! Use cases: one transaction each, rules from [`crate::domain`], SQL from the store.

mod annual_predicates;
mod authority;
mod cycles;
mod error;
mod evaluations;
mod events;
mod planning;
mod policies;
mod preparations;
mod projections;
mod receipts;
mod registry;
mod rows;
mod snapshot;
mod submissions;

use jiff::Timestamp;
use kinerja_kit::{
    access_log::AccessLog,
    clock::Clock,
    idempotency::{self, Claim, RequestKey},
    tenant::{Database, Tx},
};
use uuid::Uuid;

pub use annual_predicates::{ListAnnualPredicates, Place, SetAnnualPredicate};
pub use cycles::{ChangeCycle, CreateCycle};
pub use error::Error;
pub use evaluations::{Explained, ListEvaluations, SplitEvaluation};
pub use planning::Planning;
pub use policies::StoredPolicy;
pub use projections::{PlanningProjection, RegistryProjection};
pub use receipts::Handover;
pub use registry::Registry;
pub use rows::{Outcome, Seen};
pub use snapshot::EvaluationSnapshot;
pub use submissions::SubmitRating;

/// Everything a use case may reach for.
#[derive(Debug, Clone)]
pub struct App {
    pub(crate) db: Database,
    pub(crate) clock: Clock,
    pub(crate) access_log: AccessLog,
    pub(crate) registry: Registry,
    pub(crate) planning: Planning,
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
