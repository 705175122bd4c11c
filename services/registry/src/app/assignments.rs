use jiff::{Timestamp, civil::Date};
use kinerja_kit::{
    auth::Caller,
    idempotency::RequestKey,
    paging::{Page, PageRequest},
    tenant::Tx,
};
use kinerja_proto::registry::v1::Reason;
use uuid::Uuid;

use super::{
    App, Error, Mutation, check_etag, claim,
    employee_changes::open_record,
    error::{
        acting_exists, definitive_exists, end_before_start, never_oneself, no_assignment,
        no_employee, no_position, of_constraint,
    },
    lines, positions, publish,
};
use crate::{
    domain::{Assignment, AssignmentId, AssignmentKind, EmployeeId, PositionId, Status, Term},
    store::{self, assignments::AssignmentView},
};

#[derive(Debug)]
pub(crate) struct CreateAssignment {
    pub(crate) employee: EmployeeId,
    pub(crate) position: PositionId,
    pub(crate) kind: AssignmentKind,
    pub(crate) term: Term,
    pub(crate) instrument_number: String,
    pub(crate) key: RequestKey,
}

#[derive(Debug)]
pub(crate) struct Transfer {
    pub(crate) assignment: AssignmentId,
    pub(crate) position: PositionId,
    pub(crate) from_on: Date,
    pub(crate) instrument_number: String,
    pub(crate) mutation: Mutation,
}

/// Whose assignments, or to which position.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AssignmentsOf {
    Employee(EmployeeId),
    Position(PositionId),
}

impl App {
    pub(crate) async fn create_assignment(
        &self,
        caller: &Caller,
        new: CreateAssignment,
    ) -> Result<AssignmentView, Error> {
        let now = self.clock.now();
        let assignment = Assignment {
            id: self.clock.new_id(),
            employee: new.employee,
            position: new.position,
            kind: new.kind,
            term: new.term,
            instrument_number: new.instrument_number,
            revision: 1,
        };
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(done) = claim(&mut tx, &new.key, assignment.id.uuid(), now).await? {
            return stored(&mut tx, done.into()).await;
        }
        store::tenants::lock_organisation(&mut tx).await?;
        open_record(&mut tx, new.employee).await?;
        begin(&mut tx, &assignment, now).await?;
        tell(&mut tx, new.employee, new.term, now).await?;
        let view = stored(&mut tx, assignment.id).await?;
        tx.commit().await?;
        Ok(view)
    }

    pub(crate) async fn end_assignment(
        &self,
        caller: &Caller,
        id: AssignmentId,
        until_on: Date,
        mutation: Mutation,
    ) -> Result<AssignmentView, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(done) = claim(&mut tx, &mutation.key, id.uuid(), now).await? {
            return stored(&mut tx, done.into()).await;
        }
        store::tenants::lock_organisation(&mut tx).await?;
        let mut assignment = locked(&mut tx, id).await?;
        check_etag(mutation.revision, assignment.revision)?;
        end(&mut tx, &mut assignment, until_on).await?;
        tell(&mut tx, assignment.employee, from(until_on), now).await?;
        let view = stored(&mut tx, id).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Ends the definitive assignment and begins one in another position on the same day.
    pub(crate) async fn transfer_employee(
        &self,
        caller: &Caller,
        transfer: Transfer,
    ) -> Result<(AssignmentView, AssignmentView), Error> {
        let (now, begun) = (self.clock.now(), self.clock.new_id());
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let key = &transfer.mutation.key;
        if let Some(done) = claim(&mut tx, key, AssignmentId::uuid(begun), now).await? {
            let ended = stored(&mut tx, transfer.assignment).await?;
            return Ok((ended, stored(&mut tx, done.into()).await?));
        }
        store::tenants::lock_organisation(&mut tx).await?;
        let mut ended = locked(&mut tx, transfer.assignment).await?;
        check_etag(transfer.mutation.revision, ended.revision)?;
        if ended.kind != AssignmentKind::Definitive {
            let message = "only a definitive assignment is transferred";
            return Err(Error::wrong_state(Reason::NotDefinitive, message));
        }
        end(&mut tx, &mut ended, transfer.from_on).await?;
        let assignment = Assignment {
            id: begun,
            employee: ended.employee,
            position: transfer.position,
            kind: AssignmentKind::Definitive,
            term: Term { from_on: transfer.from_on, until_on: None },
            instrument_number: transfer.instrument_number,
            revision: 1,
        };
        begin(&mut tx, &assignment, now).await?;
        tell(&mut tx, ended.employee, from(transfer.from_on), now).await?;
        let views = (stored(&mut tx, ended.id).await?, stored(&mut tx, begun).await?);
        tx.commit().await?;
        Ok(views)
    }

