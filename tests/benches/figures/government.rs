//! A government of any size, as a personnel export has it.

use std::fmt::Write as _;

use jiff::{
    ToSpan as _,
    civil::{Date, date},
};

/// People of a section (its head among them), and sections of a department.
const SECTION: usize = 50;
const SECTIONS: usize = 10;
/// People who share a birth date: as many as have a serial number.
const BORN_A_DAY: usize = 900;

const HEADINGS: &str = "NIP;NAMA;JENIS_PEGAWAI;GOLONGAN;TMT_GOLONGAN;STATUS;KODE_UNIT;NAMA_UNIT;KODE_UNIT_INDUK;\
    JENIS_UNIT;JABATAN;JENIS_JABATAN;JENJANG;KELAS;KEPALA_UNIT;TMT_JABATAN\n";

/// Staff positions of every section: name, kind, level.
const STAFF: [[&str; 3]; 3] = [
    ["Analis Kebijakan", "FUNGSIONAL", "AHLI_PERTAMA"],
    ["Pengelola Layanan", "PELAKSANA", "OPERATOR"],
    ["Pengadministrasi", "PELAKSANA", "KLEREK"],
];

pub(crate) const FIRST_NAMES: [&str; 32] = [
    "Agus", "Ahmad", "Ani", "Arif", "Bambang", "Budi", "Citra", "Dedi", "Dewi", "Dian", "Eko",
    "Endang", "Fajar", "Fitri", "Gunawan", "Hadi", "Hendra", "Indah", "Irfan", "Joko", "Kartika",
    "Lestari", "Mega", "Nur", "Putri", "Rahmat", "Ratna", "Sari", "Slamet", "Sri", "Teguh",
    "Yusuf",
];
const LAST_NAMES: [&str; 32] = [
    "Adiputra",
    "Anggraini",
    "Aritonang",
    "Batubara",
    "Cahyono",
    "Damanik",
    "Firmansyah",
    "Ginting",
    "Hakim",
    "Handayani",
    "Hasibuan",
    "Hidayat",
    "Kurniawan",
    "Kusuma",
    "Lubis",
    "Maulana",
    "Nasution",
    "Nugroho",
    "Permata",
    "Prasetyo",
    "Purnama",
    "Ramadhan",
    "Rangkuti",
    "Saputra",
    "Setiawan",
    "Siregar",
    "Sitorus",
    "Sulistyo",
    "Susanto",
    "Tarigan",
    "Wahyuni",
    "Wibowo",
];

/// The day that an export describes, and what has changed since in the one after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Export {
    First,
    /// Everybody was promoted, and every fourth of the staff moved to another position.
    Next,
}

impl Export {
    pub(crate) fn as_of(self) -> &'static str {
        match self {
            Self::First => "2026-01-02",
            Self::Next => "2026-06-01",
        }
    }
}

/// The file with so many people.
pub(crate) fn file(people: usize, export: Export) -> Vec<u8> {
    let mut file = String::with_capacity(people * 190 + HEADINGS.len());
    file.push_str(HEADINGS);
    for index in 0..people {
        line(&mut file, index, export);
    }
    file.into_bytes()
}

fn line(file: &mut String, index: usize, export: Export) {
    let section = index / SECTION;
    let department = section / SECTIONS;
    let (unit, unit_name, parent, [position, kind, level], heads) = match index % SECTION {
        2 if index == 2 => (
            "SETDA".to_owned(),
            "Sekretariat Daerah".to_owned(),
            String::new(),
            ["Sekretaris Daerah", "JPT_PRATAMA", ""],
            "Y",
        ),
        1 if section.is_multiple_of(SECTIONS) => (
            format!("D{department}"),
            format!("Dinas {department}"),
            "SETDA".to_owned(),
            ["Kepala Dinas", "JPT_PRATAMA", ""],
            "Y",
        ),
        0 => (
            format!("S{section}"),
            format!("Bidang {section}"),
            format!("D{department}"),
            ["Kepala Bidang", "ADMINISTRATOR", ""],
            "Y",
        ),
        nth => (
            format!("S{section}"),
            format!("Bidang {section}"),
            format!("D{department}"),
            STAFF[staff(nth, export)],
            "T",
        ),
    };
    let (rank, rank_from) = match export {
        Export::First => ("III/b", "2024-04-01"),
        Export::Next => ("III/c", "2026-04-01"),
    };
    let from = if export == Export::Next && heads == "T" && moves(index % SECTION) {
        "2026-05-01"
    } else {
        "2025-01-02"
    };
    let (first, last) = names(index);
    let written = writeln!(
        file,
        "{};{first} {last};PNS;{rank};{rank_from};AKTIF;{unit};{unit_name};{parent};DINAS;{position};{kind};{level};9;{heads};{from}",
        number(index),
    );
    written.expect("text takes text");
}

fn moves(nth: usize) -> bool {
    nth.is_multiple_of(4)
}

/// Which staff position the nth of a section holds.
fn staff(nth: usize, export: Export) -> usize {
    let moved = export == Export::Next && moves(nth);
    (nth + usize::from(moved)) % STAFF.len()
}

fn names(index: usize) -> (&'static str, &'static str) {
    let last = (index / FIRST_NAMES.len()) % LAST_NAMES.len();
    (FIRST_NAMES[index % FIRST_NAMES.len()], LAST_NAMES[last])
}

/// An identity number that nobody else has.
fn number(index: usize) -> String {
    const EARLIEST: Date = date(1968, 1, 1);
    let born =
        EARLIEST.saturating_add(i64::try_from(index / BORN_A_DAY).unwrap_or_default().days());
    let serial = 1 + index % BORN_A_DAY;
    format!("{}200503{}{serial:03}", born.strftime("%Y%m%d"), 1 + index % 2)
}
