//! The rules of the registry, free of I/O, clocks and wire types.

pub mod assignment;
pub mod calendar;
pub mod correction;
pub mod discipline;
pub mod employee;
pub mod employment;
pub mod identity_number;
pub mod imports;
pub mod licence;
pub mod name;
pub mod name_words;
pub mod policy;
pub mod position;
pub mod public_service;
pub mod rank;
pub mod reporting_line;
pub mod sentence;
pub mod unit;
pub mod word;

pub use assignment::{Assignment, AssignmentId, AssignmentKind, Term, most_at_once};
pub use correction::{
    AlreadyDecided, Correction, CorrectionId, CorrectionState, Decision, Proposal,
};
pub use employee::{Employee, EmployeeId};
pub use employment::{AbsenceKind, EmploymentKind, Status};
pub use identity_number::{IdentityNumber, NotAnIdentityNumber, NumberForm, Sex};
pub use name::PersonName;
pub use policy::{Clock, ClockKind, DayCount, Eligibility, Policy};
pub use position::{NotALevelOfKind, Position, PositionId, PositionKind, PositionLevel, Rung};
pub use rank::Rank;
pub use unit::{Unit, UnitId, UnitKind};
pub use word::UnknownWord;
