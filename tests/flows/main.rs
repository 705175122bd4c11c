//! Flows across services: real processes, real sockets, real PostgreSQL.

mod every_rpc;
