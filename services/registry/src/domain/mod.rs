//! The rules of the registry, free of I/O, clocks and wire types.

pub mod assignment;
pub mod employee;
pub mod employment;
pub mod identity_number;
pub mod name;
pub mod position;
pub mod rank;
pub mod unit;
pub mod word;

pub use assignment::{Assignment, AssignmentId, AssignmentKind, Term};
pub use employee::{Employee, EmployeeId};
pub use employment::{AbsenceKind, EmploymentKind, Status};
pub use identity_number::{IdentityNumber, NotAnIdentityNumber, NumberForm, Sex};
pub use name::PersonName;
pub use position::{NotALevelOfKind, Position, PositionId, PositionKind, PositionLevel, Rung};
pub use rank::Rank;
pub use unit::{Unit, UnitId, UnitKind};
pub use word::UnknownWord;
