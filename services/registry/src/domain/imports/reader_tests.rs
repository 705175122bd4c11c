use proptest::prelude::*;

use super::*;

/// The rows of a file that arrives in pieces of `size` bytes: number, identity number, name, kind.
fn read(file: &[u8], size: usize) -> Result<Vec<(i64, String, String, String)>, Unreadable> {
    let mut reader = Reader::default();
    let mut rows = Vec::new();
    let mut take = |_: &Layout, record: &Record<'_>| {
        let cell = |column: Column| record.cells[column.index()].to_owned();
        rows.push((
            record.row,
            cell(Column::IdentityNumber),
            cell(Column::Name),
            cell(Column::EmploymentKind),
        ));
    };
    for piece in file.chunks(size.max(1)) {
        reader.push(piece, &mut take)?;
    }
    reader.finish(&mut take)?;
    Ok(rows)
}

fn one(number: &str, name: &str) -> Vec<(i64, String, String, String)> {
    vec![(1, number.to_owned(), name.to_owned(), "PNS".to_owned())]
}

#[test]
fn comma_semicolon_and_tab_are_told_apart_by_the_header_line() {
    for separator in [",", ";", "\t"] {
        let file = ["NIP;NAMA;JENIS_PEGAWAI", "1;Ani;PNS", ""].join("\n").replace(';', separator);
        assert_eq!(read(file.as_bytes(), 7), Ok(one("1", "Ani")), "{separator:?}");
    }
}

#[test]
fn an_empty_piece_is_not_the_end_of_the_file() {
    let mut reader = Reader::default();
    let mut names = Vec::new();
    let mut take = |_: &Layout, record: &Record<'_>| {
        names.push(record.cells[Column::Name.index()].to_owned());
    };
    for piece in ["", "NIP;NAMA;JENIS_PEGAWAI\n1;An", "", "i;PNS\n2;Budi;PNS\n", ""] {
        reader.push(piece.as_bytes(), &mut take).expect("readable");
    }
    reader.finish(&mut take).expect("readable");
    assert_eq!(names, ["Ani", "Budi"]);
}

