//! The present state of a service, told as events: what its consumers rebuild from.

use jiff::Timestamp;
use prost::Name;
use prost_types::Any;
use sqlx::PgConnection;
use uuid::Uuid;

use super::event;
use crate::tenant::TenantId;

/// What a service's feed speaks of, from its tables.
#[tonic::async_trait]
pub trait Snapshot: Send + Sync + 'static {
    /// The messages of the feed, by [`kind`](super::kind), in an order in which they can be
    /// applied.
    fn types(&self) -> Vec<String>;

    /// The governments served here, in the order of their codes. `conn` is behind the system door.
    async fn tenants(&self, conn: &mut PgConnection) -> Result<Vec<TenantId>, sqlx::Error>;

    /// Up to `limit` facts of type `kind`, those with the lowest keys above `after`; none
    /// where a type tells of happenings and not of a state. `conn` is behind the tenant's door.
    async fn page(
        &self,
        conn: &mut PgConnection,
        kind: &str,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Current>, sqlx::Error>;
}

/// The present state of one resource, as its next event would carry it.
#[derive(Debug, Clone)]
pub struct Current {
    pub(super) key: Uuid,
    pub(super) revision: i64,
    pub(super) at: Timestamp,
    pub(super) payload: Any,
}

impl Current {
    /// `revision` and `at` are those of the resource now.
    pub fn new<M: Name>(key: Uuid, revision: i64, at: Timestamp, message: &M) -> Self {
        let payload = event::any(&M::full_name(), message.encode_to_vec());
        Self { key, revision, at, payload }
    }
}
