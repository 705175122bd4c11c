//! Work plans: periods with their windows, plans and how they are agreed on, realisations.

pub mod app;
pub mod domain;
mod store;

/// Embedded migrations. The only call of `migrate!` in the crate.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
