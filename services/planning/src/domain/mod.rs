//! The rules of planning, free of I/O, clocks and wire types.

mod achievement;
mod assignment;
mod content;
mod ids;
mod measurability;
mod named;
mod period;
mod plan;
mod policy;
mod realisation;
mod transitions;
#[cfg(test)]
mod transitions_tests;

pub use achievement::{Achievement, Class, Share};
pub use assignment::Assignment;
pub use content::{
    Amount, Approach, Aspect, CoreValue, Expectation, Indicator, PlanContent, Polarity, ResultKind,
    ResultScope, Target, WorkResult,
};
pub use ids::{EmployeeId, IndicatorId, PeriodId, PlanId, PositionId, ResultId, UnitId};
pub use measurability::{Fault, faults};
pub use named::Named;
pub use period::{
    NotAPeriod, Period, PeriodError, PeriodKind, PeriodState, Span, Window, WindowBounds,
    WindowDays, WindowKind,
};
pub use plan::{
    Authority, Decision, Escalation, Outcome, Plan, State, StateName, Step, StepKind, Submission,
    Traces,
};
pub use policy::{NotAPolicyId, Policy, PolicyId};
pub use realisation::{CountingUnit, Measured, Realisation, Sheet, measure, units};
pub use transitions::{Line, PlanError};
