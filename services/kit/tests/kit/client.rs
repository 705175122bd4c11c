//! Calls to neighbours.
