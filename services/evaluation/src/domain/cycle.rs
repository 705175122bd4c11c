//! Rounds of evaluation and their windows.

use std::str::FromStr;

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, date},
};
use kinerja_kit::id::Id;

use super::{
    Refusal,
    policy::PolicyId,
    word::{self, UnknownWord},
};

pub type CycleId = Id<Cycle>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    pub id: CycleId,
    pub round: Round,
    pub policy_id: PolicyId,
    pub window: Window,
    pub state: CycleState,
    pub created_at: Timestamp,
    pub revision: i64,
}

/// Which days a cycle is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    pub year: i16,
    pub kind: CycleKind,
    /// From 1.
    pub ordinal: i16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CycleKind {
    Annual,
    Quarter,
    Month,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CycleState {
    Planned,
    Open,
    Closed,
}

/// From an instant until before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub opens_at: Timestamp,
    pub closes_at: Timestamp,
}

const KINDS: &[(CycleKind, &str)] =
    &[(CycleKind::Annual, "ANNUAL"), (CycleKind::Quarter, "QUARTER"), (CycleKind::Month, "MONTH")];

const STATES: &[(CycleState, &str)] =
    &[(CycleState::Planned, "PLANNED"), (CycleState::Open, "OPEN"), (CycleState::Closed, "CLOSED")];

impl Cycle {
    pub fn open(self) -> Result<Self, Refusal> {
        match self.state {
            CycleState::Planned => Ok(self.changed(CycleState::Open)),
            CycleState::Open | CycleState::Closed => Err(Refusal::CycleState),
        }
    }

    /// A window that is still open ends now; the ratings made in it keep it.
    pub fn close(mut self, now: Timestamp) -> Result<Self, Refusal> {
        if self.state != CycleState::Open {
            return Err(Refusal::CycleState);
        }
        if self.window.contains(now) && self.window.opens_at < now {
            self.window.closes_at = now;
        }
        Ok(self.changed(CycleState::Closed))
    }

    pub fn set_window(mut self, window: Window, now: Timestamp) -> Result<Self, Refusal> {
        if self.state == CycleState::Closed {
            return Err(Refusal::CycleState);
        }
        window.check(now)?;
        self.window = window;
        let state = self.state;
        Ok(self.changed(state))
    }

    /// Whether ratings are given at `at`.
    pub fn rates_at(&self, at: Timestamp) -> bool {
        self.state == CycleState::Open && self.window.contains(at)
    }

    fn changed(self, state: CycleState) -> Self {
        Self { state, revision: self.revision + 1, ..self }
    }
}

impl Window {
    pub fn contains(self, at: Timestamp) -> bool {
        self.opens_at <= at && at < self.closes_at
    }

    /// A window to come, or one that is open.
    pub fn check(self, now: Timestamp) -> Result<(), Refusal> {
        let sound = self.opens_at < self.closes_at && self.closes_at > now;
        if sound { Ok(()) } else { Err(Refusal::WindowOrder) }
    }
}

impl Round {
    /// The first and the last day; None if the year has no such round.
    pub fn days(self) -> Option<(Date, Date)> {
        let months = match self.kind {
            CycleKind::Annual => 12,
            CycleKind::Quarter => 3,
            CycleKind::Month => 1,
        };
        if !(1..=12 / months).contains(&self.ordinal) || !(2000..=2999).contains(&self.year) {
            return None;
        }
        let first_month = i8::try_from((self.ordinal - 1) * months + 1).ok()?;
        let starts_on = date(self.year, first_month, 1);
        Some((
            starts_on,
            starts_on.saturating_add(i64::from(months).months()).saturating_sub(1.day()),
        ))
    }
}

impl CycleKind {
    pub fn word(self) -> &'static str {
        word::of(KINDS, self)
    }
}

impl FromStr for CycleKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(KINDS, text)
    }
}

impl CycleState {
    pub fn word(self) -> &'static str {
        word::of(STATES, self)
    }
}

impl FromStr for CycleState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(STATES, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn cycle() -> Cycle {
        Cycle {
            id: uuid::Uuid::nil().into(),
            round: Round { year: 2026, kind: CycleKind::Quarter, ordinal: 1 },
            policy_id: "K1".parse().expect("an id"),
            window: Window {
                opens_at: at("2026-04-01T00:00:00Z"),
                closes_at: at("2026-04-15T00:00:00Z"),
            },
            state: CycleState::Planned,
            created_at: Timestamp::UNIX_EPOCH,
            revision: 1,
        }
    }

    #[test]
    fn the_days_of_a_cycle_follow_from_its_round() {
        let days = |kind, ordinal| Round { year: 2028, kind, ordinal }.days();
        assert_eq!(days(CycleKind::Annual, 1), Some((date(2028, 1, 1), date(2028, 12, 31))));
        assert_eq!(days(CycleKind::Quarter, 2), Some((date(2028, 4, 1), date(2028, 6, 30))));
        assert_eq!(days(CycleKind::Month, 2), Some((date(2028, 2, 1), date(2028, 2, 29))));
    }

    #[test]
    fn a_year_has_no_fifth_quarter() {
        for (kind, ordinal) in
            [(CycleKind::Annual, 2), (CycleKind::Quarter, 5), (CycleKind::Month, 0)]
        {
            assert_eq!(Round { year: 2026, kind, ordinal }.days(), None);
        }
    }

    #[test]
    fn a_window_holds_its_first_instant_and_not_its_last() {
        let window = cycle().window;
        assert!(window.contains(window.opens_at));
        assert!(!window.contains(window.closes_at));
    }

    #[test]
    fn a_cycle_opens_once_and_closes_once() {
        let now = at("2026-04-02T00:00:00Z");
        let open = cycle().open().expect("opened");
        assert_eq!(open.clone().open(), Err(Refusal::CycleState));
        assert_eq!(cycle().close(now), Err(Refusal::CycleState));
        let closed = open.close(now).expect("closed");
        assert_eq!(closed.window.closes_at, now);
        assert_eq!(closed.clone().close(now), Err(Refusal::CycleState));
        assert_eq!(closed.clone().set_window(closed.window, now), Err(Refusal::CycleState));
    }

    #[test]
    fn closing_before_or_after_the_window_leaves_it() {
        for now in ["2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z", "2026-04-01T00:00:00Z"] {
            let closed = cycle().open().and_then(|open| open.close(at(now))).expect("closed");
            assert_eq!(closed.window, cycle().window);
        }
    }

    #[test]
    fn a_window_does_not_move_into_the_past_or_end_before_it_begins() {
        let now = at("2026-04-20T00:00:00Z");
        let window =
            |opens: &str, closes: &str| Window { opens_at: at(opens), closes_at: at(closes) };
        let past = window("2026-04-01T00:00:00Z", "2026-04-19T00:00:00Z");
        let reversed = window("2026-06-01T00:00:00Z", "2026-05-01T00:00:00Z");
        for refused in [past, reversed] {
            assert_eq!(cycle().set_window(refused, now), Err(Refusal::WindowOrder));
        }
        let later = window("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z");
        assert_eq!(cycle().set_window(later, now).map(|cycle| cycle.window), Ok(later));
    }

    #[test]
    fn nothing_is_rated_before_a_cycle_is_open() {
        let now = at("2026-04-02T00:00:00Z");
        assert!(!cycle().rates_at(now));
        assert!(cycle().open().is_ok_and(|open| open.rates_at(now)));
    }
}
