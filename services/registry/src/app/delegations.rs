use jiff::civil::Date;
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
    error::{end_before_start, no_tenant, of_constraint},
    lines, publish,
};
use crate::store::{self, delegations::Delegation};

impl App {
    /// Records an instrument; the id and revision of `delegation` are made here.
    pub(crate) async fn create_delegation(
        &self,
        caller: &Caller,
        mut delegation: Delegation,
        key: RequestKey,
    ) -> Result<Delegation, Error> {
        let now = self.clock.now();
        (delegation.delegation_id, delegation.revision) = (self.clock.new_uuid(), 1);
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(done) = claim(&mut tx, &key, delegation.delegation_id, now).await? {
            return stored(&mut tx, done).await;
        }
        store::tenants::lock_organisation(&mut tx).await?;
        let from_on = delegation.from_on.to_jiff();
        let ruling = store::policies::ruling(&mut tx, Some(from_on), now).await?;
        let (_, policy) = ruling.ok_or_else(no_tenant)?;
        if !policy.eligibility.delegation_allowed {
            let message = "the government's policy lets nobody rate by delegation on that day";
            return Err(Error::wrong_state(Reason::DelegationNotAllowed, message));
        }
        store::delegations::insert(&mut tx, &delegation, now).await.map_err(of_constraint)?;
        let delegates = delegates(&mut tx, &delegation, from_on).await?;
        lines::refuse_ring(&mut tx, &delegates, from_on, now).await?;
        let days = [from_on, delegation.until_on.to_jiff()];
        publish::lines(&mut tx, &delegates, &[], &days, now).await?;
        tx.commit().await?;
        Ok(delegation)
    }

    pub(crate) async fn end_delegation(
        &self,
        caller: &Caller,
        delegation_id: Uuid,
        until_on: Date,
        mutation: Mutation,
    ) -> Result<Delegation, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(done) = claim(&mut tx, &mutation.key, delegation_id, now).await? {
            return stored(&mut tx, done).await;
        }
        store::tenants::lock_organisation(&mut tx).await?;
        let locked = store::delegations::lock(&mut tx, delegation_id).await?;
        let locked = locked.ok_or_else(no_delegation)?;
        check_etag(mutation.revision, locked.revision)?;
        if until_on >= locked.until_on.to_jiff() {
            let message = "the delegation ends by then";
            return Err(Error::wrong_state(Reason::DelegationEnded, message));
        }
        if until_on <= locked.from_on.to_jiff() {
            return Err(end_before_start());
        }
        store::delegations::end(&mut tx, delegation_id, until_on).await?;
        let ended = stored(&mut tx, delegation_id).await?;
        let delegates = delegates(&mut tx, &ended, until_on).await?;
        publish::lines(&mut tx, &delegates, &[], &[until_on], now).await?;
        tx.commit().await?;
        Ok(ended)
    }

    pub(crate) async fn list_delegations(
        &self,
        caller: &Caller,
        page: PageRequest<Uuid>,
    ) -> Result<Page<Delegation>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let after = page.after.unwrap_or_default();
        let delegations = store::delegations::list(&mut tx, after, page.limit).await?;
        Ok(page.page(delegations, |last| last.delegation_id))
    }
}

async fn stored(tx: &mut Tx, delegation_id: Uuid) -> Result<Delegation, Error> {
    store::delegations::get(tx, delegation_id).await?.ok_or_else(no_delegation)
}

/// Whom the instrument lets rate, on a day or later.
async fn delegates(
    tx: &mut Tx,
    delegation: &Delegation,
    from_on: Date,
) -> Result<Vec<Uuid>, Error> {
    let Some(position) = delegation.position_id else {
        return Ok(delegation.employee_id.into_iter().collect());
    };
    Ok(store::positions::holders_from(tx, position.into(), from_on).await?)
}

fn no_delegation() -> Error {
    Error::not_found(Reason::DelegationNotFound, "the delegation does not exist")
}
