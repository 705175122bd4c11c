//! Personnel exports: what their columns mean, what can be wrong with a row, and what a good one changes.

pub mod cells;
pub mod changes;
pub mod columns;
pub mod directory;
pub mod faults;
pub mod reader;
pub mod rings;
pub mod rows;
pub mod sentences;
pub mod writer;
