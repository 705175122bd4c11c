//! Every SQL statement of the service. Functions take an open connection; the caller owns the
//! transaction.

pub(crate) mod census;
pub(crate) mod contents;
pub(crate) mod employees;
pub(crate) mod governments;
pub(crate) mod periods;
pub(crate) mod plan_lists;
mod plan_rows;
pub(crate) mod plan_steps;
pub(crate) mod plans;
pub(crate) mod policies;
pub(crate) mod realisations;
pub(crate) mod sheets;
pub(crate) mod units;
mod work_results;

use crate::domain::Named;

/// A row that the tables' constraints do not allow.
#[derive(Debug, thiserror::Error)]
#[error("a row holds {0:?}, which has no meaning")]
struct Meaningless(String);

fn meaningless(what: impl Into<String>) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(Meaningless(what.into())))
}

fn named<T: Named>(name: &str) -> Result<T, sqlx::Error> {
    T::from_name(name).ok_or_else(|| meaningless(name))
}
