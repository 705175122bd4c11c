//! The whole suite in one process, for a laptop, a trial or a demonstration, and the operator's
//! commands.

pub mod cluster;
pub mod commands;
pub mod demo;
mod progress;
pub mod suite;
pub mod upload;
