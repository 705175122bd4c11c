use super::{Amount, Polarity, Policy, Target};

/// How far a target was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Achievement {
    pub share: Share,
    /// What is shown: hundredths of a percent, rounded half up.
    pub percent_e2: i64,
    pub class: Class,
}

/// Worse comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    Below,
    Meets,
    Above,
}

/// An exact share of a target in lowest terms; 1/1 is the target itself. Never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    numerator: i64,
    denominator: i64,
}

impl Policy {
    /// K2 and K3: the share, rounded to what is shown, and the class of what is shown.
    pub fn achievement(&self, polarity: Polarity, target: &Target, value: Amount) -> Achievement {
        let share = Share::reached(polarity, target, value);
        let percent_e2 = share.percent_e2();
        Achievement { share, percent_e2, class: self.class(percent_e2) }
    }

    fn class(&self, percent_e2: i64) -> Class {
        if percent_e2 > self.above_over_e2 {
            Class::Above
        } else if percent_e2 >= self.meets_from_e2 {
            Class::Meets
        } else {
            Class::Below
        }
    }
}

impl Share {
    const WHOLE: Self = Self { numerator: 1, denominator: 1 };
    const NOTHING: Self = Self { numerator: 0, denominator: 1 };

    /// Of the bound on the side of `value`; the whole within the bounds.
    ///
    /// Leaving a target of polarity RANGE costs on both sides: above it less is better, below it more.
    fn reached(polarity: Polarity, target: &Target, value: Amount) -> Self {
        if target.min < target.max && target.min <= value && value <= target.max {
            return Self::WHOLE;
        }
        let above = value > target.max;
        let bound = if above { target.max } else { target.min };
        let more_is_better = match polarity {
            Polarity::Higher => true,
            Polarity::Lower => false,
            Polarity::Range => !above,
        };
        if more_is_better { Self::higher(value, bound) } else { Self::lower(value, bound) }
    }

    /// `R/T`; a target of nothing is always reached.
    fn higher(value: Amount, target: Amount) -> Self {
        if target.e4() == 0 {
            return Self::WHOLE;
        }
        Self::reduced(value.e4(), target.e4())
    }

    /// `2 - R/T`, at least nothing; a target of nothing is reached by nothing alone.
    fn lower(value: Amount, target: Amount) -> Self {
        match (target.e4(), value.e4()) {
            (0, 0) => Self::WHOLE,
            (0, _) => Self::NOTHING,
            (target, value) => Self::reduced((2 * target - value).max(0), target),
        }
    }

    fn reduced(numerator: i64, denominator: i64) -> Self {
        let common = greatest_common_divisor(numerator, denominator);
        Self { numerator: numerator / common, denominator: denominator / common }
    }

    /// Takes apart what [`Share::numerator`] and [`Share::denominator`] gave.
    pub fn of(numerator: i64, denominator: i64) -> Option<Self> {
        (numerator >= 0 && denominator > 0).then(|| Self::reduced(numerator, denominator))
    }

    pub fn numerator(self) -> i64 {
        self.numerator
    }

    pub fn denominator(self) -> i64 {
        self.denominator
    }

    /// K1: half up, in hundredths of a percent.
    pub fn percent_e2(self) -> i64 {
        let (numerator, denominator) = (i128::from(self.numerator), i128::from(self.denominator));
        let rounded = (2 * 10_000 * numerator + denominator) / (2 * denominator);
        i64::try_from(rounded).unwrap_or(i64::MAX)
    }
}

