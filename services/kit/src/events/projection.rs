//! What a service makes of a neighbour's events.

use sqlx::PgConnection;
use tonic::Status;
use uuid::Uuid;

use super::{Event, MalformedEvent};
use crate::{errors, tenant::TenantId};

/// A service's own view of a neighbour, kept by its events.
///
/// Every method that takes a connection runs as the app role, inside the transaction that moves the
/// cursor, with one tenant set. Applying is set-based: decode with [`newest`](super::newest), then
/// one statement for the slice, in which a lower revision never replaces a higher:
///
/// ```sql
/// INSERT INTO neighbour_units (unit_id, name, is_gone, revision)
/// SELECT unit_id, name, false, revision
/// FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS given (unit_id, name, revision)
/// ON CONFLICT (tenant_id, unit_id) DO UPDATE
/// SET name = excluded.name, is_gone = false, revision = excluded.revision
/// WHERE neighbour_units.revision < excluded.revision
/// ```
pub trait Projection: Send + Sync + 'static {
    /// What [`prepare`](Self::prepare) fetches; `()` where nothing is needed.
    type Prepared: Default + Send + Sync;

    /// Names the cursor: unique in the service, never changed.
    fn name(&self) -> &'static str;

    /// Raised when the projection learns a field: it is then rebuilt once.
    fn version(&self) -> i32;

    /// The service it watches.
    fn source(&self) -> &'static str;

    /// The messages it wants, by [`kind`](super::kind).
    fn types(&self) -> Vec<String>;

    /// Fetches from elsewhere what `events` need, before the transaction begins. May be called
    /// again for the same events. A neighbour that does not answer makes the feed wait; that it
    /// does not know what the event speaks of, or finds it wrong, is the event's fault.
    fn prepare(
        &self,
        events: &[Event],
    ) -> impl Future<Output = Result<Self::Prepared, Status>> + Send {
        let _ = events;
        async { Ok(Self::Prepared::default()) }
    }

    /// Applies events of one tenant, in the order of the feed.
    fn apply(
        &self,
        conn: &mut PgConnection,
        tenant: &TenantId,
        events: &[Event],
        prepared: &Self::Prepared,
    ) -> impl Future<Output = Result<(), ApplyError>> + Send;

    /// These are about to be applied as the truth, by a rebuild or because parked events are tried
    /// again: forget the revisions held for their keys (`UPDATE … SET revision = 0 WHERE unit_id = ANY($1)`), which after a restore may be too
    /// high.
    fn forget(
        &self,
        conn: &mut PgConnection,
        tenant: &TenantId,
        facts: &[Event],
    ) -> impl Future<Output = Result<(), ApplyError>> + Send;

    /// A rebuild found `known` at the source and nothing else: close what is held of other keys,
    /// never delete it (`UPDATE … SET is_gone = true, revision = 0 WHERE unit_id <> ALL($1)`).
    fn close(
        &self,
        conn: &mut PgConnection,
        tenant: &TenantId,
        known: &[Uuid],
    ) -> impl Future<Output = Result<(), ApplyError>> + Send;
}

/// Why events could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("storage failed")]
    Storage(#[from] sqlx::Error),
    #[error("the message cannot be read")]
    Malformed(#[from] prost::DecodeError),
    #[error(transparent)]
    Envelope(#[from] MalformedEvent),
    /// The event contradicts what is held.
    #[error("{0}")]
    Refused(String),
    /// What the event needs from elsewhere was refused.
    #[error("a neighbour refused what the event needs: {0}")]
    Elsewhere(Box<Status>),
    #[error("the projection panicked")]
    Panicked,
}

impl ApplyError {
    /// Whether the same events may well be applied a little later: the trouble is the database's or
    /// the deployment's, not theirs.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Storage(error) => errors::is_passing(error) || is_of_schema(error),
            _ => false,
        }
    }
}

/// Whether the database is not the one this build was made for: a table, column, function or right
/// is missing. No event could be applied then, and none is at fault.
fn is_of_schema(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| ["42P01", "42703", "42883", "42501"].contains(&code.as_ref()))
}
