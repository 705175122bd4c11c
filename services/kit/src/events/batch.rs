//! Applying events and moving the cursor, in one transaction.

use std::{
    collections::{HashMap, HashSet},
    panic::AssertUnwindSafe,
};

use futures_util::FutureExt as _;
use sqlx::Connection as _;
use tonic::{Code, Status};
use tracing::Instrument as _;
use uuid::Uuid;

use super::{
    ApplyError, Event, Projection,
    cursors::{self, Progress},
    parked, trace,
};
use crate::{
    clock::Clock,
    tenant::{Database, TenantId, Tx, switch},
};

/// Applies events of a projection.
#[derive(Debug)]
pub(super) struct Applier<P> {
    pub(super) db: Database,
    pub(super) clock: Clock,
    pub(super) projection: P,
}

/// What became of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Committed(Progress),
    /// Another replica holds the cursor, or has moved it: nothing was done.
    Elsewhere,
}

/// What was fetched for a batch: at once, or, where that was refused, for each event.
pub(super) enum Prepared<T> {
    Together(T),
    Alone(HashMap<Uuid, Result<T, Status>>),
}

/// Events of one tenant that are applied in the running transaction.
pub(super) struct Slice<'a, T> {
    pub(super) tenant: &'a TenantId,
    pub(super) events: Vec<Event>,
    pub(super) prepared: &'a Prepared<T>,
    /// Whether these replace what is held, whatever its revision: the facts of a rebuild.
    pub(super) is_truth: bool,
}

impl<P: Projection> Applier<P> {
    /// Applies a batch of the feed, in which each key's events are in order, and moves the cursor
    /// from `expected` to `next`.
    pub(super) async fn apply(
        &self,
        expected: &Progress,
        next: Progress,
        mut events: Vec<Event>,
    ) -> Result<Outcome, ApplyError> {
        let prepared = self.prepare(&events).await?;
        events.sort_by(|a, b| a.tenant.cmp(&b.tenant));
        let slices = by_tenant(events);
        let Some(mut tx) = self.lock(slices.first().map(|(tenant, _)| tenant), expected).await?
        else {
            return Ok(Outcome::Elsewhere);
        };
        let tenants: Vec<TenantId> = slices.iter().map(|(tenant, _)| tenant.clone()).collect();
        for (tenant, events) in slices {
            switch(&mut tx, &tenant).await?;
            let prepared = &prepared;
            self.apply_slice(&mut tx, Slice { tenant: &tenant, events, prepared, is_truth: false })
                .await?;
        }
        if !tenants.is_empty() {
            cursors::remember_tenants(&mut tx, self.projection.name(), &tenants).await?;
        }
        cursors::store(&mut tx, self.projection.name(), &next).await?;
        tx.commit().await?;
        Ok(Outcome::Committed(next))
    }

