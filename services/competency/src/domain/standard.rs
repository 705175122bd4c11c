use jiff::{Timestamp, civil::Date};

use super::{Code, Level, PositionId, StandardId};

/// What a government asks of some posts beyond, or instead of, the national standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standard {
    pub id: StandardId,
    pub posts: PostScope,
    pub valid_from: Date,
    /// The act that set it.
    pub source: String,
    pub levels: Vec<(Code, Level)>,
    pub created_at: Timestamp,
    pub withdrawn_at: Option<Timestamp>,
    pub revision: i64,
}

/// Posts of a kind and level, or one position. Kind and level are the registry's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostScope {
    pub kind: String,
    /// Empty for every level of the kind.
    pub level: String,
    pub position_id: Option<PositionId>,
}

/// What is asked of a post in one competency, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    pub code: Code,
    pub level: Level,
    pub source: String,
    /// Of a national standard.
    pub policy_version: Option<String>,
    /// The government's own.
    pub standard_id: Option<StandardId>,
    pub valid_from: Date,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the standard was withdrawn")]
pub struct AlreadyWithdrawn;

/// The kinds of position that standards are for.
pub const POSITION_KINDS: [&str; 6] =
    ["REGIONAL_LEADER", "JPT", "ADMINISTRATOR", "PENGAWAS", "PELAKSANA", "FUNCTIONAL"];

impl Standard {
    pub fn withdraw(self, at: Timestamp) -> Result<Self, AlreadyWithdrawn> {
        if self.withdrawn_at.is_some() {
            return Err(AlreadyWithdrawn);
        }
        Ok(Self { withdrawn_at: Some(at), revision: self.revision + 1, ..self })
    }
}
