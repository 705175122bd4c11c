use std::str::FromStr;

use jiff::civil::Date;
use kinerja_kit::calendar::Week;

use super::{PositionKind, UnknownWord, word};

/// Settings that differ by government, ruling from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Counts from 1; the first version rules what lies before it too.
    pub version: i32,
    pub from_on: Date,
    pub eligibility: Eligibility,
    pub week: Week,
    pub clocks: Vec<Clock>,
}

/// Who may rate (PermenPANRB 6/2022: at the lowest a pejabat pengawas, or by delegation).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Eligibility {
    pub lowest: PositionKind,
    pub delegation_allowed: bool,
}

/// How long something may take, and which days count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    pub kind: ClockKind,
    pub counts: DayCount,
    /// None for a complaint, whose days follow from its class.
    pub days: Option<i16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClockKind {
    EvaluationHandover,
    EvaluationReturn,
    RaterQuestion,
    Complaint,
}

/// Which calendar rules a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DayCount {
    CalendarDays,
    GovernmentWorkingDays,
    UnitWorkingDays,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClocksFault {
    #[error("must have exactly one line for each clock")]
    NotOneEach,
    #[error("must give 1 to 366 days to every clock but that of complaints, which has none")]
    Days,
}

impl Policy {
    /// Domain policy K-1: 14 working days each way for the document.
    pub fn k1(from_on: Date) -> Self {
        let clock = |kind, counts, days| Clock { kind, counts, days };
        Self {
            version: 1,
            from_on,
            eligibility: Eligibility { lowest: PositionKind::Pengawas, delegation_allowed: true },
            week: Week::Five,
            clocks: vec![
                clock(ClockKind::EvaluationHandover, DayCount::GovernmentWorkingDays, Some(14)),
                clock(ClockKind::EvaluationReturn, DayCount::GovernmentWorkingDays, Some(14)),
                clock(ClockKind::RaterQuestion, DayCount::GovernmentWorkingDays, Some(5)),
                clock(ClockKind::Complaint, DayCount::UnitWorkingDays, None),
            ],
        }
    }
}

/// Checks that each clock is there once, with its days.
pub fn check_clocks(clocks: &[Clock]) -> Result<(), ClocksFault> {
    let once = |kind| clocks.iter().filter(|clock| clock.kind == kind).count() == 1;
    let kinds = ClockKind::WORDS.iter().map(|(kind, _)| *kind);
    if clocks.len() != ClockKind::WORDS.len() || !kinds.into_iter().all(once) {
        return Err(ClocksFault::NotOneEach);
    }
    let in_range = |clock: &Clock| match (clock.kind, clock.days) {
        (ClockKind::Complaint, days) => days.is_none(),
        (_, days) => days.is_some_and(|days| (1..=366).contains(&days)),
    };
    if clocks.iter().all(in_range) { Ok(()) } else { Err(ClocksFault::Days) }
}

impl ClockKind {
    const WORDS: &[(Self, &str)] = &[
        (Self::EvaluationHandover, "EVALUATION_HANDOVER"),
        (Self::EvaluationReturn, "EVALUATION_RETURN"),
        (Self::RaterQuestion, "RATER_QUESTION"),
        (Self::Complaint, "COMPLAINT"),
    ];

    pub fn as_str(self) -> &'static str {
        word::of(Self::WORDS, self)
    }
}

impl FromStr for ClockKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(Self::WORDS, text)
    }
}

impl DayCount {
    const WORDS: &[(Self, &str)] = &[
        (Self::CalendarDays, "CALENDAR_DAYS"),
        (Self::GovernmentWorkingDays, "GOVERNMENT_WORKING_DAYS"),
        (Self::UnitWorkingDays, "UNIT_WORKING_DAYS"),
    ];

    pub fn as_str(self) -> &'static str {
        word::of(Self::WORDS, self)
    }
}

impl FromStr for DayCount {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(Self::WORDS, text)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_default_policy_has_every_clock() {
        assert_eq!(check_clocks(&Policy::k1(date(2026, 1, 1)).clocks), Ok(()));
    }

    #[test]
    fn a_clock_that_is_missing_or_doubled_is_refused() {
        let mut clocks = Policy::k1(date(2026, 1, 1)).clocks;
        clocks[0] = clocks[1];
        assert_eq!(check_clocks(&clocks), Err(ClocksFault::NotOneEach));
        clocks.pop();
        assert_eq!(check_clocks(&clocks), Err(ClocksFault::NotOneEach));
    }

    #[test]
    fn only_a_complaint_has_no_days_of_its_own() {
        let mut clocks = Policy::k1(date(2026, 1, 1)).clocks;
        clocks[3].days = Some(5);
        assert_eq!(check_clocks(&clocks), Err(ClocksFault::Days));
    }
}
