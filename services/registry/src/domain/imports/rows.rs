//! Judges a record cell by cell.

use jiff::civil::Date;

use super::{
    cells,
    columns::Column,
    faults::{Fault, FaultCode, shown},
    reader::{Layout, Record},
};
use crate::domain::{
    AssignmentKind, EmploymentKind, IdentityNumber, PersonName, PositionKind, PositionLevel, Rank,
    Status, UnitKind,
};

const MAX_CODE: usize = 64;
const MAX_TEXT: usize = 200;

/// What could be read of a record. What is blank or faulty is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    pub row: i64,
    pub number: Option<IdentityNumber>,
    pub person: Person,
    pub post: Option<PostCells>,
    pub assignment_from: Option<Date>,
    pub superior: Option<IdentityNumber>,
}

/// The columns that say what somebody is; blank in a row of an acting official.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    pub name: Option<PersonName>,
    pub kind: Option<EmploymentKind>,
    pub rank: Option<(Rank, Date)>,
    pub status: Option<(Status, Option<Date>)>,
}

/// The columns that say where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostCells {
    pub unit_code: String,
    pub unit_name: String,
    pub parent_code: String,
    pub unit_kind: Option<UnitKind>,
    pub position: String,
    pub kind: Option<PositionKind>,
    pub level: Option<PositionLevel>,
    pub class: Option<i16>,
    pub heads_unit: bool,
    pub assignment: AssignmentKind,
}

impl Row {
    /// Whether the row is of somebody who acts for another, and no more than that.
    pub fn is_acting(&self) -> bool {
        self.post.as_ref().is_some_and(|post| post.assignment != AssignmentKind::Definitive)
    }

    /// The first day that the row knows of a person: of the appointment that the number names, or earlier.
    pub fn opened_on(&self) -> Option<Date> {
        let appointed = self.number.as_ref().and_then(IdentityNumber::appointed_on);
        let known = [appointed, self.person.rank.map(|(_, from)| from), self.assignment_from];
        known.into_iter().flatten().min()
    }
}

/// Reads every cell of a record; all its faults come along.
pub fn judge(layout: &Layout, record: &Record<'_>, as_of: Date) -> (Row, Vec<Fault>) {
    let mut judge = Judge { layout, record, as_of, faults: Vec::new() };
    let row = judge.row();
    (row, judge.faults)
}

struct Judge<'a> {
    layout: &'a Layout,
    record: &'a Record<'a>,
    as_of: Date,
    faults: Vec<Fault>,
}

