//! From the rating to the final result: receipt by the employee, then the end.

use std::collections::HashMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kinerja_kit::{
    auth::Caller,
    events::{self, Append},
    idempotency::RequestKey,
};

use super::{
    App, Error, Outcome, Seen,
    authority::not_yours,
    claim,
    error::{policy_not_found, tenant_unknown},
    events::evaluation_finalised,
    rows::{Found, Made, accepted, confirmed, only},
};
use crate::{
    domain::{
        evaluation::Evaluation,
        objection::{ObjectionRule, closes_at, local_date},
        policy::PolicyId,
        receipt::{Receipt, ReceiptKind},
    },
    store,
};

const RECEIVED: Made =
    Made { done: |evaluation| evaluation.receipt().is_some(), refused: not_yours };

const FINALISED: Made =
    Made { done: |evaluation| evaluation.finalised_at().is_some(), refused: not_yours };

/// The employee has the rating in hand.
#[derive(Debug)]
pub struct Handover {
    pub kind: ReceiptKind,
    pub note: Option<String>,
    pub key: RequestKey,
}

/// The last days of clocks that count working days, by how many they count.
type DueDays = HashMap<u16, Date>;

/// What came of a first look.
enum Attempt {
    Finished(Vec<Outcome>),
    /// The registry was not asked yet when so many working days after a day are over.
    Ask(Date, Vec<u16>),
}

/// Until when an employee who receives now may object.
struct Clock {
    now: Timestamp,
    zone: TimeZone,
    rules: HashMap<PolicyId, ObjectionRule>,
    due: DueDays,
}

impl App {
    /// By the employee.
    pub async fn acknowledge(
        &self,
        caller: &Caller,
        row: Seen,
        handover: &Handover,
    ) -> Result<Evaluation, Error> {
        only(self.receive(caller, &[row], handover).await?)
    }

    /// One outcome for each row, in their order. Acknowledging is for the employee alone.
    pub async fn receive(
        &self,
        caller: &Caller,
        rows: &[Seen],
        handover: &Handover,
    ) -> Result<Vec<Outcome>, Error> {
        let (from, asked) = match self.try_receive(caller, rows, handover, DueDays::new()).await? {
            Attempt::Finished(outcomes) => return Ok(outcomes),
            Attempt::Ask(from, asked) => (from, asked),
        };
        let mut due = DueDays::new();
        for days in asked {
            due.insert(days, self.registry.due_day(caller.tenant()?, from, days).await?);
        }
        match self.try_receive(caller, rows, handover, due).await? {
            Attempt::Finished(outcomes) => Ok(outcomes),
            Attempt::Ask(..) => Err(Error::Stale),
        }
    }

    async fn try_receive(
        &self,
        caller: &Caller,
        rows: &[Seen],
        handover: &Handover,
        due: DueDays,
    ) -> Result<Attempt, Error> {
        let now = self.clock.now();
        let first = rows.first().map(|row| row.id.uuid()).unwrap_or_default();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let done = claim(&mut tx, &handover.key, first, now).await?.is_some();
        let mut found = Found::read(&mut tx, rows).await?;
        if done {
            drop(tx);
            let outcomes = self.replay(caller, &handover.key, (found, rows), RECEIVED).await;
            return Ok(Attempt::Finished(outcomes));
        }
        let policies: Vec<_> = found.iter().map(|found| found.policy_id.to_string()).collect();
        let zone = store::governments::time_zone(&mut tx).await?.ok_or_else(tenant_unknown)?;
        let rules = store::policies::objection_rules(&mut tx, &policies).await?;
        let clock = Clock { now, zone, rules, due };
        let unknown = clock.unknown();
        if !unknown.is_empty() {
            return Ok(Attempt::Ask(clock.today(), unknown));
        }
        let judge = |row: &Seen| handed_over(caller, found.take(*row)?, handover, &clock);
        let outcomes: Vec<Outcome> = rows.iter().map(judge).collect();
        let received = accepted(&outcomes);
        if received.is_empty() {
            return Ok(Attempt::Finished(outcomes));
        }
        let changed = store::evaluation_changes::advance(&mut tx, &received).await?;
        tx.commit().await?;
        Ok(Attempt::Finished(confirmed(outcomes, &changed)))
    }

    pub async fn finalise(
        &self,
        caller: &Caller,
        row: Seen,
        key: &RequestKey,
    ) -> Result<Evaluation, Error> {
        only(self.finalise_all(caller, &[row], key).await?)
    }

    /// One outcome for each row, in their order.
    pub async fn finalise_all(
        &self,
        caller: &Caller,
        rows: &[Seen],
        key: &RequestKey,
    ) -> Result<Vec<Outcome>, Error> {
        let now = self.clock.now();
        let first = rows.first().map(|row| row.id.uuid()).unwrap_or_default();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let done = claim(&mut tx, key, first, now).await?.is_some();
        let mut found = Found::read(&mut tx, rows).await?;
        if done {
            drop(tx);
            return Ok(self.replay(caller, key, (found, rows), FINALISED).await);
        }
        let judge = |row: &Seen| Ok(found.take(*row)?.finalise(now)?);
        let outcomes: Vec<Outcome> = rows.iter().map(judge).collect();
        let finalised = accepted(&outcomes);
        if finalised.is_empty() {
            return Ok(outcomes);
        }
        let changed = store::evaluation_changes::advance(&mut tx, &finalised).await?;
        let outcomes = confirmed(outcomes, &changed);
        let told = outcomes.iter().filter_map(|outcome| told(outcome.as_ref().ok()?));
        events::append_all(&mut tx, now, told.collect::<Vec<_>>()).await?;
        tx.commit().await?;
        Ok(outcomes)
    }
}

impl Clock {
    fn today(&self) -> Date {
        local_date(self.now, &self.zone)
    }

    /// The working days that nobody has counted yet.
    fn unknown(&self) -> Vec<u16> {
        let today = self.today();
        let working = self.rules.values().filter(|rule| rule.last_day(today).is_none());
        let mut days: Vec<u16> = working.map(|rule| rule.days).collect();
        days.retain(|days| !self.due.contains_key(days));
        days.sort_unstable();
        days.dedup();
        days
    }

    fn closes_at(&self, policy: &PolicyId) -> Result<Timestamp, Error> {
        let rule = self.rules.get(policy).ok_or_else(policy_not_found)?;
        let counted = self.due.get(&rule.days).copied();
        let last = rule.last_day(self.today()).or(counted).ok_or(Error::Stale)?;
        Ok(closes_at(last, &self.zone))
    }
}

fn handed_over(
    caller: &Caller,
    evaluation: Evaluation,
    handover: &Handover,
    clock: &Clock,
) -> Outcome {
    let own = caller.is(evaluation.employee_id.uuid());
    if handover.kind == ReceiptKind::Acknowledged && !own {
        return Err(not_yours());
    }
    let receipt = Receipt {
        kind: handover.kind,
        received_at: clock.now,
        note: handover.note.clone(),
        objection_closes_at: clock.closes_at(&evaluation.policy_id)?,
    };
    Ok(evaluation.receive(receipt)?)
}

fn told(evaluation: &Evaluation) -> Option<Append<kinerja_proto::events::v1::EvaluationFinalised>> {
    let message = evaluation_finalised(evaluation)?;
    Some(Append { key: evaluation.id.uuid(), revision: evaluation.revision, message })
}
