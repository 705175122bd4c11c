//! Evaluation: ratings, their proposals and explanations, and what a year comes to.

pub mod domain;

/// Embedded migrations. The only call of `migrate!` in the crate.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
