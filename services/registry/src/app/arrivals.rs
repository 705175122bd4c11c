use jiff::civil::Date;
use kinerja_kit::{
    auth::Caller,
    idempotency::RequestKey,
    paging::{Page, PageRequest},
    tenant::{TenantId, Tx},
};
use kinerja_proto::registry::v1::Reason;
use uuid::Uuid;

use super::{
    App, Error, Mutation, check_etag, claim,
    employee_changes::open_record,
    employees::{Shown, check_kind, shown},
    error::{end_before_start, no_tenant, of_constraint},
    publish,
};
use crate::{
    domain::{Employee, EmployeeId, IdentityNumber, PersonName, Status},
    store::{self, arrivals::ArrivalView},
};

#[derive(Debug)]
pub(crate) struct Release {
    pub(crate) employee: EmployeeId,
    pub(crate) destination: TenantId,
    /// The first day after service here.
    pub(crate) left_on: Date,
    pub(crate) mutation: Mutation,
}

#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) arrival_id: Uuid,
    pub(crate) opened_on: Date,
    /// In place of the number brought along.
    pub(crate) number: Option<IdentityNumber>,
    pub(crate) revision: i64,
    pub(crate) key: RequestKey,
}

impl App {
    /// Closes a record here, then announces the person there. The second step is taken again by a replay
    /// and on the day the person leaves, and changes nothing when it was taken before.
    pub(crate) async fn release_employee(
        &self,
        caller: &Caller,
        release: Release,
    ) -> Result<(Shown, Uuid), Error> {
        let home = caller.tenant()?;
        let (now, arrival_id) = (self.clock.now(), self.clock.new_uuid());
        let mut tx = self.db.begin(home).await?;
        let claimed = claim(&mut tx, &release.mutation.key, arrival_id, now).await?;
        let (view, arrival_id) = match claimed {
            Some(done) => {
                let view = self.view(&mut tx, release.employee, None).await?;
                tx.rollback().await?;
                (view, done)
            }
            None => {
                self.close_record(&mut tx, home, &release, arrival_id).await?;
                let (id, left_on) = (release.employee, release.left_on);
                let view = publish::employee(&mut tx, id, Some(left_on), now).await?;
                publish::lines(&mut tx, &[id.uuid()], &[], &[left_on], now).await?;
                store::due_changes::insert(&mut tx, &[id.uuid()], left_on, true).await?;
                tx.commit().await?;
                (view, arrival_id)
            }
        };
        self.announce_arrival(home, arrival_id).await?;
        Ok((shown(caller, view), arrival_id))
    }

    async fn close_record(
        &self,
        tx: &mut Tx,
        home: &TenantId,
        release: &Release,
        arrival_id: Uuid,
    ) -> Result<(), Error> {
        let (id, left_on) = (release.employee, release.left_on);
        store::tenants::lock_organisation(tx).await?;
        let mut employee = open_record(tx, id).await?;
        if release.destination == *home {
            let message = "the destination is the government the person is with";
            return Err(Error::refused(Reason::SameTenant, message));
        }
        store::tenants::get(tx, &release.destination).await?.ok_or_else(no_tenant)?;
        check_etag(release.mutation.revision, employee.revision)?;
        if left_on <= employee.opened_on {
            return Err(end_before_start());
        }
        for mut assignment in store::assignments::running(tx, id, left_on).await? {
            if left_on <= assignment.term.from_on {
                return Err(end_before_start());
            }
            assignment.term.until_on = Some(left_on);
            assignment.revision += 1;
            store::assignments::update(tx, &assignment).await?;
        }
        store::employees::set_status(tx, id, left_on, Status::Moved).await?;
        employee.closed_on = Some(left_on);
        employee.revision += 1;
        store::employees::update(tx, &employee).await?;
        let now = self.clock.now();
        store::arrivals::depart(tx, arrival_id, id, &release.destination, left_on, now).await?;
        Ok(())
    }

    /// Carries a departure over to the government it names.
    pub(super) async fn announce_arrival(
        &self,
        home: &TenantId,
        arrival_id: Uuid,
    ) -> Result<(), Error> {
        let mut here = self.db.begin(home).await?;
        let departure = store::arrivals::departure(&mut here, arrival_id).await?;
        here.rollback().await?;
        let Some((arrival, destination)) = departure else { return Ok(()) };
        let mut there = self.db.begin(&destination).await?;
        store::arrivals::announce(&mut there, &arrival, self.clock.now()).await?;
        Ok(there.commit().await?)
    }

