use jiff::civil::Date;
use kinerja_kit::{
    auth::{Caller, Role},
    errors::constraint,
    idempotency::RequestKey,
    paging::{Page, PageRequest},
    tenant::Tx,
};
use kinerja_proto::competency::v1::{self as pb, Reason};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{App, Error, check_codes, claim, error::Refusal as _, readers};
use crate::{
    domain::{AssessedLevel, Assessment, AssessmentId, EmployeeId, Source},
    store,
};

#[derive(Debug)]
pub struct RecordAssessment {
    pub employee_id: EmployeeId,
    pub source: Source,
    pub assessed_on: Date,
    pub levels: Vec<AssessedLevel>,
    pub ballots: i32,
    pub note: String,
    pub key: RequestKey,
}

#[derive(Debug)]
pub struct WithdrawAssessment {
    pub id: AssessmentId,
    pub reason: String,
    pub revision: i64,
    pub key: RequestKey,
}

impl App {
    pub async fn record_assessment(
        &self,
        caller: &Caller,
        new: RecordAssessment,
    ) -> Result<Assessment, Error> {
        let (now, id) = (self.clock.now(), self.clock.new_id::<Assessment>());
        if !new.source.admits(new.ballots) {
            return Err(ballots());
        }
        let mut tx = self.db.begin(caller.tenant()?).await?;
        // What was recorded is told again, whether or not the registry answers.
        if let Some(made) = claim(&mut tx, &new.key, id.uuid(), now).await? {
            return self.assessment_again(caller, &new.key, tx, made.into()).await;
        }
        tx.rollback().await?;
        let basis = self.basis(caller, &new).await?;
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(made) = claim(&mut tx, &new.key, id.uuid(), now).await? {
            return self.assessment_again(caller, &new.key, tx, made.into()).await;
        }
        self.check(&mut tx, &new).await?;
        let policy = store::assessments::policy(&mut tx, new.source, new.assessed_on).await?;
        let policy = policy.ok_or_else(not_the_assessor)?;
        let mut levels = new.levels;
        levels.sort_unstable_by(|one, other| one.code.cmp(&other.code));
        let assessment = Assessment {
            id,
            employee_id: new.employee_id,
            source: new.source,
            assessed_on: new.assessed_on,
            valid_until: policy.valid_until(new.assessed_on),
            policy_version: policy.policy_version,
            levels,
            ballots: new.ballots,
            note: new.note,
            recorded_by: caller.employee_id.map(Into::into),
            basis,
            created_at: now,
            withdrawal: None,
            revision: 1,
        };
        store::assessments::insert(&mut tx, &assessment).await.map_err(taken)?;
        tx.commit().await?;
        Ok(assessment)
    }

    /// Answers a call that was made before, which is a reading.
    async fn assessment_again(
        &self,
        caller: &Caller,
        key: &RequestKey,
        mut tx: Tx,
        id: AssessmentId,
    ) -> Result<Assessment, Error> {
        let found = store::assessments::get(&mut tx, id).await?.ok_or_else(not_found)?;
        drop(tx);
        self.access_log.record(caller, key.method(), found.employee_id.uuid()).await;
        Ok(found)
    }

    /// By what right the caller records, which for a superior is the registry's word on that date.
    async fn basis(&self, caller: &Caller, new: &RecordAssessment) -> Result<String, Error> {
        let oneself = caller.is(new.employee_id.uuid());
        if oneself != (new.source == Source::Oneself) {
            return Err(not_the_assessor());
        }
        let by_role = |roles: &[Role]| {
            let role = roles.iter().find(|role| caller.has(**role));
            role.map(|role| role.name().to_uppercase()).ok_or_else(not_the_assessor)
        };
        match new.source {
            Source::Oneself => Ok("ONESELF".to_owned()),
            Source::AssessmentCentre => by_role(&[Role::HrOfficer, Role::PerformanceTeam]),
            Source::Peers => by_role(&[Role::HrOfficer, Role::PerformanceTeam, Role::Service]),
            Source::Superior => {
                let tenant = caller.tenant()?;
                let Some(me) = caller.employee_id else { return Err(not_the_assessor()) };
                let on = Some(new.assessed_on);
                let superior = self.registry.superior_of(tenant, new.employee_id, on).await?;
                let is_me = superior.employee_id.uuid() == me;
                if is_me { Ok(superior.basis) } else { Err(not_the_assessor()) }
            }
        }
    }

