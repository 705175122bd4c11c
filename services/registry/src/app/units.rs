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
    App, Error, Mutation, check_etag, claim, day,
    error::{end_before_start, no_unit, of_constraint},
    lines, publish,
};
use crate::{
    domain::{Unit, UnitId, UnitKind},
    store::{
        self,
        units::{ChangeKey, UnitChangeRow, UnitView},
    },
};

#[derive(Debug)]
pub(crate) struct CreateUnit {
    pub(crate) code: Option<String>,
    pub(crate) name: String,
    pub(crate) kind: UnitKind,
    pub(crate) parent: Option<UnitId>,
    pub(crate) opened_on: Date,
    pub(crate) key: RequestKey,
}

/// What becomes of a unit on a day.
#[derive(Debug)]
pub(crate) enum UnitChange {
    Rename(String),
    Move(Option<UnitId>),
    Close,
}

impl App {
    pub(crate) async fn create_unit(
        &self,
        caller: &Caller,
        new: CreateUnit,
    ) -> Result<UnitView, Error> {
        let now = self.clock.now();
        let unit = Unit {
            id: self.clock.new_id(),
            code: new.code,
            kind: new.kind,
            opened_on: new.opened_on,
            closed_on: None,
            revision: 1,
        };
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(done) = claim(&mut tx, &new.key, unit.id.uuid(), now).await? {
            return self.view_of_unit(&mut tx, done.into(), None).await;
        }
        store::tenants::lock_organisation(&mut tx).await?;
        if let Some(parent) = new.parent {
            open_unit(&mut tx, parent, new.opened_on).await?;
        }
        store::units::insert(&mut tx, &unit, &new.name, new.parent, now)
            .await
            .map_err(of_constraint)?;
        let view = publish::unit(&mut tx, unit.id, unit.opened_on, now).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Renames, moves or closes a unit from a day on.
    pub(crate) async fn change_unit(
        &self,
        caller: &Caller,
        id: UnitId,
        change: UnitChange,
        from_on: Date,
        mutation: Mutation,
    ) -> Result<UnitView, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(done) = claim(&mut tx, &mutation.key, id.uuid(), now).await? {
            return self.view_of_unit(&mut tx, done.into(), None).await;
        }
        store::tenants::lock_organisation(&mut tx).await?;
        let mut unit = open_unit(&mut tx, id, from_on).await?;
        check_etag(mutation.revision, unit.revision)?;
        unit.revision += 1;
        match change {
            UnitChange::Rename(name) => {
                store::units::set_name(&mut tx, id, from_on, &name).await?;
            }
            UnitChange::Move(parent) => {
                self.move_unit(&mut tx, id, parent, from_on).await?;
                publish::lines(&mut tx, &[], &[id.uuid()], &[from_on], now).await?;
            }
            UnitChange::Close => {
                if from_on <= unit.opened_on {
                    return Err(end_before_start());
                }
                if store::unit_trees::is_used(&mut tx, id, from_on).await? {
                    let message = "units below it or positions are still open";
                    return Err(Error::wrong_state(Reason::UnitNotEmpty, message));
                }
                unit.closed_on = Some(from_on);
            }
        }
        store::units::update(&mut tx, &unit).await?;
        let view = publish::unit(&mut tx, id, from_on, now).await?;
        tx.commit().await?;
        Ok(view)
    }

    async fn move_unit(
        &self,
        tx: &mut Tx,
        id: UnitId,
        parent: Option<UnitId>,
        from_on: Date,
    ) -> Result<(), Error> {
        let cycle = || Error::wrong_state(Reason::UnitCycle, "the unit would lie below itself");
        if let Some(parent) = parent {
            if parent == id {
                return Err(cycle());
            }
            open_unit(tx, parent, from_on).await?;
        }
        store::units::set_parent(tx, id, from_on, parent).await?;
        let mut days = store::unit_trees::move_days(tx, from_on).await?;
        days.push(from_on);
        for day in days {
            if store::unit_trees::is_in_ring(tx, id, day).await? {
                return Err(cycle());
            }
        }
        let units: Vec<_> = parent.into_iter().chain([id]).map(UnitId::uuid).collect();
        let leaders = store::unit_trees::leaders(tx, &units, from_on).await?;
        lines::refuse_ring(tx, &leaders, from_on, self.clock.now()).await
    }

    pub(crate) async fn get_unit(
        &self,
        caller: &Caller,
        id: UnitId,
        on: Option<Date>,
    ) -> Result<UnitView, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        self.view_of_unit(&mut tx, id, on).await
    }

    /// Units of the government, or directly below one.
    pub(crate) async fn list_units(
        &self,
        caller: &Caller,
        parent: Option<UnitId>,
        on: Option<Date>,
        page: PageRequest<Uuid>,
    ) -> Result<Page<UnitView>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let day = day(&mut tx, on, self.clock.now()).await?;
        let after = page.after.unwrap_or_default();
        let ids = match parent {
            Some(parent) => {
                store::unit_trees::children(&mut tx, parent, day, after, page.limit).await?
            }
            None => store::unit_trees::list(&mut tx, day, after, page.limit).await?,
        };
        let views = store::units::views(&mut tx, &ids, day).await?;
        Ok(page.page(views, |last| last.unit_id))
    }

    /// A unit and those below it, each before those below itself.
    pub(crate) async fn list_subtree(
        &self,
        caller: &Caller,
        root: UnitId,
        on: Option<Date>,
        page: PageRequest<Vec<Uuid>>,
    ) -> Result<Page<UnitView>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let day = day(&mut tx, on, self.clock.now()).await?;
        let after = page.after.as_deref();
        let paths = store::unit_trees::subtree(&mut tx, root, day, after, page.limit).await?;
        if paths.is_empty() && page.after.is_none() {
            return Err(no_unit());
        }
        let paths = page.page(paths, Clone::clone);
        let ids: Vec<_> = paths.items.iter().filter_map(|path| path.last().copied()).collect();
        let mut views = store::units::views(&mut tx, &ids, day).await?;
        for (view, path) in views.iter_mut().zip(&paths.items) {
            view.depth = i32::try_from(path.len() - 1).unwrap_or(i32::MAX);
        }
        Ok(Page { items: views, next_token: paths.next_token })
    }

    pub(crate) async fn list_unit_history(
        &self,
        caller: &Caller,
        id: UnitId,
        page: PageRequest<ChangeKey>,
    ) -> Result<Page<UnitChangeRow>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let changes = store::units::history(&mut tx, id, page.after.clone(), page.limit).await?;
        if changes.is_empty() && page.after.is_none() {
            return Err(no_unit());
        }
        Ok(page.page(changes, |last| ChangeKey {
            from_on: last.from_on.to_jiff(),
            is_name: last.name.is_some(),
        }))
    }

    async fn view_of_unit(
        &self,
        tx: &mut Tx,
        id: UnitId,
        on: Option<Date>,
    ) -> Result<UnitView, Error> {
        let day = day(tx, on, self.clock.now()).await?;
        let views = store::units::views(tx, &[id.uuid()], day).await?;
        views.into_iter().next().ok_or_else(no_unit)
    }
}

/// Locks a unit that must be open on a day.
pub(super) async fn open_unit(tx: &mut Tx, id: UnitId, on: Date) -> Result<Unit, Error> {
    let unit = store::units::lock(tx, id).await?.ok_or_else(no_unit)?;
    if unit.is_open(on) {
        return Ok(unit);
    }
    Err(Error::wrong_state(Reason::UnitClosed, "the unit is not open on that day"))
}
