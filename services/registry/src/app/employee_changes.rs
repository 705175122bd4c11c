use jiff::civil::Date;
use kinerja_kit::{auth::Caller, tenant::Tx};
use kinerja_proto::registry::v1::Reason;

use super::{
    App, Error, Mutation, check_etag, claim,
    employees::{Shown, check_kind, shown},
    error::{no_employee, of_constraint, record_closed},
    publish,
};
use crate::{
    domain::{Employee, EmployeeId, EmploymentKind, IdentityNumber, PersonName, Rank, Status},
    store,
};

/// What becomes of a record.
#[derive(Debug)]
pub(crate) enum EmployeeChange {
    /// A correction, without a day.
    Identity {
        name: PersonName,
        kind: EmploymentKind,
    },
    Number(IdentityNumber, Date),
    Rank(Rank, Date),
    Status(Status, Date),
}

impl EmployeeChange {
    fn effective_on(&self) -> Option<Date> {
        match self {
            Self::Identity { .. } => None,
            Self::Number(_, from_on) | Self::Rank(_, from_on) | Self::Status(_, from_on) => {
                Some(*from_on)
            }
        }
    }
}

impl App {
    pub(crate) async fn change_employee(
        &self,
        caller: &Caller,
        id: EmployeeId,
        change: EmployeeChange,
        mutation: Mutation,
    ) -> Result<Shown, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(done) = claim(&mut tx, &mutation.key, id.uuid(), now).await? {
            return Ok(shown(caller, self.view(&mut tx, done.into(), None).await?));
        }
        let employee = open_record(&mut tx, id).await?;
        check_etag(mutation.revision, employee.revision)?;
        let effective_on = change.effective_on();
        apply(&mut tx, employee, change).await?;
        let view = publish::employee(&mut tx, id, effective_on, now).await?;
        tx.commit().await?;
        Ok(shown(caller, view))
    }
}

/// Locks a record that must still be this government's.
pub(super) async fn open_record(tx: &mut Tx, id: EmployeeId) -> Result<Employee, Error> {
    let employee = store::employees::lock(tx, id).await?.ok_or_else(no_employee)?;
    if employee.closed_on.is_some() { Err(record_closed()) } else { Ok(employee) }
}

/// Makes a change of a locked record and gives it one more revision.
pub(super) async fn apply(
    tx: &mut Tx,
    mut employee: Employee,
    change: EmployeeChange,
) -> Result<(), Error> {
    let id = employee.id;
    match change {
        EmployeeChange::Identity { name, kind } => {
            let (number, rank) = store::employees::newest_number_and_rank(tx, id).await?;
            check_kind(kind, number.as_ref(), rank.map(|(rank, _)| rank))?;
            store::name_words::replace(tx, id.uuid(), &employee.name.name, &name.name).await?;
            (employee.name, employee.kind) = (name, kind);
        }
        EmployeeChange::Number(number, from_on) => {
            if !number.fits(employee.kind) {
                let message = "the identity number is not of this kind of employment";
                return Err(Error::refused(Reason::NumberOfAnotherKind, message));
            }
            store::employees::set_identity_number(tx, id, from_on, &number)
                .await
                .map_err(of_constraint)?;
        }
        EmployeeChange::Rank(rank, from_on) => {
            if !rank.fits(employee.kind) {
                let message = "the rank is not of this kind of employment";
                return Err(Error::refused(Reason::RankOfAnotherKind, message));
            }
            store::employees::set_rank(tx, id, from_on, rank).await?;
        }
        EmployeeChange::Status(status, from_on) => {
            let running = store::assignments::running(tx, id, from_on).await?;
            if status.ends_service() && !running.is_empty() {
                let message = "an assignment goes beyond that day";
                return Err(Error::wrong_state(Reason::StillAssigned, message));
            }
            store::employees::set_status(tx, id, from_on, status).await?;
        }
    }
    employee.revision += 1;
    Ok(store::employees::update(tx, &employee).await?)
}
