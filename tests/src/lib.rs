//! What the flows across services share: real processes, real sockets, real PostgreSQL.

pub mod calls;
pub mod dynamic;
pub mod papers;
mod process;
pub mod scene;
mod world;
pub mod year;

pub use process::Process;
pub use world::{Service, World, ready};
