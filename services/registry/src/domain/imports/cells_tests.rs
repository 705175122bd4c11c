use jiff::civil;
use proptest::prelude::*;

use super::*;

#[test]
fn an_identity_number_may_come_with_spaces_and_an_apostrophe() {
    for cell in [
        "198609262015051001",
        "'198609262015051001",
        "19860926 201505 1 001",
        "’19860926\u{a0}201505 1 001",
    ] {
        assert_eq!(number(cell).map(|n| n.to_string()), Ok("198609262015051001".into()), "{cell}");
    }
}

#[test]
fn a_number_that_a_spreadsheet_rounded_is_refused_and_never_repaired() {
    for cell in ["1.98501E+17", "1,98501E+17", "1.98501e17", "'1.98501E+17", "198609262015051000"] {
        assert_eq!(number(cell), Err(FaultCode::NumberRuined), "{cell}");
    }
}

#[test]
fn a_number_is_refused_with_the_kind_of_its_fault() {
    assert_eq!(number("19860926201505100"), Err(FaultCode::NumberLength));
    assert_eq!(number("NIP 198609262015051001"), Err(FaultCode::NumberLength));
    assert_eq!(number("198613262015051001"), Err(FaultCode::NumberStructure));
}

#[test]
fn dates_are_read_day_first_or_in_iso() {
    let day = Ok(civil::date(2026, 1, 31));
    for cell in ["31-01-2026", "31/01/2026", "2026-01-31", "31-1-2026", "'31-01-2026"] {
        assert_eq!(date(cell), day, "{cell}");
    }
}

#[test]
fn a_day_that_does_not_exist_and_a_form_that_is_ambiguous_are_refused() {
    for cell in [
        "30-02-2026",
        "2026-02-30",
        "2026/01/31",
        "31-01-26",
        "01-31-2026",
        "45000",
        "31 Januari 2026",
        "-1-1-2026",
    ] {
        assert_eq!(date(cell), Err(FaultCode::Date), "{cell}");
    }
}

#[test]
fn titles_are_told_from_the_name() {
    for (cell, front, bare, back) in [
        ("Rudi Siregar, S.E.", "", "Rudi Siregar", "S.E."),
        ("dr. Siti  Rahma, Sp.A., M.Kes.", "dr.", "Siti Rahma", "Sp.A., M.Kes."),
        ("Prof. Dr. H. M. Yusuf", "Prof. Dr. H.", "M. Yusuf", ""),
        ("I Gede Putu", "", "I Gede Putu", ""),
    ] {
        let name = name(cell).expect("a name");
        assert_eq!(
            (name.front_title.as_str(), name.name.as_str(), name.back_title.as_str()),
            (front, bare, back)
        );
    }
    assert_eq!(name("dr."), Err(FaultCode::Blank));
    assert_eq!(name("Ani\tAyu"), Err(FaultCode::Text));
    assert_eq!(name(&"a".repeat(201)), Err(FaultCode::Text));
}

#[test]
fn ranks_are_read_in_any_case() {
    assert_eq!(rank("iii / B").map(|r| r.to_string()), Ok("III/b".into()));
    assert_eq!(rank("ix").map(|r| r.to_string()), Ok("IX".into()));
    assert_eq!(rank("III/e"), Err(FaultCode::Word));
}

#[test]
fn what_an_export_writes_is_read_back() {
    for cell in ["AKTIF", "TUGAS_BELAJAR", "CLTN", "CUTI_SAKIT", "MPP", "PENSIUN"] {
        assert_eq!(status(cell).map(status_word), Ok(cell));
    }
    for (word, kind) in UNIT_KINDS {
        assert_eq!(unit_kind(word), Ok(kind));
        assert_eq!(unit_kind(unit_kind_word(kind)), Ok(kind));
    }
    for (cell, level) in [("JPT_PRATAMA", ""), ("FUNGSIONAL", "AHLI_MUDA"), ("PELAKSANA", "KLEREK")]
    {
        let (kind, of_kind) = position_kind(cell).expect("a kind");
        let level = of_kind.or_else(|| position_level(level).ok());
        assert_eq!(position_words(kind, level).0, cell);
    }
}

proptest! {
    #[test]
    fn no_cell_makes_reading_fail_otherwise_than_by_a_fault(cell in "\\PC{0,40}") {
        let _ = (number(&cell), date(&cell), name(&cell), rank(&cell), status(&cell), position_kind(&cell));
    }

    #[test]
    fn a_date_is_read_from_both_forms(days in 0_i32..80_000) {
        let day = civil::date(1950, 1, 1).saturating_add(jiff::Span::new().days(days));
        prop_assert_eq!(date(&day.to_string()), Ok(day));
        prop_assert_eq!(date(&day.strftime("%d-%m-%Y").to_string()), Ok(day));
    }

    #[test]
    fn a_number_is_read_however_it_is_spaced(gaps in prop::collection::vec(0_usize..18, 0..5)) {
        let mut cell = String::from("198609262015051001");
        let mut gaps = gaps;
        gaps.sort_unstable();
        for gap in gaps.into_iter().rev() {
            cell.insert(gap, ' ');
        }
        prop_assert!(number(&cell).is_ok());
    }
}
