//! One file per subcommand.

pub mod clock;
pub mod connect;
pub mod export;
pub mod import;
pub mod token;
pub mod up;
