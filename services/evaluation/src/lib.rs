//! Evaluation: ratings, their proposals and explanations, and what a year comes to.

pub mod app;
pub mod domain;
mod grpc;
pub mod policy;
mod run;
mod store;

use kinerja_kit::service::Definition;
pub use store::census::take as take_census;

/// Embedded migrations. The only call of `migrate!` in the crate.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// The service, for its binary, the suite and tests.
pub static DEFINITION: Definition = Definition {
    name: "evaluation",
    binary: "kinerja-evaluation",
    addr: "0.0.0.0:7103",
    health_addr: "0.0.0.0:7203",
    package: "kinerja.evaluation.v1",
    migrator: &MIGRATOR,
    policy: policy::POLICY,
    assemble: run::assemble,
};
