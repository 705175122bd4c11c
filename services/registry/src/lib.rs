//! The employee registry: governments, units, positions, people, and who rates whom.

pub mod domain;
mod store;

/// Embedded migrations. The only call of `migrate!` in the crate.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
