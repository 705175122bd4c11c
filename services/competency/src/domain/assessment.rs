use jiff::{Span, Timestamp, civil::Date};

use super::{AssessmentId, Code, EmployeeId, Level};

/// Peers are heard through at least so many ballots, so that none can be made out.
pub const FEWEST_BALLOTS: i32 = 3;

/// What one source found of one employee on a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    pub id: AssessmentId,
    pub employee_id: EmployeeId,
    pub source: Source,
    pub assessed_on: Date,
    /// The last day it counts.
    pub valid_until: Date,
    pub policy_version: String,
    pub levels: Vec<AssessedLevel>,
    /// Of peers: how many were heard; else 0.
    pub ballots: i32,
    pub note: String,
    pub recorded_by: Option<EmployeeId>,
    /// By what right it was recorded.
    pub basis: String,
    pub created_at: Timestamp,
    pub withdrawal: Option<Withdrawal>,
    pub revision: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssessedLevel {
    pub code: Code,
    pub level: Level,
    pub evidence: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    pub at: Timestamp,
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    AssessmentCentre,
    Superior,
    Peers,
    Oneself,
}

/// How long the assessments of a source count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePolicy {
    pub policy_version: String,
    pub valid_months: i16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the assessment was withdrawn")]
pub struct Withdrawn;

impl Assessment {
    pub fn withdraw(self, at: Timestamp, reason: String) -> Result<Self, Withdrawn> {
        if self.withdrawal.is_some() {
            return Err(Withdrawn);
        }
        let withdrawal = Some(Withdrawal { at, reason });
        Ok(Self { withdrawal, revision: self.revision + 1, ..self })
    }
}

impl Source {
    pub const ALL: [Self; 4] = [Self::AssessmentCentre, Self::Superior, Self::Peers, Self::Oneself];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::AssessmentCentre => "ASSESSMENT_CENTRE",
            Self::Superior => "SUPERIOR",
            Self::Peers => "PEERS",
            Self::Oneself => "SELF",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == text)
    }

    /// Whether so many ballots fit the source: enough of peers, none of anybody else.
    pub fn admits(self, ballots: i32) -> bool {
        match self {
            Self::Peers => ballots >= FEWEST_BALLOTS,
            _ => ballots == 0,
        }
    }
}

impl SourcePolicy {
    /// The last day an assessment of `assessed_on` counts: the day before it is so many months old.
    pub fn valid_until(&self, assessed_on: Date) -> Date {
        assessed_on
            .saturating_add(Span::new().months(self.valid_months))
            .saturating_sub(Span::new().days(1))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_assessment_counts_until_the_day_before_it_is_too_old() {
        let policy = SourcePolicy { policy_version: "K1".into(), valid_months: 36 };
        assert_eq!(policy.valid_until(date(2026, 3, 15)), date(2029, 3, 14));
        assert_eq!(policy.valid_until(date(2024, 2, 29)), date(2027, 2, 27));
    }

    #[test]
    fn two_peers_are_too_few_to_be_heard() {
        assert!(!Source::Peers.admits(2));
        assert!(Source::Peers.admits(3));
    }

    #[test]
    fn only_peers_have_ballots() {
        assert!(Source::Superior.admits(0));
        assert!(!Source::Superior.admits(3));
    }

    #[test]
    fn every_source_is_read_back_as_it_was_written() {
        for source in Source::ALL {
            assert_eq!(Source::parse(source.as_str()), Some(source));
        }
    }
}
