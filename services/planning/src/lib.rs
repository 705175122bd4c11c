//! Work plans: periods with their windows, plans and how they are agreed on, realisations.

pub mod app;
pub mod domain;
pub mod grpc;
mod policy;
mod run;
mod store;

use kinerja_kit::service::Definition;

/// Embedded migrations. The only call of `migrate!` in the crate.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// The service, for its binary, the suite and tests.
pub static DEFINITION: Definition = Definition {
    name: "planning",
    binary: "kinerja-planning",
    addr: "0.0.0.0:7102",
    health_addr: "0.0.0.0:7202",
    package: "kinerja.planning.v1",
    migrator: &MIGRATOR,
    policy: policy::POLICY,
    assemble: run::assemble,
};
