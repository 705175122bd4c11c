//! The rules of competency development, free of I/O, clocks and wire types.

mod agreement;
mod assessment;
mod competency;
mod development_plan;
mod gap;
mod ids;
mod proposal;
mod standard;

pub use agreement::{Awaited, Party, PlanState, Superior, SuperiorConsent};
pub use assessment::{
    AssessedLevel, Assessment, FEWEST_BALLOTS, Source, SourcePolicy, Withdrawal, Withdrawn,
};
pub use competency::{
    Bilingual, Code, Competency, CompetencyError, Kind, Level, Mastery, NotACode, NotALevel,
    Ownership,
};
pub use development_plan::{DevelopmentPlan, MOST_NEEDS, Need, NeedState, Origin, PlanError};
pub use gap::{Category, Finding, Gap, GapLine, Match, Scheme};
pub use ids::{
    AssessmentId, Employee, EmployeeId, Evaluation, EvaluationId, NeedId, PlanId, Position,
    PositionId, StandardId, Unit, UnitId,
};
pub use proposal::{Activities, Making, ProposedActivity};
pub use standard::{AlreadyWithdrawn, POSITION_KINDS, PostScope, Requirement, Standard};