impl Judge<'_> {
    fn row(&mut self) -> Row {
        if let Some(count) = self.record.odd_count {
            let value = count.to_string();
            let (row, code) = (self.record.row, FaultCode::CellCount);
            self.faults.push(Fault { row, place: 0, column: None, code, value });
        }
        for column in &self.record.not_utf8 {
            self.fault(*column, FaultCode::Encoding);
        }
        let number = self.needed(Column::IdentityNumber, cells::number);
        let post = self.post();
        let mut row = Row { row: self.record.row, number, post, ..Row::default() };
        row.assignment_from = self.past_date(Column::AssignmentFrom);
        if row.post.is_some() && self.cell(Column::AssignmentFrom).is_empty() {
            self.fault(Column::AssignmentFrom, FaultCode::DateMissing);
        }
        if row.is_acting() {
            return row;
        }
        row.person = self.person(row.number.as_ref());
        row.superior = self.optional(Column::Superior, cells::number);
        if row.superior.is_some() && row.superior == row.number {
            self.fault(Column::Superior, FaultCode::SuperiorSelf);
        }
        row
    }

    fn person(&mut self, number: Option<&IdentityNumber>) -> Person {
        let name = self.needed(Column::Name, cells::name);
        let kind = self.needed(Column::EmploymentKind, cells::employment_kind);
        if let (Some(number), Some(kind)) = (number, kind)
            && !number.fits(kind)
        {
            self.fault(Column::IdentityNumber, FaultCode::NumberKind);
        }
        let birth = self.optional(Column::BirthDate, cells::date);
        if let (Some(number), Some(birth)) = (number, birth)
            && number.birth_date() != birth
        {
            self.fault(Column::BirthDate, FaultCode::BirthDateDiffers);
        }
        let earliest = number.map(IdentityNumber::birth_date);
        if let (Some(birth), Some(from)) = (earliest, self.quiet_date(Column::AssignmentFrom))
            && from <= birth
        {
            self.fault(Column::AssignmentFrom, FaultCode::DateOrder);
        }
        Person { name, kind, rank: self.rank(kind), status: self.status() }
    }

    fn rank(&mut self, kind: Option<EmploymentKind>) -> Option<(Rank, Date)> {
        let rank = self.optional(Column::Rank, cells::rank);
        let from = self.past_date(Column::RankFrom);
        let rank = rank?;
        if kind.is_some_and(|kind| !rank.fits(kind)) {
            self.fault(Column::Rank, FaultCode::RankKind);
        }
        if self.cell(Column::RankFrom).is_empty() {
            self.fault(Column::RankFrom, FaultCode::DateMissing);
        }
        Some((rank, from?))
    }

    fn status(&mut self) -> Option<(Status, Option<Date>)> {
        let status = self.optional(Column::Status, cells::status);
        let from = self.past_date(Column::StatusFrom);
        status.map(|status| (status, from))
    }

    fn post(&mut self) -> Option<PostCells> {
        let code = self.text(Column::UnitCode, MAX_CODE);
        let name = self.text(Column::UnitName, MAX_TEXT);
        let position = self.text(Column::Position, MAX_TEXT);
        let of_kind = self.optional(Column::PositionKind, cells::position_kind);
        let level = self.optional(Column::PositionLevel, cells::position_level);
        let assignment = self.optional(Column::AssignmentKind, cells::assignment_kind);
        let cells = PostCells {
            unit_code: code,
            unit_name: name,
            parent_code: self.text(Column::ParentUnitCode, MAX_CODE),
            unit_kind: self.optional(Column::UnitKind, cells::unit_kind),
            position,
            kind: of_kind.map(|(kind, _)| kind),
            level: of_kind.and_then(|(_, level)| level).or(level),
            class: self.optional(Column::PositionClass, cells::class),
            heads_unit: self.optional(Column::HeadsUnit, cells::yes_or_no).unwrap_or(false),
            assignment: assignment.unwrap_or(AssignmentKind::Definitive),
        };
        let has_unit = !cells.unit_code.is_empty() || !cells.unit_name.is_empty();
        match (has_unit, !cells.position.is_empty()) {
            (true, true) => return Some(cells),
            (true, false) => self.fault(Column::Position, FaultCode::Incomplete),
            (false, true) => self.fault(Column::UnitCode, FaultCode::Incomplete),
            (false, false) if cells.assignment != AssignmentKind::Definitive => {
                self.fault(Column::Position, FaultCode::Blank);
            }
            (false, false) => {}
        }
        None
    }

    /// A day that is not after the one the export describes.
    fn past_date(&mut self, column: Column) -> Option<Date> {
        let date = self.optional(column, cells::date)?;
        if date > self.as_of {
            self.fault(column, FaultCode::DateOrder);
            return None;
        }
        Some(date)
    }

    fn quiet_date(&self, column: Column) -> Option<Date> {
        cells::date(self.cell(column)).ok()
    }

    fn text(&mut self, column: Column, max: usize) -> String {
        self.optional(column, |cell| cells::text(cell, max)).unwrap_or_default()
    }

    fn needed<T>(
        &mut self,
        column: Column,
        read: impl FnOnce(&str) -> Result<T, FaultCode>,
    ) -> Option<T> {
        if self.cell(column).is_empty() && !self.record.not_utf8.contains(&column) {
            self.fault(column, FaultCode::Blank);
        }
        self.optional(column, read)
    }

    fn optional<T>(
        &mut self,
        column: Column,
        read: impl FnOnce(&str) -> Result<T, FaultCode>,
    ) -> Option<T> {
        let cell = self.cell(column);
        if cell.is_empty() {
            return None;
        }
        read(cell).map_err(|code| self.fault(column, code)).ok()
    }

    fn cell(&self, column: Column) -> &str {
        self.record.cells[column.index()]
    }

    fn fault(&mut self, column: Column, code: FaultCode) {
        self.faults.push(Fault {
            row: self.record.row,
            place: self.layout.place(column),
            column: Some(column),
            code,
            value: shown(column, self.cell(column)),
        });
    }
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
