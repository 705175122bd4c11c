use jiff::civil::Date;
use kinerja_kit::{
    auth::Caller,
    idempotency::RequestKey,
    paging::{Page, PageRequest},
};
use kinerja_proto::planning::v1::Reason;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{App, Error, claim, tenant_unknown};
use crate::{
    domain::{Policy, PolicyId},
    store,
};

pub use store::policies::Stored as StoredPolicy;

impl App {
    /// A version begins to rule after every other, and no period of which something was measured already.
    pub async fn create_policy(
        &self,
        caller: &Caller,
        policy: Policy,
        key: RequestKey,
    ) -> Result<StoredPolicy, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        // A policy is known by its own id; the claim only tells a repeat.
        if claim(&mut tx, &key, Uuid::nil(), now).await?.is_some() {
            return existing(&mut tx, &policy.id).await;
        }
        store::governments::time_zone(&mut tx).await?.ok_or_else(tenant_unknown)?;
        if let Some(superseded) = &policy.supersedes {
            existing(&mut tx, superseded).await?;
        }
        let recorded = store::policies::is_recorded_from(&mut tx, policy.valid_from).await?;
        if store::policies::get(&mut tx, &policy.id).await?.is_some() {
            return Err(taken());
        }
        let latest = store::policies::list(&mut tx, None, 1).await?.pop();
        if latest.is_some_and(|latest| latest.policy.valid_from >= policy.valid_from) {
            let message = "a version takes effect after those that there are";
            return Err(Error::wrong_state(Reason::PolicyNotLater, message));
        }
        if recorded {
            let message = "realisations were recorded for a period that it would rule";
            return Err(Error::wrong_state(Reason::PolicyInUse, message));
        }
        if !store::policies::insert(&mut tx, &policy, now).await? {
            return Err(taken());
        }
        let stored = existing(&mut tx, &policy.id).await?;
        tx.commit().await?;
        Ok(stored)
    }

    pub async fn get_policy(&self, caller: &Caller, id: &PolicyId) -> Result<StoredPolicy, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        existing(&mut tx, id).await
    }

    /// The version that became valid last comes first.
    pub async fn list_policies(
        &self,
        caller: &Caller,
        page: PageRequest<Date>,
    ) -> Result<Page<StoredPolicy>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let policies = store::policies::list(&mut tx, page.after, page.limit).await?;
        Ok(page.page(policies, |last| last.policy.valid_from))
    }
}

async fn existing(conn: &mut PgConnection, id: &PolicyId) -> Result<StoredPolicy, Error> {
    store::policies::get(conn, id)
        .await?
        .ok_or_else(|| Error::not_found(Reason::PolicyNotFound, "there is no such policy version"))
}

fn taken() -> Error {
    Error::taken(Reason::PolicyTaken, "a policy version never changes")
}
