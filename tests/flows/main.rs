//! Flows across services: real processes, real sockets, real PostgreSQL.

mod crashes;
mod every_rpc;
mod neighbours;
mod replicas;
mod stories;
mod telemetry;
mod tenants;
mod traces;
