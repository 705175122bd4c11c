use jiff::civil::Date;
use kinerja_kit::{
    auth::{Caller, Scope},
    idempotency::RequestKey,
    paging::{Page, PageRequest},
    tenant::{TenantId, Tx},
};
use kinerja_proto::registry::v1::Reason;

use super::{
    App, Error, Mutation, check_etag, claim,
    error::{no_tenant, of_constraint},
    publish,
};
use crate::{
    domain::Policy,
    store::{self, tenants::TenantView},
};

/// The default settings rule from before anything that is recorded.
const BEGINNING: Date = jiff::civil::date(1900, 1, 1);

/// What a government is called, and where its clocks hang.
#[derive(Debug)]
pub(crate) struct TenantTraits {
    pub(crate) name: String,
    pub(crate) time_zone: String,
}

impl App {
    pub(crate) async fn create_tenant(
        &self,
        caller: &Caller,
        id: &TenantId,
        traits: TenantTraits,
        key: RequestKey,
    ) -> Result<TenantView, Error> {
        check_reach(caller, id)?;
        let now = self.clock.now();
        let mut tx = self.db.begin(id).await?;
        if claim(&mut tx, &key, publish::tenant_key(id), now).await?.is_some() {
            return stored(&mut tx, id).await;
        }
        store::tenants::insert(&mut tx, id, &traits.name, &traits.time_zone, now)
            .await
            .map_err(of_constraint)?;
        store::policies::insert(&mut tx, &Policy::k1(BEGINNING), now).await?;
        let view = stored(&mut tx, id).await?;
        publish::tenant(&mut tx, id, &view, now).await?;
        tx.commit().await?;
        Ok(view)
    }

    pub(crate) async fn update_tenant(
        &self,
        caller: &Caller,
        id: &TenantId,
        traits: TenantTraits,
        mutation: Mutation,
    ) -> Result<TenantView, Error> {
        check_reach(caller, id)?;
        let now = self.clock.now();
        let mut tx = self.db.begin(id).await?;
        if claim(&mut tx, &mutation.key, publish::tenant_key(id), now).await?.is_some() {
            return stored(&mut tx, id).await;
        }
        let locked = store::tenants::lock(&mut tx, id).await?.ok_or_else(no_tenant)?;
        check_etag(mutation.revision, locked.revision)?;
        store::tenants::update(&mut tx, id, &traits.name, &traits.time_zone).await?;
        let view = stored(&mut tx, id).await?;
        publish::tenant(&mut tx, id, &view, now).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// The government named, where the caller may name one; else the caller's own.
    pub(crate) async fn get_tenant(
        &self,
        caller: &Caller,
        named: Option<TenantId>,
    ) -> Result<TenantView, Error> {
        let id = match (&caller.scope, named) {
            (Scope::System(_), Some(named)) => named,
            (_, Some(named)) if caller.tenant()? != &named => return Err(no_tenant()),
            _ => caller.tenant()?.clone(),
        };
        let mut tx = self.db.begin(&id).await?;
        stored(&mut tx, &id).await
    }

    /// Governments by code: all of the deployment, or of the caller's province.
    pub(crate) async fn list_tenants(
        &self,
        caller: &Caller,
        page: PageRequest<String>,
    ) -> Result<Page<TenantView>, Error> {
        let province = match &caller.scope {
            Scope::Province(province) => province.as_str(),
            Scope::System(_) => "",
            Scope::Tenant(tenant) => tenant.province(),
        };
        let after = page.after.as_deref().unwrap_or_default();
        let mut tx = self.db.begin_system().await?;
        let tenants = store::tenants::list(&mut tx, province, after, page.limit).await?;
        Ok(page.page(tenants, |last| last.tenant_id.clone()))
    }

    pub(crate) async fn set_tenant_policy(
        &self,
        caller: &Caller,
        mut policy: Policy,
        mutation: Mutation,
    ) -> Result<(Policy, TenantView), Error> {
        let (now, id) = (self.clock.now(), caller.tenant()?);
        let mut tx = self.db.begin(id).await?;
        let replayed = claim(&mut tx, &mutation.key, publish::tenant_key(id), now).await?;
        if replayed.is_some() {
            let ruling = store::policies::ruling(&mut tx, Some(policy.from_on), now).await?;
            return Ok((ruling.ok_or_else(no_tenant)?.1, stored(&mut tx, id).await?));
        }
        store::tenants::lock_organisation(&mut tx).await?;
        let locked = store::tenants::lock(&mut tx, id).await?.ok_or_else(no_tenant)?;
        check_etag(mutation.revision, locked.revision)?;
        let newest = store::policies::list(&mut tx, i32::MAX, 1).await?;
        let newest = newest.first().ok_or_else(no_tenant)?;
        if policy.from_on <= newest.from_on {
            let message = "a later version of the settings is there";
            return Err(Error::wrong_state(Reason::PolicyNotLater, message));
        }
        policy.version = newest.version + 1;
        store::policies::insert(&mut tx, &policy, now).await?;
        if policy.eligibility != newest.eligibility {
            publish::every_line(&mut tx, id, policy.from_on, now).await?;
        }
        store::tenants::touch(&mut tx, id).await?;
        let view = stored(&mut tx, id).await?;
        tx.commit().await?;
        Ok((policy, view))
    }

    pub(crate) async fn get_tenant_policy(
        &self,
        caller: &Caller,
        on: Option<Date>,
    ) -> Result<Policy, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let ruling = store::policies::ruling(&mut tx, on, self.clock.now()).await?;
        Ok(ruling.ok_or_else(no_tenant)?.1)
    }

    pub(crate) async fn list_tenant_policies(
        &self,
        caller: &Caller,
        page: PageRequest<i32>,
    ) -> Result<Page<Policy>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let before = page.after.unwrap_or(i32::MAX);
        let policies = store::policies::list(&mut tx, before, page.limit).await?;
        Ok(page.page(policies, |last| last.version))
    }
}

/// An operator whose token names a government or a province reaches no other.
fn check_reach(caller: &Caller, id: &TenantId) -> Result<(), Error> {
    let reaches = match &caller.scope {
        Scope::System(_) => true,
        Scope::Tenant(own) => own == id,
        Scope::Province(province) => id.province() == province,
    };
    if reaches { Ok(()) } else { Err(no_tenant()) }
}

async fn stored(tx: &mut Tx, id: &TenantId) -> Result<TenantView, Error> {
    store::tenants::get(tx, id).await?.ok_or_else(no_tenant)
}
