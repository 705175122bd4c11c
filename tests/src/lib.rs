//! What the flows across services share: real processes, real sockets, real PostgreSQL.

pub mod dynamic;
mod process;
pub mod scene;
mod world;

pub use process::Process;
pub use world::{Service, World, ready};
