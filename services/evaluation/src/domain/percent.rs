//! Percentages, exact and as they are shown (rule K1).

use num_rational::BigRational;

/// An exact fraction; of percent where a percentage is meant.
pub type Fraction = BigRational;

/// A percentage scaled by 10,000: what is shown, and what is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(i64);

const SCALE: u32 = 4;

impl Percent {
    pub const fn from_e4(scaled: i64) -> Self {
        Self(scaled)
    }

    pub const fn e4(self) -> i64 {
        self.0
    }

    /// Rounds a fraction that is not negative half up to so many decimals, at most four.
    pub fn round(exact: &Fraction, decimals: u8) -> Self {
        let unit = power_of_ten(u32::from(decimals));
        let half = fraction(1, 2);
        let units = (exact * whole(unit) + half).floor().to_integer();
        let scaled = units * power_of_ten(SCALE - u32::from(decimals));
        // More than nine hundred billion percent: the bound is as good as the figure.
        Self(i64::try_from(scaled).unwrap_or(i64::MAX))
    }

    /// With exactly so many decimals, such as `87.50`.
    pub fn text(self, decimals: u8) -> String {
        let unit = power_of_ten(SCALE);
        let part = (self.0 % unit) / power_of_ten(SCALE - u32::from(decimals));
        if decimals == 0 {
            return (self.0 / unit).to_string();
        }
        format!("{}.{part:0width$}", self.0 / unit, width = usize::from(decimals))
    }

    pub fn exact(self) -> Fraction {
        fraction(self.0, power_of_ten(SCALE))
    }
}

/// # Panics
/// If `denominator` is zero.
pub fn fraction(numerator: i64, denominator: i64) -> Fraction {
    Fraction::new(numerator.into(), denominator.into())
}

pub fn whole(value: i64) -> Fraction {
    Fraction::from_integer(value.into())
}

fn power_of_ten(exponent: u32) -> i64 {
    10_i64.pow(exponent)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_half_is_rounded_up() {
        assert_eq!(Percent::round(&fraction(200_005, 2000), 2).text(2), "100.00");
        assert_eq!(Percent::round(&fraction(200_010, 2000), 2).text(2), "100.01");
        assert_eq!(Percent::round(&fraction(1, 8), 2).text(2), "0.13");
    }

    #[test]
    fn as_many_decimals_are_shown_as_policy_says() {
        let third = fraction(100, 3);
        let shown: Vec<_> = (0..=4).map(|n| Percent::round(&third, n).text(n)).collect();
        assert_eq!(shown, ["33", "33.3", "33.33", "33.333", "33.3333"]);
    }

    proptest! {
        #[test]
        fn rounding_moves_by_at_most_half_a_unit(n in 0_i64..1_000_000_000, d in 1_i64..1_000_000) {
            let exact = fraction(n, d);
            let moved = Percent::round(&exact, 2).exact() - exact;
            prop_assert!(moved > fraction(-1, 200) && moved <= fraction(1, 200));
        }

        #[test]
        fn rounding_keeps_order(a in 0_i64..1_000_000, b in 0_i64..1_000_000, d in 1_i64..10_000) {
            let (low, high) = (fraction(a.min(b), d), fraction(a.max(b), d));
            prop_assert!(Percent::round(&low, 2) <= Percent::round(&high, 2));
        }
    }
}
