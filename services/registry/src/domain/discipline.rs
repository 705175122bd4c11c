use std::str::FromStr;

use jiff::civil::Date;

use super::{UnknownWord, word};

/// Attendance of a month: shown where it matters, never scored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attendance {
    pub working_days: i16,
    pub present_days: i16,
    pub excused_days: i16,
    pub unexcused_days: i16,
    pub lost_minutes: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAttendance {
    #[error("must be from 0 to 31")]
    Days,
    #[error("must be present, excused and unexcused days together")]
    Sum,
    #[error("must be from 0 to 44640")]
    Minutes,
}

/// How grave a sanction is (PP 94/2021): ringan, sedang, berat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    Light,
    Medium,
    Heavy,
}

/// A disciplinary sanction, known by its decree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sanction {
    pub severity: Severity,
    pub kind: String,
    pub decree_number: String,
    pub decree_on: Date,
    pub starts_on: Date,
    /// The last day it is in force.
    pub ends_on: Option<Date>,
}

impl Attendance {
    /// Days in the order working, present, excused, unexcused.
    pub fn try_new(days: [i32; 4], lost_minutes: i32) -> Result<Self, NotAnAttendance> {
        if days.iter().any(|days| !(0..=31).contains(days)) {
            return Err(NotAnAttendance::Days);
        }
        let [working_days, present_days, excused_days, unexcused_days] =
            days.map(|days| i16::try_from(days).unwrap_or_default());
        if working_days != present_days + excused_days + unexcused_days {
            return Err(NotAnAttendance::Sum);
        }
        // Minutes of a month of 31 days.
        if !(0..=44_640).contains(&lost_minutes) {
            return Err(NotAnAttendance::Minutes);
        }
        Ok(Self { working_days, present_days, excused_days, unexcused_days, lost_minutes })
    }
}

impl Severity {
    const WORDS: &[(Self, &str)] =
        &[(Self::Light, "LIGHT"), (Self::Medium, "MEDIUM"), (Self::Heavy, "HEAVY")];

    pub fn as_str(self) -> &'static str {
        word::of(Self::WORDS, self)
    }
}

impl FromStr for Severity {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(Self::WORDS, text)
    }
}

/// The first day of a month written `YYYY-MM`.
pub fn month(text: &str) -> Option<Date> {
    let (year, month) = text.split_once('-')?;
    let form = year.len() == 4 && month.len() == 2;
    let digits = text.bytes().filter(u8::is_ascii_digit).count() == 6;
    (form && digits).then(|| Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok())?
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_days_of_a_month_add_up() {
        assert!(Attendance::try_new([22, 20, 1, 1], 35).is_ok());
        assert_eq!(Attendance::try_new([22, 20, 1, 0], 0), Err(NotAnAttendance::Sum));
        assert_eq!(Attendance::try_new([40, 40, 0, 0], 0), Err(NotAnAttendance::Days));
        assert_eq!(Attendance::try_new([22, 22, 0, 0], -1), Err(NotAnAttendance::Minutes));
    }

    #[test]
    fn a_month_is_a_year_and_two_digits() {
        assert_eq!(month("2026-02"), Some(date(2026, 2, 1)));
        for text in ["2026-2", "2026-13", "202602", "2026-02-01", "+026-02", ""] {
            assert_eq!(month(text), None, "{text}");
        }
    }
}
