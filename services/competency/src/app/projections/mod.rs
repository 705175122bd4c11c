//! What this service makes of its neighbours' events.

mod evaluation;
mod proposing;
mod registry;

pub(crate) use evaluation::EvaluationProjection;
pub(crate) use registry::RegistryProjection;

use kinerja_kit::events::ApplyError;
use uuid::Uuid;

/// An id that an event must carry.
fn id<T: From<Uuid>>(field: &str, text: &str) -> Result<T, ApplyError> {
    text.parse::<Uuid>()
        .map(T::from)
        .map_err(|_| ApplyError::Refused(format!("{field} is no UUID")))
}

/// An id that an event may leave empty.
fn opt_id<T: From<Uuid>>(field: &str, text: &str) -> Result<Option<T>, ApplyError> {
    if text.is_empty() { Ok(None) } else { id(field, text).map(Some) }
}
