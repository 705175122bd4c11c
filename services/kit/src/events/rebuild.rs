//! Rebuilding a projection from its source's snapshot.

use futures_util::FutureExt as _;

use super::{
    ApplyError, Consumer, Cursor, Event, Projection,
    batch::{Outcome, Slice, by_tenant},
    consumer::SessionError,
    cursors::{self, Progress, Rebuild},
    parked,
};
use crate::tenant::{TenantId, Tx, switch};

impl<P: Projection> Consumer<P> {
    /// Notes the source's head and begins: what is parked is forgotten, the snapshot brings the
    /// truth.
    pub(super) async fn begin_rebuild(&self, expected: &Progress) -> Result<Outcome, SessionError> {
        let head = self.client.head().await?;
        let name = self.applier.projection.name();
        tracing::info!(projection = name, head = head.position, "rebuilding");
        let rebuild = Some(Rebuild { head, page_token: String::new() });
        // With the version, so that replicas of an older build rest from now on.
        let version = self.applier.projection.version();
        let next = Progress { version, rebuild, ..expected.clone() };
        let Some(mut tx) = self.applier.lock(None, expected).await? else {
            return Ok(Outcome::Elsewhere);
        };
        parked::clear(&mut tx, name).await?;
        cursors::clear_keys(&mut tx, name).await?;
        cursors::store(&mut tx, name, &next).await?;
        tx.commit().await?;
        Ok(Outcome::Committed(next))
    }

    /// Applies one page of the snapshot; after the last one closes what the source no longer knows,
    /// and has the feed replayed from the head noted before.
    pub(super) async fn continue_rebuild(
        &self,
        expected: &Progress,
        rebuild: &Rebuild,
    ) -> Result<Outcome, SessionError> {
        let types = self.applier.projection.types();
        let page = self.client.snapshot(types, rebuild.page_token.clone()).await?;
        let facts = page.events.into_iter();
        let facts = facts.map(|fact| Event::of_snapshot(fact, rebuild.head.position));
        let facts = facts.collect::<Result<Vec<_>, _>>().map_err(ApplyError::from)?;
        let is_last = page.next_page_token.is_empty();
        let next = if is_last {
            self.rebuilt(rebuild.head)
        } else {
            let rebuild = Rebuild { page_token: page.next_page_token, ..rebuild.clone() };
            Progress { rebuild: Some(rebuild), ..expected.clone() }
        };
        let Some(mut tx) = self.apply_facts(expected, facts).await? else {
            return Ok(Outcome::Elsewhere);
        };
        if is_last {
            self.close_missing(&mut tx).await?;
            tracing::info!(projection = self.applier.projection.name(), "rebuilt");
        }
        cursors::store(&mut tx, self.applier.projection.name(), &next).await?;
        tx.commit().await?;
        Ok(Outcome::Committed(next))
    }

    fn rebuilt(&self, head: Cursor) -> Progress {
        Progress { version: self.applier.projection.version(), cursor: head, rebuild: None }
    }

    async fn apply_facts(
        &self,
        expected: &Progress,
        facts: Vec<Event>,
    ) -> Result<Option<Tx>, ApplyError> {
        let prepared = &self.applier.prepare(&facts).await?;
        let slices = by_tenant(facts);
        let door = match slices.first() {
            Some((tenant, _)) => Some(tenant.clone()),
            None => self.held_tenants().await?.into_iter().next(),
        };
        let Some(mut tx) = self.applier.lock(door.as_ref(), expected).await? else {
            return Ok(None);
        };
        for (tenant, events) in slices {
            switch(&mut tx, &tenant).await?;
            let keys: Vec<_> = events.iter().map(|event| event.key).collect();
            cursors::remember_keys(&mut tx, self.applier.projection.name(), &keys).await?;
            let slice = Slice { tenant: &tenant, events, prepared, is_truth: true };
            self.applier.apply_slice(&mut tx, slice).await?;
            cursors::remember_tenants(&mut tx, self.applier.projection.name(), &[tenant]).await?;
        }
        Ok(Some(tx))
    }

    /// The governments of which something is held: whichever door is open, closing goes on behind a
    /// tenant's.
    async fn held_tenants(&self) -> Result<Vec<TenantId>, ApplyError> {
        let mut tx = self.applier.db.begin_system().await?;
        let held = cursors::tenants(&mut tx, self.applier.projection.name()).await?;
        tx.rollback().await?;
        Ok(held)
    }

    async fn close_missing(&self, tx: &mut Tx) -> Result<(), ApplyError> {
        let name = self.applier.projection.name();
        for tenant in cursors::tenants(&mut *tx, name).await? {
            switch(tx, &tenant).await?;
            let known = cursors::take_keys(&mut *tx, name).await?;
            self.applier.projection.close(&mut *tx, &tenant, &known).boxed().await?;
        }
        Ok(())
    }
}