    pub(crate) async fn get_assignment(
        &self,
        caller: &Caller,
        id: AssignmentId,
    ) -> Result<AssignmentView, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let view = stored(&mut tx, id).await?;
        drop(tx);
        self.access_log.record(caller, "GetAssignment", view.employee_id).await;
        Ok(view)
    }

    pub(crate) async fn list_assignments(
        &self,
        caller: &Caller,
        of: AssignmentsOf,
        page: PageRequest<(Date, Uuid)>,
    ) -> Result<Page<AssignmentView>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let (after, limit) = (page.after, page.limit);
        let found = match of {
            AssignmentsOf::Employee(id) => {
                store::assignments::of_employee(&mut tx, id, after, limit).await?
            }
            AssignmentsOf::Position(id) => {
                store::assignments::of_position(&mut tx, id, after, limit).await?
            }
        };
        if found.is_empty() {
            check_there(&mut tx, of).await?;
        }
        drop(tx);
        let people: Vec<_> = found.iter().map(|view| view.employee_id).collect();
        self.access_log.record_all(caller, "ListAssignments", people).await;
        Ok(page.page(found, |last| (last.from_on.to_jiff(), last.assignment_id)))
    }
}

/// Makes sure that there is the person or the position whose assignments are asked for.
async fn check_there(tx: &mut Tx, of: AssignmentsOf) -> Result<(), Error> {
    match of {
        AssignmentsOf::Employee(id) if !store::employees::exists(tx, id).await? => {
            Err(no_employee())
        }
        AssignmentsOf::Position(id) if store::positions::get(tx, id).await?.is_none() => {
            Err(no_position())
        }
        _ => Ok(()),
    }
}

async fn stored(tx: &mut Tx, id: AssignmentId) -> Result<AssignmentView, Error> {
    store::assignments::view(tx, id).await?.ok_or_else(no_assignment)
}

/// Reads an assignment under the lock of its person's row.
async fn locked(tx: &mut Tx, id: AssignmentId) -> Result<Assignment, Error> {
    let employee = store::assignments::employee_of(tx, id).await?.ok_or_else(no_assignment)?;
    open_record(tx, employee).await?;
    store::assignments::get(tx, id).await?.ok_or_else(no_assignment)
}

/// Begins an assignment of a locked person under the lock of the organisation.
async fn begin(tx: &mut Tx, new: &Assignment, now: Timestamp) -> Result<(), Error> {
    let position = positions::open_throughout(tx, new.position, new.term).await?;
    refuse_out_of_service(tx, new).await?;
    match new.kind {
        AssignmentKind::Definitive => {
            let running = store::assignments::running(tx, new.employee, new.term.from_on).await?;
            let holds = |held: &Assignment| {
                held.kind == AssignmentKind::Definitive && held.term.overlaps(new.term)
            };
            if running.iter().any(holds) {
                return Err(definitive_exists());
            }
            positions::refuse_full(tx, new.position, position.seats - 1, new.term).await?;
        }
        AssignmentKind::Plt | AssignmentKind::Plh => refuse_wrong_stand_in(tx, new).await?,
    }
    store::assignments::insert(tx, new, now).await.map_err(of_constraint)?;
    lines::refuse_ring(tx, &[new.employee.uuid()], new.term.from_on, now).await
}

async fn refuse_out_of_service(tx: &mut Tx, new: &Assignment) -> Result<(), Error> {
    let status = store::employees::status_on(tx, new.employee, new.term.from_on).await?;
    let leaves = store::employees::leaves_service_in(tx, new.employee, new.term).await?;
    if leaves || status.is_some_and(Status::ends_service) {
        let message = "the person is not in service all through that time";
        return Err(Error::wrong_state(Reason::NotInService, message));
    }
    Ok(())
}

/// A Plt acts where nobody holds the position, a Plh where its holder is absent; one at a time.
async fn refuse_wrong_stand_in(tx: &mut Tx, new: &Assignment) -> Result<(), Error> {
    let others = store::assignments::of_position_in(tx, new.position, new.term).await?;
    if others.iter().any(|other| other.kind != AssignmentKind::Definitive) {
        return Err(acting_exists());
    }
    let holder = others.iter().find(|other| other.term.covers(new.term.from_on));
    match (new.kind, holder) {
        (_, Some(holder)) if holder.employee == new.employee => {
            Err(never_oneself("nobody stands in for oneself"))
        }
        (AssignmentKind::Plt, Some(_)) => {
            Err(Error::wrong_state(Reason::PositionNotVacant, "the position is held: name a Plh"))
        }
        (AssignmentKind::Plh, None) => {
            Err(Error::wrong_state(Reason::PositionVacant, "the position is vacant: name a Plt"))
        }
        _ => Ok(()),
    }
}

async fn end(tx: &mut Tx, assignment: &mut Assignment, until_on: Date) -> Result<(), Error> {
    if assignment.term.until_on.is_some_and(|until| until <= until_on) {
        return Err(Error::wrong_state(Reason::AssignmentEnded, "the assignment ends by then"));
    }
    if until_on <= assignment.term.from_on {
        return Err(end_before_start());
    }
    assignment.term.until_on = Some(until_on);
    assignment.revision += 1;
    Ok(store::assignments::update(tx, assignment).await?)
}

fn from(from_on: Date) -> Term {
    Term { from_on, until_on: None }
}

/// Makes public that a person stands elsewhere, and that lines may differ, for a term.
async fn tell(tx: &mut Tx, employee: EmployeeId, term: Term, now: Timestamp) -> Result<(), Error> {
    store::employees::touch(tx, &[employee.uuid()]).await?;
    publish::employee(tx, employee, Some(term.from_on), now).await?;
    let days: Vec<_> = [term.from_on].into_iter().chain(term.until_on).collect();
    publish::lines(tx, &[employee.uuid()], &[], &days, now).await
}
