//! The kit on real parts.

mod idempotency;
mod paging;
mod tenancy;
