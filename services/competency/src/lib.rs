//! Competency development: the dictionary, what posts ask for, what was found, gaps, development plans.

pub mod app;
pub mod domain;
mod grpc;
pub mod policy;
mod run;
mod store;

use kinerja_kit::service::Definition;

/// Embedded migrations. The only call of `migrate!` in the crate.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

pub static DEFINITION: Definition = Definition {
    name: "competency",
    binary: "kinerja-competency",
    addr: "0.0.0.0:7104",
    health_addr: "0.0.0.0:7204",
    package: "kinerja.competency.v1",
    migrator: &MIGRATOR,
    policy: policy::POLICY,
    assemble: run::assemble,
};
