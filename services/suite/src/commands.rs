//! One file per subcommand.

pub mod clock;
pub mod connect;
pub mod export;
pub mod import;
mod refusal;
pub mod token;
pub mod up;
