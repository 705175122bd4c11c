//! Work plans: periods with their windows, plans and how they are agreed on, realisations.

pub mod domain;

/// Embedded migrations. The only call of `migrate!` in the crate.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
