use jiff::civil::Date;
use kinerja_kit::{
    auth::Caller,
    idempotency::RequestKey,
    paging::{Page, PageRequest},
};
use kinerja_proto::evaluation::v1::{self as pb, Reason};
use uuid::Uuid;

use super::{
    App, Error, claim,
    error::{policy_not_found, tenant_unknown},
};
use crate::{
    domain::policy::{Policy, PolicyId},
    store,
};

pub use store::policies::Stored as StoredPolicy;

impl App {
    pub async fn create_policy(
        &self,
        caller: &Caller,
        policy: Policy,
        key: RequestKey,
    ) -> Result<StoredPolicy, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        // A policy is known by its own id; the claim only tells a repeat.
        let done = claim(&mut tx, &key, Uuid::nil(), now).await?.is_some();
        if !done {
            store::governments::time_zone(&mut tx).await?.ok_or_else(tenant_unknown)?;
            if let Some(superseded) = &policy.supersedes {
                store::policies::get(&mut tx, superseded).await?.ok_or_else(policy_not_found)?;
            }
            if !store::policies::insert(&mut tx, &policy, now).await? {
                return Err(Error::taken(Reason::PolicyTaken, "a policy version never changes"));
            }
        }
        let stored = store::policies::get(&mut tx, &policy.id).await?;
        tx.commit().await?;
        stored.ok_or_else(policy_not_found)
    }

    pub async fn get_policy(&self, caller: &Caller, id: &PolicyId) -> Result<StoredPolicy, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        store::policies::get(&mut tx, id).await?.ok_or_else(policy_not_found)
    }

    /// The version that became valid last comes first.
    pub async fn list_policies(
        &self,
        caller: &Caller,
        page: PageRequest<(Date, String)>,
    ) -> Result<Page<StoredPolicy>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let after = page.after.as_ref().map(|(on, id)| (*on, id.as_str()));
        let policies = store::policies::list(&mut tx, after, page.limit).await?;
        let place = |last: &StoredPolicy| (last.policy.valid_from, last.policy.id.to_string());
        Ok(page.page_of::<pb::Policy, _>(policies, place))
    }
}
