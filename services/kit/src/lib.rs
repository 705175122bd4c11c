//! What every service needs and none owns: callers, tenants, errors, pages, events, servers.
//!
//! Nothing in here knows the domain.

pub mod auth;
pub mod calendar;
pub mod clock;
pub mod errors;
pub mod fields;
pub mod id;
pub mod idempotency;
pub mod migrate;
pub mod paging;
pub mod pool;
pub mod tenant;
#[cfg(feature = "testing")]
pub mod testing;
