use jiff::{Timestamp, civil::Date};
use kinerja_kit::{
    auth::{Caller, Role},
    idempotency::RequestKey,
    paging::{Page, PageRequest},
    tenant::Tx,
};
use kinerja_proto::registry::v1::Reason;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    App, Error, claim, day,
    error::{no_employee, no_tenant, no_unit, not_your_record, of_constraint},
    publish,
};
use crate::{
    domain::{
        Employee, EmployeeId, EmploymentKind, IdentityNumber, PersonName, PositionKind, Rank,
        Status, UnitId,
    },
    store::{
        self,
        employee_history::{ChangeKey, EmployeeChangeRow},
        employee_lists::Below,
        employee_views::EmployeeView,
    },
};

#[derive(Debug)]
pub(crate) struct CreateEmployee {
    pub(crate) name: PersonName,
    pub(crate) kind: EmploymentKind,
    pub(crate) number: Option<IdentityNumber>,
    pub(crate) rank: Option<Rank>,
    pub(crate) status: Status,
    pub(crate) opened_on: Date,
    pub(crate) key: RequestKey,
}

/// Whom to list. Two filters at once would need a list that slows down as the government grows.
#[derive(Debug)]
pub(crate) enum EmployeeFilter {
    All,
    Unit {
        unit: UnitId,
        with_subtree: bool,
    },
    PositionKind(PositionKind),
    /// The stored word of a status, whatever the kind of an absence.
    Status(&'static str),
}

/// Where a page of people ended; in the list of a subtree with the way down to the unit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EmployeeKey {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    path: Vec<Uuid>,
    employee: Uuid,
}

/// A record, and how much of it the reader may see.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) view: EmployeeView,
    pub(crate) whole_number: bool,
    pub(crate) absence_kind: bool,
}

impl App {
    pub(crate) async fn create_employee(
        &self,
        caller: &Caller,
        new: CreateEmployee,
    ) -> Result<Shown, Error> {
        let (now, id) = (self.clock.now(), self.clock.new_id());
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(done) = claim(&mut tx, &new.key, id.uuid(), now).await? {
            return Ok(shown(caller, self.view(&mut tx, done.into(), None).await?));
        }
        check_kind(new.kind, new.number.as_ref(), new.rank)?;
        let employee = Employee {
            id,
            name: new.name,
            kind: new.kind,
            opened_on: new.opened_on,
            closed_on: None,
            revision: 1,
        };
        store::employees::insert(&mut tx, &employee, now).await?;
        store::name_words::insert(&mut tx, id.uuid(), &employee.name.name).await?;
        let from_on = new.opened_on;
        if let Some(number) = &new.number {
            store::employees::set_identity_number(&mut tx, id, from_on, number)
                .await
                .map_err(of_constraint)?;
        }
        if let Some(rank) = new.rank {
            store::employees::set_rank(&mut tx, id, from_on, rank).await?;
        }
        store::employees::set_status(&mut tx, id, from_on, new.status).await?;
        let view = publish::employee(&mut tx, id, Some(from_on), now).await?;
        tx.commit().await?;
        Ok(shown(caller, view))
    }

    pub(crate) async fn get_employee(
        &self,
        caller: &Caller,
        id: EmployeeId,
        on: Option<Date>,
        for_signed_form: bool,
    ) -> Result<Shown, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let view = self.view(&mut tx, id, on).await?;
        drop(tx);
        self.access_log.record(caller, "GetEmployee", id.uuid()).await;
        let mut shown = shown(caller, view);
        shown.whole_number |= for_signed_form && caller.has(Role::Service);
        Ok(shown)
    }

    pub(crate) async fn list_employees(
        &self,
        caller: &Caller,
        filter: EmployeeFilter,
        on: Option<Date>,
        page: PageRequest<EmployeeKey>,
    ) -> Result<Page<Shown>, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let (day, keys) = match filter {
            EmployeeFilter::Unit { unit, with_subtree: true } => {
                let after = page.after.as_ref().map(|key| (key.path.as_slice(), key.employee));
                below(&mut tx, unit, on, after, page.limit, now).await?
            }
            filter => {
                let day = day(&mut tx, on, now).await?;
                (day, keys(&mut tx, filter, day, page.after.as_ref(), page.limit).await?)
            }
        };
        let keys = page.page(keys, Clone::clone);
        let ids: Vec<_> = keys.items.iter().map(|key| key.employee).collect();
        let views = store::employee_views::views(&mut tx, &ids, Some(day), now).await?;
        drop(tx);
        self.access_log.record_all(caller, "ListEmployees", ids).await;
        let items = views.into_iter().map(|view| shown(caller, view)).collect();
        Ok(Page { items, next_token: keys.next_token })
    }

    pub(crate) async fn list_employee_history(
        &self,
        caller: &Caller,
        id: EmployeeId,
        page: PageRequest<ChangeKey>,
    ) -> Result<Page<EmployeeChangeRow>, Error> {
        if !may_see_all(caller, id.uuid()) {
            return Err(not_your_record());
        }
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let changes =
            store::employee_history::list(&mut tx, id, page.after.clone(), page.limit).await?;
        if changes.is_empty() && !store::employees::exists(&mut tx, id).await? {
            return Err(no_employee());
        }
        drop(tx);
        self.access_log.record(caller, "ListEmployeeHistory", id.uuid()).await;
        Ok(page
            .page(changes, |last| ChangeKey { from_on: last.from_on.to_jiff(), what: last.what }))
    }

    pub(super) async fn view(
        &self,
        tx: &mut Tx,
        id: EmployeeId,
        on: Option<Date>,
    ) -> Result<EmployeeView, Error> {
        let views = store::employee_views::views(tx, &[id.uuid()], on, self.clock.now()).await?;
        views.into_iter().next().ok_or_else(no_employee)
    }
}

