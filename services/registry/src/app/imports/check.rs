use jiff_sqlx::ToSqlx as _;
use kinerja_kit::tenant::{TenantId, Tx};

use super::{App, Error, Import, Mode, State, next_batch, parser::fault_of_row, units::Brought};
use crate::{
    domain::imports::{
        changes::change,
        columns::Column,
        faults::{Fault, FaultCode},
        reader::Layout,
        rings::Lines,
    },
    store::{
        self,
        imports::{checks, known::Subject},
    },
};

impl App {
    /// Compares the next staged rows with the registry.
    ///
    /// Before the first ones the import is compared with itself, all of it: a row may be named by any other.
    pub(super) async fn check_import(
        &self,
        tenant: &TenantId,
        import: &Import,
    ) -> Result<Import, Error> {
        if import.checked_rows == 0 {
            self.check_among_rows(tenant, import).await?;
        }
        let mut tx = self.db.begin(tenant).await?;
        store::imports::merge::by_keys(&mut tx).await?;
        let mut now = self.lock_as_is(&mut tx, import).await?;
        let range = next_batch(now.checked_rows, now.received_rows);
        let subjects = store::imports::known::read(&mut tx, &now.header, range).await?;
        let good = checks::good_rows(&mut tx, now.header.import_id, range).await?;
        let known = i64::try_from(subjects.len()).unwrap_or(i64::MAX);
        let mut faults = Vec::new();
        let layout = layout(&now);
        for subject in &subjects {
            match change(&subject.stated, &subject.known, now.header.as_of) {
                Ok(change) if change.is_none() => now.counts.unchanged += 1,
                Ok(_) => now.counts.updated += 1,
                Err(fault) => faults.push(fault_of(&layout, subject, fault)),
            }
        }
        now.counts.created += good - known;
        refuse(&mut tx, &mut now, &faults).await?;
        now.checked_rows = range.1;
        if now.checked_rows == now.received_rows {
            now.state = after_check(&now);
        }
        store::imports::update(&mut tx, &now, self.clock.now()).await?;
        tx.commit().await?;
        Ok(now)
    }

