use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan as _, civil::Date};
use kinerja_kit::calendar::{Calendar, Week};

/// The days of a government or of one of its units, whose weeks change and whose units do otherwise.
#[derive(Debug, Clone, Default)]
pub struct Days {
    holidays: BTreeSet<Date>,
    /// Of the government: weeks by the day they begin to rule; the first rules what lies before it too.
    weeks: BTreeMap<Date, Week>,
    /// Of the unit and those above it, the unit's own first.
    overrides: Vec<Override>,
}

/// What one unit does otherwise.
#[derive(Debug, Clone, Default)]
pub struct Override {
    pub weeks: BTreeMap<Date, Week>,
    /// Whether it works on a day, whatever those above it do.
    pub days: BTreeMap<Date, bool>,
}

impl Days {
    pub fn new(
        holidays: BTreeSet<Date>,
        weeks: BTreeMap<Date, Week>,
        overrides: Vec<Override>,
    ) -> Self {
        Self { holidays, weeks, overrides }
    }

    /// The week that rules on a day: of the nearest unit that has one, else of the government.
    pub fn week(&self, day: Date) -> Week {
        let ruling =
            |weeks: &BTreeMap<Date, Week>| weeks.range(..=day).next_back().map(|(_, week)| *week);
        let own = self.overrides.iter().find_map(|unit| ruling(&unit.weeks));
        let first = || self.weeks.values().next().copied();
        own.or_else(|| ruling(&self.weeks)).or_else(first).unwrap_or(Week::Five)
    }

    pub fn is_working_day(&self, day: Date) -> bool {
        let own = self.overrides.iter().find_map(|unit| unit.days.get(&day).copied());
        own.unwrap_or_else(|| self.week_says(day) && !self.holidays.contains(&day))
    }

    /// Whether the week alone makes it a working day.
    pub fn week_says(&self, day: Date) -> bool {
        Calendar { week: self.week(day), holidays: BTreeSet::new() }.is_working_day(day)
    }

    /// The `n`-th working day after `day_zero`, if it comes before `end`.
    pub fn working_day_after(&self, day_zero: Date, n: u32, end: Date) -> Option<Date> {
        let mut left = n;
        let mut day = day_zero;
        while left > 0 {
            day = day.checked_add(1.day()).ok().filter(|day| *day <= end)?;
            left -= u32::from(self.is_working_day(day));
        }
        Some(day)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn days(overrides: Vec<Override>) -> Days {
        let holidays = [date(2026, 3, 19), date(2026, 3, 20)].into();
        Days::new(holidays, [(date(2026, 1, 1), Week::Five)].into(), overrides)
    }

    #[test]
    fn a_unit_follows_the_one_above_it_until_it_does_otherwise() {
        let hospital =
            Override { weeks: [(date(2026, 1, 1), Week::Six)].into(), ..Override::default() };
        let ward = Override { days: [(date(2026, 3, 20), true)].into(), ..Override::default() };
        let days = days(vec![ward, hospital]);
        assert!(days.is_working_day(date(2026, 3, 21)), "a Saturday of six days");
        assert!(days.is_working_day(date(2026, 3, 20)), "the ward works on the holiday");
        assert!(!days.is_working_day(date(2026, 3, 19)));
    }

    #[test]
    fn a_week_rules_from_its_day_on() {
        let clinic =
            Override { weeks: [(date(2026, 3, 9), Week::Six)].into(), ..Override::default() };
        let days = days(vec![clinic]);
        assert!(!days.is_working_day(date(2026, 3, 7)));
        assert!(days.is_working_day(date(2026, 3, 14)));
    }

    #[test]
    fn holidays_and_weekends_do_not_count() {
        let due = days(vec![]).working_day_after(date(2026, 3, 18), 2, date(2026, 12, 31));
        assert_eq!(due, Some(date(2026, 3, 24)));
        assert_eq!(days(vec![]).working_day_after(date(2026, 3, 18), 9, date(2026, 3, 20)), None);
    }
}
