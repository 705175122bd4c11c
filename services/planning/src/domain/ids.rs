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

pub type EmployeeId = Id<Employee>;
pub type UnitId = Id<Unit>;
pub type PositionId = Id<Position>;
pub type PeriodId = Id<super::Period>;
pub type PlanId = Id<super::Plan>;
pub type ResultId = Id<super::WorkResult>;
pub type IndicatorId = Id<super::Indicator>;
