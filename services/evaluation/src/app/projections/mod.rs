//! What evaluation keeps of its neighbours.

mod planning;
mod registry;

use jiff::civil::Date;
use kinerja_kit::events::ApplyError;
use uuid::Uuid;

pub use planning::PlanningProjection;
pub use registry::RegistryProjection;

fn id(field: &str, text: &str) -> Result<Uuid, ApplyError> {
    text.parse().map_err(|_| ApplyError::Refused(format!("{field} is not a UUID")))
}

fn date(field: &str, text: &str) -> Result<Date, ApplyError> {
    text.parse().map_err(|_| ApplyError::Refused(format!("{field} is not a date")))
}