    async fn check_among_rows(&self, tenant: &TenantId, import: &Import) -> Result<(), Error> {
        let mut tx = self.checking(tenant).await?;
        store::imports::rows::analyze(&mut tx).await?;
        tx.commit().await?;
        let (mut done, all) = (0, import.received_rows);
        while done < all {
            let range = next_batch(done, all);
            let mut tx = self.checking(tenant).await?;
            let mut now = self.lock_as_is(&mut tx, import).await?;
            check_repeated(&mut tx, &mut now, range).await?;
            store::imports::update(&mut tx, &now, self.clock.now()).await?;
            tx.commit().await?;
            done = range.1;
        }
        let mut tx = self.checking(tenant).await?;
        let mut now = self.lock_as_is(&mut tx, import).await?;
        check_units(&mut tx, &mut now).await?;
        check_seats(&mut tx, &mut now).await?;
        check_acting(&mut tx, &mut now).await?;
        check_rings(&mut tx, &mut now).await?;
        let mut done = 0;
        while done < all {
            let range = next_batch(done, all);
            check_superiors(&mut tx, &mut now, range).await?;
            done = range.1;
        }
        store::imports::update(&mut tx, &now, self.clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn checking(&self, tenant: &TenantId) -> Result<Tx, Error> {
        let mut tx = self.db.begin(tenant).await?;
        store::imports::merge::by_keys(&mut tx).await?;
        Ok(tx)
    }
}

fn after_check(import: &Import) -> State {
    match import.header.mode {
        Mode::AllOrNothing if import.counts.refused > 0 => State::Refused,
        _ if import.header.dry_run => State::Done,
        _ => State::Merging,
    }
}

/// The columns of the delivery.
pub(super) fn layout(import: &Import) -> Layout {
    import
        .header_line
        .as_deref()
        .and_then(|line| Layout::parse(line).ok())
        .unwrap_or_else(Layout::of_rows)
}

fn fault_of(layout: &Layout, subject: &Subject, (column, code): (Column, FaultCode)) -> Fault {
    let from = subject.stated.assignment.filter(|_| column == Column::AssignmentFrom);
    let value = from.map(|assignment| assignment.from_on.to_string()).unwrap_or_default();
    fault_of_row(layout, subject.row_no, column, code, &value)
}

/// Records faults and keeps the rows of those that are no mere warnings out of the merge.
pub(super) async fn refuse(
    tx: &mut Tx,
    import: &mut Import,
    faults: &[Fault],
) -> Result<(), Error> {
    let id = import.header.import_id;
    import.counts.faults += store::imports::faults::insert(tx, id, faults).await?;
    let rows: Vec<i64> =
        faults.iter().filter(|fault| !fault.code.is_warning()).map(|fault| fault.row).collect();
    import.counts.refused += store::imports::rows::refuse(tx, id, &rows).await?;
    Ok(())
}

async fn check_repeated(tx: &mut Tx, import: &mut Import, range: (i64, i64)) -> Result<(), Error> {
    let (id, layout) = (import.header.import_id, layout(import));
    let repeated = checks::repeated(tx, id, range).await?;
    let fault = |(row, number): &(i64, String)| {
        fault_of_row(&layout, *row, Column::IdentityNumber, FaultCode::Repeated, number)
    };
    refuse(tx, import, &repeated.iter().map(fault).collect::<Vec<_>>()).await?;
    let heads = checks::second_heads(tx, id, range).await?;
    let fault =
        |row: &i64| fault_of_row(&layout, *row, Column::HeadsUnit, FaultCode::HeadTaken, "Y");
    refuse(tx, import, &heads.iter().map(fault).collect::<Vec<_>>()).await
}

/// Units whose unit above is not known take their rows with them.
async fn check_units(tx: &mut Tx, import: &mut Import) -> Result<(), Error> {
    let (id, layout) = (import.header.import_id, layout(import));
    let brought = Brought::of(store::imports::directory::staged_units(tx, id).await?);
    let homeless = brought.homeless();
    if homeless.is_empty() {
        return Ok(());
    }
    let rows = store::imports::rows::of_units(tx, id, &homeless).await?;
    let (column, code) = (Column::ParentUnitCode, FaultCode::ParentUnitUnknown);
    let faults: Vec<_> =
        rows.into_iter().map(|row| fault_of_row(&layout, row, column, code, "")).collect();
    refuse(tx, import, &faults).await
}

async fn check_seats(tx: &mut Tx, import: &mut Import) -> Result<(), Error> {
    let layout = layout(import);
    let beyond = checks::beyond_seats(tx, import.header.import_id).await?;
    let fault =
        |row: i64| fault_of_row(&layout, row, Column::Position, FaultCode::SeatsExceeded, "");
    refuse(tx, import, &beyond.into_iter().map(fault).collect::<Vec<_>>()).await
}

async fn check_acting(tx: &mut Tx, import: &mut Import) -> Result<(), Error> {
    let layout = layout(import);
    let faults = checks::acting(tx, import.header.import_id).await?;
    let fault = |(row, code): (i64, FaultCode)| {
        let unknown = code == FaultCode::EmployeeUnknown;
        let column = if unknown { Column::IdentityNumber } else { Column::AssignmentKind };
        fault_of_row(&layout, row, column, code, "")
    };
    refuse(tx, import, &faults.into_iter().map(fault).collect::<Vec<_>>()).await
}

async fn check_superiors(tx: &mut Tx, import: &mut Import, range: (i64, i64)) -> Result<(), Error> {
    let layout = layout(import);
    let unknown = checks::superiors(tx, import.header.import_id, range).await?;
    let fault = |(row, number, code): &(i64, String, FaultCode)| {
        fault_of_row(&layout, *row, Column::Superior, *code, number)
    };
    refuse(tx, import, &unknown.iter().map(fault).collect::<Vec<_>>()).await
}

async fn check_rings(tx: &mut Tx, import: &mut Import) -> Result<(), Error> {
    let (layout, header) = (layout(import), &import.header);
    let stored = checks::lines(tx, header.import_id, header.as_of.to_sqlx()).await?;
    let mut lines = Lines::default();
    for line in stored {
        let numbers = line.number.parse().ok().zip(line.superior.parse().ok());
        let Some((number, superior)) = numbers else { continue };
        lines.add(number, superior, line.row_no);
    }
    let fault =
        |row: i64| fault_of_row(&layout, row, Column::Superior, FaultCode::SuperiorRing, "");
    let faults: Vec<_> = lines.rows_in_rings().into_iter().map(fault).collect();
    refuse(tx, import, &faults).await
}
