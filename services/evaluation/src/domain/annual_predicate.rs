//! What a year comes to: the rater's review of its parts, never their mean.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use kinerja_kit::id::Id;

use super::{
    EmployeeId, Refusal, UnitId,
    cycle::{CycleId, Window},
    evaluation::EvaluationId,
    matrix::Matrix,
    policy::PolicyId,
    rater::RaterAnswer,
    rating::{Predicate, Rating},
};

pub type AnnualPredicateId = Id<AnnualPredicate>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnualPredicate {
    pub id: AnnualPredicateId,
    pub employee_id: EmployeeId,
    pub year: i16,
    pub unit_id: UnitId,
    pub cycle_id: CycleId,
    pub policy_id: PolicyId,
    pub review: Review,
    pub predicate: Predicate,
    pub rater: RaterAnswer,
    pub set_at: Timestamp,
    pub window: Window,
    pub revision: i64,
}

/// What the rater says of the year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    pub results: Rating,
    pub behaviour: Rating,
    pub text: String,
    /// Every rated part with the revision the rater read.
    pub parts: BTreeMap<EvaluationId, i64>,
}

/// A part of the year as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub evaluation_id: EvaluationId,
    pub revision: i64,
    pub rated: bool,
    /// Whether it can be rated still.
    pub window_open: bool,
}

/// The annual cycle and what its policy says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnualCycle {
    pub cycle_id: CycleId,
    pub policy_id: PolicyId,
    pub year: i16,
    pub ends_on: Date,
    pub window: Window,
    pub matrix: Matrix,
}

/// Somebody sets the predicate of a person.
#[derive(Debug, Clone)]
pub struct Setting {
    pub id: AnnualPredicateId,
    pub employee_id: EmployeeId,
    pub unit_id: UnitId,
    pub by: EmployeeId,
    pub at: Timestamp,
    /// The registry's answer for [`AnnualCycle::day_in_question`].
    pub answer: RaterAnswer,
}

impl AnnualCycle {
    /// The day whose rater sets the predicate: the year's last, or today if that is earlier.
    pub fn day_in_question(&self, today: Date) -> Date {
        self.ends_on.min(today)
    }

    pub fn set(
        &self,
        setting: Setting,
        review: Review,
        parts: &[Part],
    ) -> Result<AnnualPredicate, Refusal> {
        if setting.by == setting.employee_id {
            return Err(Refusal::RatesOneself);
        }
        if setting.by != setting.answer.rater_id {
            return Err(Refusal::NotTheRater);
        }
        if !self.window.contains(setting.at) {
            return Err(Refusal::WindowClosed);
        }
        check_read(&review, parts)?;
        Ok(AnnualPredicate {
            id: setting.id,
            employee_id: setting.employee_id,
            year: self.year,
            unit_id: setting.unit_id,
            cycle_id: self.cycle_id,
            policy_id: self.policy_id.clone(),
            predicate: self.matrix.cell(review.results, review.behaviour),
            review,
            rater: setting.answer,
            set_at: setting.at,
            window: self.window,
            revision: 1,
        })
    }
}

/// A part that was never rated and cannot be any more does not hold up the year.
fn check_read(review: &Review, parts: &[Part]) -> Result<(), Refusal> {
    let waiting = parts.iter().any(|part| !part.rated && part.window_open);
    let rated: BTreeMap<_, _> = parts
        .iter()
        .filter(|part| part.rated)
        .map(|part| (part.evaluation_id, part.revision))
        .collect();
    if waiting || rated.is_empty() {
        return Err(Refusal::PartsNotRated);
    }
    if rated != review.parts {
        return Err(Refusal::PartsNotRead);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;
    use crate::domain::policy::shipped;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn cycle() -> AnnualCycle {
        AnnualCycle {
            cycle_id: Uuid::from_u128(1).into(),
            policy_id: "K1".parse().expect("an id"),
            year: 2026,
            ends_on: date(2026, 12, 31),
            window: Window {
                opens_at: at("2026-12-15T00:00:00Z"),
                closes_at: at("2027-01-15T00:00:00Z"),
            },
            matrix: shipped().matrix,
        }
    }

    fn setting(by: u128) -> Setting {
        let rater: EmployeeId = Uuid::from_u128(2).into();
        Setting {
            id: Uuid::from_u128(9).into(),
            employee_id: Uuid::from_u128(3).into(),
            unit_id: Uuid::from_u128(4).into(),
            by: Uuid::from_u128(by).into(),
            at: at("2027-01-05T00:00:00Z"),
            answer: RaterAnswer {
                rater_id: rater,
                as_of: date(2026, 12, 31),
                basis: "HEAD_OF_UNIT".to_owned(),
                superior_id: None,
            },
        }
    }

    fn part(n: u128, revision: i64, rated: bool, window_open: bool) -> Part {
        Part { evaluation_id: Uuid::from_u128(n).into(), revision, rated, window_open }
    }

    fn review(read: &[(u128, i64)]) -> Review {
        Review {
            results: Rating::Above,
            behaviour: Rating::Above,
            text: "membaik sepanjang tahun".to_owned(),
            parts: read.iter().map(|(n, r)| (Uuid::from_u128(*n).into(), *r)).collect(),
        }
    }

    #[test]
    fn the_year_is_a_review_and_not_a_mean() {
        // Whatever the parts came to, the rater's two ratings and the matrix give the predicate.
        let parts = [part(10, 5, true, false), part(11, 5, true, false)];
        let set = cycle().set(setting(2), review(&[(10, 5), (11, 5)]), &parts).expect("set");
        assert_eq!(set.predicate, Predicate::VeryGood);
    }

    #[test]
    fn every_rated_part_must_have_been_read_as_it_stands() {
        let parts = [part(10, 5, true, false), part(11, 5, true, false)];
        for read in [&[(10, 5)][..], &[(10, 5), (11, 4)], &[(10, 5), (11, 5), (12, 1)]] {
            let refused = cycle().set(setting(2), review(read), &parts);
            assert_eq!(refused, Err(Refusal::PartsNotRead), "{read:?}");
        }
    }

    #[test]
    fn a_part_that_can_be_rated_still_holds_up_the_year() {
        let parts = [part(10, 5, true, false), part(11, 2, false, true)];
        let refused = cycle().set(setting(2), review(&[(10, 5)]), &parts);
        assert_eq!(refused, Err(Refusal::PartsNotRated));
    }

    #[test]
    fn a_part_that_was_missed_for_good_does_not() {
        let parts = [part(10, 5, true, false), part(11, 2, false, false)];
        assert!(cycle().set(setting(2), review(&[(10, 5)]), &parts).is_ok());
    }

    #[test]
    fn a_year_without_a_rated_part_has_no_predicate() {
        for parts in [&[][..], &[part(10, 1, false, false)]] {
            assert_eq!(cycle().set(setting(2), review(&[]), parts), Err(Refusal::PartsNotRated));
        }
    }

    #[test]
    fn only_the_rater_sets_it_never_oneself_and_inside_the_window() {
        let parts = [part(10, 5, true, false)];
        let read = || review(&[(10, 5)]);
        assert_eq!(cycle().set(setting(7), read(), &parts), Err(Refusal::NotTheRater));
        assert_eq!(cycle().set(setting(3), read(), &parts), Err(Refusal::RatesOneself));
        let late = Setting { at: at("2027-01-15T00:00:00Z"), ..setting(2) };
        assert_eq!(cycle().set(late, read(), &parts), Err(Refusal::WindowClosed));
    }
}
