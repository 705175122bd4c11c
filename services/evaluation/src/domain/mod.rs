//! The rules of evaluation, free of I/O, clocks and wire types.

pub mod achievement;
pub mod annual_predicate;
pub mod behaviour;
pub mod cycle;
pub mod evaluation;
pub mod explanation;
pub mod matrix;
pub mod objection;
pub mod percent;
pub mod policy;
pub mod rater;
pub mod rating;
pub mod receipt;
pub mod refusal;
pub mod results;
pub mod submission;
pub mod word;

use kinerja_kit::id::Id;

pub use refusal::Refusal;
pub use word::UnknownWord;

/// Marks the ids of people the registry knows.
#[derive(Debug)]
pub enum Employee {}
pub type EmployeeId = Id<Employee>;

/// Marks the ids of units the registry knows.
#[derive(Debug)]
pub enum Unit {}
pub type UnitId = Id<Unit>;

/// Marks the ids of plans the planning service knows.
#[derive(Debug)]
pub enum Plan {}
pub type PlanId = Id<Plan>;

/// Marks the ids of periods the planning service knows.
#[derive(Debug)]
pub enum Period {}
pub type PeriodId = Id<Period>;
