//! Reads single cells as HR offices really fill them.

use jiff::civil::Date;

use super::faults::FaultCode;
use crate::domain::{
    AbsenceKind, AssignmentKind, EmploymentKind, IdentityNumber, NotAnIdentityNumber, PersonName,
    PositionKind, PositionLevel, Rank, Status, UnitKind,
};

const MAX_NAME: usize = 200;
const MAX_FRONT_TITLE: usize = 60;
const MAX_BACK_TITLE: usize = 120;
/// What stands before a name and is no part of it. Initials (`M. Yusuf`) and Raden are part of it.
const FRONT_TITLES: [&str; 13] =
    ["prof", "dr", "drg", "drh", "drs", "dra", "ir", "h", "hj", "apt", "ns", "kh", "bdn"];

/// An identity number: spaces and a leading apostrophe go, nothing else is repaired.
pub fn number(cell: &str) -> Result<IdentityNumber, FaultCode> {
    let bare = cell.trim_start_matches(['\'', '’', '‘', '`']);
    if is_ruined(bare) {
        return Err(FaultCode::NumberRuined);
    }
    let digits: String = bare.chars().filter(|c| !c.is_whitespace()).collect();
    digits.parse().map_err(|fault| match fault {
        NotAnIdentityNumber::Length => FaultCode::NumberLength,
        // A spreadsheet keeps 15 digits of a number; a serial number is never 000.
        NotAnIdentityNumber::Serial => FaultCode::NumberRuined,
        _ => FaultCode::NumberStructure,
    })
}

/// `1.98501E+17`, `1,98501E17`.
fn is_ruined(cell: &str) -> bool {
    let Some((mantissa, exponent)) = cell.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let whole = mantissa.replacen(['.', ','], "", 1);
    digits(&whole) && digits(exponent.strip_prefix('+').unwrap_or(exponent))
}

/// `DD-MM-YYYY`, `DD/MM/YYYY` or ISO.
pub fn date(cell: &str) -> Result<Date, FaultCode> {
    parts(cell).and_then(|(y, m, d)| Date::new(y, m, d).ok()).ok_or(FaultCode::Date)
}

fn parts(cell: &str) -> Option<(i16, i8, i8)> {
    let bare = cell.trim_start_matches('\'');
    let separator = ['-', '/', '.'].into_iter().find(|c| bare.contains(*c))?;
    let mut parts = bare.split(separator);
    let (first, month, last) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || ![first, month, last].into_iter().all(digits) {
        return None;
    }
    let (year, day) = match (first.len(), last.len()) {
        (4, 1..=2) if separator == '-' => (first, last),
        (1..=2, 4) => (last, first),
        _ => return None,
    };
    if !(1900..=2200).contains(&year.parse::<i16>().ok()?) || month.len() > 2 {
        return None;
    }
    Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
}

