//! Versions of what law leaves open or what differs by place. A version never changes.

mod shipped;

use std::{fmt, str::FromStr};

use jiff::civil::Date;

use super::{
    matrix::Matrix,
    objection::ObjectionRule,
    percent::Percent,
    word::{self, UnknownWord},
};

pub use shipped::shipped;

/// Such as `K1` or `TT-2027`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyId(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must have 1 to 32 capital letters, digits, dots or hyphens, and begin with a letter or digit"
)]
pub struct NotAPolicyId;

#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    pub id: PolicyId,
    pub supersedes: Option<PolicyId>,
    pub name: String,
    /// The first day on which a cycle that it rules may begin.
    pub valid_from: Date,
    pub parameters: Parameters,
    pub matrix: Matrix,
    pub rules: Vec<Rule>,
}

/// The numbers of the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// K1, from 0 to 4.
    pub shown_decimals: u8,
    /// K3.
    pub above_over: Percent,
    /// K3.
    pub meets_from: Percent,
    /// K5: the share of units that is a majority, to be exceeded.
    pub majority_over: Percent,
    /// K5.
    pub mean_cap: Percent,
    /// K7, from 1 to 7.
    pub behaviour_above_from: u8,
    /// K12.
    pub objection: ObjectionRule,
}

/// What a rule says, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Such as `K3`.
    pub rule: String,
    pub source: Source,
    pub citation: String,
    pub indonesian: String,
    pub english: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Law,
    /// A reading where law leaves it open.
    Reading,
}

const SOURCES: &[(Source, &str)] = &[(Source::Law, "LAW"), (Source::Reading, "READING")];

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

impl Parameters {
    /// The fields that cannot be so, with why.
    pub fn faults(&self) -> Vec<(&'static str, &'static str)> {
        let hundred = Percent::from_e4(1_000_000);
        let days = self.objection.days;
        [
            (self.shown_decimals <= 4, "shown_decimals", "must be from 0 to 4"),
            (self.meets_from.e4() >= 0, "meets_from", "must not be negative"),
            (self.meets_from <= self.above_over, "above_over", "must not be less than meets_from"),
            (
                self.majority_over.e4() >= 0 && self.majority_over < hundred,
                "majority_over",
                "must be from 0 to less than 100",
            ),
            (self.mean_cap.e4() > 0, "mean_cap", "must be more than 0"),
            (
                (1..=7).contains(&self.behaviour_above_from),
                "behaviour_above_from",
                "must be from 1 to 7",
            ),
            ((1..=366).contains(&days), "objection_days", "must be from 1 to 366"),
        ]
        .into_iter()
        .filter_map(|(holds, field, fault)| (!holds).then_some((field, fault)))
        .collect()
    }
}

impl Source {
    pub fn word(self) -> &'static str {
        word::of(SOURCES, self)
    }
}

impl FromStr for Source {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(SOURCES, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_version_is_sound_and_says_where_each_rule_comes_from() {
        let k1 = shipped();
        assert_eq!((k1.id.as_str(), k1.supersedes.as_ref()), ("K1", None));
        assert_eq!(k1.valid_from, jiff::civil::date(2026, 1, 1));
        assert_eq!(k1.parameters.faults(), []);
        let rules: Vec<_> = k1.rules.iter().map(|rule| rule.rule.as_str()).collect();
        assert_eq!(rules, ["K1", "K2", "K3", "K4", "K5", "K6", "K7", "K8", "K12"]);
        let law = |rule: &&Rule| rule.source == Source::Law;
        let laws: Vec<_> = k1.rules.iter().filter(law).map(|rule| rule.rule.as_str()).collect();
        assert_eq!(laws, ["K2", "K8", "K12"]);
    }

    #[test]
    fn every_faulty_parameter_is_named() {
        let parameters = Parameters {
            shown_decimals: 5,
            above_over: Percent::from_e4(1),
            meets_from: Percent::from_e4(2),
            majority_over: Percent::from_e4(1_000_000),
            mean_cap: Percent::from_e4(0),
            behaviour_above_from: 8,
            objection: ObjectionRule { days: 0, ..shipped().parameters.objection },
        };
        let named: Vec<_> = parameters.faults().into_iter().map(|(field, _)| field).collect();
        assert_eq!(
            named,
            [
                "shown_decimals",
                "above_over",
                "majority_over",
                "mean_cap",
                "behaviour_above_from",
                "objection_days"
            ]
        );
    }

    #[test]
    fn a_policy_id_is_short_and_plain() {
        for id in ["K1", "TT-2027", "12.76-2027"] {
            assert!(id.parse::<PolicyId>().is_ok(), "{id}");
        }
        for id in ["", "k1", "-K1", "K 1", "K1K1K1K1K1K1K1K1K1K1K1K1K1K1K1K1K"] {
            assert_eq!(id.parse::<PolicyId>(), Err(NotAPolicyId), "{id}");
        }
    }
}
