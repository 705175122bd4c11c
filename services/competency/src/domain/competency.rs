use std::fmt;

use jiff::Timestamp;

/// An entry of the dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Competency {
    pub code: Code,
    pub kind: Kind,
    pub name: Bilingual,
    pub definition: Bilingual,
    /// Five, lowest first.
    pub levels: Vec<Mastery>,
    pub ownership: Ownership,
}

/// Who may change an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// No government.
    National,
    /// The government whose entry it is.
    Own { created_at: Timestamp, retired_at: Option<Timestamp>, revision: i64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Managerial,
    SocioCultural,
    Technical,
}

/// What one level of an entry looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mastery {
    pub level: Level,
    pub name: Bilingual,
    pub behaviours: Vec<Bilingual>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bilingual {
    pub indonesian: String,
    pub english: String,
}

/// `M.01` managerial, `S.01` socio-cultural, `T.IZN.01` technical.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(String);

/// From 1 to 5; 0 is none of them: not asked for, or not seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u8);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a code such as M.01, S.01 or T.IZN.01")]
pub struct NotACode;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a level from 0 to 5")]
pub struct NotALevel;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CompetencyError {
    #[error("the national dictionary is not a government's to change")]
    National,
    #[error("the competency is no longer used")]
    Retired,
}

impl Competency {
    /// Takes new words from `reworded`.
    pub fn reword(self, reworded: Self) -> Result<Self, CompetencyError> {
        let ownership = self.next_revision()?;
        Ok(Self { ownership, code: self.code, kind: self.kind, ..reworded })
    }

    /// Takes the entry out of use.
    pub fn retire(self, at: Timestamp) -> Result<Self, CompetencyError> {
        match self.next_revision()? {
            Ownership::Own { created_at, revision, .. } => {
                let ownership = Ownership::Own { created_at, retired_at: Some(at), revision };
                Ok(Self { ownership, ..self })
            }
            Ownership::National => Err(CompetencyError::National),
        }
    }

    pub fn is_retired(&self) -> bool {
        matches!(self.ownership, Ownership::Own { retired_at: Some(_), .. })
    }

    fn next_revision(&self) -> Result<Ownership, CompetencyError> {
        match self.ownership {
            Ownership::National => Err(CompetencyError::National),
            Ownership::Own { retired_at: Some(_), .. } => Err(CompetencyError::Retired),
            Ownership::Own { created_at, retired_at: None, revision } => {
                Ok(Ownership::Own { created_at, retired_at: None, revision: revision + 1 })
            }
        }
    }
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Managerial, Self::SocioCultural, Self::Technical];

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Managerial => "MANAGERIAL",
            Self::SocioCultural => "SOCIO_CULTURAL",
            Self::Technical => "TECHNICAL",
        }
    }
}

impl Code {
    /// What a faulty field leaves behind: a code that no dictionary has.
    pub(crate) fn unused() -> Self {
        Self("T.0".to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn kind(&self) -> Kind {
        match self.0.as_bytes()[0] {
            b'M' => Kind::Managerial,
            b'S' => Kind::SocioCultural,
            _ => Kind::Technical,
        }
    }
}

impl TryFrom<String> for Code {
    type Error = NotACode;

    fn try_from(text: String) -> Result<Self, NotACode> {
        let (kind, rest) = text.split_once('.').ok_or(NotACode)?;
        let digits = rest.len() == 2 && rest.bytes().all(|b| b.is_ascii_digit());
        let words = rest.split('.').all(|word| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        });
        match kind {
            "M" | "S" if digits => Ok(Self(text)),
            "T" if words && text.len() <= 30 => Ok(Self(text)),
            _ => Err(NotACode),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Level {
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<i32> for Level {
    type Error = NotALevel;

    fn try_from(value: i32) -> Result<Self, NotALevel> {
        match u8::try_from(value) {
            Ok(level @ 0..=5) => Ok(Self(level)),
            _ => Err(NotALevel),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(ownership: Ownership) -> Competency {
        let words = || Bilingual { indonesian: "kata".into(), english: "word".into() };
        Competency {
            code: "T.IZN.01".to_owned().try_into().expect("code"),
            kind: Kind::Technical,
            name: words(),
            definition: words(),
            levels: vec![],
            ownership,
        }
    }

    #[test]
    fn a_code_tells_the_kind_of_its_competency() {
        let kind = |text: &str| Code::try_from(text.to_owned()).map(|code| code.kind());
        assert_eq!(kind("M.08"), Ok(Kind::Managerial));
        assert_eq!(kind("S.01"), Ok(Kind::SocioCultural));
        assert_eq!(kind("T.IZN.01"), Ok(Kind::Technical));
    }

    #[test]
    fn anything_else_is_no_code() {
        for text in ["", "M", "M.1", "M.001", "M.AA", "X.01", "T.", "T..1", "T.izn", "M.01 "] {
            assert_eq!(Code::try_from(text.to_owned()), Err(NotACode), "{text}");
        }
    }

    #[test]
    fn there_is_no_sixth_level() {
        assert!(Level::try_from(5).is_ok());
        assert_eq!(Level::try_from(6), Err(NotALevel));
        assert_eq!(Level::try_from(-1), Err(NotALevel));
    }

    #[test]
    fn a_national_entry_is_not_changed() {
        let retired = entry(Ownership::National).retire(Timestamp::UNIX_EPOCH);
        assert_eq!(retired, Err(CompetencyError::National));
    }

    #[test]
    fn a_retired_entry_stays_as_it_is() {
        let own =
            Ownership::Own { created_at: Timestamp::UNIX_EPOCH, retired_at: None, revision: 1 };
        let retired = entry(own).retire(Timestamp::UNIX_EPOCH).expect("first time");
        assert!(retired.is_retired());
        assert_eq!(retired.clone().reword(retired), Err(CompetencyError::Retired));
    }
}