/// A name with its titles: those in front from a closed list, those behind after the first comma.
pub fn name(cell: &str) -> Result<PersonName, FaultCode> {
    if cell.chars().any(char::is_control) {
        return Err(FaultCode::Text);
    }
    let (rest, back) = cell.split_once(',').unwrap_or((cell, ""));
    let words: Vec<&str> = rest.split_whitespace().collect();
    let front = words.iter().take_while(|word| is_front_title(word)).count();
    let name = PersonName {
        name: words[front..].join(" "),
        front_title: words[..front].join(" "),
        back_title: back.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    if name.name.is_empty() {
        return Err(FaultCode::Blank);
    }
    let fits = name.name.chars().count() <= MAX_NAME
        && name.front_title.chars().count() <= MAX_FRONT_TITLE
        && name.back_title.chars().count() <= MAX_BACK_TITLE;
    if fits { Ok(name) } else { Err(FaultCode::Text) }
}

fn is_front_title(word: &str) -> bool {
    word.strip_suffix('.').is_some_and(|bare| {
        FRONT_TITLES.iter().any(|title| bare.replace('.', "").eq_ignore_ascii_case(title))
    })
}

pub fn rank(cell: &str) -> Result<Rank, FaultCode> {
    let bare: String = cell.chars().filter(|c| !c.is_whitespace()).collect();
    let (group, room) = bare.split_once('/').map_or((bare.as_str(), None), |(g, r)| (g, Some(r)));
    let text = match room {
        Some(room) => format!("{}/{}", group.to_uppercase(), room.to_lowercase()),
        None => group.to_uppercase(),
    };
    text.parse().map_err(|_| FaultCode::Word)
}

pub fn class(cell: &str) -> Result<i16, FaultCode> {
    cell.parse().ok().filter(|class| (1..=17).contains(class)).ok_or(FaultCode::Word)
}

/// Text of a unit or position: single spaces.
pub fn text(cell: &str, max: usize) -> Result<String, FaultCode> {
    if cell.chars().count() > max || cell.chars().any(char::is_control) {
        return Err(FaultCode::Text);
    }
    Ok(cell.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A word of a closed list, with `_` between its parts.
fn word(cell: &str) -> String {
    let parts = cell.split(|c: char| c.is_whitespace() || c == '_' || c == '-');
    let upper = parts.filter(|part| !part.is_empty()).map(str::to_uppercase);
    upper.collect::<Vec<_>>().join("_")
}

pub fn employment_kind(cell: &str) -> Result<EmploymentKind, FaultCode> {
    Ok(match word(cell).as_str() {
        "PNS" => EmploymentKind::Pns,
        "CPNS" => EmploymentKind::Cpns,
        "PPPK" => EmploymentKind::Pppk,
        "PPPK_PARUH_WAKTU" | "PPPK_PART_TIME" => EmploymentKind::PppkPartTime,
        _ => return Err(FaultCode::Word),
    })
}

pub fn status(cell: &str) -> Result<Status, FaultCode> {
    Ok(match word(cell).as_str() {
        "AKTIF" | "ACTIVE" => Status::Active,
        "TUGAS_BELAJAR" | "STUDY_LEAVE" => Status::StudyLeave,
        "CLTN" | "UNPAID_LEAVE" => Status::UnpaidLeave,
        "CUTI_MELAHIRKAN" => Status::ProtectedAbsence(AbsenceKind::Maternity),
        "CUTI_SAKIT" => Status::ProtectedAbsence(AbsenceKind::Sick),
        "CUTI_ALASAN_PENTING" => Status::ProtectedAbsence(AbsenceKind::ImportantReason),
        "CUTI_BESAR" => Status::ProtectedAbsence(AbsenceKind::Major),
        "DIPERBANTUKAN" | "DIPEKERJAKAN" | "SECONDED" => Status::Seconded,
        "DIBERHENTIKAN_SEMENTARA" | "SUSPENDED" => Status::Suspended,
        "MPP" | "PRE_RETIREMENT" => Status::PreRetirement,
        "PENSIUN" | "RETIRED" => Status::Retired,
        "MENGUNDURKAN_DIRI" | "RESIGNED" => Status::Resigned,
        "DIBERHENTIKAN" | "DISMISSED" => Status::Dismissed,
        "MENINGGAL" | "DECEASED" => Status::Deceased,
        _ => return Err(FaultCode::Word),
    })
}

/// How [`status`] would read it back.
pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::Active => "AKTIF",
        Status::StudyLeave => "TUGAS_BELAJAR",
        Status::UnpaidLeave => "CLTN",
        Status::ProtectedAbsence(AbsenceKind::Maternity) => "CUTI_MELAHIRKAN",
        Status::ProtectedAbsence(AbsenceKind::Sick) => "CUTI_SAKIT",
        Status::ProtectedAbsence(AbsenceKind::ImportantReason) => "CUTI_ALASAN_PENTING",
        Status::ProtectedAbsence(AbsenceKind::Major) => "CUTI_BESAR",
        Status::Seconded => "DIPERBANTUKAN",
        Status::Suspended => "DIBERHENTIKAN_SEMENTARA",
        Status::PreRetirement => "MPP",
        Status::Retired => "PENSIUN",
        Status::Resigned => "MENGUNDURKAN_DIRI",
        Status::Dismissed => "DIBERHENTIKAN",
        Status::Deceased => "MENINGGAL",
        Status::Moved => "PINDAH",
    }
}

const UNIT_KINDS: [(&str, UnitKind); 19] = [
    ("PEMERINTAH_DAERAH", UnitKind::Government),
    ("SEKRETARIAT_DAERAH", UnitKind::Secretariat),
    ("SEKRETARIAT_DPRD", UnitKind::CouncilSecretariat),
    ("INSPEKTORAT", UnitKind::Inspectorate),
    ("DINAS", UnitKind::Department),
    ("BADAN", UnitKind::Agency),
    ("KECAMATAN", UnitKind::District),
    ("KELURAHAN", UnitKind::Subdistrict),
    ("BIDANG", UnitKind::Division),
    ("BAGIAN", UnitKind::Division),
    ("SEKRETARIAT", UnitKind::Division),
    ("SEKSI", UnitKind::Section),
    ("SUBBAGIAN", UnitKind::Section),
    ("SUB_BAGIAN", UnitKind::Section),
    ("UPTD", UnitKind::TechnicalUnit),
    ("RSUD", UnitKind::Hospital),
    ("PUSKESMAS", UnitKind::HealthCentre),
    ("SEKOLAH", UnitKind::School),
    ("LAINNYA", UnitKind::Other),
];

pub fn unit_kind(cell: &str) -> Result<UnitKind, FaultCode> {
    let word = word(cell);
    let known = UNIT_KINDS.iter().find_map(|(known, kind)| (*known == word).then_some(*kind));
    known.or_else(|| word.parse().ok()).ok_or(FaultCode::Word)
}

/// How [`unit_kind`] would read it back.
pub fn unit_kind_word(kind: UnitKind) -> &'static str {
    let known = UNIT_KINDS.iter().find_map(|(word, known)| (*known == kind).then_some(*word));
    known.unwrap_or("LAINNYA")
}

