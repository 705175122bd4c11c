use std::str::FromStr;

use jiff::civil::Date;
use kinerja_kit::id::Id;

use super::{UnitId, UnknownWord, word};

pub type PositionId = Id<Position>;

/// A post (jabatan) of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    pub id: PositionId,
    pub unit: UnitId,
    pub code: Option<String>,
    pub name: String,
    pub rung: Rung,
    /// Kelas jabatan, 1 to 17.
    pub class: Option<i16>,
    pub heads_unit: bool,
    /// How many may hold it definitively at a time.
    pub seats: i32,
    pub technical_duties: Vec<String>,
    pub opened_on: Date,
    /// The first day on which it is no more.
    pub closed_on: Option<Date>,
    pub revision: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PositionKind {
    Functional,
    Pelaksana,
    Pengawas,
    Administrator,
    Jpt,
    RegionalLeader,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PositionLevel {
    Utama,
    Madya,
    Pratama,
    Klerek,
    Operator,
    Teknisi,
    Pemula,
    Terampil,
    Mahir,
    Penyelia,
    AhliPertama,
    AhliMuda,
    AhliMadya,
    AhliUtama,
}

/// A kind of position with a level it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    kind: PositionKind,
    level: Option<PositionLevel>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a level of this kind of position")]
pub struct NotALevelOfKind;

impl PositionKind {
    const WORDS: &[(Self, &str)] = &[
        (Self::RegionalLeader, "REGIONAL_LEADER"),
        (Self::Jpt, "JPT"),
        (Self::Administrator, "ADMINISTRATOR"),
        (Self::Pengawas, "PENGAWAS"),
        (Self::Pelaksana, "PELAKSANA"),
        (Self::Functional, "FUNCTIONAL"),
    ];

    pub fn as_str(self) -> &'static str {
        word::of(Self::WORDS, self)
    }

    /// Whether an official of this kind stands, in the structure, no lower than one of `lowest`.
    pub fn is_at_least(self, lowest: Self) -> bool {
        self >= lowest
    }
}

impl FromStr for PositionKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(Self::WORDS, text)
    }
}

impl PositionLevel {
    const WORDS: &[(Self, &str)] = &[
        (Self::Utama, "UTAMA"),
        (Self::Madya, "MADYA"),
        (Self::Pratama, "PRATAMA"),
        (Self::Klerek, "KLEREK"),
        (Self::Operator, "OPERATOR"),
        (Self::Teknisi, "TEKNISI"),
        (Self::Pemula, "PEMULA"),
        (Self::Terampil, "TERAMPIL"),
        (Self::Mahir, "MAHIR"),
        (Self::Penyelia, "PENYELIA"),
        (Self::AhliPertama, "AHLI_PERTAMA"),
        (Self::AhliMuda, "AHLI_MUDA"),
        (Self::AhliMadya, "AHLI_MADYA"),
        (Self::AhliUtama, "AHLI_UTAMA"),
    ];

    pub fn as_str(self) -> &'static str {
        word::of(Self::WORDS, self)
    }
}

impl FromStr for PositionLevel {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        word::find(Self::WORDS, text)
    }
}

impl Rung {
    pub fn try_new(
        kind: PositionKind,
        level: Option<PositionLevel>,
    ) -> Result<Self, NotALevelOfKind> {
        use PositionLevel as Level;
        let fits = match (kind, level) {
            (PositionKind::Jpt, Some(Level::Utama | Level::Madya | Level::Pratama)) => true,
            (
                PositionKind::Pelaksana,
                None | Some(Level::Klerek | Level::Operator | Level::Teknisi),
            ) => true,
            (PositionKind::Functional, Some(level)) => is_functional(level),
            (
                PositionKind::RegionalLeader | PositionKind::Administrator | PositionKind::Pengawas,
                None,
            ) => true,
            _ => false,
        };
        if fits { Ok(Self { kind, level }) } else { Err(NotALevelOfKind) }
    }

    pub fn kind(self) -> PositionKind {
        self.kind
    }

    pub fn level(self) -> Option<PositionLevel> {
        self.level
    }
}

fn is_functional(level: PositionLevel) -> bool {
    use PositionLevel as Level;
    matches!(
        level,
        Level::Pemula
            | Level::Terampil
            | Level::Mahir
            | Level::Penyelia
            | Level::AhliPertama
            | Level::AhliMuda
            | Level::AhliMadya
            | Level::AhliUtama
    )
}

impl Position {
    /// Whether the position exists on a day.
    pub fn is_open(&self, on: Date) -> bool {
        self.opened_on <= on && self.closed_on.is_none_or(|closed| on < closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_levels() {
        let rung = Rung::try_new;
        assert!(rung(PositionKind::Functional, Some(PositionLevel::AhliMuda)).is_ok());
        assert!(rung(PositionKind::Pelaksana, None).is_ok());
        assert!(rung(PositionKind::Functional, None).is_err());
        assert!(rung(PositionKind::Pengawas, Some(PositionLevel::Madya)).is_err());
        assert!(rung(PositionKind::Jpt, Some(PositionLevel::Mahir)).is_err());
    }

    #[test]
    fn a_functional_official_stands_below_a_pengawas() {
        assert!(!PositionKind::Functional.is_at_least(PositionKind::Pengawas));
        assert!(PositionKind::Pengawas.is_at_least(PositionKind::Pengawas));
        assert!(PositionKind::Jpt.is_at_least(PositionKind::Administrator));
    }
}
