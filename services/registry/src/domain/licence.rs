use std::str::FromStr;

use jiff::civil::Date;
use kinerja_kit::id::Id;

use super::{EmployeeId, UnknownWord, word};

pub type LicenceId = Id<Licence>;

/// A licence to practise that expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    pub id: LicenceId,
    pub employee: EmployeeId,
    pub kind: LicenceKind,
    pub number: String,
    pub issuer: String,
    pub term: LicenceTerm,
    pub revision: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LicenceKind {
    /// Surat Tanda Registrasi.
    Str,
    /// Surat Izin Praktik.
    Sip,
    Other,
}

/// From the day of issue through the last day of validity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LicenceTerm {
    issued_on: Date,
    expires_on: Date,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must come after the day of issue")]
pub struct ExpiresBeforeIssue;

impl LicenceKind {
    const WORDS: &[(Self, &str)] =
        &[(Self::Str, "STR"), (Self::Sip, "SIP"), (Self::Other, "OTHER")];

    pub fn as_str(self) -> &'static str {
        word::of(Self::WORDS, self)
    }
}

impl FromStr for LicenceKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(Self::WORDS, text)
    }
}

impl LicenceTerm {
    pub fn try_new(issued_on: Date, expires_on: Date) -> Result<Self, ExpiresBeforeIssue> {
        if expires_on <= issued_on {
            return Err(ExpiresBeforeIssue);
        }
        Ok(Self { issued_on, expires_on })
    }

    pub fn issued_on(self) -> Date {
        self.issued_on
    }

    pub fn expires_on(self) -> Date {
        self.expires_on
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_licence_expires_after_it_was_issued() {
        let day = date(2026, 1, 1);
        assert_eq!(LicenceTerm::try_new(day, day), Err(ExpiresBeforeIssue));
        assert!(LicenceTerm::try_new(day, date(2026, 1, 2)).is_ok());
    }
}
