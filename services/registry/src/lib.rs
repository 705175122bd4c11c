//! The employee registry: governments, units, positions, people, and who rates whom.

mod app;
pub mod domain;
mod grpc;
mod policy;
mod run;
mod store;

use kinerja_kit::service::Definition;

/// Embedded migrations. The only call of `migrate!` in the crate.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// What makes this service the registry.
pub static DEFINITION: Definition = Definition {
    name: "registry",
    binary: "kinerja-registry",
    addr: "0.0.0.0:7101",
    health_addr: "0.0.0.0:7201",
    package: "kinerja.registry.v1",
    migrator: &MIGRATOR,
    policy: policy::POLICY,
    assemble: run::assemble,
};