    async fn check(&self, conn: &mut PgConnection, new: &RecordAssessment) -> Result<(), Error> {
        let known = store::employees::subject(conn, new.employee_id, None).await?;
        let known = known.ok_or_else(|| {
            Error::not_found(
                Reason::EmployeeNotFound,
                "the registry has not made this employee known",
            )
        })?;
        if new.assessed_on > self.today_in(known.time_zone.as_deref())? {
            return Err(Error::refused(Reason::DateInFuture, "the date lies in the future"));
        }
        check_codes(conn, new.levels.iter().map(|found| &found.code)).await
    }

    pub async fn get_assessment(
        &self,
        caller: &Caller,
        id: AssessmentId,
    ) -> Result<Assessment, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let assessment = store::assessments::get(&mut tx, id).await?.ok_or_else(not_found)?;
        if !readers::may_read(&mut tx, caller, assessment.employee_id).await? {
            return Err(readers::not_yours());
        }
        let subject = assessment.employee_id.uuid();
        self.access_log.record(caller, "GetAssessment", subject).await;
        Ok(assessment)
    }

    pub async fn list_assessments(
        &self,
        caller: &Caller,
        employee_id: EmployeeId,
        source: Option<Source>,
        page: PageRequest<(Date, Uuid)>,
    ) -> Result<Page<Assessment>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        readers::subject_for(&mut tx, caller, employee_id).await?;
        let (after, limit) = (page.after, page.limit);
        let found = store::assessments::list(&mut tx, employee_id, source, after, limit).await?;
        self.access_log.record(caller, "ListAssessments", employee_id.uuid()).await;
        Ok(page.page_of::<pb::Assessment, _>(found, |last| (last.assessed_on, last.id.uuid())))
    }

    pub async fn withdraw_assessment(
        &self,
        caller: &Caller,
        withdraw: WithdrawAssessment,
    ) -> Result<Assessment, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let id = withdraw.id;
        let done = claim(&mut tx, &withdraw.key, id.uuid(), now).await?;
        let assessment = store::assessments::lock(&mut tx, id).await?.ok_or_else(not_found)?;
        let own = assessment.source == Source::Oneself && caller.is(assessment.employee_id.uuid());
        if !own && !caller.has(Role::HrOfficer) {
            return Err(not_the_assessor());
        }
        if done.is_some() {
            drop(tx);
            let whose = assessment.employee_id.uuid();
            self.access_log.record(caller, withdraw.key.method(), whose).await;
            return Ok(assessment);
        }
        if assessment.revision != withdraw.revision {
            return Err(Error::Stale);
        }
        let withdrawn = assessment.withdraw(now, withdraw.reason).map_err(|e| e.refusal())?;
        store::assessments::withdraw(&mut tx, &withdrawn).await?;
        tx.commit().await?;
        Ok(withdrawn)
    }
}

fn ballots() -> Error {
    Error::refused(
        Reason::TooFewBallots,
        "peers are heard through at least three ballots, nobody else is",
    )
}

fn not_the_assessor() -> Error {
    Error::forbidden(
        Reason::NotTheAssessor,
        "the caller does not record assessments of this source",
    )
}

fn taken(error: sqlx::Error) -> Error {
    match constraint(&error) {
        Some("assessments_one_a_day") => Error::taken(
            Reason::AssessmentTaken,
            "the employee has an assessment of this source and date",
        ),
        _ => error.into(),
    }
}

fn not_found() -> Error {
    Error::not_found(Reason::AssessmentNotFound, "there is no such assessment")
}