    pub(crate) async fn admit_employee(
        &self,
        caller: &Caller,
        admission: Admission,
    ) -> Result<Shown, Error> {
        let (now, id) = (self.clock.now(), self.clock.new_id());
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(done) = claim(&mut tx, &admission.key, EmployeeId::uuid(id), now).await? {
            return Ok(shown(caller, self.view(&mut tx, done.into(), None).await?));
        }
        let arrival = store::arrivals::lock(&mut tx, admission.arrival_id).await?;
        let arrival = arrival.ok_or_else(no_arrival)?;
        check_etag(admission.revision, arrival.revision)?;
        if arrival.admitted_employee_id.is_some() {
            let message = "the person was admitted before";
            return Err(Error::wrong_state(Reason::ArrivalAdmitted, message));
        }
        if admission.opened_on < arrival.left_on.to_jiff() {
            return Err(end_before_start());
        }
        self.open_record_of(&mut tx, id, &arrival, &admission).await?;
        store::arrivals::admit(&mut tx, arrival.arrival_id, id).await?;
        let view = publish::employee(&mut tx, id, Some(admission.opened_on), now).await?;
        tx.commit().await?;
        Ok(shown(caller, view))
    }

    async fn open_record_of(
        &self,
        tx: &mut Tx,
        id: EmployeeId,
        arrival: &ArrivalView,
        admission: &Admission,
    ) -> Result<(), Error> {
        let stored = |_| Error::Storage(sqlx::Error::Decode("an arrival cannot be read".into()));
        let kind = arrival.employment_kind.parse().map_err(stored)?;
        let rank = arrival.rank.as_deref().map(str::parse).transpose().map_err(stored)?;
        let brought = arrival.identity_number.as_deref().map(str::parse::<IdentityNumber>);
        let brought = brought.and_then(Result::ok);
        let number = admission.number.clone().or(brought);
        check_kind(kind, number.as_ref(), rank)?;
        let name = PersonName {
            name: arrival.name.clone(),
            front_title: arrival.front_title.clone(),
            back_title: arrival.back_title.clone(),
        };
        let opened_on = admission.opened_on;
        let employee = Employee { id, name, kind, opened_on, closed_on: None, revision: 1 };
        store::employees::insert(tx, &employee, self.clock.now()).await?;
        store::name_words::insert(tx, id.uuid(), &employee.name.name).await?;
        if let Some(number) = &number {
            store::employees::set_identity_number(tx, id, opened_on, number)
                .await
                .map_err(of_constraint)?;
        }
        if let Some(rank) = rank {
            let from_on = arrival.rank_from_on.map_or(opened_on, jiff_sqlx::Date::to_jiff);
            store::employees::set_rank(tx, id, from_on, rank).await?;
        }
        Ok(store::employees::set_status(tx, id, opened_on, Status::Active).await?)
    }

    pub(crate) async fn get_arrival(
        &self,
        caller: &Caller,
        arrival_id: Uuid,
    ) -> Result<ArrivalView, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let arrival = store::arrivals::get(&mut tx, arrival_id).await?.ok_or_else(no_arrival)?;
        drop(tx);
        self.access_log.record(caller, "GetArrival", arrival.origin_employee_id).await;
        Ok(arrival)
    }

    pub(crate) async fn list_arrivals(
        &self,
        caller: &Caller,
        page: PageRequest<Uuid>,
    ) -> Result<Page<ArrivalView>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let after = page.after.unwrap_or_default();
        let waiting = store::arrivals::waiting(&mut tx, after, page.limit).await?;
        drop(tx);
        let page = page.page(waiting, |last| last.arrival_id);
        let people: Vec<_> = page.items.iter().map(|found| found.origin_employee_id).collect();
        self.access_log.record_all(caller, "ListArrivals", people).await;
        Ok(page)
    }
}

fn no_arrival() -> Error {
    Error::not_found(Reason::ArrivalNotFound, "the arrival does not exist")
}
