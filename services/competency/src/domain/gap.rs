use jiff::civil::Date;

use super::{AssessmentId, Bilingual, EmployeeId, Level, PostScope, Requirement, Source};

/// What a post asks for against what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub employee_id: EmployeeId,
    pub on: Date,
    pub posts: PostScope,
    pub lines: Vec<GapLine>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapLine {
    pub requirement: Requirement,
    /// The latest valid assessment of the first source that has one.
    pub found: Option<Finding>,
    /// Shown, never counted.
    pub own_view: Option<Finding>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub level: Level,
    pub source: Source,
    pub assessment_id: AssessmentId,
    pub assessed_on: Date,
    pub valid_until: Date,
}

/// Job person match (JPM, K17): each level counted up to what is asked for, in sum, against the sum
/// asked for. An exact fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    pub reached: u32,
    pub required: u32,
}

/// A named set of categories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    pub name: String,
    pub policy_version: String,
    pub categories: Vec<Category>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    pub code: String,
    pub name: Bilingual,
    /// In hundredths of a percent.
    pub from_e2: u32,
}

impl GapLine {
    /// Levels that are missing; `None` where nothing valid was found.
    pub fn missing(&self) -> Option<u8> {
        let found = self.found.as_ref()?.level.get();
        Some(self.requirement.level.get().saturating_sub(found))
    }
}

impl Gap {
    /// The match, once every competency asked for has a valid assessment: what was not assessed is
    /// neither reached nor missed.
    pub fn job_person_match(&self) -> Option<Match> {
        let mut sum = Match { reached: 0, required: 0 };
        for line in &self.lines {
            let (required, found) = (line.requirement.level, line.found.as_ref()?.level);
            sum.reached += u32::from(found.min(required).get());
            sum.required += u32::from(required.get());
        }
        (sum.required > 0).then_some(sum)
    }
}

impl Match {
    /// In hundredths of a percent, half up: what is shown, and what is compared with a bound (K1).
    pub fn percent_e2(self) -> u32 {
        (self.reached * 20_000 + self.required) / (2 * self.required)
    }
}

impl Scheme {
    pub fn category(&self, matched: Match) -> Option<&Category> {
        let percent = matched.percent_e2();
        let reached = self.categories.iter().filter(|category| category.from_e2 <= percent);
        reached.max_by_key(|category| category.from_e2)
    }
}

#[cfg(test)]
#[path = "gap_tests.rs"]
mod tests;
