use jiff::{Timestamp, civil::Date};
use kinerja_kit::{
    auth::Caller,
    idempotency::RequestKey,
    paging::{Page, PageRequest},
    tenant::Tx,
};
use kinerja_proto::registry::v1::Reason;
use uuid::Uuid;

use super::{
    App, Error, Mutation, check_etag, claim,
    employee_changes::open_record,
    employees::may_see_all,
    error::{end_before_start, never_oneself, no_employee, not_your_record, of_constraint},
    lines, publish,
};
use crate::{
    domain::{Employee, EmployeeId, Term},
    store::{self, recusals::Recusal},
};

impl App {
    /// Lets a rater stand aside; the id and revision of `recusal` are made here.
    pub(crate) async fn create_recusal(
        &self,
        caller: &Caller,
        mut recusal: Recusal,
        key: RequestKey,
    ) -> Result<Recusal, Error> {
        let now = self.clock.now();
        (recusal.recusal_id, recusal.revision) = (self.clock.new_uuid(), 1);
        let (rater, delegate) = (recusal.rater_employee_id, recusal.delegate_employee_id);
        if [Some(rater), delegate].contains(&Some(recusal.employee_id)) || delegate == Some(rater) {
            return Err(never_oneself("nobody rates oneself or stands in for oneself"));
        }
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(done) = claim(&mut tx, &key, recusal.recusal_id, now).await? {
            return stored(&mut tx, done).await;
        }
        store::tenants::lock_organisation(&mut tx).await?;
        let employee = open_record(&mut tx, recusal.employee_id.into()).await?;
        if store::recusals::overlaps(&mut tx, &recusal).await? {
            let message = "the rater stands aside for the person in that time";
            return Err(Error::taken(Reason::RecusalExists, message));
        }
        store::recusals::insert(&mut tx, &recusal, now).await.map_err(of_constraint)?;
        let from_on = recusal.from_on.to_jiff();
        lines::refuse_ring(&mut tx, &[recusal.employee_id], from_on, now).await?;
        let until_on = recusal.until_on.map(jiff_sqlx::Date::to_jiff);
        tell(&mut tx, employee, Term { from_on, until_on }, now).await?;
        tx.commit().await?;
        Ok(recusal)
    }

    pub(crate) async fn end_recusal(
        &self,
        caller: &Caller,
        recusal_id: Uuid,
        until_on: Date,
        mutation: Mutation,
    ) -> Result<Recusal, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(done) = claim(&mut tx, &mutation.key, recusal_id, now).await? {
            return stored(&mut tx, done).await;
        }
        store::tenants::lock_organisation(&mut tx).await?;
        let employee = stored(&mut tx, recusal_id).await?.employee_id;
        let employee = open_record(&mut tx, employee.into()).await?;
        let recusal = stored(&mut tx, recusal_id).await?;
        check_etag(mutation.revision, recusal.revision)?;
        if recusal.until_on.is_some_and(|until| until.to_jiff() <= until_on) {
            return Err(Error::wrong_state(Reason::RecusalEnded, "the recusal ends by then"));
        }
        if until_on <= recusal.from_on.to_jiff() {
            return Err(end_before_start());
        }
        store::recusals::end(&mut tx, recusal_id, until_on).await?;
        let own = employee.id.uuid();
        lines::refuse_ring(&mut tx, &[own], until_on, now).await?;
        tell(&mut tx, employee, Term { from_on: until_on, until_on: None }, now).await?;
        let ended = stored(&mut tx, recusal_id).await?;
        tx.commit().await?;
        Ok(ended)
    }

    pub(crate) async fn list_recusals(
        &self,
        caller: &Caller,
        employee: EmployeeId,
        page: PageRequest<Uuid>,
    ) -> Result<Page<Recusal>, Error> {
        if !may_see_all(caller, employee.uuid()) {
            return Err(not_your_record());
        }
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let after = page.after.unwrap_or_default();
        let recusals = store::recusals::of_employee(&mut tx, employee, after, page.limit).await?;
        if recusals.is_empty() && !store::employees::exists(&mut tx, employee).await? {
            return Err(no_employee());
        }
        drop(tx);
        self.access_log.record(caller, "ListRecusals", employee.uuid()).await;
        Ok(page.page(recusals, |last| last.recusal_id))
    }
}

async fn stored(tx: &mut Tx, recusal_id: Uuid) -> Result<Recusal, Error> {
    let found = store::recusals::get(tx, recusal_id).await?;
    found.ok_or_else(|| Error::not_found(Reason::RecusalNotFound, "the recusal does not exist"))
}

/// Gives a locked record one more revision and tells that its line may differ for a term.
async fn tell(
    tx: &mut Tx,
    mut employee: Employee,
    term: Term,
    now: Timestamp,
) -> Result<(), Error> {
    employee.revision += 1;
    store::employees::update(tx, &employee).await?;
    let days: Vec<_> = [term.from_on].into_iter().chain(term.until_on).collect();
    publish::lines(tx, &[employee.id.uuid()], &[], &days, now).await
}
