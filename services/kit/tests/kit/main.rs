//! The kit on real parts.

mod access_log;
mod auth;
mod client;
mod drain;
mod events;
mod health;
mod idempotency;
mod paging;
mod pool;
mod server;
mod stage;
mod telemetry;
mod tenancy;
mod tls;
