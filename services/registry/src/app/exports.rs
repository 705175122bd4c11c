use std::collections::VecDeque;

use jiff::civil::Date;
use kinerja_kit::{auth::Caller, tenant::TenantId};
use kinerja_proto::registry::v1::Reason;
use uuid::Uuid;

use super::{App, Error, publish};
use crate::{
    domain::{
        PositionLevel, Status, UnitId, UnknownWord,
        imports::{
            cells,
            columns::{COLUMNS, Column},
            writer,
        },
    },
    store::{self, exports::ExportRow},
};

/// People of one page.
const PAGE: i64 = 1_000;
const NO_LIMIT: i64 = i64::MAX;

/// Who is exported, and how.
#[derive(Debug)]
pub(crate) struct OpenExport {
    pub(crate) as_of: Option<Date>,
    pub(crate) unit: Option<UnitId>,
    pub(crate) separator: u8,
}

/// An export on its way: a page at a time, each in a transaction of its own.
#[derive(Debug)]
pub(crate) struct Export {
    app: App,
    caller: Caller,
    tenant: TenantId,
    day: Date,
    separator: u8,
    /// The units still to go through, the present one first; `None` for everybody.
    units: Option<VecDeque<Uuid>>,
    after: Uuid,
    rows: i64,
    began: bool,
    ended: bool,
}

/// Whole lines of the file, and how many lines there were until now.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) csv: Vec<u8>,
    pub(crate) rows: i64,
}

impl App {
    /// Opens an export, and notes it before the first line leaves.
    pub(crate) async fn export_employees(
        &self,
        caller: &Caller,
        open: OpenExport,
    ) -> Result<Export, Error> {
        let tenant = caller.tenant()?.clone();
        let mut tx = self.db.begin(&tenant).await?;
        let day = store::tenants::day(&mut tx, open.as_of, self.clock.now()).await?;
        let no_tenant =
            || Error::not_found(Reason::TenantNotFound, "the government is not in the registry");
        let day = day.ok_or_else(no_tenant)?;
        let units = match open.unit {
            None => None,
            Some(unit) => {
                let below = store::unit_trees::subtree(&mut tx, unit, day, None, NO_LIMIT).await?;
                if below.is_empty() {
                    return Err(Error::not_found(Reason::UnitNotFound, "the unit does not exist"));
                }
                Some(below.iter().filter_map(|path| path.last().copied()).collect())
            }
        };
        drop(tx);
        let subject = open.unit.map_or_else(|| publish::tenant_key(&tenant), UnitId::uuid);
        self.access_log.record(caller, "ExportEmployees", subject).await;
        Ok(Export {
            app: self.clone(),
            caller: caller.clone(),
            tenant,
            day,
            separator: open.separator,
            units,
            after: Uuid::nil(),
            rows: 0,
            began: false,
            ended: false,
        })
    }
}

impl Export {
    /// The next lines; the header line comes with the first. `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Chunk>, Error> {
        if self.ended {
            return Ok(None);
        }
        let mut tx = self.app.db.begin(&self.tenant).await?;
        let ids = self.next_people(&mut tx).await?;
        let rows = store::exports::rows(&mut tx, &ids, self.day).await?;
        drop(tx);
        self.app.access_log.record_all(&self.caller, "ExportEmployees", ids).await;
        self.rows += i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let mut csv = if self.began { Vec::new() } else { writer::head(self.separator) };
        self.began = true;
        for row in &rows {
            let cells =
                line(row).map_err(|error: UnknownWord| sqlx::Error::Decode(Box::new(error)))?;
            writer::line(&mut csv, self.separator, &cells);
        }
        Ok(Some(Chunk { csv, rows: self.rows }))
    }

    async fn next_people(&mut self, tx: &mut kinerja_kit::tenant::Tx) -> Result<Vec<Uuid>, Error> {
        let Some(units) = &mut self.units else {
            let ids = store::employee_lists::all(tx, self.after, PAGE).await?;
            self.ended = i64::try_from(ids.len()).is_ok_and(|people| people < PAGE);
            self.after = ids.last().copied().unwrap_or(self.after);
            return Ok(ids);
        };
        let left: Vec<Uuid> = units.iter().copied().collect();
        let found = store::employee_lists::of_units(tx, &left, self.day, self.after, PAGE).await?;
        self.ended = i64::try_from(found.len()).is_ok_and(|people| people < PAGE);
        if let Some((unit, employee)) = found.last() {
            self.after = *employee;
            while units.front().is_some_and(|front| front != unit) {
                units.pop_front();
            }
        }
        Ok(found.into_iter().map(|(_, employee)| employee).collect())
    }
}

fn line(row: &ExportRow) -> Result<[String; COLUMNS], UnknownWord> {
    let mut cells: [String; COLUMNS] = Default::default();
    let mut set = |column: Column, text: String| cells[column.index()] = text;
    let date =
        |date: Option<jiff_sqlx::Date>| date.map(|d| d.to_jiff().to_string()).unwrap_or_default();
    let is_acting = row.assignment_kind.as_deref().is_some_and(|kind| kind != "DEFINITIVE");
    set(Column::IdentityNumber, number(row.number.as_deref()));
    set(Column::Name, row.name.clone());
    set(Column::EmploymentKind, row.employment_kind.replace("PART_TIME", "PARUH_WAKTU"));
    set(Column::Rank, row.rank.clone().unwrap_or_default());
    set(Column::RankFrom, date(row.rank_from));
    if let Some(status) = &row.status {
        let status = Status::of_words(status, row.absence_kind.as_deref())?;
        set(Column::Status, cells::status_word(status).to_owned());
        set(Column::StatusFrom, date(row.status_from));
    }
    set(Column::UnitCode, row.unit_code.clone().unwrap_or_default());
    set(Column::UnitName, row.unit_name.clone().unwrap_or_default());
    set(Column::ParentUnitCode, row.parent_code.clone().unwrap_or_default());
    if let Some(kind) = &row.unit_kind {
        set(Column::UnitKind, cells::unit_kind_word(kind.parse()?).to_owned());
    }
    set(Column::Position, row.position.clone().unwrap_or_default());
    if let Some(kind) = &row.position_kind {
        let level: Option<PositionLevel> =
            row.position_level.as_deref().map(str::parse).transpose()?;
        let (kind, level) = cells::position_words(kind.parse()?, level);
        set(Column::PositionKind, kind.to_owned());
        set(Column::PositionLevel, level.to_owned());
    }
    set(Column::PositionClass, row.class.map(|class| class.to_string()).unwrap_or_default());
    let heads = row.heads_unit.map(|heads| if heads { "Y" } else { "T" });
    set(Column::HeadsUnit, heads.unwrap_or_default().to_owned());
    if let Some(kind) = &row.assignment_kind {
        set(Column::AssignmentKind, cells::assignment_word(kind.parse()?).to_owned());
    }
    set(Column::AssignmentFrom, date(row.assignment_from));
    let superior = row.superior.as_deref().filter(|_| !is_acting);
    set(Column::Superior, number(superior));
    Ok(cells)
}

fn number(number: Option<&str>) -> String {
    number.map(writer::number).unwrap_or_default()
}
