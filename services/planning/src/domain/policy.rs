//! Versions of what law leaves open: from when on an achievement meets expectation, or is above it.

use std::{fmt, str::FromStr};

use jiff::civil::{Date, date};

/// Such as `K1` or `TT-2027`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyId(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must have 1 to 32 capital letters, digits, dots or hyphens, and begin with a letter or digit"
)]
pub struct NotAPolicyId;

/// One version; it never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub id: PolicyId,
    pub supersedes: Option<PolicyId>,
    pub name: String,
    /// It rules the periods that end on this day or later.
    pub valid_from: Date,
    /// K3, in hundredths of a percent.
    pub meets_from_e2: i64,
    pub above_over_e2: i64,
    pub citation: String,
}

/// A thousand percent.
const MOST_E2: i64 = 100_000;

impl Policy {
    /// The version that the suite ships.
    pub fn k1() -> Self {
        Self {
            id: PolicyId("K1".to_owned()),
            supersedes: None,
            name: "Kebijakan bawaan K1".to_owned(),
            valid_from: date(2026, 1, 1),
            meets_from_e2: 9_000,
            above_over_e2: 10_000,
            citation: "K-1; 90 adalah batas bawah Baik dalam PP 30/2019".to_owned(),
        }
    }

    /// The numbers that cannot be so, with why.
    pub fn faults(&self) -> Vec<(&'static str, &'static str)> {
        let known = |percent| (1..=MOST_E2).contains(&percent);
        [
            (known(self.meets_from_e2), "meets_from", "must be from 0.01 to 1000"),
            (known(self.above_over_e2), "above_over", "must be from 0.01 to 1000"),
            (
                self.meets_from_e2 <= self.above_over_e2,
                "above_over",
                "must not be less than meets_from",
            ),
        ]
        .into_iter()
        .filter_map(|(holds, field, fault)| (!holds).then_some((field, fault)))
        .collect()
    }
}

impl PolicyId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PolicyId {
    type Err = NotAPolicyId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit();
        let well_formed = (1..=32).contains(&text.len())
            && text.bytes().all(|c| plain(c) || c == b'.' || c == b'-')
            && text.bytes().next().is_some_and(plain);
        if well_formed { Ok(Self(text.to_owned())) } else { Err(NotAPolicyId) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_version_is_sound() {
        assert_eq!(Policy::k1().faults(), []);
        assert_eq!("K1".parse(), Ok(Policy::k1().id));
    }

    #[test]
    fn cut_offs_are_shares_in_order() {
        let faulty = |meets_from_e2, above_over_e2| {
            let policy = Policy { meets_from_e2, above_over_e2, ..Policy::k1() };
            policy.faults().into_iter().map(|(field, _)| field).collect::<Vec<_>>()
        };
        assert_eq!(faulty(0, 100_001), ["meets_from", "above_over"]);
        assert_eq!(faulty(9_001, 9_000), ["above_over"]);
        assert!(faulty(9_000, 9_000).is_empty());
    }
}
