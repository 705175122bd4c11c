use jiff::civil::Date;
use kinerja_kit::{
    auth::Caller,
    errors::constraint,
    idempotency::{self, Claim, RequestKey},
    paging::{Page, PageRequest},
};
use kinerja_proto::competency::v1::{self as pb, Reason};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{App, Error, check_codes, error::Refusal as _};
use crate::{
    domain::{Code, Level, PostScope, Requirement, Standard, StandardId},
    store::{self, gaps::Holder},
};

#[derive(Debug)]
pub struct CreateStandard {
    pub posts: PostScope,
    pub valid_from: Date,
    pub source: String,
    pub levels: Vec<(Code, Level)>,
    pub key: RequestKey,
}

#[derive(Debug)]
pub struct WithdrawStandard {
    pub id: StandardId,
    pub revision: i64,
    pub key: RequestKey,
}

impl App {
    /// What is asked of a post on a day, today unless it is named.
    pub async fn resolve_standard(
        &self,
        caller: &Caller,
        posts: PostScope,
        on: Option<Date>,
    ) -> Result<Vec<Requirement>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let on = match on {
            Some(on) => on,
            None => self.today(&mut tx).await?,
        };
        let holder = Holder { posts, employee_id: None, on };
        let lines = store::gaps::lines(&mut tx, &[holder]).await?;
        let asked: Vec<_> = lines.into_iter().flatten().map(|line| line.requirement).collect();
        if asked.is_empty() {
            return Err(no_standard());
        }
        Ok(asked)
    }

    pub async fn get_standard(&self, caller: &Caller, id: StandardId) -> Result<Standard, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        store::standards::get(&mut tx, id).await?.ok_or_else(not_found)
    }

    pub async fn list_standards(
        &self,
        caller: &Caller,
        kind: Option<String>,
        page: PageRequest<Uuid>,
    ) -> Result<Page<Standard>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let after = page.after.unwrap_or_default();
        let standards = store::standards::list(&mut tx, kind.as_deref(), after, page.limit).await?;
        Ok(page.page_of::<pb::Standard, _>(standards, |last| last.id.uuid()))
    }

    pub async fn create_standard(
        &self,
        caller: &Caller,
        new: CreateStandard,
    ) -> Result<Standard, Error> {
        let (now, id) = (self.clock.now(), self.clock.new_id());
        let mut tx = self.db.begin(caller.tenant()?).await?;
        match idempotency::claim(&mut tx, &new.key, id.uuid(), now).await? {
            Claim::New => {}
            Claim::Done(id) => {
                return store::standards::get(&mut tx, id.into()).await?.ok_or_else(not_found);
            }
            Claim::Reused => return Err(Error::RequestIdReused),
        }
        check_codes(&mut tx, new.levels.iter().map(|(code, _)| code)).await?;
        let CreateStandard { posts, valid_from, source, mut levels, .. } = new;
        levels.sort_unstable();
        let standard = Standard {
            id,
            posts,
            valid_from,
            source,
            levels,
            created_at: now,
            withdrawn_at: None,
            revision: 1,
        };
        store::standards::insert(&mut tx, &standard).await.map_err(taken)?;
        tx.commit().await?;
        Ok(standard)
    }

    pub async fn withdraw_standard(
        &self,
        caller: &Caller,
        withdraw: WithdrawStandard,
    ) -> Result<Standard, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let WithdrawStandard { id, revision, key } = withdraw;
        match idempotency::claim(&mut tx, &key, id.uuid(), now).await? {
            Claim::New => {}
            Claim::Done(_) => {
                return store::standards::get(&mut tx, id).await?.ok_or_else(not_found);
            }
            Claim::Reused => return Err(Error::RequestIdReused),
        }
        let standard = lock(&mut tx, id, revision).await?;
        let withdrawn = standard.withdraw(now).map_err(|error| error.refusal())?;
        store::standards::withdraw(&mut tx, &withdrawn).await?;
        tx.commit().await?;
        Ok(withdrawn)
    }
}

async fn lock(conn: &mut PgConnection, id: StandardId, revision: i64) -> Result<Standard, Error> {
    let standard = store::standards::lock(conn, id).await?.ok_or_else(not_found)?;
    if standard.revision == revision { Ok(standard) } else { Err(Error::Stale) }
}

pub(super) fn no_standard() -> Error {
    Error::not_found(Reason::NoStandard, "no standard asks anything of these posts on that date")
}

fn taken(error: sqlx::Error) -> Error {
    match constraint(&error) {
        Some("standards_one_from_a_date") => {
            Error::taken(Reason::StandardTaken, "these posts have a standard from this date")
        }
        _ => error.into(),
    }
}

fn not_found() -> Error {
    Error::not_found(Reason::StandardNotFound, "the government has no such standard")
}