/// Who comes next, in the order of the filter's index.
async fn keys(
    tx: &mut Tx,
    filter: EmployeeFilter,
    day: Date,
    after: Option<&EmployeeKey>,
    limit: i64,
) -> Result<Vec<EmployeeKey>, Error> {
    let last = after.map_or(Uuid::nil(), |key| key.employee);
    let ids = match filter {
        EmployeeFilter::All => store::employee_lists::all(tx, last, limit).await?,
        EmployeeFilter::PositionKind(kind) => {
            store::employee_lists::of_position_kind(tx, kind.as_str(), day, last, limit).await?
        }
        EmployeeFilter::Status(status) => {
            store::employee_lists::of_status(tx, status, day, last, limit).await?
        }
        EmployeeFilter::Unit { unit, .. } => {
            let units = [unit.uuid()];
            let found = store::employee_lists::of_units(tx, &units, day, last, limit).await?;
            if found.is_empty() && after.is_none() {
                be_known(tx, unit).await?;
            }
            found.into_iter().map(|(_, employee)| employee).collect()
        }
    };
    Ok(ids.into_iter().map(|employee| EmployeeKey { path: Vec::new(), employee }).collect())
}

async fn below(
    tx: &mut Tx,
    unit: UnitId,
    on: Option<Date>,
    after: Option<(&[Uuid], Uuid)>,
    limit: i64,
    now: Timestamp,
) -> Result<(Date, Vec<EmployeeKey>), Error> {
    let found = store::employee_lists::below(tx, unit, on, after, limit, now).await?;
    let (day, found) = found.ok_or_else(no_tenant)?;
    if found.is_empty() && after.is_none() {
        be_known(tx, unit).await?;
    }
    let key = |Below { path, employee }| EmployeeKey { path, employee };
    Ok((day, found.into_iter().map(key).collect()))
}

/// An empty list is of a unit that exists.
async fn be_known(tx: &mut Tx, unit: UnitId) -> Result<(), Error> {
    if store::units::exists(tx, unit).await? { Ok(()) } else { Err(no_unit()) }
}

/// What a caller may see of a record: the whole number is the person's own.
pub(super) fn shown(caller: &Caller, view: EmployeeView) -> Shown {
    Shown {
        whole_number: caller.is(view.employee_id),
        absence_kind: may_see_all(caller, view.employee_id),
        view,
    }
}

/// Whether all of a record is the caller's business: one's own, an HR officer's, a service's.
pub(super) fn may_see_all(caller: &Caller, employee: Uuid) -> bool {
    caller.is(employee) || caller.has(Role::HrOfficer) || caller.has(Role::Service)
}

/// A kind of employment has its form of number and its ladder of ranks.
pub(super) fn check_kind(
    kind: EmploymentKind,
    number: Option<&IdentityNumber>,
    rank: Option<Rank>,
) -> Result<(), Error> {
    let official = kind == EmploymentKind::StateOfficial;
    if !number.map_or(official, |number| number.fits(kind)) {
        let message = "the identity number is not of this kind of employment";
        return Err(Error::refused(Reason::NumberOfAnotherKind, message));
    }
    if !rank.map_or(official, |rank| rank.fits(kind)) {
        let message = "the rank is not of this kind of employment";
        return Err(Error::refused(Reason::RankOfAnotherKind, message));
    }
    Ok(())
}
