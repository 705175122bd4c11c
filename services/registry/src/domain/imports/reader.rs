//! Cuts a personnel export into records, however its bytes arrive.

use csv_core::ReadRecordResult;

use super::columns::{COLUMNS, Column};

/// A record longer than this is an open quotation mark that swallows the rest of the file.
const MAX_RECORD: usize = 64 * 1024;
const MAX_CELLS: usize = 512;
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Why a file cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the file is not UTF-8: save it as \"CSV UTF-8\"")]
    NotUtf8,
    #[error("the file has no header line")]
    NoHeader,
    #[error("the header line is longer than 64 KiB or has more than 512 headings")]
    HeaderTooLong,
    #[error("the header line lacks {}", .0.join(", "))]
    HeadingsMissing(Vec<&'static str>),
    #[error("the heading {0} stands twice in the header line")]
    HeadingTwice(&'static str),
    #[error("row {0} is longer than 64 KiB: a quotation mark is not closed")]
    RecordTooLong(i64),
}

/// What the header line says about the lines below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    separator: u8,
    /// For each column of the file the one it is to us.
    columns: Vec<Option<Column>>,
    /// For each of our columns its place in the file.
    places: [Option<u16>; COLUMNS],
    /// The header line as it was read, to continue an interrupted import with.
    line: String,
}

impl Layout {
    /// Reads a header line, without byte order mark.
    pub fn parse(line: &str) -> Result<Self, Unreadable> {
        // Between the letters of a file in UTF-16, most often.
        if line.contains('\0') {
            return Err(Unreadable::NotUtf8);
        }
        let separator = separator_of(line);
        let headings = line.bytes().filter(|byte| *byte == separator).count() + 1;
        if line.len() > MAX_RECORD || headings > MAX_CELLS {
            return Err(Unreadable::HeaderTooLong);
        }
        let columns: Vec<_> = cut(line, separator).iter().map(|cell| Column::of(cell)).collect();
        let mut places = [None; COLUMNS];
        for (place, column) in columns.iter().enumerate() {
            let Some(column) = column else { continue };
            let known = &mut places[column.index()];
            if known.is_some() {
                return Err(Unreadable::HeadingTwice(column.heading()));
            }
            *known = u16::try_from(place).ok();
        }
        let missing: Vec<_> = Column::OBLIGATORY
            .into_iter()
            .filter(|column| places[column.index()].is_none())
            .map(Column::heading)
            .collect();
        if !missing.is_empty() {
            return Err(Unreadable::HeadingsMissing(missing));
        }
        Ok(Self { separator, columns, places, line: line.to_owned() })
    }

    /// The layout of rows that come cell by cell: every column at its place in the published list.
    pub fn of_rows() -> Self {
        let line = Column::ALL.map(Column::heading).join(",");
        Self::parse(&line).expect("the published list is a header line")
    }

    pub fn line(&self) -> &str {
        &self.line
    }

    /// The place of a column in the file, from 1; 0 when the file has it not.
    pub fn place(&self, column: Column) -> i32 {
        self.places[column.index()].map_or(0, |place| i32::from(place) + 1)
    }
}

/// One line of the file. Cells that the file has not are blank.
#[derive(Debug)]
pub struct Record<'a> {
    /// Counts from 1; the header line is 0.
    pub row: i64,
    pub cells: [&'a str; COLUMNS],
    /// How many cells the line has, when it has not those of the header line.
    pub odd_count: Option<usize>,
    /// The cells that are not UTF-8; they are blank in `cells`.
    pub not_utf8: Vec<Column>,
}

/// Cuts bytes into records; keeps what is begun until the rest arrives.
pub struct Reader {
    head: Head,
    core: csv_core::Reader,
    output: Box<[u8]>,
    ends: Box<[usize]>,
    filled: usize,
    ended: usize,
    row: i64,
    /// Bytes of the file up to the end of the last whole record.
    settled: u64,
    /// Bytes read since.
    loose: u64,
}

enum Head {
    /// The bytes of a header line that has not ended yet.
    Wanted(Vec<u8>),
    Read(Layout),
}

impl Default for Reader {
    fn default() -> Self {
        Self::with(Head::Wanted(Vec::new()), b',', 0, 0)
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("row", &self.row).field("settled", &self.settled).finish()
    }
}

impl Reader {
    /// Continues behind the `row`-th record, which ended at byte `offset`.
    pub fn resume(layout: Layout, row: i64, offset: u64) -> Self {
        let separator = layout.separator;
        Self::with(Head::Read(layout), separator, row, offset)
    }

    fn with(head: Head, separator: u8, row: i64, settled: u64) -> Self {
        Self {
            head,
            core: csv_core::ReaderBuilder::new().delimiter(separator).build(),
            output: vec![0; MAX_RECORD].into(),
            ends: vec![0; MAX_CELLS].into(),
            filled: 0,
            ended: 0,
            row,
            settled,
            loose: 0,
        }
    }

    /// The header line, once it was read.
    pub fn layout(&self) -> Option<&Layout> {
        match &self.head {
            Head::Wanted(_) => None,
            Head::Read(layout) => Some(layout),
        }
    }

    /// Rows so far, the header line not counted.
    pub fn row(&self) -> i64 {
        self.row
    }