#[test]
fn a_header_line_has_an_end_and_not_a_million_headings() {
    let wide = format!("NIP,NAMA,JENIS_PEGAWAI{}\n", ",x".repeat(1_000_000));
    assert_eq!(read(wide.as_bytes(), usize::MAX), Err(Unreadable::HeaderTooLong));
    let long = format!("NIP,NAMA,JENIS_PEGAWAI,{}\n", "x".repeat(MAX_RECORD));
    assert_eq!(read(long.as_bytes(), usize::MAX), Err(Unreadable::HeaderTooLong));
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_heading() {
    let file = "\u{feff}NIP;NAMA;JENIS_PEGAWAI\r\n1;Ani;PNS\r\n";
    assert_eq!(read(file.as_bytes(), 2), Ok(one("1", "Ani")));
}

#[test]
fn the_separator_line_of_a_spreadsheet_is_passed_over() {
    let file = "sep=;\r\nNIP;NAMA;JENIS_PEGAWAI\r\n1;Ani;PNS";
    assert_eq!(read(file.as_bytes(), 4096), Ok(one("1", "Ani")));
}

#[test]
fn a_quoted_cell_holds_separators_quotation_marks_and_line_ends() {
    let file = "NIP,NAMA,JENIS_PEGAWAI\n1,\"Ani \"\"Ayu\"\", S.E.\nM.M.\",PNS\n";
    assert_eq!(read(file.as_bytes(), 3), Ok(one("1", "Ani \"Ayu\", S.E.\nM.M.")));
}

#[test]
fn lines_without_any_cell_are_passed_over_and_counted() {
    let file = "NIP;NAMA;JENIS_PEGAWAI\n;;\n1;Ani;PNS\n;;\n";
    let rows = read(file.as_bytes(), 5).expect("readable");
    assert_eq!(rows.iter().map(|row| row.0).collect::<Vec<_>>(), [2]);
}

#[test]
fn stray_spaces_round_values_and_unknown_columns_do_not_matter() {
    let file = "GAJI; nip ;Nama;jenis pegawai\n5; 1 ;  Ani ;PNS \n";
    assert_eq!(read(file.as_bytes(), 9), Ok(one("1", "Ani")));
}

#[test]
fn a_line_with_other_cells_than_the_header_line_is_told() {
    let mut reader = Reader::default();
    let mut counts = Vec::new();
    let file = b"NIP;NAMA;JENIS_PEGAWAI\n1;Ani\n1;Ani;PNS;x\n1;Ani;PNS;;\n1;Ani;PNS\n";
    reader.push(file, |_, record| counts.push(record.odd_count)).expect("readable");
    assert_eq!(counts, [Some(2), Some(4), None, None]);
}

#[test]
fn a_cell_that_is_not_utf8_is_named() {
    let mut reader = Reader::default();
    let mut named = Vec::new();
    let file = b"NIP;NAMA;JENIS_PEGAWAI\n1;Jos\xe9;PNS\n";
    reader.push(file, |_, record| named.extend(record.not_utf8.clone())).expect("readable");
    assert_eq!(named, [Column::Name]);
}

#[test]
fn a_file_that_is_no_export_is_refused_with_what_is_missing() {
    assert_eq!(read(b"", 1), Err(Unreadable::NoHeader));
    assert_eq!(read(b"\xFF\xFEN\0I\0P\0", 4), Err(Unreadable::NotUtf8));
    let missing = vec!["NAMA", "JENIS_PEGAWAI"];
    assert_eq!(read(b"NIP\n1\n", 4), Err(Unreadable::HeadingsMissing(missing)));
    assert_eq!(read(b"NIP,NAMA,NIP\n", 4), Err(Unreadable::HeadingTwice("NIP")));
}

#[test]
fn a_quotation_mark_that_is_never_closed_is_found() {
    let file = ["NIP,NAMA,JENIS_PEGAWAI\n1,\"Ani,PNS\n", &"x".repeat(70_000)].concat();
    assert_eq!(read(file.as_bytes(), 4096), Err(Unreadable::RecordTooLong(1)));
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

proptest! {
    /// However a file is cut, the same records come out of it.
    #[test]
    fn records_do_not_depend_on_how_the_bytes_arrive(
        names in prop::collection::vec("[A-Za-z ,;\"\n\té]{1,12}x", 1..20),
        size in 1_usize..40,
        separator in prop::sample::select(vec![',', ';', '\t']),
        crlf: bool,
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let mut file = ["NIP", "NAMA", "JENIS_PEGAWAI"].join(&separator.to_string()) + end;
        for name in &names {
            file += &["1", quoted(name).as_str(), "PNS"].join(&separator.to_string());
            file += end;
        }
        let rows = read(file.as_bytes(), size).expect("readable");
        let read_names: Vec<_> = rows.iter().map(|row| row.2.as_str()).collect();
        let sent: Vec<_> = names.iter().map(|name| name.trim()).collect();
        prop_assert_eq!(read_names, sent);
    }

    /// An import that stopped anywhere goes on from the last whole record, and no row is lost or doubled.
    #[test]
    fn reading_resumes_at_the_settled_offset(rows in 1_usize..30, stop in 24_usize..400) {
        let mut file = String::from("\u{feff}NIP;NAMA;JENIS_PEGAWAI\r\n");
        for row in 0..rows {
            file += &format!("{row};\"Ani;\r\n{row}\";PNS\r\n");
        }
        let stop = stop.min(file.len()).max(30);
        let mut seen = Vec::new();
        let mut take = |_: &Layout, record: &Record<'_>| seen.push((record.row, record.cells[0].to_owned()));
        let mut first = Reader::default();
        first.push(&file.as_bytes()[..stop], &mut take).expect("readable");
        let layout = Layout::parse(first.layout().expect("read").line()).expect("read before");
        let mut second = Reader::resume(layout, first.row(), first.offset());
        let offset = usize::try_from(first.offset()).expect("small");
        second.push(&file.as_bytes()[offset..], &mut take).expect("readable");
        second.finish(&mut take).expect("readable");
        let expected: Vec<_> = (0..rows).map(|row| (row as i64 + 1, row.to_string())).collect();
        prop_assert_eq!(seen, expected);
    }
}
