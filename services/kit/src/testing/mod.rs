//! What tests of the services share: the app role on a real database, tokens, servers in process.

mod catalogue;
mod database;
mod feed;
pub mod otlp;
mod served;

pub use catalogue::{TableKinds, table_kinds};
pub use database::{app, app_pool};
pub use feed::{ToldFeed, commits_tried, crash_at_commit};
pub use served::{Served, Surroundings, serve, serve_among};
