use jiff::civil::Date;
use kinerja_kit::{
    auth::Caller,
    idempotency::RequestKey,
    paging::{Page, PageRequest},
    tenant::Tx,
};
use kinerja_proto::evaluation::v1::Reason;
use uuid::Uuid;

use super::{
    App, Error, claim,
    error::{policy_not_found, tenant_unknown},
};
use crate::{
    domain::{
        cycle::{Cycle, CycleId, CycleState, Round, Window},
        policy::PolicyId,
    },
    store::{self, openings::Opening},
};

/// How many evaluations one statement opens.
const OPENED_AT_ONCE: usize = 5000;

#[derive(Debug)]
pub struct CreateCycle {
    pub round: Round,
    /// The first day of the round.
    pub starts_on: Date,
    /// The version in force on that day, unless it is named.
    pub policy_id: Option<PolicyId>,
    pub window: Window,
    pub key: RequestKey,
}

/// Opens, closes, or moves the window.
#[derive(Debug)]
pub struct ChangeCycle {
    pub id: CycleId,
    pub revision: i64,
    pub key: RequestKey,
}

/// A cycle under its lock.
enum TakenUp {
    Now(Cycle),
    Done(Cycle),
}

impl App {
    pub async fn create_cycle(&self, caller: &Caller, new: CreateCycle) -> Result<Cycle, Error> {
        let (now, id) = (self.clock.now(), self.clock.new_id::<Cycle>());
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(made) = claim(&mut tx, &new.key, id.uuid(), now).await? {
            return existing(&mut tx, made.into()).await;
        }
        new.window.check(now)?;
        store::governments::time_zone(&mut tx).await?.ok_or_else(tenant_unknown)?;
        let policy_id = policy(&mut tx, new.starts_on, new.policy_id).await?;
        let cycle = Cycle {
            id,
            round: new.round,
            policy_id,
            window: new.window,
            state: CycleState::Planned,
            created_at: now,
            revision: 1,
        };
        if !store::cycles::insert(&mut tx, &cycle).await? {
            return Err(Error::taken(Reason::CycleTaken, "the year has this cycle"));
        }
        tx.commit().await?;
        Ok(cycle)
    }

    pub async fn get_cycle(&self, caller: &Caller, id: CycleId) -> Result<Cycle, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        existing(&mut tx, id).await
    }

    /// Those laid out last come first.
    pub async fn list_cycles(
        &self,
        caller: &Caller,
        page: PageRequest<Uuid>,
    ) -> Result<Page<Cycle>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let before = page.after.map(CycleId::from);
        let cycles = store::cycles::list(&mut tx, before, page.limit).await?;
        Ok(page.page(cycles, |last| last.id.uuid()))
    }

    /// Opens an evaluation for every plan of the cycle's days.
    pub async fn open_cycle(&self, caller: &Caller, change: ChangeCycle) -> Result<Cycle, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        store::governments::hold_alone(&mut tx).await?;
        let cycle = match self.take_up(&mut tx, &change).await? {
            TakenUp::Done(cycle) => return Ok(cycle),
            TakenUp::Now(cycle) => cycle.open()?,
        };
        store::cycles::update(&mut tx, &cycle, now).await?;
        let openings = store::openings::of_cycle(&mut tx, cycle.id).await?;
        for some in openings.chunks(OPENED_AT_ONCE) {
            let ids: Vec<Uuid> = some.iter().map(|_: &Opening| self.clock.new_uuid()).collect();
            store::openings::open(&mut tx, some, &ids, now).await?;
        }
        tx.commit().await?;
        Ok(cycle)
    }

    pub async fn set_cycle_window(
        &self,
        caller: &Caller,
        change: ChangeCycle,
        window: Window,
    ) -> Result<Cycle, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        match self.take_up(&mut tx, &change).await? {
            TakenUp::Done(cycle) => Ok(cycle),
            TakenUp::Now(cycle) => self.finish(tx, cycle.set_window(window, now)?).await,
        }
    }

    pub async fn close_cycle(&self, caller: &Caller, change: ChangeCycle) -> Result<Cycle, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        match self.take_up(&mut tx, &change).await? {
            TakenUp::Done(cycle) => Ok(cycle),
            TakenUp::Now(cycle) => self.finish(tx, cycle.close(now)?).await,
        }
    }

    /// Claims the request, locks the cycle and checks that it is as the caller saw it.
    async fn take_up(&self, tx: &mut Tx, change: &ChangeCycle) -> Result<TakenUp, Error> {
        let done = claim(tx, &change.key, change.id.uuid(), self.clock.now()).await?;
        let cycle = store::cycles::lock(tx, change.id).await?.ok_or_else(cycle_not_found)?;
        if done.is_some() {
            return Ok(TakenUp::Done(cycle));
        }
        if cycle.revision != change.revision {
            return Err(Error::Stale);
        }
        Ok(TakenUp::Now(cycle))
    }

    async fn finish(&self, mut tx: Tx, cycle: Cycle) -> Result<Cycle, Error> {
        store::cycles::update(&mut tx, &cycle, self.clock.now()).await?;
        tx.commit().await?;
        Ok(cycle)
    }
}

/// The version that rules a cycle from `starts_on`.
async fn policy(tx: &mut Tx, starts_on: Date, named: Option<PolicyId>) -> Result<PolicyId, Error> {
    let Some(named) = named else {
        return store::policies::in_force(tx, starts_on).await?.ok_or_else(not_yet_valid);
    };
    let stored = store::policies::get(tx, &named).await?.ok_or_else(policy_not_found)?;
    if stored.policy.valid_from > starts_on {
        return Err(not_yet_valid());
    }
    Ok(named)
}

async fn existing(tx: &mut Tx, id: CycleId) -> Result<Cycle, Error> {
    store::cycles::get(tx, id).await?.ok_or_else(cycle_not_found)
}

fn cycle_not_found() -> Error {
    Error::not_found(Reason::CycleNotFound, "there is no such cycle")
}

fn not_yet_valid() -> Error {
    let message = "no such policy version is valid yet when the cycle begins";
    Error::wrong_state(Reason::PolicyNotYetValid, message)
}
