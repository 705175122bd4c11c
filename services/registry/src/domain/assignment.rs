use std::str::FromStr;

use jiff::civil::Date;
use kinerja_kit::id::Id;

use super::{EmployeeId, PositionId, UnknownWord, word};

pub type AssignmentId = Id<Assignment>;

/// A person in a position (penempatan) for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    pub id: AssignmentId,
    pub employee: EmployeeId,
    pub position: PositionId,
    pub kind: AssignmentKind,
    pub term: Term,
    /// The appointing decision; empty when unknown.
    pub instrument_number: String,
    pub revision: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AssignmentKind {
    Definitive,
    /// Pelaksana tugas: the position is vacant.
    Plt,
    /// Pelaksana harian: its holder is absent.
    Plh,
}

/// Days from `from_on` up to, and without, `until_on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    pub from_on: Date,
    pub until_on: Option<Date>,
}

impl AssignmentKind {
    const WORDS: &[(Self, &str)] =
        &[(Self::Definitive, "DEFINITIVE"), (Self::Plt, "PLT"), (Self::Plh, "PLH")];

    pub fn as_str(self) -> &'static str {
        word::of(Self::WORDS, self)
    }
}

impl FromStr for AssignmentKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(Self::WORDS, text)
    }
}

impl Term {
    pub fn is_empty(self) -> bool {
        self.until_on.is_some_and(|until| until <= self.from_on)
    }

    pub fn covers(self, on: Date) -> bool {
        self.from_on <= on && self.until_on.is_none_or(|until| on < until)
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.until_on.is_none_or(|until| other.from_on < until)
            && other.until_on.is_none_or(|until| self.from_on < until)
    }
}

/// How many of some terms cover one and the same day of `within`, at most.
pub fn most_at_once(terms: &[Term], within: Term) -> usize {
    let starts = terms.iter().map(|term| term.from_on.max(within.from_on));
    let count = |day: Date| terms.iter().filter(|term| term.covers(day)).count();
    starts.filter(|day| within.covers(*day)).map(count).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_last_day_is_the_one_before_the_end() {
        let term = Term { from_on: date(2026, 1, 1), until_on: Some(date(2026, 2, 1)) };
        assert!(term.covers(date(2026, 1, 31)) && !term.covers(date(2026, 2, 1)));
        let next = Term { from_on: date(2026, 2, 1), until_on: None };
        assert!(!term.overlaps(next) && !next.overlaps(term));
        assert!(next.overlaps(Term { from_on: date(2030, 1, 1), until_on: None }));
    }

    #[test]
    fn seats_are_counted_on_the_fullest_day() {
        let term = |from: i8, until: i8| Term {
            from_on: date(2026, from, 1),
            until_on: Some(date(2026, until, 1)),
        };
        let year = Term { from_on: date(2026, 1, 1), until_on: None };
        assert_eq!(most_at_once(&[term(1, 4), term(3, 6), term(4, 8)], year), 2);
        assert_eq!(most_at_once(&[term(1, 4)], term(5, 6)), 0);
    }
}
