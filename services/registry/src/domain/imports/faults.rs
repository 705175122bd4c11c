//! What can be wrong with a cell, and how it is told.

use super::columns::Column;

/// Cells are shown up to this length.
const SHOWN: usize = 80;
/// Of a number so many digits are shown.
const SHOWN_DIGITS: usize = 4;

/// One faulty cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub row: i64,
    /// The column of the file, from 1; 0 for the whole row.
    pub place: i32,
    /// None for the whole row.
    pub column: Option<Column>,
    pub code: FaultCode,
    /// The cell as it came, shortened, the digits of a number masked.
    pub value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultCode {
    Blank,
    NumberRuined,
    NumberLength,
    NumberStructure,
    NumberKind,
    BirthDateDiffers,
    Date,
    DateMissing,
    Word,
    RankKind,
    Text,
    Encoding,
    CellCount,
    Repeated,
    UnitUnknown,
    PositionUnknown,
    PositionIncomplete,
    SuperiorUnknown,
    SuperiorRefused,
    SuperiorSelf,
    SuperiorRing,
    AssignmentOverlap,
    AssignmentStartDiffers,
    EmployeeUnknown,
    Incomplete,
    ChangedMeanwhile,
    ParentUnitUnknown,
    UnitAmbiguous,
    UnitIncomplete,
    DateOrder,
    HeadTaken,
    EmployeeClosed,
    SeatsExceeded,
}

impl FaultCode {
    pub const ALL: [Self; 33] = [
        Self::Blank,
        Self::NumberRuined,
        Self::NumberLength,
        Self::NumberStructure,
        Self::NumberKind,
        Self::BirthDateDiffers,
        Self::Date,
        Self::DateMissing,
        Self::Word,
        Self::RankKind,
        Self::Text,
        Self::Encoding,
        Self::CellCount,
        Self::Repeated,
        Self::UnitUnknown,
        Self::PositionUnknown,
        Self::PositionIncomplete,
        Self::SuperiorUnknown,
        Self::SuperiorRefused,
        Self::SuperiorSelf,
        Self::SuperiorRing,
        Self::AssignmentOverlap,
        Self::AssignmentStartDiffers,
        Self::EmployeeUnknown,
        Self::Incomplete,
        Self::ChangedMeanwhile,
        Self::ParentUnitUnknown,
        Self::UnitAmbiguous,
        Self::UnitIncomplete,
        Self::DateOrder,
        Self::HeadTaken,
        Self::EmployeeClosed,
        Self::SeatsExceeded,
    ];

    /// Whether the row goes in all the same.
    pub fn is_warning(self) -> bool {
        matches!(self, Self::SuperiorRefused | Self::SeatsExceeded)
    }

    /// As the database keeps it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blank => "BLANK",
            Self::NumberRuined => "NUMBER_RUINED",
            Self::NumberLength => "NUMBER_LENGTH",
            Self::NumberStructure => "NUMBER_STRUCTURE",
            Self::NumberKind => "NUMBER_KIND",
            Self::BirthDateDiffers => "BIRTH_DATE_DIFFERS",
            Self::Date => "DATE",
            Self::DateMissing => "DATE_MISSING",
            Self::Word => "WORD",
            Self::RankKind => "RANK_KIND",
            Self::Text => "TEXT",
            Self::Encoding => "ENCODING",
            Self::CellCount => "CELL_COUNT",
            Self::Repeated => "REPEATED",
            Self::UnitUnknown => "UNIT_UNKNOWN",
            Self::PositionUnknown => "POSITION_UNKNOWN",
            Self::PositionIncomplete => "POSITION_INCOMPLETE",
            Self::SuperiorUnknown => "SUPERIOR_UNKNOWN",
            Self::SuperiorRefused => "SUPERIOR_REFUSED",
            Self::SuperiorSelf => "SUPERIOR_SELF",
            Self::SuperiorRing => "SUPERIOR_RING",
            Self::AssignmentOverlap => "ASSIGNMENT_OVERLAP",
            Self::AssignmentStartDiffers => "ASSIGNMENT_START_DIFFERS",
            Self::EmployeeUnknown => "EMPLOYEE_UNKNOWN",
            Self::Incomplete => "INCOMPLETE",
            Self::ChangedMeanwhile => "CHANGED_MEANWHILE",
            Self::ParentUnitUnknown => "PARENT_UNIT_UNKNOWN",
            Self::UnitAmbiguous => "UNIT_AMBIGUOUS",
            Self::UnitIncomplete => "UNIT_INCOMPLETE",
            Self::DateOrder => "DATE_ORDER",
            Self::HeadTaken => "HEAD_TAKEN",
            Self::EmployeeClosed => "EMPLOYEE_CLOSED",
            Self::SeatsExceeded => "SEATS_EXCEEDED",
        }
    }

    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }
}

/// The cell as a report may show it: whoever reads a report sees which cell is meant, not the number.
pub fn shown(column: Column, cell: &str) -> String {
    let is_number = matches!(column, Column::IdentityNumber | Column::Superior);
    let mut digits = 0;
    let mask = |c: char| {
        digits += usize::from(c.is_ascii_digit());
        if is_number && c.is_ascii_digit() && digits > SHOWN_DIGITS { '*' } else { c }
    };
    cell.chars().map(|c| if c.is_control() { ' ' } else { c }).map(mask).take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_back() {
        for code in FaultCode::ALL {
            assert_eq!(FaultCode::find(code.as_str()), Some(code));
        }
    }

    #[test]
    fn the_digits_of_a_number_are_masked_and_its_form_is_seen() {
        let shown = |cell| shown(Column::IdentityNumber, cell);
        assert_eq!(shown("1.98501E+17"), "1.985**E+**");
        assert_eq!(shown("19860926 201505 1 00"), "1986**** ****** * **");
    }

    #[test]
    fn other_cells_are_shown_shortened_and_without_control_characters() {
        assert_eq!(shown(Column::RankFrom, "30-02-2026"), "30-02-2026");
        assert_eq!(shown(Column::Name, "a\nb"), "a b");
        assert_eq!(shown(Column::Name, &"x".repeat(500)).len(), SHOWN);
    }
}
