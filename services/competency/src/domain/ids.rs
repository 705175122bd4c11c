use kinerja_kit::id::Id;

/// What an [`EmployeeId`] names.
#[derive(Debug)]
pub enum Employee {}
/// What a [`UnitId`] names.
#[derive(Debug)]
pub enum Unit {}
/// What a [`PositionId`] names.
#[derive(Debug)]
pub enum Position {}
/// What an [`EvaluationId`] names.
#[derive(Debug)]
pub enum Evaluation {}

pub type EmployeeId = Id<Employee>;
pub type UnitId = Id<Unit>;
pub type PositionId = Id<Position>;
pub type EvaluationId = Id<Evaluation>;
pub type StandardId = Id<super::Standard>;
pub type AssessmentId = Id<super::Assessment>;
pub type PlanId = Id<super::DevelopmentPlan>;
pub type NeedId = Id<super::Need>;
