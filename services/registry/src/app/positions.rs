use jiff::civil::Date;
use kinerja_kit::{
    auth::Caller,
    idempotency::RequestKey,
    paging::{Page, PageRequest},
    tenant::Tx,
};
use kinerja_proto::registry::v1::{self as pb, Reason};
use uuid::Uuid;

use super::{
    App, Error, Mutation, check_etag, claim, day,
    error::{end_before_start, no_position, no_unit, of_constraint},
    lines, publish,
    units::open_unit,
};
use crate::{
    domain::{Assignment, AssignmentKind, Position, PositionId, Rung, Term, UnitId, most_at_once},
    store,
};

#[derive(Debug)]
pub(crate) struct CreatePosition {
    pub(crate) unit: UnitId,
    pub(crate) traits: PositionTraits,
    pub(crate) opened_on: Date,
    pub(crate) key: RequestKey,
}

/// What a position is, and may be changed.
#[derive(Debug)]
pub(crate) struct PositionTraits {
    pub(crate) code: Option<String>,
    pub(crate) name: String,
    pub(crate) rung: Rung,
    pub(crate) class: Option<i16>,
    pub(crate) heads_unit: bool,
    pub(crate) seats: i32,
    pub(crate) technical_duties: Vec<String>,
}

impl App {
    pub(crate) async fn create_position(
        &self,
        caller: &Caller,
        new: CreatePosition,
    ) -> Result<Position, Error> {
        let (now, id) = (self.clock.now(), self.clock.new_id());
        let position = Position {
            id,
            unit: new.unit,
            code: new.traits.code,
            name: new.traits.name,
            rung: new.traits.rung,
            class: new.traits.class,
            heads_unit: new.traits.heads_unit,
            seats: new.traits.seats,
            technical_duties: new.traits.technical_duties,
            opened_on: new.opened_on,
            closed_on: None,
            revision: 1,
        };
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(done) = claim(&mut tx, &new.key, id.uuid(), now).await? {
            return stored(&mut tx, done.into()).await;
        }
        open_unit(&mut tx, new.unit, new.opened_on).await?;
        store::positions::insert(&mut tx, &position, now).await.map_err(of_constraint)?;
        tx.commit().await?;
        Ok(position)
    }

    pub(crate) async fn update_position(
        &self,
        caller: &Caller,
        id: PositionId,
        traits: PositionTraits,
        mutation: Mutation,
    ) -> Result<Position, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(done) = claim(&mut tx, &mutation.key, id.uuid(), now).await? {
            return stored(&mut tx, done.into()).await;
        }
        store::tenants::lock_organisation(&mut tx).await?;
        let today = day(&mut tx, None, now).await?;
        let position = open_position(&mut tx, id, today).await?;
        check_etag(mutation.revision, position.revision)?;
        refuse_full(&mut tx, id, traits.seats, Term { from_on: today, until_on: None }).await?;
        let was = (position.heads_unit, position.rung);
        let position = Position {
            code: traits.code,
            name: traits.name,
            rung: traits.rung,
            class: traits.class,
            heads_unit: traits.heads_unit,
            seats: traits.seats,
            technical_duties: traits.technical_duties,
            revision: position.revision + 1,
            ..position
        };
        store::positions::update(&mut tx, &position).await.map_err(of_constraint)?;
        let holders = store::positions::holders_from(&mut tx, id, today).await?;
        if position.heads_unit {
            lines::refuse_ring(&mut tx, &holders, today, now).await?;
        }
        store::employees::touch(&mut tx, &holders).await?;
        publish::employees(&mut tx, &holders, None, now).await?;
        if (position.heads_unit, position.rung) != was {
            let led = was.0 || position.heads_unit;
            let units: Vec<_> = led.then(|| position.unit.uuid()).into_iter().collect();
            publish::lines(&mut tx, &holders, &units, &[today], now).await?;
        }
        tx.commit().await?;
        Ok(position)
    }

    pub(crate) async fn close_position(
        &self,
        caller: &Caller,
        id: PositionId,
        closed_on: Date,
        mutation: Mutation,
    ) -> Result<Position, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(done) = claim(&mut tx, &mutation.key, id.uuid(), now).await? {
            return stored(&mut tx, done.into()).await;
        }
        let mut position = store::positions::lock(&mut tx, id).await?.ok_or_else(no_position)?;
        check_etag(mutation.revision, position.revision)?;
        if position.closed_on.is_some() {
            return Err(closed());
        }
        if closed_on <= position.opened_on {
            return Err(end_before_start());
        }
        if !store::positions::holders_from(&mut tx, id, closed_on).await?.is_empty() {
            let message = "somebody holds the position on that day or later";
            return Err(Error::wrong_state(Reason::PositionHeld, message));
        }
        position.closed_on = Some(closed_on);
        position.revision += 1;
        store::positions::update(&mut tx, &position).await?;
        tx.commit().await?;
        Ok(position)
    }

    pub(crate) async fn get_position(
        &self,
        caller: &Caller,
        id: PositionId,
    ) -> Result<Position, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        stored(&mut tx, id).await
    }

    pub(crate) async fn list_positions(
        &self,
        caller: &Caller,
        unit: Option<UnitId>,
        page: PageRequest<Uuid>,
    ) -> Result<Page<Position>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let after = page.after.unwrap_or_default();
        let positions = match unit {
            Some(unit) => store::positions::of_unit(&mut tx, unit, after, page.limit).await?,
            None => store::positions::list(&mut tx, after, page.limit).await?,
        };
        if let Some(unit) = unit
            && positions.is_empty()
            && !store::units::exists(&mut tx, unit).await?
        {
            return Err(no_unit());
        }
        Ok(page.page_of::<pb::Position, _>(positions, |last| last.id.uuid()))
    }
}

async fn stored(tx: &mut Tx, id: PositionId) -> Result<Position, Error> {
    store::positions::get(tx, id).await?.ok_or_else(no_position)
}

fn closed() -> Error {
    Error::wrong_state(Reason::PositionClosed, "the position is not open in that time")
}

/// Locks a position that must be open on a day.
pub(super) async fn open_position(
    tx: &mut Tx,
    id: PositionId,
    on: Date,
) -> Result<Position, Error> {
    let position = store::positions::lock(tx, id).await?.ok_or_else(no_position)?;
    if position.is_open(on) { Ok(position) } else { Err(closed()) }
}

/// Locks a position that must be open all through a term.
pub(super) async fn open_throughout(
    tx: &mut Tx,
    id: PositionId,
    term: Term,
) -> Result<Position, Error> {
    let position = open_position(tx, id, term.from_on).await?;
    let outlasts =
        position.closed_on.is_none_or(|closed| term.until_on.is_some_and(|until| until <= closed));
    if outlasts { Ok(position) } else { Err(closed()) }
}

/// Refuses when more than `seats` people hold the locked position definitively on a day of the term.
pub(super) async fn refuse_full(
    tx: &mut Tx,
    id: PositionId,
    seats: i32,
    term: Term,
) -> Result<(), Error> {
    let held = store::assignments::of_position_in(tx, id, term).await?;
    let definitive = |held: &&Assignment| held.kind == AssignmentKind::Definitive;
    let terms: Vec<_> = held.iter().filter(definitive).map(|held| held.term).collect();
    if i32::try_from(most_at_once(&terms, term)).is_ok_and(|most| most <= seats) {
        return Ok(());
    }
    Err(Error::wrong_state(Reason::SeatsTaken, "every seat of the position is taken in that time"))
}
