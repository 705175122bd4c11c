use jiff::civil::date;

use super::*;
use crate::domain::imports::reader::Reader;

const HEADER: &str = "NIP;NAMA;JENIS_PEGAWAI;TANGGAL_LAHIR;GOLONGAN;TMT_GOLONGAN;STATUS;TMT_STATUS;KODE_UNIT;JABATAN;JENIS_PENEMPATAN;TMT_JABATAN;NIP_ATASAN";

fn judged(line: &str) -> (Row, Vec<(i32, FaultCode)>) {
    let mut reader = Reader::default();
    let mut found = None;
    let file = format!("{HEADER}\n{line}\n");
    reader
        .push(file.as_bytes(), |layout, record| {
            found = Some(judge(layout, record, date(2026, 6, 30)))
        })
        .expect("readable");
    let (row, faults) = found.expect("a row");
    (row, faults.into_iter().map(|fault| (fault.place, fault.code)).collect())
}

#[test]
fn a_whole_row_has_no_fault() {
    let (row, faults) = judged(
        "198609262015051001;Rudi Siregar, S.E.;PNS;26-09-1986;III/b;01-04-2024;AKTIF;;DPMPTSP;Analis;DEFINITIF;01-02-2023;197111181995031001",
    );
    assert_eq!(faults, []);
    assert_eq!(row.opened_on(), Some(date(2015, 5, 1)));
    assert_eq!(row.superior.map(|number| number.to_string()), Some("197111181995031001".into()));
}

#[test]
fn blank_cells_leave_what_the_registry_knows() {
    let (row, faults) = judged("198609262015051001;Rudi Siregar;PNS;;;;;;;;;;");
    assert_eq!(faults, []);
    assert_eq!((row.post, row.person.rank, row.person.status), (None, None, None));
}

#[test]
fn every_faulty_cell_of_a_row_is_reported_with_its_column() {
    let (_, faults) = judged(
        "1.98501E+17;;HONORER;x;III/z;30-02-2024;LIBUR;;DPMPTSP;;DEFINITIF;2023;198609262015051001",
    );
    let expected = [
        (1, FaultCode::NumberRuined),
        (10, FaultCode::Incomplete),
        (12, FaultCode::Date),
        (2, FaultCode::Blank),
        (3, FaultCode::Word),
        (4, FaultCode::Date),
        (5, FaultCode::Word),
        (6, FaultCode::Date),
        (7, FaultCode::Word),
    ];
    assert_eq!(faults, expected);
}

#[test]
fn a_rank_needs_its_date_and_fits_the_employment_kind() {
    let (_, faults) = judged("198609262015051001;Rudi;PNS;;IX;;;;;;;;");
    assert_eq!(faults, [(5, FaultCode::RankKind), (6, FaultCode::DateMissing)]);
}

#[test]
fn a_number_of_another_kind_or_birth_date_is_refused() {
    let (_, faults) = judged("198609262015051001;Rudi;PPPK;27-09-1986;;;;;;;;;");
    assert_eq!(faults, [(1, FaultCode::NumberKind), (4, FaultCode::BirthDateDiffers)]);
}

#[test]
fn a_date_after_the_day_of_the_export_is_refused() {
    let (_, faults) = judged("198609262015051001;Rudi;PNS;;III/a;01-07-2026;;;;;;;");
    assert_eq!(faults, [(6, FaultCode::DateOrder)]);
}

#[test]
fn nobody_is_the_own_superior() {
    let (_, faults) = judged("198609262015051001;Rudi;PNS;;;;;;;;;;'19860926 201505 1 001");
    assert_eq!(faults, [(13, FaultCode::SuperiorSelf)]);
}

#[test]
fn of_an_acting_official_only_the_post_is_read() {
    let (row, faults) = judged("198609262015051001;;;;zz;;;;DPMPTSP;Kepala Dinas;PLT;01-02-2026;");
    assert_eq!(faults, []);
    assert!(row.is_acting() && row.person == Person::default());
    let (_, faults) = judged("198609262015051001;;;;;;;;;;PLT;01-02-2026;");
    assert!(faults.contains(&(10, FaultCode::Blank)), "{faults:?}");
}
