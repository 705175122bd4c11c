//! Working days: what a statutory clock counts.
//!
//! Perpres 21/2023: Monday to Friday (article 4); national holidays and *cuti bersama* are not
//! working days (articles 3 and 6); a unit of direct service may work six days (article 7).

use std::collections::BTreeSet;

use jiff::{
    ToSpan as _,
    civil::{Date, Weekday},
};

/// On how many days a unit works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Week {
    Five,
    Six,
}

/// The days on which a government, or one of its units, works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    pub week: Week,
    /// National holidays, cuti bersama and local ones.
    pub holidays: BTreeSet<Date>,
}

/// A unit's own rules over its government's calendar.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Override {
    pub week: Option<Week>,
    /// Days on which the unit rests though the government works.
    pub closed: BTreeSet<Date>,
    /// Holidays on which the unit works.
    pub open: BTreeSet<Date>,
}

impl Calendar {
    pub fn with(&self, unit: &Override) -> Self {
        let holidays = self.holidays.union(&unit.closed).copied();
        Self {
            week: unit.week.unwrap_or(self.week),
            holidays: holidays.filter(|day| !unit.open.contains(day)).collect(),
        }
    }

    pub fn is_working_day(&self, day: Date) -> bool {
        let rest = match day.weekday() {
            Weekday::Sunday => true,
            Weekday::Saturday => self.week == Week::Five,
            _ => false,
        };
        !rest && !self.holidays.contains(&day)
    }

    /// The `n`-th working day after `day_zero`, which itself does not count; `day_zero` for `n` = 0.
    pub fn working_day_after(&self, day_zero: Date, n: u32) -> Date {
        let mut day = day_zero;
        let mut left = n;
        while left > 0 && day < Date::MAX {
            day = day.saturating_add(1.day());
            left -= u32::from(self.is_working_day(day));
        }
        day
    }

    /// How many working days lie in `(after, until]`; zero when `until` is not later.
    pub fn working_days_between(&self, after: Date, until: Date) -> u32 {
        let mut day = after;
        let mut count = 0;
        while day < until {
            day = day.saturating_add(1.day());
            count += u32::from(self.is_working_day(day));
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    /// SKB 1497/2025, 2/2025, 5/2025: holidays and cuti bersama of March 2026.
    fn march_2026() -> Calendar {
        let days = [18, 19, 20, 21, 22, 23, 24];
        let holidays = days.map(|day| date(2026, 3, day)).into();
        Calendar { week: Week::Five, holidays }
    }

    #[test]
    fn the_day_of_receipt_does_not_count() {
        assert_eq!(march_2026().working_day_after(date(2026, 3, 9), 5), date(2026, 3, 16));
    }

    #[test]
    fn holidays_and_cuti_bersama_do_not_count() {
        assert_eq!(march_2026().working_day_after(date(2026, 3, 17), 1), date(2026, 3, 25));
    }

    #[test]
    fn a_unit_of_direct_service_may_work_six_days() {
        let clinic = Override { week: Some(Week::Six), ..Override::default() };
        let calendar = march_2026().with(&clinic);
        assert_eq!(calendar.working_day_after(date(2026, 3, 13), 1), date(2026, 3, 14));
    }

    #[test]
    fn a_unit_may_work_on_a_holiday_and_rest_on_a_working_day() {
        let unit = Override {
            closed: [date(2026, 3, 17)].into(),
            open: [date(2026, 3, 19)].into(),
            ..Override::default()
        };
        let calendar = march_2026().with(&unit);
        assert!(!calendar.is_working_day(date(2026, 3, 17)));
        assert!(calendar.is_working_day(date(2026, 3, 19)));
    }

    proptest! {
        #[test]
        fn counting_undoes_adding(start in 0_i32..365, n in 0_u32..90) {
            let calendar = march_2026();
            let day_zero = date(2026, 1, 1).saturating_add(start.days());
            let due = calendar.working_day_after(day_zero, n);
            prop_assert_eq!(calendar.working_days_between(day_zero, due), n);
        }
    }
}
