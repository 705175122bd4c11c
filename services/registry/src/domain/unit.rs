use std::str::FromStr;

use jiff::civil::Date;
use kinerja_kit::id::Id;

use super::{UnknownWord, word};

pub type UnitId = Id<Unit>;

/// A node of the tree of units (unit organisasi), without what is kept by start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub id: UnitId,
    pub code: Option<String>,
    pub kind: UnitKind,
    pub opened_on: Date,
    /// The first day on which it is no more.
    pub closed_on: Option<Date>,
    pub revision: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnitKind {
    Government,
    Secretariat,
    CouncilSecretariat,
    Inspectorate,
    Department,
    Agency,
    District,
    Subdistrict,
    Division,
    Section,
    TechnicalUnit,
    Hospital,
    HealthCentre,
    School,
    Other,
}

impl UnitKind {
    const WORDS: &[(Self, &str)] = &[
        (Self::Government, "GOVERNMENT"),
        (Self::Secretariat, "SECRETARIAT"),
        (Self::CouncilSecretariat, "COUNCIL_SECRETARIAT"),
        (Self::Inspectorate, "INSPECTORATE"),
        (Self::Department, "DEPARTMENT"),
        (Self::Agency, "AGENCY"),
        (Self::District, "DISTRICT"),
        (Self::Subdistrict, "SUBDISTRICT"),
        (Self::Division, "DIVISION"),
        (Self::Section, "SECTION"),
        (Self::TechnicalUnit, "TECHNICAL_UNIT"),
        (Self::Hospital, "HOSPITAL"),
        (Self::HealthCentre, "HEALTH_CENTRE"),
        (Self::School, "SCHOOL"),
        (Self::Other, "OTHER"),
    ];

    pub fn as_str(self) -> &'static str {
        word::of(Self::WORDS, self)
    }
}

impl FromStr for UnitKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(Self::WORDS, text)
    }
}

impl Unit {
    /// Whether the unit exists on a day.
    pub fn is_open(&self, on: Date) -> bool {
        self.opened_on <= on && self.closed_on.is_none_or(|closed| on < closed)
    }
}
