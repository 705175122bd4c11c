//! What every service needs and none owns: callers, tenants, errors, pages, events, servers.
//!
//! Nothing in here knows the domain.

pub mod access_log;
pub mod args;
pub mod auth;
pub mod calendar;
pub mod census;
pub mod client;
pub mod clock;
mod clock_service;
pub mod errors;
pub mod events;
pub mod fields;
pub mod id;
pub mod idempotency;
pub mod migrate;
pub mod paging;
pub mod pool;
pub mod server;
pub mod service;
pub mod telemetry;
pub mod tenant;
#[cfg(feature = "testing")]
pub mod testing;
pub mod trust;
