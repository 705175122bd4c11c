use std::collections::HashMap;

use jiff::Timestamp;
use kinerja_kit::{auth::Caller, idempotency::RequestKey};
use kinerja_proto::evaluation::v1::Reason;
use uuid::Uuid;

use super::{
    App, Error, Outcome, Seen,
    authority::is_officer,
    claim,
    error::{policy_not_found, tenant_unknown},
    planning::{Realised, Wanted},
    registry::{Answers, Questions},
    rows::{Found, Made, confirmed, only},
};
use crate::{
    domain::{
        Refusal,
        evaluation::{Evaluation, EvaluationId, ResultsProposal},
        objection::local_date,
        policy::{Parameters, PolicyId},
        rater::RaterAnswer,
        results,
    },
    store::{
        self,
        proposals::{Needs, PreparedEvaluation},
    },
};

const PREPARED: Made = Made {
    done: |evaluation| evaluation.proposal().is_some(),
    refused: || Refusal::NotTheRater.into(),
};

/// What was read before the neighbours are asked.
struct Groundwork {
    found: Found,
    needs: HashMap<EvaluationId, Needs>,
    parameters: HashMap<PolicyId, Parameters>,
    today: jiff::civil::Date,
}

/// What came of a first look.
enum Look {
    /// The request was carried out before.
    Done(Vec<Outcome>),
    Now(Groundwork),
}

/// An evaluation whose rater is known and may go on.
struct Admitted {
    evaluation: Evaluation,
    answer: RaterAnswer,
}

impl App {
    pub async fn prepare_rating(
        &self,
        caller: &Caller,
        row: Seen,
        key: &RequestKey,
    ) -> Result<Evaluation, Error> {
        only(self.prepare_ratings(caller, &[row], key).await?)
    }

    /// One outcome for each row, in their order.
    pub async fn prepare_ratings(
        &self,
        caller: &Caller,
        rows: &[Seen],
        key: &RequestKey,
    ) -> Result<Vec<Outcome>, Error> {
        let (tenant, now) = (caller.tenant()?, self.clock.now());
        let mut ground = match self.first_look(caller, rows, key).await? {
            Look::Done(outcomes) => return Ok(outcomes),
            Look::Now(ground) => ground,
        };
        let answers = self.registry.raters(tenant, ground.questions(rows)).await?;
        let mut admitted: Vec<Result<Admitted, Error>> =
            rows.iter().map(|row| ground.admit(caller, *row, &answers)).collect();
        let wanted = ground.wanted(&mut admitted);
        let mut realised = self.planning.realised(tenant, wanted).await?;
        let mut prepared = Vec::new();
        let outcomes: Vec<Outcome> = admitted
            .into_iter()
            .map(|row| {
                let row = row?;
                let known = realised.remove(&row.evaluation.id).unwrap_or(Err(Error::Stale))?;
                let made = ground.propose(row, known, now)?;
                let evaluation = made.evaluation.clone();
                prepared.push(made);
                Ok(evaluation)
            })
            .collect();
        self.store_proposals(caller, rows, key, outcomes, &prepared).await
    }

