use jiff::civil::Date;
use jiff_sqlx::ToSqlx as _;
use kinerja_kit::clock::Clock;
use kinerja_proto::events::v1::EmployeeChanged;
use prost::Message as _;
use uuid::Uuid;

use crate::{
    domain::{
        AssignmentKind, Status,
        imports::{
            columns::{COLUMNS, Column},
            directory::{Directory, NewUnit, Post},
            faults::{Fault, shown},
            reader::{Layout, Reader, Record, Unreadable},
            rows::{Row, judge},
        },
        name_words,
    },
    store::imports::rows::Batch,
};

/// Makes rows to stage from what arrives. Not for the async threads.
#[derive(Debug)]
pub(super) struct Parser {
    source: Source,
    ground: Ground,
    staged: Staged,
}

#[derive(Debug)]
enum Source {
    /// Nothing has arrived yet.
    Unknown,
    File(Box<Reader>),
    /// Rows cell by cell, so many until now.
    Rows(Layout, i64),
}

/// What rows are judged against.
#[derive(Debug)]
struct Ground {
    directory: Directory,
    as_of: Date,
    clock: Clock,
}

/// What waits to be written in one transaction, and how far the delivery has come with it.
#[derive(Debug, Default)]
pub(super) struct Staged {
    pub(super) batch: Batch,
    pub(super) faults: Vec<Fault>,
    pub(super) units: Vec<NewUnit>,
    pub(super) posts: Vec<Post>,
    pub(super) header_line: Option<String>,
    pub(super) rows: i64,
    pub(super) bytes: i64,
}

impl Parser {
    /// Continues behind `rows` rows and `bytes` bytes, under the header line if one was read.
    pub(super) fn resume(
        header_line: Option<&str>,
        (rows, bytes): (i64, i64),
        directory: Directory,
        as_of: Date,
        clock: Clock,
    ) -> Result<Self, Unreadable> {
        let source = match header_line {
            None => Source::Unknown,
            Some(line) if bytes == 0 => Source::Rows(Layout::parse(line)?, rows),
            Some(line) => {
                let offset = bytes.unsigned_abs();
                Source::File(Box::new(Reader::resume(Layout::parse(line)?, rows, offset)))
            }
        };
        let ground = Ground { directory, as_of, clock };
        Ok(Self { source, ground, staged: Staged::default() })
    }

    pub(super) fn waiting(&self) -> usize {
        self.staged.batch.len()
    }

    /// Takes what is to be written, together with how far the delivery has come.
    pub(super) fn take(&mut self) -> Staged {
        let mut staged = std::mem::take(&mut self.staged);
        (staged.units, staged.posts) = self.ground.directory.take_new();
        match &self.source {
            Source::Unknown => {}
            Source::File(reader) => {
                staged.header_line = reader.layout().map(|layout| layout.line().to_owned());
                staged.rows = reader.row();
                // Nothing is settled before the header line was read.
                staged.bytes = i64::try_from(reader.offset()).unwrap_or(i64::MAX);
            }
            Source::Rows(layout, rows) => {
                staged.header_line = Some(layout.line().to_owned());
                staged.rows = *rows;
            }
        }
        staged
    }

    /// The next bytes of a file. `None` when rows have come before.
    pub(super) fn push_csv(&mut self, bytes: &[u8]) -> Option<Result<(), Unreadable>> {
        if matches!(self.source, Source::Unknown) {
            self.source = Source::File(Box::default());
        }
        let Source::File(reader) = &mut self.source else { return None };
        let (ground, staged) = (&mut self.ground, &mut self.staged);
        Some(reader.push(bytes, |layout, record| ground.stage(layout, record, staged)))
    }

    /// The next rows. `None` when a file has come before.
    pub(super) fn push_rows(&mut self, rows: &[[String; COLUMNS]]) -> Option<()> {
        if matches!(self.source, Source::Unknown) {
            self.source = Source::Rows(Layout::of_rows(), 0);
        }
        let Source::Rows(layout, count) = &mut self.source else { return None };
        for row in rows {
            *count += 1;
            let cells = std::array::from_fn(|place| row[place].trim());
            let record = Record { row: *count, cells, odd_count: None, not_utf8: Vec::new() };
            self.ground.stage(layout, &record, &mut self.staged);
        }
        Some(())
    }

    /// Everything has arrived.
    pub(super) fn finish(&mut self) -> Result<(), Unreadable> {
        let (ground, staged) = (&mut self.ground, &mut self.staged);
        match &mut self.source {
            Source::Unknown => Err(Unreadable::NoHeader),
            Source::Rows(..) => Ok(()),
            Source::File(reader) => {
                reader.finish(|layout, record| ground.stage(layout, record, staged))
            }
        }
    }
}

