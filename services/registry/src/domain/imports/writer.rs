//! Writes lines of a personnel export that the import reads back.

use super::columns::{COLUMNS, Column};

/// Appends one line, with a line end of CRLF as spreadsheets write it.
pub fn line(out: &mut Vec<u8>, separator: u8, cells: &[String; COLUMNS]) {
    for (place, text) in cells.iter().enumerate() {
        if place > 0 {
            out.push(separator);
        }
        cell(out, separator, text);
    }
    out.extend_from_slice(b"\r\n");
}

/// The byte order mark and the header line: how spreadsheets know UTF-8 by.
pub fn head(separator: u8) -> Vec<u8> {
    let mut out = b"\xEF\xBB\xBF".to_vec();
    line(&mut out, separator, &Column::ALL.map(|column| column.heading().to_owned()));
    out
}

/// A number with the apostrophe that keeps a spreadsheet from rounding it.
pub fn number(number: &str) -> String {
    if number.is_empty() { String::new() } else { format!("'{number}") }
}

fn cell(out: &mut Vec<u8>, separator: u8, text: &str) {
    let must_quote = |byte: &u8| matches!(*byte, b'"' | b'\r' | b'\n') || *byte == separator;
    // Nothing that is opened in a spreadsheet runs as a formula.
    let text = text.trim_start_matches(['=', '+', '-', '@', '\t', '\r']);
    if !text.as_bytes().iter().any(must_quote) {
        return out.extend_from_slice(text.as_bytes());
    }
    out.push(b'"');
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::imports::reader::Reader;

    #[test]
    fn a_cell_that_would_run_as_a_formula_is_written_without_its_sign() {
        for sign in ["=", "+", "-", "@", "\t=", "=-"] {
            let mut out = Vec::new();
            cell(&mut out, b',', &format!("{sign}cmd|' /C calc'!A0"));
            assert_eq!(out, b"cmd|' /C calc'!A0", "{sign:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            name in "[A-Za-z.,;\"\n\té ]{0,20}x",
            separator in prop::sample::select(vec![b',', b';', b'\t']),
        ) {
            let mut file = head(separator);
            let mut cells: [String; COLUMNS] = std::array::from_fn(|place| place.to_string());
            cells[Column::Name.index()].clone_from(&name);
            line(&mut file, separator, &cells);
            let mut read = Vec::new();
            let mut reader = Reader::default();
            reader.push(&file, |_, record| read = record.cells.map(str::to_owned).to_vec()).expect("readable");
            cells[Column::Name.index()] = name.trim().to_owned();
            prop_assert_eq!(read, cells.to_vec());
        }
    }
}