/// Of two numbers that are not negative, the second positive.
fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    if a == 0 { b } else { greatest_common_divisor(b % a, a) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(value: f64) -> Amount {
        Amount::of((value * 10_000.0) as i64).expect("an amount")
    }

    fn percent(polarity: Polarity, min: f64, max: f64, value: f64) -> i64 {
        let target = Target { min: amount(min), max: amount(max), unit: "hari".into() };
        Policy::k1().achievement(polarity, &target, amount(value)).percent_e2
    }

    #[test]
    fn the_examples_of_the_regulation_come_out() {
        assert_eq!(percent(Polarity::Higher, 80.0, 90.0, 92.0), 10_222);
        assert_eq!(percent(Polarity::Higher, 80.0, 90.0, 70.0), 8_750);
        assert_eq!(percent(Polarity::Lower, 7.0, 8.0, 6.5), 10_714);
        assert_eq!(percent(Polarity::Lower, 7.0, 8.0, 9.0), 8_750);
    }

    #[test]
    fn inside_a_range_the_target_is_reached() {
        for polarity in [Polarity::Higher, Polarity::Lower, Polarity::Range] {
            for value in [80.0, 85.0, 90.0] {
                assert_eq!(percent(polarity, 80.0, 90.0, value), 10_000);
            }
        }
    }

    #[test]
    fn leaving_a_range_costs_on_both_sides() {
        assert_eq!(percent(Polarity::Range, 80.0, 100.0, 110.0), 9_000);
        assert_eq!(percent(Polarity::Range, 80.0, 100.0, 60.0), 7_500);
    }

    #[test]
    fn a_target_of_no_errors_is_reached_by_none_alone() {
        assert_eq!(percent(Polarity::Lower, 0.0, 0.0, 0.0), 10_000);
        assert_eq!(percent(Polarity::Lower, 0.0, 0.0, 1.0), 0);
    }

    #[test]
    fn an_achievement_is_never_negative() {
        assert_eq!(percent(Polarity::Lower, 5.0, 5.0, 11.0), 0);
    }

    #[test]
    fn halves_are_rounded_up() {
        assert_eq!(percent(Polarity::Higher, 80.0, 80.0, 0.004), 1); // 0.005 %
        assert_eq!(percent(Polarity::Higher, 3.0, 3.0, 1.0), 3_333);
        assert_eq!(percent(Polarity::Higher, 3.0, 3.0, 2.0), 6_667);
    }

    #[test]
    fn what_is_shown_is_what_is_classed() {
        let class = |value| {
            let target = Target { min: amount(200.0), max: amount(200.0), unit: "%".into() };
            Policy::k1().achievement(Polarity::Higher, &target, amount(value)).class
        };
        assert_eq!(class(179.99), Class::Meets); // 89.995 % is shown as 90.00 %
        assert_eq!(class(179.98), Class::Below);
        assert_eq!(class(200.0), Class::Meets);
        assert_eq!(class(200.009), Class::Meets); // 100.0045 % is shown as 100.00 %
        assert_eq!(class(200.01), Class::Above);
    }

    prop_compose! {
        fn single()(t in 1_i64..=1_000_000_000_000) -> Target {
            let t = Amount::of(t).expect("an amount");
            Target { min: t, max: t, unit: "x".into() }
        }
    }

    proptest! {
        #[test]
        fn more_is_never_worse_where_more_is_better(target in single(), a in 0_i64..1 << 50, b in 0_i64..1 << 50) {
            let (less, more) = (Amount::of(a.min(b)).expect("amount"), Amount::of(a.max(b)).expect("amount"));
            let of = |value| Policy::k1().achievement(Polarity::Higher, &target, value);
            prop_assert!(of(less).percent_e2 <= of(more).percent_e2);
            prop_assert!(of(less).class <= of(more).class);
        }

        #[test]
        fn both_polarities_mirror_each_other_at_the_target(target in single(), off in 0_i64..1 << 40) {
            let t = target.max.e4();
            let off = off.min(t);
            let value = |e4| Amount::of(e4).expect("amount");
            let higher = Share::reached(Polarity::Higher, &target, value(t + off));
            let lower = Share::reached(Polarity::Lower, &target, value(t - off));
            prop_assert_eq!(higher, lower);
        }

        #[test]
        fn a_share_is_in_lowest_terms_and_exact(target in single(), r in 0_i64..1 << 50) {
            let share = Share::reached(Polarity::Higher, &target, Amount::of(r).expect("amount"));
            let (n, d) = (i128::from(share.numerator()), i128::from(share.denominator()));
            prop_assert_eq!(n * i128::from(target.max.e4()), i128::from(r) * d);
            prop_assert_eq!(greatest_common_divisor(share.numerator(), share.denominator()), 1);
        }

        #[test]
        fn the_largest_figures_do_not_overflow(t in 0_i64..=Amount::MAX_E4, r in 0_i64..=Amount::MAX_E4) {
            let target = Target { min: Amount::of(t).expect("amount"), max: Amount::of(t).expect("amount"), unit: "Rp".into() };
            for polarity in [Polarity::Higher, Polarity::Lower, Polarity::Range] {
                let achieved = Policy::k1().achievement(polarity, &target, Amount::of(r).expect("amount"));
                prop_assert!(achieved.percent_e2 >= 0 && achieved.share.denominator() > 0);
            }
        }
    }
}
