use std::collections::HashMap;

use jiff::civil::Date;
use kinerja_kit::{
    auth::{Caller, Role},
    idempotency::RequestKey,
    paging::{Page, PageRequest},
    tenant::Tx,
};
use uuid::Uuid;

use super::{
    App, Error, claim,
    error::{no_employee, not_your_record},
};
use crate::{
    domain::{
        EmployeeId, IdentityNumber,
        discipline::{Attendance, Sanction},
    },
    store::{
        self,
        discipline::{AttendanceRow, SanctionRow},
    },
};

/// A row of a bulk call: its place, whose it is, and what it says.
#[derive(Debug)]
pub(crate) struct BulkRow<T> {
    pub(crate) row: usize,
    pub(crate) number: IdentityNumber,
    pub(crate) fact: T,
}

/// What became of a bulk call: rows that went in, and those whose person is not known.
#[derive(Debug, Default)]
pub(crate) struct BulkOutcome {
    pub(crate) recorded: usize,
    pub(crate) unknown: Vec<usize>,
}

/// A bulk row whose person is known.
#[derive(Debug)]
pub(super) struct Matched<T> {
    pub(super) row: usize,
    pub(super) employee: Uuid,
    pub(super) fact: T,
}

/// What is known of a person's discipline between two days.
#[derive(Debug)]
pub(crate) struct DisciplineFacts {
    pub(crate) months: i64,
    /// Working, present, excused and unexcused days, and minutes lost.
    pub(crate) sums: [i64; 5],
    pub(crate) sanctions: Vec<SanctionRow>,
}

impl App {
    /// Records months of attendance; of a month that comes twice the last row counts.
    pub(crate) async fn import_attendance(
        &self,
        caller: &Caller,
        rows: Vec<BulkRow<(Date, Attendance)>>,
        key: &RequestKey,
    ) -> Result<BulkOutcome, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        // A replay tells the same and writes nothing: a later call may have corrected these months.
        let is_new = claim(&mut tx, key, key_id(), now).await?.is_none();
        let (matched, unknown) = matched(&mut tx, rows).await?;
        let recorded = matched.len();
        let last: HashMap<(Uuid, Date), Attendance> =
            matched.into_iter().map(|row| ((row.employee, row.fact.0), row.fact.1)).collect();
        let months: Vec<_> =
            last.into_iter().map(|((employee, month), days)| (employee, month, days)).collect();
        if is_new {
            store::discipline::record_attendance(&mut tx, &months, now).await?;
        }
        tx.commit().await?;
        Ok(BulkOutcome { recorded, unknown })
    }

    /// Records sanctions; of a decree that comes twice for a person the last row counts.
    pub(crate) async fn import_sanctions(
        &self,
        caller: &Caller,
        rows: Vec<BulkRow<Sanction>>,
        key: &RequestKey,
    ) -> Result<BulkOutcome, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let is_new = claim(&mut tx, key, key_id(), now).await?.is_none();
        let (matched, unknown) = matched(&mut tx, rows).await?;
        let recorded = matched.len();
        let last: HashMap<(Uuid, String), Sanction> = matched
            .into_iter()
            .map(|row| ((row.employee, row.fact.decree_number.clone()), row.fact))
            .collect();
        let sanctions: Vec<_> = last
            .into_iter()
            .map(|((employee, _), sanction)| (self.clock.new_uuid(), employee, sanction))
            .collect();
        if is_new {
            store::discipline::record_sanctions(&mut tx, &sanctions, now).await?;
        }
        tx.commit().await?;
        Ok(BulkOutcome { recorded, unknown })
    }

    pub(crate) async fn list_attendance(
        &self,
        caller: &Caller,
        employee: EmployeeId,
        page: PageRequest<Date>,
    ) -> Result<Page<AttendanceRow>, Error> {
        let mut tx = self.facts_of(caller, employee).await?;
        let months =
            store::discipline::attendance(&mut tx, employee.uuid(), page.after, page.limit).await?;
        drop(tx);
        self.access_log.record(caller, "ListAttendance", employee.uuid()).await;
        Ok(page.page(months, |month| month.month_on.to_jiff()))
    }

    pub(crate) async fn list_sanctions(
        &self,
        caller: &Caller,
        employee: EmployeeId,
        page: PageRequest<(Date, Uuid)>,
    ) -> Result<Page<SanctionRow>, Error> {
        let mut tx = self.facts_of(caller, employee).await?;
        let sanctions =
            store::discipline::sanctions(&mut tx, employee.uuid(), page.after, page.limit).await?;
        drop(tx);
        self.access_log.record(caller, "ListSanctions", employee.uuid()).await;
        Ok(page.page(sanctions, |sanction| (sanction.starts_on.to_jiff(), sanction.sanction_id)))
    }

    pub(crate) async fn get_discipline_facts(
        &self,
        caller: &Caller,
        employee: EmployeeId,
        days: (Date, Date),
    ) -> Result<DisciplineFacts, Error> {
        let mut tx = self.facts_of(caller, employee).await?;
        let (months, sums) =
            store::discipline::attendance_sum(&mut tx, employee.uuid(), days).await?;
        let sanctions =
            store::discipline::sanctions_in_force(&mut tx, employee.uuid(), days).await?;
        drop(tx);
        self.access_log.record(caller, "GetDisciplineFacts", employee.uuid()).await;
        Ok(DisciplineFacts { months, sums, sanctions })
    }

    /// A transaction to read facts of a person in, if there is such a person and the caller may.
    pub(super) async fn facts_of(
        &self,
        caller: &Caller,
        employee: EmployeeId,
    ) -> Result<Tx, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if !store::employees::exists(&mut tx, employee).await? {
            return Err(no_employee());
        }
        let readers = [Role::HrOfficer, Role::PerformanceTeam, Role::Service];
        if caller.is(employee.uuid()) || readers.into_iter().any(|role| caller.has(role)) {
            return Ok(tx);
        }
        Err(not_your_record())
    }
}

/// What stands for the resource of a bulk call, which has none.
pub(super) fn key_id() -> Uuid {
    Uuid::nil()
}

/// Finds the person of each row; the places of those rows whose person is not known.
pub(super) async fn matched<T>(
    tx: &mut Tx,
    rows: Vec<BulkRow<T>>,
) -> Result<(Vec<Matched<T>>, Vec<usize>), Error> {
    let numbers: Vec<_> = rows.iter().map(|row| row.number.as_str().to_owned()).collect();
    let people = store::discipline::people(tx, &numbers).await?;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for (row, employee) in rows.into_iter().zip(people) {
        match employee {
            Some(employee) => known.push(Matched { row: row.row, employee, fact: row.fact }),
            None => unknown.push(row.row),
        }
    }
    Ok((known, unknown))
}
