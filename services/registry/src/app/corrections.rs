use jiff::Timestamp;
use kinerja_kit::{
    auth::{Caller, Role},
    idempotency::RequestKey,
    paging::{Page, PageRequest},
    tenant::Tx,
};
use kinerja_proto::{
    Reason as _,
    registry::v1::{self as pb, Reason},
};
use uuid::Uuid;

use super::{
    App, Error, Mutation, check_etag, claim,
    employee_changes::{EmployeeChange, apply, open_record},
    employees::may_see_all,
    error::{never_oneself, no_employee, not_your_record, of_constraint},
    lines, publish,
    reporting_lines::{Resolved, check_rater, resolved, set_line},
};
use crate::{
    domain::{
        AlreadyDecided, Correction, CorrectionId, CorrectionState, Decision, EmployeeId,
        PersonName, Proposal, reporting_line::Lines,
    },
    store,
};

#[derive(Debug)]
pub(crate) struct FileCorrection {
    pub(crate) proposal: Proposal,
    pub(crate) grounds: String,
    pub(crate) key: RequestKey,
}

#[derive(Debug)]
pub(crate) struct Decide {
    pub(crate) accept: bool,
    pub(crate) reason: String,
    pub(crate) mutation: Mutation,
}

/// What accepting a correction would change.
#[derive(Debug)]
pub(crate) enum Effect {
    ReportingLine {
        before: Option<Box<Resolved>>,
        after: Option<Box<Resolved>>,
        obstacle: Option<&'static str>,
    },
    Name {
        before: PersonName,
        after: PersonName,
    },
}

impl App {
    pub(crate) async fn file_correction(
        &self,
        caller: &Caller,
        new: FileCorrection,
    ) -> Result<Correction, Error> {
        let employee = caller.employee_id.map(EmployeeId::from).ok_or_else(no_record)?;
        if matches!(new.proposal, Proposal::ReportingLine { rater: Some(rater), .. } if rater == employee)
        {
            return Err(never_oneself("nobody rates oneself"));
        }
        let correction = Correction {
            id: self.clock.new_id(),
            employee,
            proposal: new.proposal,
            grounds: new.grounds,
            state: CorrectionState::Filed,
            filed_at: self.clock.now(),
            revision: 1,
        };
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let (id, now) = (correction.id, correction.filed_at);
        if let Some(done) = claim(&mut tx, &new.key, id.uuid(), now).await? {
            return stored(&mut tx, done.into()).await;
        }
        if !store::employees::exists(&mut tx, employee).await? {
            return Err(no_record());
        }
        store::corrections::insert(&mut tx, &correction).await.map_err(of_constraint)?;
        tx.commit().await?;
        Ok(correction)
    }

