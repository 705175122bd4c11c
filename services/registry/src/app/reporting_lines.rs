use jiff::{Timestamp, civil::Date};
use kinerja_kit::{
    auth::Caller,
    paging::{Page, PageRequest},
    tenant::Tx,
};
use kinerja_proto::registry::v1::Reason;

use super::{
    App, Error, Mutation, check_etag, claim,
    employee_changes::open_record,
    error::{never_oneself, no_employee, no_tenant, of_constraint},
    lines, publish,
};
use crate::{
    domain::{
        Eligibility, Employee, EmployeeId,
        reporting_line::{Lines, Official, Resolution, Unresolved},
    },
    store::{self, reporting_lines::ReportingLineRow},
};

/// A resolution with what judged it.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) resolution: Resolution,
    pub(crate) on: Date,
    pub(crate) policy_version: i32,
}

/// Who of many rates whom, and why some have nobody.
#[derive(Debug)]
pub(crate) struct ResolvedMany {
    pub(crate) resolved: Vec<Resolved>,
    pub(crate) unresolved: Vec<(EmployeeId, Reason)>,
}

impl App {
    pub(crate) async fn resolve_rater(
        &self,
        caller: &Caller,
        employee: EmployeeId,
        on: Option<Date>,
    ) -> Result<Resolved, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let lines = lines::around(&mut tx, &[employee.uuid()], on, self.clock.now()).await?;
        drop(tx);
        self.access_log.record(caller, "ResolveRater", employee.uuid()).await;
        resolved(&lines.ok_or_else(no_employee)?, employee)
            .map_err(|unresolved| Error::wrong_state(reason(unresolved), unresolved.to_string()))
    }

    /// Each of some people on one day, as a set.
    pub(crate) async fn resolve_raters(
        &self,
        caller: &Caller,
        employees: &[EmployeeId],
        on: Option<Date>,
    ) -> Result<ResolvedMany, Error> {
        let ids: Vec<_> = employees.iter().map(|id| EmployeeId::uuid(*id)).collect();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let lines = lines::around(&mut tx, &ids, on, self.clock.now()).await?;
        drop(tx);
        self.access_log.record_all(caller, "ResolveRaters", ids).await;
        let mut found = ResolvedMany { resolved: Vec::new(), unresolved: Vec::new() };
        for employee in employees {
            let known = lines.as_ref().filter(|lines| lines.of.contains_key(employee));
            let Some(lines) = known else {
                found.unresolved.push((*employee, Reason::EmployeeNotFound));
                continue;
            };
            match resolved(lines, *employee) {
                Ok(resolved) => found.resolved.push(resolved),
                Err(unresolved) => found.unresolved.push((*employee, reason(unresolved))),
            }
        }
        Ok(found)
    }

    /// Sets a person's rater from a day on; the revision is the person's, before and after.
    pub(crate) async fn set_reporting_line(
        &self,
        caller: &Caller,
        employee: EmployeeId,
        rater: Option<EmployeeId>,
        from_on: Date,
        mutation: Mutation,
    ) -> Result<i64, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if claim(&mut tx, &mutation.key, employee.uuid(), now).await?.is_some() {
            let employee = store::employees::lock(&mut tx, employee).await?;
            return Ok(employee.ok_or_else(no_employee)?.revision);
        }
        store::tenants::lock_organisation(&mut tx).await?;
        let record = open_record(&mut tx, employee).await?;
        check_etag(mutation.revision, record.revision)?;
        let revision = set_line(&mut tx, record, rater, from_on, now).await?;
        tx.commit().await?;
        Ok(revision)
    }

    pub(crate) async fn list_reporting_lines(
        &self,
        caller: &Caller,
        employee: EmployeeId,
        page: PageRequest<Date>,
    ) -> Result<Page<ReportingLineRow>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let before = page.after.unwrap_or(Date::MAX);
        let found = store::reporting_lines::list(&mut tx, employee, before, page.limit).await?;
        if found.is_empty() && !store::employees::exists(&mut tx, employee).await? {
            return Err(no_employee());
        }
        drop(tx);
        self.access_log.record(caller, "ListReportingLines", employee.uuid()).await;
        Ok(page.page(found, |last| last.from_on.to_jiff()))
    }
}

/// Sets the line of a locked record under the lock of the organisation, and tells of it. The person's new
/// revision.
pub(super) async fn set_line(
    tx: &mut Tx,
    mut record: Employee,
    rater: Option<EmployeeId>,
    from_on: Date,
    now: Timestamp,
) -> Result<i64, Error> {
    let employee = record.id;
    if rater == Some(employee) {
        return Err(never_oneself("nobody rates oneself"));
    }
    store::reporting_lines::set(tx, employee, from_on, rater, now).await.map_err(of_constraint)?;
    let id = employee.uuid();
    let lines = store::reporting_lines::lines(tx, &[id], Some(from_on), now).await?;
    let lines = lines.ok_or_else(no_tenant)?;
    if let Some(rater) = lines.of.get(&employee).and_then(|line| line.explicit.as_ref()) {
        check_rater(rater, lines.eligibility)?;
    }
    lines::refuse_ring(tx, &[id], from_on, now).await?;
    record.revision += 1;
    store::employees::update(tx, &record).await?;
    publish::lines(tx, &[id], &[], &[from_on], now).await?;
    Ok(record.revision)
}

/// Refuses a rater who may not rate on the day the line begins.
pub(super) fn check_rater(rater: &Official, eligibility: Eligibility) -> Result<(), Error> {
    let Some(office) = &rater.office else {
        let message = "the rater holds no position on that day";
        return Err(Error::wrong_state(Reason::RaterNotInOffice, message));
    };
    if eligibility.admits(office) {
        return Ok(());
    }
    let message = "the rater stands below the lowest rating level and has no delegation";
    Err(Error::wrong_state(Reason::RaterNotEligible, message))
}

pub(super) fn resolved(lines: &Lines, employee: EmployeeId) -> Result<Resolved, Unresolved> {
    let resolution = lines.resolve(employee)?;
    Ok(Resolved { resolution, on: lines.day, policy_version: lines.policy_version })
}

fn reason(unresolved: Unresolved) -> Reason {
    match unresolved {
        Unresolved::NoPosition => Reason::NoPosition,
        Unresolved::NoRater => Reason::NoRater,
    }
}
