//! Flows across services: real processes, real sockets, real PostgreSQL.

mod arrived;
mod crashes;
mod every_rpc;
mod neighbours;
mod python_client;
mod replicas;
mod stories;
mod telemetry;
mod tenants;
mod traces;
mod weather;
mod work;
mod years;
