use std::collections::HashMap;

use jiff::Timestamp;
use kinerja_kit::{auth::Caller, idempotency::RequestKey};

use super::{
    App, Error, Outcome, Seen,
    authority::employee,
    claim,
    registry::{Answers, Questions},
    rows::{Found, Made, accepted, confirmed, only},
};
use crate::{
    domain::{
        EmployeeId, Refusal,
        cycle::CycleId,
        evaluation::{Act, Evaluation},
        objection::local_date,
        submission::Submission,
    },
    store::{self, submissions::CycleRules},
};

const RATED: Made = Made {
    done: |evaluation| evaluation.rating().is_some(),
    refused: || Refusal::NotTheRater.into(),
};

#[derive(Debug)]
pub struct SubmitRating {
    pub seen: Seen,
    pub submission: Submission,
}

/// What came of a first look.
enum Attempt {
    Finished(Vec<Outcome>),
    /// The registry was not asked yet about the day in question.
    Ask(Questions),
}

/// Somebody rates now, by these rules.
struct Judge<'a> {
    by: EmployeeId,
    at: Timestamp,
    rules: HashMap<CycleId, CycleRules>,
    answers: Option<&'a Answers>,
}

impl App {
    pub async fn submit_rating(
        &self,
        caller: &Caller,
        row: SubmitRating,
        key: &RequestKey,
    ) -> Result<Evaluation, Error> {
        only(self.submit_ratings(caller, &[row], key).await?)
    }

    /// One outcome for each row, in their order. The registry was asked when the proposal was prepared;
    /// it is asked again only where another day is in question by now.
    pub async fn submit_ratings(
        &self,
        caller: &Caller,
        rows: &[SubmitRating],
        key: &RequestKey,
    ) -> Result<Vec<Outcome>, Error> {
        let questions = match self.try_submit(caller, rows, key, None).await? {
            Attempt::Finished(outcomes) => return Ok(outcomes),
            Attempt::Ask(questions) => questions,
        };
        let answers = self.registry.raters(caller.tenant()?, questions).await?;
        match self.try_submit(caller, rows, key, Some(&answers)).await? {
            Attempt::Finished(outcomes) => Ok(outcomes),
            Attempt::Ask(_) => Err(Error::Stale),
        }
    }

    async fn try_submit(
        &self,
        caller: &Caller,
        rows: &[SubmitRating],
        key: &RequestKey,
        answers: Option<&Answers>,
    ) -> Result<Attempt, Error> {
        let (by, at) = (employee(caller)?, self.clock.now());
        let seen: Vec<Seen> = rows.iter().map(|row| row.seen).collect();
        let first = seen.first().map(|row| row.id.uuid()).unwrap_or_default();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let done = claim(&mut tx, key, first, at).await?.is_some();
        let mut found = Found::read(&mut tx, &seen).await?;
        if done {
            drop(tx);
            let outcomes = self.replay(caller, key, (found, &seen), RATED).await;
            return Ok(Attempt::Finished(outcomes));
        }
        let mut cycle_ids: Vec<_> = found.iter().map(|found| found.cycle_id.uuid()).collect();
        cycle_ids.sort_unstable();
        cycle_ids.dedup();
        let rules = store::submissions::rules(&mut tx, &cycle_ids).await?;
        let rules = rules.into_iter().map(|rules| (rules.cycle_id, rules)).collect();
        let judge = Judge { by, at, rules, answers };
        let questions = judge.questions(&found);
        if answers.is_none() && !questions.is_empty() {
            return Ok(Attempt::Ask(questions));
        }
        let outcomes: Vec<Outcome> = rows
            .iter()
            .map(|row| judge.rate(found.take(row.seen)?, row.submission.clone()))
            .collect();
        let rated = accepted(&outcomes);
        if rated.is_empty() {
            return Ok(Attempt::Finished(outcomes));
        }
        let changed = store::submissions::store(&mut tx, by, &rated).await?;
        tx.commit().await?;
        Ok(Attempt::Finished(confirmed(outcomes, &changed)))
    }
}

impl Judge<'_> {
    fn rules(&self, evaluation: &Evaluation) -> Result<&CycleRules, Error> {
        Ok(self.rules.get(&evaluation.cycle_id).ok_or(Refusal::WindowClosed)?)
    }

    /// What the registry has not answered yet.
    fn questions(&self, found: &Found) -> Questions {
        let open = |evaluation: &Evaluation| {
            let today = local_date(self.at, &self.rules(evaluation).ok()?.zone);
            let day = evaluation.day_in_question(today);
            let answered = evaluation.rater.answer_for(day).is_some();
            (!answered).then_some((day, evaluation.employee_id))
        };
        found.iter().filter_map(open).collect()
    }

    fn rate(&self, evaluation: Evaluation, said: Submission) -> Outcome {
        let CycleRules { rules, zone, .. } = self.rules(&evaluation)?;
        let day = evaluation.day_in_question(local_date(self.at, zone));
        let answer = match (evaluation.rater.answer_for(day), self.answers) {
            (Some(answer), _) => answer.clone(),
            (None, Some(answers)) => answers.of(day, evaluation.employee_id)?,
            (None, None) => return Err(Error::Stale),
        };
        let act = Act { by: self.by, at: self.at, answer };
        Ok(evaluation.rate(act, rules, said)?)
    }
}
