//! How far a target was reached, and which class that is (rules K2 and K3).

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{
    percent::{Fraction, Percent, fraction, whole},
    policy::Parameters,
    rating::Rating,
    word::{self, UnknownWord},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Polarity {
    /// More is better.
    Higher,
    /// Less is better, such as days.
    Lower,
    /// To stay inside is best.
    Range,
}

/// What was to be reached, scaled by 10,000; equal bounds where it is one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub min_e4: i64,
    pub max_e4: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Achievement {
    /// In percent.
    pub exact: Fraction,
    pub shown: Percent,
    pub class: Rating,
    pub term: Term,
}

/// How the percentage came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// Inside of the target: 100.
    Inside,
    /// `R / T`.
    Share { target_e4: i64 },
    /// `2 - R / T`, not below nought.
    Inverse { target_e4: i64 },
    /// Something where nothing was the target.
    PastNought,
}

const POLARITIES: &[(Polarity, &str)] =
    &[(Polarity::Higher, "HIGHER"), (Polarity::Lower, "LOWER"), (Polarity::Range, "RANGE")];

impl Polarity {
    pub fn word(self) -> &'static str {
        word::of(POLARITIES, self)
    }
}

impl FromStr for Polarity {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(POLARITIES, text)
    }
}

/// What `realised_e4` (not negative, scaled by 10,000) comes to.
///
/// None where more is better than a target of nought: there is no share of nothing.
pub fn measure(
    parameters: &Parameters,
    polarity: Polarity,
    target: Target,
    realised_e4: i64,
) -> Option<Achievement> {
    let term = term(polarity, target, realised_e4)?;
    let exact = match term {
        Term::Inside => whole(100),
        Term::Share { target_e4 } => fraction(realised_e4, target_e4) * whole(100),
        Term::Inverse { target_e4 } => {
            let share = whole(2) - fraction(realised_e4, target_e4);
            share.max(whole(0)) * whole(100)
        }
        Term::PastNought => whole(0),
    };
    let shown = Percent::round(&exact, parameters.shown_decimals);
    Some(Achievement { exact, shown, class: classify(parameters, shown), term })
}

/// Rule K3: what is shown is what is compared.
pub fn classify(parameters: &Parameters, shown: Percent) -> Rating {
    if shown > parameters.above_over {
        Rating::Above
    } else if shown >= parameters.meets_from {
        Rating::Meets
    } else {
        Rating::Below
    }
}

fn term(polarity: Polarity, target: Target, realised_e4: i64) -> Option<Term> {
    if (target.min_e4..=target.max_e4).contains(&realised_e4) {
        return Some(Term::Inside);
    }
    let above = realised_e4 > target.max_e4;
    // The bound on the side of the realisation is the target.
    let target_e4 = if above { target.max_e4 } else { target.min_e4 };
    let less_is_better = match polarity {
        Polarity::Higher => false,
        Polarity::Lower => true,
        Polarity::Range => above,
    };
    match (less_is_better, target_e4) {
        (true, 0) => Some(Term::PastNought),
        (false, 0) => None,
        (true, _) => Some(Term::Inverse { target_e4 }),
        (false, _) => Some(Term::Share { target_e4 }),
    }
}

#[cfg(test)]
mod tests {
    use kinerja_kit::fields::Fields;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::policy::shipped;

    fn shown(polarity: Polarity, min: &str, max: &str, realised: &str) -> Option<(String, Rating)> {
        let e4 = |text: &str| Fields::default().decimal("value", text, 4);
        let target = Target { min_e4: e4(min), max_e4: e4(max) };
        let policy = shipped();
        measure(&policy.parameters, polarity, target, e4(realised))
            .map(|made| (made.shown.text(policy.parameters.shown_decimals), made.class))
    }

    fn made(percent: &str, class: Rating) -> Option<(String, Rating)> {
        Some((percent.to_owned(), class))
    }

