use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

use super::PeriodId;

/// A span of a government's performance year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    pub id: PeriodId,
    /// The year it lies in; a year lies in itself.
    pub annual_id: PeriodId,
    pub span: Span,
    pub name: String,
    /// The zone its instants are computed in, by IANA name.
    pub time_zone: TimeZone,
    pub state: PeriodState,
    /// At most one of each kind.
    pub windows: Vec<Window>,
    pub created_at: Timestamp,
    pub revision: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodState {
    Planned,
    Open,
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodKind {
    Annual,
    Quarter,
    Month,
}

/// Which part of which year. Its days follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    year: i16,
    kind: PeriodKind,
    ordinal: i8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be 1 for a year, 1 to 4 for a quarter and 1 to 12 for a month, between 2000 and 2200"
)]
pub struct NotAPeriod;

/// When something may be done in a period: from `opens_at` until just before `closes_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub days: WindowDays,
    pub opens_at: Timestamp,
    pub closes_at: Timestamp,
}

/// The first and the last day of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowDays {
    pub kind: WindowKind,
    pub opens_on: Date,
    pub closes_on: Date,
}

/// What a row carries of the window that rules it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowBounds {
    pub kind: WindowKind,
    pub opens_at: Timestamp,
    pub closes_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WindowKind {
    Planning,
    Amendment,
    Realisation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    #[error("the period is not open")]
    NotOpen,
    #[error("only a planned period opens, and only an open one closes")]
    WrongState,
    #[error("the period is closed")]
    Closed,
    #[error("no window that allows this is open now")]
    WindowClosed,
}

impl Span {
    pub fn new(year: i32, kind: PeriodKind, ordinal: i32) -> Result<Self, NotAPeriod> {
        let last = match kind {
            PeriodKind::Annual => 1,
            PeriodKind::Quarter => 4,
            PeriodKind::Month => 12,
        };
        if !(2000..=2200).contains(&year) || !(1..=last).contains(&ordinal) {
            return Err(NotAPeriod);
        }
        let year = i16::try_from(year).map_err(|_| NotAPeriod)?;
        let ordinal = i8::try_from(ordinal).map_err(|_| NotAPeriod)?;
        Ok(Self { year, kind, ordinal })
    }

    pub fn year(self) -> i32 {
        self.year.into()
    }

    pub fn kind(self) -> PeriodKind {
        self.kind
    }

    pub fn ordinal(self) -> i32 {
        self.ordinal.into()
    }

    pub fn starts_on(self) -> Date {
        let month = (self.ordinal - 1) * self.months() + 1;
        Date::new(self.year, month, 1).expect("a span lies within its year")
    }

    pub fn ends_on(self) -> Date {
        Date::new(self.year, self.ordinal * self.months(), 1)
            .expect("a span lies within its year")
            .last_of_month()
    }

    fn months(self) -> i8 {
        match self.kind {
            PeriodKind::Annual => 12,
            PeriodKind::Quarter => 3,
            PeriodKind::Month => 1,
        }
    }
}

impl Window {
    /// Opens with the first day and closes with the end of the last one, both local.
    pub fn new(days: WindowDays, zone: &TimeZone) -> Result<Self, jiff::Error> {
        let opens_at = days.opens_on.to_zoned(zone.clone())?.timestamp();
        let after = days.closes_on.checked_add(1.day())?;
        let closes_at = after.to_zoned(zone.clone())?.timestamp();
        Ok(Self { days, opens_at, closes_at })
    }

    pub fn bounds(&self) -> WindowBounds {
        let Self { days, opens_at, closes_at } = *self;
        WindowBounds { kind: days.kind, opens_at, closes_at }
    }

    pub fn is_open(&self, at: Timestamp) -> bool {
        self.opens_at <= at && at < self.closes_at
    }
}

impl Period {
    pub fn is_annual(&self) -> bool {
        self.id == self.annual_id
    }

    pub fn open(self) -> Result<Self, PeriodError> {
        if self.state != PeriodState::Planned {
            return Err(PeriodError::WrongState);
        }
        Ok(Self { state: PeriodState::Open, revision: self.revision + 1, ..self })
    }

    pub fn close(self) -> Result<Self, PeriodError> {
        if self.state != PeriodState::Open {
            return Err(PeriodError::WrongState);
        }
        Ok(Self { state: PeriodState::Closed, revision: self.revision + 1, ..self })
    }

    /// Adds a window, or moves the one of its kind.
    pub fn set_window(mut self, window: Window) -> Result<Self, PeriodError> {
        if self.state == PeriodState::Closed {
            return Err(PeriodError::Closed);
        }
        self.windows.retain(|known| known.days.kind != window.days.kind);
        self.windows.push(window);
        self.windows.sort_by_key(|window| window.opens_at);
        Ok(Self { revision: self.revision + 1, ..self })
    }

    pub fn check_open(&self) -> Result<(), PeriodError> {
        if self.state == PeriodState::Open { Ok(()) } else { Err(PeriodError::NotOpen) }
    }

    /// The first window of these kinds that is open, in a period that is open.
    pub fn open_window(
        &self,
        kinds: &[WindowKind],
        at: Timestamp,
    ) -> Result<WindowBounds, PeriodError> {
        self.check_open()?;
        let open = |kind| self.windows.iter().find(|w| w.days.kind == kind && w.is_open(at));
        kinds.iter().copied().find_map(open).map(Window::bounds).ok_or(PeriodError::WindowClosed)
    }

    /// Whether it is this year, or lies in it.
    pub fn is_within(&self, year: PeriodId) -> bool {
        self.id == year || self.annual_id == year
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_days_of_a_period_follow_from_its_place_in_the_year() {
        let days = |kind, ordinal| {
            let span = Span::new(2028, kind, ordinal).expect("a period");
            (span.starts_on(), span.ends_on())
        };
        assert_eq!(days(PeriodKind::Annual, 1), (date(2028, 1, 1), date(2028, 12, 31)));
        assert_eq!(days(PeriodKind::Quarter, 4), (date(2028, 10, 1), date(2028, 12, 31)));
        assert_eq!(days(PeriodKind::Month, 2), (date(2028, 2, 1), date(2028, 2, 29)));
    }

    #[test]
    fn there_is_no_fifth_quarter() {
        assert_eq!(Span::new(2026, PeriodKind::Quarter, 5), Err(NotAPeriod));
        assert_eq!(Span::new(2026, PeriodKind::Annual, 2), Err(NotAPeriod));
        assert_eq!(Span::new(2026, PeriodKind::Month, 0), Err(NotAPeriod));
    }

    #[test]
    fn a_window_opens_and_closes_at_local_midnight() {
        let days = WindowDays {
            kind: WindowKind::Planning,
            opens_on: date(2026, 1, 1),
            closes_on: date(2026, 1, 31),
        };
        let zone = TimeZone::get("Asia/Makassar").expect("WITA");
        let window = Window::new(days, &zone).expect("window");
        assert_eq!(window.opens_at, "2025-12-31T16:00:00Z".parse().expect("instant"));
        assert_eq!(window.closes_at, "2026-01-31T16:00:00Z".parse().expect("instant"));
        assert!(window.is_open(window.opens_at) && !window.is_open(window.closes_at));
    }
}
