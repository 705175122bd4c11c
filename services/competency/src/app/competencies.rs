use kinerja_kit::{
    auth::Caller,
    errors::constraint,
    idempotency::{self, Claim, RequestKey},
    paging::{Page, PageRequest},
};
use kinerja_proto::competency::v1::{self as pb, Reason};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{App, Error, error::Refusal as _};
use crate::{
    domain::{Bilingual, Code, Competency, Kind, Mastery, Ownership},
    store,
};

/// A technical competency in words; of an existing one with the revision last read.
#[derive(Debug)]
pub struct CompetencyWords {
    pub code: Code,
    pub name: Bilingual,
    pub definition: Bilingual,
    pub levels: Vec<Mastery>,
    pub key: RequestKey,
}

#[derive(Debug)]
pub struct RetireCompetency {
    pub code: Code,
    pub revision: i64,
    pub key: RequestKey,
}

impl App {
    pub async fn get_competency(&self, caller: &Caller, code: &Code) -> Result<Competency, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        store::competencies::get(&mut tx, code).await?.ok_or_else(not_found)
    }

    pub async fn list_competencies(
        &self,
        caller: &Caller,
        kind: Option<Kind>,
        page: PageRequest<String>,
    ) -> Result<Page<Competency>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let after = page.after.as_deref().unwrap_or_default();
        let entries = store::competencies::list(&mut tx, kind, after, page.limit).await?;
        Ok(page.page_of::<pb::Competency, _>(entries, |last| last.code.to_string()))
    }

    pub async fn create_competency(
        &self,
        caller: &Caller,
        new: CompetencyWords,
    ) -> Result<Competency, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if self.is_replay(&mut tx, &new.key).await? {
            return store::competencies::get(&mut tx, &new.code).await?.ok_or_else(not_found);
        }
        let ownership = Ownership::Own { created_at: now, retired_at: None, revision: 1 };
        let entry = new.into_competency(ownership);
        store::competencies::insert(&mut tx, &entry).await.map_err(taken)?;
        let stored = store::competencies::get(&mut tx, &entry.code).await?.ok_or_else(not_found)?;
        tx.commit().await?;
        Ok(stored)
    }

    pub async fn update_competency(
        &self,
        caller: &Caller,
        new: CompetencyWords,
        revision: i64,
    ) -> Result<Competency, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if self.is_replay(&mut tx, &new.key).await? {
            return store::competencies::get(&mut tx, &new.code).await?.ok_or_else(not_found);
        }
        let entry = lock(&mut tx, &new.code, revision).await?;
        let ownership = entry.ownership;
        let reworded = entry.reword(new.into_competency(ownership)).map_err(|e| e.refusal())?;
        store::competencies::update(&mut tx, &reworded).await?;
        let stored =
            store::competencies::get(&mut tx, &reworded.code).await?.ok_or_else(not_found)?;
        tx.commit().await?;
        Ok(stored)
    }

    pub async fn retire_competency(
        &self,
        caller: &Caller,
        retire: RetireCompetency,
    ) -> Result<Competency, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if self.is_replay(&mut tx, &retire.key).await? {
            return store::competencies::get(&mut tx, &retire.code).await?.ok_or_else(not_found);
        }
        let entry = lock(&mut tx, &retire.code, retire.revision).await?;
        let retired = entry.retire(now).map_err(|e| e.refusal())?;
        store::competencies::update(&mut tx, &retired).await?;
        tx.commit().await?;
        Ok(retired)
    }

    /// An entry is known by its code, which the request itself repeats.
    async fn is_replay(&self, conn: &mut PgConnection, key: &RequestKey) -> Result<bool, Error> {
        match idempotency::claim(conn, key, Uuid::nil(), self.clock.now()).await? {
            Claim::New => Ok(false),
            Claim::Done(_) => Ok(true),
            Claim::Reused => Err(Error::RequestIdReused),
        }
    }
}

impl CompetencyWords {
    fn into_competency(self, ownership: Ownership) -> Competency {
        let Self { code, name, definition, levels, .. } = self;
        Competency { kind: code.kind(), code, name, definition, levels, ownership }
    }
}

async fn lock(conn: &mut PgConnection, code: &Code, revision: i64) -> Result<Competency, Error> {
    let entry = store::competencies::lock(conn, code).await?.ok_or_else(not_found)?;
    match entry.ownership {
        Ownership::Own { revision: stored, .. } if stored != revision => Err(Error::Stale),
        Ownership::Own { .. } | Ownership::National => Ok(entry),
    }
}

fn taken(error: sqlx::Error) -> Error {
    match constraint(&error) {
        Some("technical_competencies_pkey") => {
            Error::taken(Reason::CompetencyTaken, "the code is in use")
        }
        _ => error.into(),
    }
}

fn not_found() -> Error {
    Error::not_found(Reason::CompetencyNotFound, "the dictionary has no such competency")
}