/// `JPT_PRATAMA` names its level too.
pub fn position_kind(cell: &str) -> Result<(PositionKind, Option<PositionLevel>), FaultCode> {
    Ok(match word(cell).as_str() {
        "JPT_UTAMA" => (PositionKind::Jpt, Some(PositionLevel::Utama)),
        "JPT_MADYA" => (PositionKind::Jpt, Some(PositionLevel::Madya)),
        "JPT_PRATAMA" => (PositionKind::Jpt, Some(PositionLevel::Pratama)),
        "JPT" => (PositionKind::Jpt, None),
        "ADMINISTRATOR" => (PositionKind::Administrator, None),
        "PENGAWAS" => (PositionKind::Pengawas, None),
        "PELAKSANA" => (PositionKind::Pelaksana, None),
        "FUNGSIONAL" | "FUNCTIONAL" | "JF" => (PositionKind::Functional, None),
        _ => return Err(FaultCode::Word),
    })
}

/// The words of the columns JENIS_JABATAN and JENJANG.
pub fn position_words(
    kind: PositionKind,
    level: Option<PositionLevel>,
) -> (&'static str, &'static str) {
    let level_word = level.map_or("", PositionLevel::as_str);
    match (kind, level) {
        (PositionKind::Jpt, Some(PositionLevel::Utama)) => ("JPT_UTAMA", ""),
        (PositionKind::Jpt, Some(PositionLevel::Madya)) => ("JPT_MADYA", ""),
        (PositionKind::Jpt, _) => ("JPT_PRATAMA", ""),
        (PositionKind::Functional, _) => ("FUNGSIONAL", level_word),
        (kind, _) => (kind.as_str(), level_word),
    }
}

pub fn position_level(cell: &str) -> Result<PositionLevel, FaultCode> {
    word(cell).parse().map_err(|_| FaultCode::Word)
}

pub fn yes_or_no(cell: &str) -> Result<bool, FaultCode> {
    match word(cell).as_str() {
        "Y" | "YA" | "YES" | "1" | "TRUE" => Ok(true),
        "T" | "TIDAK" | "NO" | "N" | "0" | "FALSE" => Ok(false),
        _ => Err(FaultCode::Word),
    }
}

pub fn assignment_kind(cell: &str) -> Result<AssignmentKind, FaultCode> {
    match word(cell).as_str() {
        "DEFINITIF" | "DEFINITIVE" => Ok(AssignmentKind::Definitive),
        "PLT" | "PLT." => Ok(AssignmentKind::Plt),
        "PLH" | "PLH." => Ok(AssignmentKind::Plh),
        _ => Err(FaultCode::Word),
    }
}

/// How [`assignment_kind`] would read it back.
pub fn assignment_word(kind: AssignmentKind) -> &'static str {
    match kind {
        AssignmentKind::Definitive => "DEFINITIF",
        AssignmentKind::Plt => "PLT",
        AssignmentKind::Plh => "PLH",
    }
}

#[cfg(test)]
#[path = "cells_tests.rs"]
mod tests;
