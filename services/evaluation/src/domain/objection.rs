//! Until when an employee may object (rule K12).

use std::str::FromStr;

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

use super::word::{self, UnknownWord};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectionRule {
    /// From 1 to 366.
    pub days: u16,
    pub clock: ObjectionClock,
}

/// What the days are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectionClock {
    /// Every day counts, and a last day that is a holiday stays the last.
    CalendarDays,
    WorkingDays,
}

const CLOCKS: &[(ObjectionClock, &str)] = &[
    (ObjectionClock::CalendarDays, "CALENDAR_DAYS"),
    (ObjectionClock::WorkingDays, "WORKING_DAYS"),
];

impl ObjectionClock {
    pub fn word(self) -> &'static str {
        word::of(CLOCKS, self)
    }
}

impl FromStr for ObjectionClock {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(CLOCKS, text)
    }
}

impl ObjectionRule {
    /// The last day on which an employee may object; the day of receipt is day nought. None where
    /// working days count: the registry knows those.
    pub fn last_day(self, received_on: Date) -> Option<Date> {
        match self.clock {
            ObjectionClock::CalendarDays => {
                Some(received_on.saturating_add(i64::from(self.days).days()))
            }
            ObjectionClock::WorkingDays => None,
        }
    }
}

/// The first instant that is too late: the end of the last day in the government's zone.
pub fn closes_at(last_day: Date, zone: &TimeZone) -> Timestamp {
    let after = last_day.saturating_add(1.day());
    after.to_zoned(zone.clone()).map_or(Timestamp::MAX, |start| start.timestamp())
}

/// The date that an instant has in the government's zone.
pub fn local_date(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned(zone.clone()).date()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn closes(zone: &str, received: &str) -> String {
        let rule = ObjectionRule { days: 14, clock: ObjectionClock::CalendarDays };
        let zone = TimeZone::get(zone).expect("a zone");
        let received_at = received.parse().expect("an instant");
        let last = rule.last_day(local_date(received_at, &zone)).expect("a day");
        closes_at(last, &zone).to_string()
    }

    #[test]
    fn fourteen_calendar_days_end_with_the_fourteenth_day() {
        // The end of 24 March in UTC+7, though that day is a holiday.
        assert_eq!(closes("Asia/Jakarta", "2026-03-10T03:00:00Z"), "2026-03-24T17:00:00Z");
    }

    #[test]
    fn the_date_of_receipt_is_that_of_the_governments_zone() {
        // Half past midnight of 11 March in Mataram, still 10 March in Jakarta.
        let received = "2026-03-10T16:30:00Z";
        assert_eq!(closes("Asia/Makassar", received), "2026-03-25T16:00:00Z");
        assert_eq!(closes("Asia/Jakarta", received), "2026-03-24T17:00:00Z");
    }

    #[test]
    fn working_days_are_the_registrys_to_count() {
        let rule = ObjectionRule { days: 14, clock: ObjectionClock::WorkingDays };
        assert_eq!(rule.last_day(date(2026, 3, 10)), None);
    }
}
