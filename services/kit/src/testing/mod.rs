//! What tests of the services share: the app role on a real database, tokens, servers in process.

mod database;

pub use database::{app, app_pool};
