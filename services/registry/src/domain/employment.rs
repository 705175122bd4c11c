use std::str::FromStr;

use super::{UnknownWord, word};

/// How somebody serves (jenis pegawai).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EmploymentKind {
    Pns,
    Cpns,
    Pppk,
    PppkPartTime,
    /// The elected leader (kepala daerah): rates the secretary, has no identity number and no rank.
    StateOfficial,
}

/// Where somebody stands towards the government (kedudukan hukum).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    Active,
    StudyLeave,
    UnpaidLeave,
    /// Never lowers a rating; the health reason is not kept.
    ProtectedAbsence(AbsenceKind),
    Seconded,
    Suspended,
    PreRetirement,
    Retired,
    Resigned,
    Dismissed,
    Deceased,
    /// Gone to another government; the record is closed.
    Moved,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AbsenceKind {
    Maternity,
    Sick,
    ImportantReason,
    Major,
}

impl EmploymentKind {
    const WORDS: &[(Self, &str)] = &[
        (Self::Pns, "PNS"),
        (Self::Cpns, "CPNS"),
        (Self::Pppk, "PPPK"),
        (Self::PppkPartTime, "PPPK_PART_TIME"),
        (Self::StateOfficial, "STATE_OFFICIAL"),
    ];

    pub fn as_str(self) -> &'static str {
        word::of(Self::WORDS, self)
    }
}

impl FromStr for EmploymentKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(Self::WORDS, text)
    }
}

impl AbsenceKind {
    const WORDS: &[(Self, &str)] = &[
        (Self::Maternity, "MATERNITY"),
        (Self::Sick, "SICK"),
        (Self::ImportantReason, "IMPORTANT_REASON"),
        (Self::Major, "MAJOR"),
    ];

    pub fn as_str(self) -> &'static str {
        word::of(Self::WORDS, self)
    }
}

impl FromStr for AbsenceKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(Self::WORDS, text)
    }
}

impl Status {
    /// Every status but the protected absence, which needs its kind.
    const WORDS: &[(Self, &str)] = &[
        (Self::Active, "ACTIVE"),
        (Self::StudyLeave, "STUDY_LEAVE"),
        (Self::UnpaidLeave, "UNPAID_LEAVE"),
        (Self::Seconded, "SECONDED"),
        (Self::Suspended, "SUSPENDED"),
        (Self::PreRetirement, "PRE_RETIREMENT"),
        (Self::Retired, "RETIRED"),
        (Self::Resigned, "RESIGNED"),
        (Self::Dismissed, "DISMISSED"),
        (Self::Deceased, "DECEASED"),
        (Self::Moved, "MOVED"),
    ];
    const PROTECTED_ABSENCE: &str = "PROTECTED_ABSENCE";

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ProtectedAbsence(_) => Self::PROTECTED_ABSENCE,
            other => word::of(Self::WORDS, other),
        }
    }

    pub fn absence_kind(self) -> Option<AbsenceKind> {
        if let Self::ProtectedAbsence(kind) = self { Some(kind) } else { None }
    }

    /// Whether the person has left the government's service.
    pub fn ends_service(self) -> bool {
        matches!(
            self,
            Self::Retired | Self::Resigned | Self::Dismissed | Self::Deceased | Self::Moved
        )
    }

    /// Reads the two columns that keep a status.
    pub fn of_words(status: &str, absence_kind: Option<&str>) -> Result<Self, UnknownWord> {
        match (status, absence_kind) {
            (Self::PROTECTED_ABSENCE, Some(kind)) => Ok(Self::ProtectedAbsence(kind.parse()?)),
            (status, None) => word::find(Self::WORDS, status),
            (_, Some(_)) => Err(UnknownWord),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protected_absence_has_a_kind_and_nothing_else_has() {
        let maternity = Status::ProtectedAbsence(AbsenceKind::Maternity);
        assert_eq!(Status::of_words("PROTECTED_ABSENCE", Some("MATERNITY")), Ok(maternity));
        assert_eq!(Status::of_words("PROTECTED_ABSENCE", None), Err(UnknownWord));
        assert_eq!(Status::of_words("ACTIVE", Some("SICK")), Err(UnknownWord));
    }

    #[test]
    fn every_word_is_read_back() {
        for (status, text) in Status::WORDS {
            assert_eq!(Status::of_words(text, None), Ok(*status));
            assert_eq!(status.as_str(), *text);
        }
    }
}
