//! One file per subcommand.

pub mod clock;
pub mod connect;
pub mod token;
pub mod up;
