//! The whole suite in one process, for a laptop, a trial or a demonstration, and the operator's
//! commands.

#![deny(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "they panic when nobody reads on: see `output`"
)]

pub mod cluster;
pub mod commands;
pub mod demo;
pub mod output;
mod progress;
pub mod suite;
pub mod upload;