    pub(crate) async fn withdraw_correction(
        &self,
        caller: &Caller,
        id: CorrectionId,
        mutation: Mutation,
    ) -> Result<Correction, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(done) = claim(&mut tx, &mutation.key, id.uuid(), now).await? {
            return stored(&mut tx, done.into()).await;
        }
        let correction = locked(&mut tx, id).await?;
        if !caller.is(correction.employee.uuid()) {
            return Err(not_your_record());
        }
        check_etag(mutation.revision, correction.revision)?;
        let withdrawn = correction.withdraw().map_err(decided)?;
        store::corrections::update(&mut tx, &withdrawn).await?;
        tx.commit().await?;
        Ok(withdrawn)
    }

    pub(crate) async fn decide_correction(
        &self,
        caller: &Caller,
        id: CorrectionId,
        decide: Decide,
    ) -> Result<Correction, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(done) = claim(&mut tx, &decide.mutation.key, id.uuid(), now).await? {
            return stored(&mut tx, done.into()).await;
        }
        store::tenants::lock_organisation(&mut tx).await?;
        let correction = locked(&mut tx, id).await?;
        if caller.is(correction.employee.uuid()) {
            return Err(never_oneself("nobody decides on the own correction"));
        }
        check_etag(decide.mutation.revision, correction.revision)?;
        let decision = Decision { by: caller.subject.clone(), at: now, reason: decide.reason };
        let closed = correction.decide(decide.accept, decision).map_err(decided)?;
        if decide.accept {
            make(&mut tx, &closed, now).await?;
        }
        store::corrections::update(&mut tx, &closed).await?;
        tx.commit().await?;
        Ok(closed)
    }

    pub(crate) async fn preview_correction(
        &self,
        caller: &Caller,
        id: CorrectionId,
    ) -> Result<Effect, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let correction = visible(&mut tx, caller, id).await?;
        let employee = correction.employee;
        let effect = match correction.proposal {
            Proposal::Name(after) => {
                let view = self.view(&mut tx, employee, None).await?;
                let before = PersonName {
                    name: view.name,
                    front_title: view.front_title,
                    back_title: view.back_title,
                };
                Effect::Name { before, after }
            }
            Proposal::ReportingLine { from_on, rater } => {
                let ids: Vec<_> =
                    [employee].into_iter().chain(rater).map(EmployeeId::uuid).collect();
                let day = Some(from_on);
                let lines = store::reporting_lines::lines(&mut tx, &ids, day, now).await?;
                let mut lines = lines.ok_or_else(no_employee)?;
                lines::complete(&mut tx, &mut lines, now).await?;
                line_effect(lines, employee, rater)
            }
        };
        drop(tx);
        self.access_log.record(caller, "PreviewCorrection", employee.uuid()).await;
        Ok(effect)
    }

    pub(crate) async fn get_correction(
        &self,
        caller: &Caller,
        id: CorrectionId,
    ) -> Result<Correction, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let correction = visible(&mut tx, caller, id).await?;
        drop(tx);
        self.access_log.record(caller, "GetCorrection", correction.employee.uuid()).await;
        Ok(correction)
    }

    /// The caller's own, or with a state's word those of everybody for HR officers.
    pub(crate) async fn list_corrections(
        &self,
        caller: &Caller,
        state: Option<&'static str>,
        page: PageRequest<Uuid>,
    ) -> Result<Page<Correction>, Error> {
        let after = page.after.unwrap_or_default();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let corrections = match state {
            Some(_) if !caller.has(Role::HrOfficer) => return Err(not_your_record()),
            Some(state) => store::corrections::of_state(&mut tx, state, after, page.limit).await?,
            None => {
                let own = caller.employee_id.map(EmployeeId::from).ok_or_else(no_record)?;
                store::corrections::of_employee(&mut tx, own, after, page.limit).await?
            }
        };
        drop(tx);
        let page = page.page_of::<pb::Correction, _>(corrections, |last| last.id.uuid());
        let people: Vec<_> = page.items.iter().map(|filed| filed.employee.uuid()).collect();
        self.access_log.record_all(caller, "ListCorrections", people).await;
        Ok(page)
    }
}

/// Makes the change that an accepted correction asks for, under the lock of the organisation.
async fn make(tx: &mut Tx, correction: &Correction, now: Timestamp) -> Result<(), Error> {
    let record = open_record(tx, correction.employee).await?;
    match &correction.proposal {
        Proposal::ReportingLine { from_on, rater } => {
            set_line(tx, record, *rater, *from_on, now).await?;
        }
        Proposal::Name(name) => {
            let kind = record.kind;
            apply(tx, record, EmployeeChange::Identity { name: name.clone(), kind }).await?;
            publish::employee(tx, correction.employee, None, now).await?;
        }
    }
    Ok(())
}

/// The line before and after, on the day it would begin, from what stands near; a ring over more people
/// than these is found when it is accepted.
fn line_effect(mut lines: Lines, employee: EmployeeId, rater: Option<EmployeeId>) -> Effect {
    let before = resolved(&lines, employee).ok().map(Box::new);
    let official = rater.and_then(|rater| lines.of.get(&rater)).and_then(|line| line.own.clone());
    let checked = official.as_ref().map_or(Ok(()), |rater| check_rater(rater, lines.eligibility));
    let ring = rater.is_some_and(|rater| lines.rater(rater) == Some(employee));
    let obstacle = match checked {
        Err(Error::WrongState(reason, _)) => Some(reason.name()),
        _ if ring => Some(Reason::ReportingLineCycle.name()),
        _ => None,
    };
    if let Some(line) = lines.of.get_mut(&employee) {
        line.explicit = official;
    }
    let after = resolved(&lines, employee).ok().map(Box::new);
    Effect::ReportingLine { before, after, obstacle }
}

async fn stored(tx: &mut Tx, id: CorrectionId) -> Result<Correction, Error> {
    store::corrections::get(tx, id).await?.ok_or_else(no_correction)
}

async fn locked(tx: &mut Tx, id: CorrectionId) -> Result<Correction, Error> {
    store::corrections::lock(tx, id).await?.ok_or_else(no_correction)
}

async fn visible(tx: &mut Tx, caller: &Caller, id: CorrectionId) -> Result<Correction, Error> {
    let correction = stored(tx, id).await?;
    if may_see_all(caller, correction.employee.uuid()) {
        return Ok(correction);
    }
    Err(not_your_record())
}

fn no_correction() -> Error {
    Error::not_found(Reason::CorrectionNotFound, "the correction does not exist")
}

fn no_record() -> Error {
    Error::wrong_state(Reason::NoRecord, "the caller has no record here")
}

fn decided(refused: AlreadyDecided) -> Error {
    Error::wrong_state(Reason::CorrectionDecided, refused.to_string())
}