    /// Applies what is parked under a key again. Says whether that was this replica's to do.
    pub(super) async fn retry(
        &self,
        expected: &Progress,
        tenant: &TenantId,
        key: Uuid,
    ) -> Result<bool, ApplyError> {
        let name = self.projection.name();
        let mut tx = self.db.begin(tenant).await?;
        let events = parked::read(&mut tx, name, key).await?;
        tx.rollback().await?;
        let prepared = &self.prepare(&events).await?;
        let Some(mut tx) = self.lock(Some(tenant), expected).await? else {
            return Ok(false);
        };
        if parked::read(&mut tx, name, key).await? != events {
            return Ok(false);
        }
        parked::remove(&mut tx, name, key).await?;
        // What is held of the key is older than all of them, even where a restore left a higher
        // revision.
        self.apply_slice(&mut tx, Slice { tenant, events, prepared, is_truth: true }).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Opens a transaction that holds the cursor, for a tenant or behind the system door.
    pub(super) async fn lock(
        &self,
        tenant: Option<&TenantId>,
        expected: &Progress,
    ) -> Result<Option<Tx>, sqlx::Error> {
        let mut tx = match tenant {
            Some(tenant) => self.db.begin(tenant).await?,
            None => self.db.begin_system().await?,
        };
        let is_ours = cursors::lock(&mut tx, self.projection.name(), expected).await?;
        Ok(is_ours.then_some(tx))
    }

    /// Fetches what the events need. A neighbour that does not answer fails the batch, to be tried
    /// again; one that refuses has each event asked for alone, so that only the event at fault is
    /// parked.
    pub(super) async fn prepare(
        &self,
        events: &[Event],
    ) -> Result<Prepared<P::Prepared>, ApplyError> {
        let refused = match self.projection.prepare(events).boxed().await {
            Ok(prepared) => return Ok(Prepared::Together(prepared)),
            Err(status) => status,
        };
        if is_silence(&refused) {
            return Err(ApplyError::Elsewhere(Box::new(refused)));
        }
        let mut alone = HashMap::new();
        for event in events {
            let prepared = self.projection.prepare(std::slice::from_ref(event)).boxed().await;
            if let Some(silence) = prepared.as_ref().err().filter(|status| is_silence(status)) {
                return Err(ApplyError::Elsewhere(Box::new(silence.clone())));
            }
            alone.insert(event.event_id, prepared);
        }
        Ok(Prepared::Alone(alone))
    }

    /// Applies a slice at once if it can be, else by ever smaller parts, until the events at fault
    /// stand alone and are parked, and with them what follows of their keys.
    pub(super) async fn apply_slice(
        &self,
        tx: &mut Tx,
        slice: Slice<'_, P::Prepared>,
    ) -> Result<(), ApplyError> {
        let keys: Vec<Uuid> = slice.events.iter().map(|event| event.key).collect();
        let mut blocked = parked::blocked(&mut *tx, self.projection.name(), &keys).await?;
        let mut parts = match slice.prepared {
            Prepared::Together(_) => vec![slice.events],
            Prepared::Alone(_) => slice.events.into_iter().rev().map(|event| vec![event]).collect(),
        };
        while let Some(part) = parts.pop() {
            let mut part = self.park_blocked(tx, &blocked, part).await?;
            let Some(first) = part.first() else {
                continue;
            };
            let failure = match slice.prepared.of(first) {
                Ok(prepared) => {
                    let span = trace::spans(self.projection.name(), &part);
                    let applied = self.attempt(tx, slice.tenant, &part, prepared, slice.is_truth);
                    let lead = span.first().cloned().unwrap_or_else(tracing::Span::none);
                    applied.instrument(lead).await?
                }
                Err(status) => Some(ApplyError::Elsewhere(Box::new(status))),
            };
            match failure {
                None => {}
                Some(error) if part.len() == 1 => {
                    blocked.insert(first.key);
                    self.park(tx, first, &error).await?;
                }
                Some(_) => {
                    let rest = part.split_off(part.len() / 2);
                    parts.extend([rest, part]);
                }
            }
        }
        Ok(())
    }

    /// Applies events within a savepoint. The failure is theirs when it is `Ok(Some(_))`, else the
    /// database's.
    async fn attempt(
        &self,
        tx: &mut Tx,
        tenant: &TenantId,
        events: &[Event],
        prepared: &P::Prepared,
        is_truth: bool,
    ) -> Result<Option<ApplyError>, ApplyError> {
        let mut savepoint = (**tx).begin().await?;
        let apply = async {
            if is_truth {
                self.projection.forget(&mut savepoint, tenant, events).await?;
            }
            self.projection.apply(&mut savepoint, tenant, events, prepared).await
        };
        let applied = AssertUnwindSafe(apply.boxed()).catch_unwind().await;
        match applied.unwrap_or(Err(ApplyError::Panicked)) {
            Ok(()) => {
                savepoint.commit().await?;
                Ok(None)
            }
            Err(error) if error.is_passing() => Err(error),
            Err(error) => {
                savepoint.rollback().await?;
                Ok(Some(error))
            }
        }
    }

    /// Parks those events of `part` whose key is blocked, and returns the others.
    async fn park_blocked(
        &self,
        tx: &mut Tx,
        blocked: &HashSet<Uuid>,
        part: Vec<Event>,
    ) -> Result<Vec<Event>, sqlx::Error> {
        let (waiting, free): (Vec<_>, Vec<_>) =
            part.into_iter().partition(|event| blocked.contains(&event.key));
        for event in &waiting {
            parked::park(&mut *tx, self.projection.name(), event, None, self.clock.now()).await?;
        }
        Ok(free)
    }

    async fn park(
        &self,
        tx: &mut Tx,
        event: &Event,
        error: &ApplyError,
    ) -> Result<(), sqlx::Error> {
        tracing::error!(
            projection = self.projection.name(),
            tenant = %event.tenant,
            key = %event.key,
            position = event.position,
            error = error as &dyn std::error::Error,
            "an event cannot be applied; it is parked with those that follow of its key"
        );
        let chain = chain(error);
        parked::park(&mut *tx, self.projection.name(), event, Some(&chain), self.clock.now()).await
    }
}

impl<T> Prepared<T> {
    fn of(&self, event: &Event) -> Result<&T, Status> {
        match self {
            Self::Together(prepared) => Ok(prepared),
            Self::Alone(each) => match each.get(&event.event_id) {
                Some(prepared) => prepared.as_ref().map_err(Clone::clone),
                None => Err(Status::internal("nothing was prepared for the event")),
            },
        }
    }
}

/// Slices of consecutive events of one tenant each.
pub(super) fn by_tenant(events: Vec<Event>) -> Vec<(TenantId, Vec<Event>)> {
    let mut slices: Vec<(TenantId, Vec<Event>)> = Vec::new();
    for event in events {
        match slices.last_mut() {
            Some((tenant, slice)) if *tenant == event.tenant => slice.push(event),
            _ => slices.push((event.tenant.clone(), vec![event])),
        }
    }
    slices
}

/// Whether it is the neighbour, or our standing with it, and not the event that was asked about.
fn is_silence(status: &Status) -> bool {
    !matches!(
        status.code(),
        Code::NotFound
            | Code::InvalidArgument
            | Code::FailedPrecondition
            | Code::AlreadyExists
            | Code::OutOfRange
            | Code::DataLoss
    )
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
