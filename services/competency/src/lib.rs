//! Competency development: the dictionary, what posts ask for, what was found, gaps, development plans.

pub mod domain;
mod store;

/// Embedded migrations. The only call of `migrate!` in the crate.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
