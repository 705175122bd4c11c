use jiff::civil::Date;
use kinerja_kit::{
    auth::Caller,
    idempotency::RequestKey,
    paging::{Page, PageRequest},
};
use kinerja_proto::evaluation::v1 as pb;
use uuid::Uuid;

use super::{
    App, Error, Seen,
    authority::{check_reader, is_officer, not_yours},
    claim,
    error::{evaluation_not_found, policy_not_found},
};
use crate::{
    domain::{
        Refusal,
        evaluation::{Evaluation, EvaluationId, GivenRating},
        policy::Policy,
        results::Measurement,
    },
    store,
};

pub use store::evaluation_lists::Filter as ListEvaluations;

#[derive(Debug)]
pub struct SplitEvaluation {
    pub seen: Seen,
    /// The first day of the second part.
    pub on: Date,
    pub key: RequestKey,
}

/// Every term of a result.
#[derive(Debug)]
pub struct Explained {
    pub evaluation: Evaluation,
    pub policy: Policy,
    pub measurements: Vec<Measurement>,
}

impl App {
    pub async fn get_evaluation(
        &self,
        caller: &Caller,
        id: EvaluationId,
    ) -> Result<Evaluation, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let found = store::evaluations::get(&mut tx, id).await?.ok_or_else(evaluation_not_found)?;
        drop(tx);
        check_reader(caller, &found)?;
        self.access_log.record(caller, "GetEvaluation", found.employee_id.uuid()).await;
        Ok(found)
    }

    /// In the order of their making.
    pub async fn list_evaluations(
        &self,
        caller: &Caller,
        wanted: &ListEvaluations,
        page: PageRequest<Uuid>,
    ) -> Result<Page<Evaluation>, Error> {
        check_list(caller, wanted)?;
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let after = page.after.map(EvaluationId::from);
        let ids = store::evaluation_lists::ids(&mut tx, wanted, after, page.limit).await?;
        let evaluations = store::evaluations::read(&mut tx, &ids).await?;
        drop(tx);
        let page = page.page_of::<pb::Evaluation, _>(evaluations, |last| last.id.uuid());
        let people: Vec<_> = page.items.iter().map(|found| found.employee_id.uuid()).collect();
        self.access_log.record_all(caller, "ListEvaluations", people).await;
        Ok(page)
    }

    /// What the proposal was made from, and by which rules.
    pub async fn explain(&self, caller: &Caller, id: EvaluationId) -> Result<Explained, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let found = store::evaluations::get_with_measurements(&mut tx, id).await?;
        let (evaluation, measurements) = found.ok_or_else(evaluation_not_found)?;
        check_reader(caller, &evaluation)?;
        let measurements = measurements.ok_or(Refusal::EvaluationState)?;
        let policy = store::policies::get(&mut tx, &evaluation.policy_id).await?;
        let policy = policy.ok_or_else(policy_not_found)?.policy;
        drop(tx);
        self.access_log.record(caller, "GetExplanation", evaluation.employee_id.uuid()).await;
        Ok(Explained { evaluation, policy, measurements })
    }

    /// Every rating an evaluation was given, the first one first.
    pub async fn list_ratings(
        &self,
        caller: &Caller,
        id: EvaluationId,
        page: PageRequest<i32>,
    ) -> Result<Page<GivenRating>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let found = store::evaluations::get(&mut tx, id).await?.ok_or_else(evaluation_not_found)?;
        check_reader(caller, &found)?;
        let after = page.after.unwrap_or_default();
        let ratings = store::ratings::list(&mut tx, id, after, page.limit).await?;
        drop(tx);
        self.access_log.record(caller, "ListRatings", found.employee_id.uuid()).await;
        Ok(page.page_of::<pb::GivenRating, _>(ratings, |last| last.number))
    }

    /// Answers the first part, under the id that was split, and the second.
    pub async fn split_evaluation(
        &self,
        caller: &Caller,
        split: SplitEvaluation,
    ) -> Result<(Evaluation, Evaluation), Error> {
        let (now, second) = (self.clock.now(), self.clock.new_id());
        let first = split.seen.id;
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(made) = claim(&mut tx, &split.key, EvaluationId::uuid(second), now).await? {
            let mut parts = store::evaluations::read(&mut tx, &[first.uuid(), made]).await?;
            drop(tx);
            parts.sort_by_key(|part| part.id != first);
            let parts: Result<[Evaluation; 2], _> = parts.try_into();
            let [first, second] = parts.map_err(|_| evaluation_not_found())?;
            self.access_log.record(caller, split.key.method(), first.employee_id.uuid()).await;
            return Ok((first, second));
        }
        let found = store::evaluations::get(&mut tx, first).await?;
        let found = found.ok_or_else(evaluation_not_found)?;
        if found.revision != split.seen.revision {
            return Err(Error::Stale);
        }
        let (first, second) = found.split(split.on, second, now)?;
        if !store::evaluation_changes::split(&mut tx, &first, &second).await? {
            return Err(Error::Stale);
        }
        tx.commit().await?;
        Ok((first, second))
    }
}

/// Others than officers list what is about themselves, and what they are to rate.
fn check_list(caller: &Caller, wanted: &ListEvaluations) -> Result<(), Error> {
    let own = [wanted.employee_id, wanted.rater_id]
        .into_iter()
        .flatten()
        .any(|employee| caller.is(employee.uuid()));
    if own || is_officer(caller) { Ok(()) } else { Err(not_yours()) }
}
