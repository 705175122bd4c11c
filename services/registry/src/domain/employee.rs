use jiff::civil::Date;
use kinerja_kit::id::Id;

use super::{EmploymentKind, PersonName};

pub type EmployeeId = Id<Employee>;

/// One record of a person with one government, without what is kept by start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Employee {
    pub id: EmployeeId,
    pub name: PersonName,
    pub kind: EmploymentKind,
    pub opened_on: Date,
    /// The day the person went to another government.
    pub closed_on: Option<Date>,
    pub revision: i64,
}