    /// What was prepared is told again, whether or not the neighbours answer.
    async fn first_look(
        &self,
        caller: &Caller,
        rows: &[Seen],
        key: &RequestKey,
    ) -> Result<Look, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let done = claim(&mut tx, key, Uuid::nil(), now).await?.is_some();
        let found = Found::read(&mut tx, rows).await?;
        if done {
            drop(tx);
            return Ok(Look::Done(self.replay(caller, key, (found, rows), PREPARED).await));
        }
        let zone = store::governments::time_zone(&mut tx).await?.ok_or_else(tenant_unknown)?;
        let ids: Vec<Uuid> = found.iter().map(|found| found.id.uuid()).collect();
        let needs = store::proposals::needs(&mut tx, &ids).await?;
        let mut parameters = HashMap::new();
        for evaluation in found.iter() {
            let id = &evaluation.policy_id;
            if !parameters.contains_key(id) {
                let stored =
                    store::policies::get(&mut tx, id).await?.ok_or_else(policy_not_found)?;
                parameters.insert(id.clone(), stored.policy.parameters);
            }
        }
        let needs = needs.into_iter().map(|needs| (needs.evaluation_id, needs)).collect();
        Ok(Look::Now(Groundwork { found, needs, parameters, today: local_date(now, &zone) }))
    }

    async fn store_proposals(
        &self,
        caller: &Caller,
        rows: &[Seen],
        key: &RequestKey,
        outcomes: Vec<Outcome>,
        prepared: &[PreparedEvaluation],
    ) -> Result<Vec<Outcome>, Error> {
        let first = rows.first().map(|row| row.id.uuid()).unwrap_or_default();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if claim(&mut tx, key, first, self.clock.now()).await?.is_some() {
            let found = Found::read(&mut tx, rows).await?;
            drop(tx);
            return Ok(self.replay(caller, key, (found, rows), PREPARED).await);
        }
        if prepared.is_empty() {
            return Ok(outcomes);
        }
        let changed = store::proposals::store(&mut tx, prepared).await?;
        tx.commit().await?;
        Ok(confirmed(outcomes, &changed))
    }
}

impl Groundwork {
    /// Who rates those that are as the caller saw them.
    fn questions(&self, rows: &[Seen]) -> Questions {
        let revisions: HashMap<_, _> = rows.iter().map(|row| (row.id, row.revision)).collect();
        self.found
            .iter()
            .filter(|found| revisions.get(&found.id) == Some(&found.revision))
            .map(|found| (found.day_in_question(self.today), found.employee_id))
            .collect()
    }

    fn admit(&mut self, caller: &Caller, row: Seen, answers: &Answers) -> Result<Admitted, Error> {
        let evaluation = self.found.take(row)?;
        evaluation.next_proposal()?;
        let day = evaluation.day_in_question(self.today);
        let answer = answers.of(day, evaluation.employee_id)?;
        if !caller.is(answer.rater_id.uuid()) && !is_officer(caller) {
            return Err(Refusal::NotTheRater.into());
        }
        Ok(Admitted { evaluation, answer })
    }

    /// What planning is to be asked; a row it cannot be asked about is refused.
    fn wanted(&mut self, admitted: &mut [Result<Admitted, Error>]) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        for row in admitted {
            let Ok(Admitted { evaluation, .. }) = row else { continue };
            match self.want(evaluation.clone()) {
                Ok(one) => wanted.push(one),
                Err(error) => *row = Err(error),
            }
        }
        wanted
    }

    fn want(&mut self, evaluation: Evaluation) -> Result<Wanted, Error> {
        let needs = self.needs.remove(&evaluation.id).ok_or_else(|| {
            Error::wrong_state(Reason::PlanNotFound, "planning has withdrawn the plan")
        })?;
        let period_id = needs.period_id.ok_or_else(|| {
            let message = "planning has no period of the cycle's days";
            Error::wrong_state(Reason::PeriodUnknown, message)
        })?;
        Ok(Wanted {
            evaluation_id: evaluation.id,
            plan_id: evaluation.plan_id,
            period_id,
            version: needs.plan_version,
            indicators: needs.indicators,
        })
    }

    fn propose(
        &self,
        row: Admitted,
        realised: Realised,
        now: Timestamp,
    ) -> Result<PreparedEvaluation, Error> {
        let Admitted { evaluation, answer } = row;
        let parameters = self.parameters.get(&evaluation.policy_id).ok_or_else(policy_not_found)?;
        let working = results::work_out(parameters, &realised.measurements);
        let proposal = ResultsProposal {
            number: evaluation.next_proposal()?,
            proposal: working.proposal,
            tally: working.tally,
            unmeasured: working.unmeasured,
            mean: working.mean.map(|mean| mean.shown),
            plan_version: realised.version,
            source_etag: realised.etag,
            prepared_at: now,
        };
        let evaluation = evaluation.prepare(answer.clone(), proposal.clone())?;
        Ok(PreparedEvaluation { evaluation, answer, proposal, measurements: realised.measurements })
    }
}