    #[test]
    fn the_examples_of_the_regulation_come_out() {
        use Polarity::{Higher, Lower};
        assert_eq!(shown(Higher, "80", "90", "92"), made("102.22", Rating::Above));
        assert_eq!(shown(Higher, "80", "90", "70"), made("87.50", Rating::Below));
        assert_eq!(shown(Lower, "7", "8", "6.5"), made("107.14", Rating::Above));
        assert_eq!(shown(Lower, "7", "8", "9"), made("87.50", Rating::Below));
    }

    #[test]
    fn inside_of_a_range_is_a_hundred() {
        for polarity in [Polarity::Higher, Polarity::Lower, Polarity::Range] {
            for realised in ["80", "85", "90"] {
                assert_eq!(shown(polarity, "80", "90", realised), made("100.00", Rating::Meets));
            }
        }
    }

    #[test]
    fn leaving_a_range_to_either_side_is_worse() {
        assert_eq!(shown(Polarity::Range, "80", "90", "99"), made("90.00", Rating::Meets));
        assert_eq!(shown(Polarity::Range, "80", "90", "72"), made("90.00", Rating::Meets));
        assert_eq!(shown(Polarity::Range, "80", "90", "60"), made("75.00", Rating::Below));
    }

    #[test]
    fn a_target_of_nought_is_met_by_nought_alone() {
        assert_eq!(shown(Polarity::Lower, "0", "0", "0"), made("100.00", Rating::Meets));
        assert_eq!(shown(Polarity::Lower, "0", "0", "1"), made("0.00", Rating::Below));
        assert_eq!(shown(Polarity::Higher, "0", "0", "1"), None);
    }

    #[test]
    fn twice_the_days_is_nought_and_never_less() {
        assert_eq!(shown(Polarity::Lower, "5", "5", "10"), made("0.00", Rating::Below));
        assert_eq!(shown(Polarity::Lower, "5", "5", "50"), made("0.00", Rating::Below));
    }

    #[test]
    fn what_is_shown_is_what_is_compared() {
        // 100.004 is shown as 100.00 and meets; 100.005 is shown as 100.01 and is above.
        assert_eq!(
            shown(Polarity::Higher, "25000", "25000", "25001"),
            made("100.00", Rating::Meets)
        );
        assert_eq!(
            shown(Polarity::Higher, "20000", "20000", "20001"),
            made("100.01", Rating::Above)
        );
        assert_eq!(
            shown(Polarity::Higher, "20000", "20000", "17999"),
            made("90.00", Rating::Meets)
        );
        assert_eq!(
            shown(Polarity::Higher, "25000", "25000", "22498"),
            made("89.99", Rating::Below)
        );
    }

    proptest! {
        #[test]
        fn more_is_never_worse_where_more_is_better(
            target in 1_i64..1_000_000, a in 0_i64..2_000_000, b in 0_i64..2_000_000,
        ) {
            let parameters = shipped().parameters;
            let target = Target { min_e4: target, max_e4: target };
            let exact = |r| measure(&parameters, Polarity::Higher, target, r).map(|m| m.exact);
            prop_assert!(exact(a.min(b)) <= exact(a.max(b)));
        }

        #[test]
        fn less_is_never_worse_where_less_is_better(
            min in 0_i64..1_000, width in 0_i64..1_000, a in 0_i64..5_000, b in 0_i64..5_000,
        ) {
            let parameters = shipped().parameters;
            let target = Target { min_e4: min, max_e4: min + width };
            let exact = |r| measure(&parameters, Polarity::Lower, target, r).map(|m| m.exact);
            prop_assert!(exact(a.min(b)) >= exact(a.max(b)));
        }

        #[test]
        fn an_achievement_is_never_negative(
            min in 0_i64..1_000_000, width in 0_i64..1_000, realised in 0_i64..10_000_000,
        ) {
            let parameters = shipped().parameters;
            let target = Target { min_e4: min, max_e4: min + width };
            for polarity in [Polarity::Higher, Polarity::Lower, Polarity::Range] {
                if let Some(made) = measure(&parameters, polarity, target, realised) {
                    prop_assert!(made.exact >= whole(0));
                }
            }
        }
    }
}