    /// Where the next record begins.
    pub fn offset(&self) -> u64 {
        self.settled
    }

    /// Reads more bytes and hands every record that ends in them to `take`.
    pub fn push(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(&Layout, &Record<'_>),
    ) -> Result<(), Unreadable> {
        // To the reader below nothing at all is the end of the file, and would cut a record in two.
        if bytes.is_empty() {
            return Ok(());
        }
        if let Head::Wanted(head) = &mut self.head {
            head.extend_from_slice(bytes);
            let Some(rest) = self.read_head(false)? else { return Ok(()) };
            return self.records(&rest, &mut take);
        }
        self.records(bytes, &mut take)
    }

    /// The file has ended: hands over a last record without line end.
    pub fn finish(&mut self, mut take: impl FnMut(&Layout, &Record<'_>)) -> Result<(), Unreadable> {
        if matches!(self.head, Head::Wanted(_)) {
            let rest = self.read_head(true)?.ok_or(Unreadable::NoHeader)?;
            self.records(&rest, &mut take)?;
        }
        self.records(&[], &mut take)
    }

    /// Reads the header line if it is whole, and returns the bytes behind it.
    fn read_head(&mut self, at_end: bool) -> Result<Option<Vec<u8>>, Unreadable> {
        let Head::Wanted(bytes) = &mut self.head else { return Ok(None) };
        if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
            return Err(Unreadable::NotUtf8);
        }
        let mut start = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
        loop {
            let end = bytes[start..].iter().position(|b| *b == b'\n' || *b == b'\r');
            let Some(end) = end.map(|end| start + end).or(at_end.then_some(bytes.len())) else {
                let long = bytes.len() > MAX_RECORD;
                return if long { Err(Unreadable::NoHeader) } else { Ok(None) };
            };
            let line = std::str::from_utf8(&bytes[start..end]).map_err(|_| Unreadable::NotUtf8)?;
            // Spreadsheets write `sep=;` above the header line; empty lines above it say nothing.
            if end < bytes.len() && (line.trim().is_empty() || line.starts_with("sep=")) {
                start = end + 1;
                continue;
            }
            if line.trim().is_empty() {
                return Err(Unreadable::NoHeader);
            }
            let layout = Layout::parse(line)?;
            let rest = bytes.split_off(end);
            self.core = csv_core::ReaderBuilder::new().delimiter(layout.separator).build();
            self.settled = bytes.len() as u64;
            self.head = Head::Read(layout);
            return Ok(Some(rest));
        }
    }

    /// An empty `input` is the end of the file.
    fn records(
        &mut self,
        mut input: &[u8],
        take: &mut impl FnMut(&Layout, &Record<'_>),
    ) -> Result<(), Unreadable> {
        let at_end = input.is_empty();
        let Head::Read(layout) = &self.head else { return Ok(()) };
        loop {
            if input.is_empty() && !at_end {
                return Ok(());
            }
            let (result, read, written, ends) = self.core.read_record(
                input,
                &mut self.output[self.filled..],
                &mut self.ends[self.ended..],
            );
            input = &input[read..];
            self.loose += read as u64;
            self.filled += written;
            self.ended += ends;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Err(Unreadable::RecordTooLong(self.row + 1));
                }
                ReadRecordResult::Record => {
                    self.row += 1;
                    self.settled += self.loose;
                    let ends = &self.ends[..self.ended];
                    (self.loose, self.filled, self.ended) = (0, 0, 0);
                    if let Some(record) = record(layout, self.row, &self.output, ends) {
                        take(layout, &record);
                    }
                }
                ReadRecordResult::End => {
                    self.settled += self.loose;
                    self.loose = 0;
                    return Ok(());
                }
            }
        }
    }
}

/// `None` for a line whose cells are all blank, as spreadsheets leave them below a table.
fn record<'a>(layout: &Layout, row: i64, output: &'a [u8], ends: &[usize]) -> Option<Record<'a>> {
    let mut record = Record { row, cells: [""; COLUMNS], odd_count: None, not_utf8: Vec::new() };
    let (mut blank, mut start, mut used) = (true, 0, 0);
    for (place, end) in ends.iter().enumerate() {
        let cell = output[start..*end].trim_ascii();
        start = *end;
        if cell.is_empty() {
            continue;
        }
        (blank, used) = (false, place + 1);
        let Some(column) = layout.columns.get(place).copied().flatten() else { continue };
        match std::str::from_utf8(cell) {
            Ok(text) => record.cells[column.index()] = text.trim(),
            Err(_) => record.not_utf8.push(column),
        }
    }
    let width = layout.columns.len();
    if used > width || ends.len() < width {
        record.odd_count = Some(ends.len());
    }
    (!blank).then_some(record)
}

/// The candidate that stands most often outside of quotation marks.
fn separator_of(line: &str) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in line.bytes() {
        quoted ^= byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(of, _)| *of == byte && !quoted) {
            *count += 1;
        }
    }
    counts
        .into_iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .map_or(b',', |(separator, _)| separator)
}

fn cut(line: &str, separator: u8) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        quoted ^= c == '"';
        match cells.last_mut() {
            _ if c == char::from(separator) && !quoted => cells.push(String::new()),
            Some(cell) if c != '"' => cell.push(c),
            _ => {}
        }
    }
    cells
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
