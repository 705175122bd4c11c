//! Every SQL statement of the service. Functions take an open connection; the caller owns the transaction.

pub(crate) mod assessments;
pub(crate) mod census;
pub(crate) mod competencies;
pub(crate) mod development_needs;
pub(crate) mod development_plans;
pub(crate) mod employees;
pub(crate) mod evaluations;
pub(crate) mod gaps;
pub(crate) mod match_schemes;
pub(crate) mod proposals;
pub(crate) mod standards;
pub(crate) mod units;
mod words;