impl Ground {
    fn stage(&mut self, layout: &Layout, record: &Record<'_>, staged: &mut Staged) {
        let (row, mut faults) = judge(layout, record, self.as_of);
        let post = faults.is_empty().then(|| self.post(&row)).flatten();
        let post = post.transpose().unwrap_or_else(|(column, code)| {
            let value = shown(column, record.cells[column.index()]);
            let place = layout.place(column);
            faults.push(Fault { row: row.row, place, column: Some(column), code, value });
            None
        });
        self.push(&row, post, !faults.is_empty(), &mut staged.batch);
        staged.faults.append(&mut faults);
    }

    fn post(
        &mut self,
        row: &Row,
    ) -> Option<Result<Post, crate::domain::imports::directory::PostFault>> {
        let clock = self.clock.clone();
        let cells = row.post.as_ref()?;
        Some(self.directory.resolve(row.row, cells, &mut || clock.new_uuid()))
    }

    fn push(&self, row: &Row, post: Option<Post>, refused: bool, batch: &mut Batch) {
        let (person, employee_id) = (&row.person, self.clock.new_uuid());
        let post = post.as_ref();
        let good = !refused && !row.is_acting();
        let event = good.then(|| event(employee_id, row, post).encode_to_vec());
        batch.row_no.push(row.row);
        batch.refused.push(refused);
        batch.number.push(row.number.as_ref().map(|number| number.as_str().to_owned()));
        batch.employee_id.push(employee_id);
        batch.assignment_id.push(self.clock.new_uuid());
        batch.event_id.push(self.clock.new_uuid());
        batch.opened_on.push(row.opened_on().map(|day| day.to_sqlx()));
        let name = person.name.as_ref().filter(|_| good);
        batch.name.push(name.map(|name| name.name.clone()));
        batch.front_title.push(name.map(|name| name.front_title.clone()));
        batch.back_title.push(name.map(|name| name.back_title.clone()));
        batch.tails.push(name.map(|name| name_words::tails(&name.name).join("\n")));
        batch.employment_kind.push(person.kind.map(|kind| kind.as_str()));
        batch.rank.push(person.rank.map(|(rank, _)| rank.to_string()));
        batch.rank_from.push(person.rank.map(|(_, from)| from.to_sqlx()));
        batch.status.push(person.status.map(|(status, _)| status.as_str()));
        let absence = person.status.and_then(|(status, _)| status.absence_kind());
        batch.absence_kind.push(absence.map(|kind| kind.as_str()));
        batch.status_from.push(person.status.and_then(|(_, from)| from).map(|from| from.to_sqlx()));
        batch.position_id.push(post.map(|post| post.position_id));
        batch.unit_id.push(post.map(|post| post.unit_id));
        batch.position_kind.push(post.map(|post| post.kind.as_str()));
        batch.heads_unit.push(post.is_some_and(|post| post.heads_unit));
        let kind = row.post.as_ref().map_or(AssignmentKind::Definitive, |post| post.assignment);
        batch.assignment_kind.push(kind.as_str());
        batch.assignment_from.push(row.assignment_from.map(|from| from.to_sqlx()));
        let superior = row.superior.as_ref().filter(|_| good);
        batch.superior.push(superior.map(|number| number.as_str().to_owned()));
        batch.event.push(event);
    }
}

/// The fact that the row makes public if its person is new.
fn event(employee_id: Uuid, row: &Row, post: Option<&Post>) -> EmployeeChanged {
    let person = &row.person;
    let status = person.status.map_or(Status::Active, |(status, _)| status);
    let mut event = EmployeeChanged {
        employee_id: employee_id.to_string(),
        name: person.name.as_ref().map(ToString::to_string).unwrap_or_default(),
        employment_kind: person.kind.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        status: status.as_str().to_owned(),
        rank: person.rank.map(|(rank, _)| rank.to_string()).unwrap_or_default(),
        ..Default::default()
    };
    if let Some(post) = post {
        event.unit_id = post.unit_id.to_string();
        event.position_id = post.position_id.to_string();
        event.position_kind = post.kind.as_str().to_owned();
        event.position_level =
            post.level.map(|level| level.as_str().to_owned()).unwrap_or_default();
        event.position_name.clone_from(&post.name);
        event.heads_unit = post.heads_unit;
    }
    event
}

/// The columns by which faults of the registry are told.
pub(super) fn fault_of_row(
    layout: &Layout,
    row: i64,
    column: Column,
    code: crate::domain::imports::faults::FaultCode,
    value: &str,
) -> Fault {
    Fault {
        row,
        place: layout.place(column),
        column: Some(column),
        code,
        value: shown(column, value),
    }
}
