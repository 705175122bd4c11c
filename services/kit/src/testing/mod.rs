//! What tests of the services share: the app role on a real database, tokens, servers in process.

mod catalogue;
mod database;

pub use catalogue::{TableKinds, table_kinds};
pub use database::{app, app_pool};
