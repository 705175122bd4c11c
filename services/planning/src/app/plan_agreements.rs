use std::collections::HashSet;

use kinerja_kit::{
    auth::Caller,
    idempotency::{self, RequestKey},
    tenant::Tx,
};
use uuid::Uuid;

use super::{
    App, Error,
    acts::Act,
    claim,
    desk::{Answers, Desk},
    plans::{Document, document},
    registry::Lines,
    today,
};
use crate::{
    domain::{EmployeeId, Plan, PlanId},
    store::{self, plans::Which},
};

/// A plan as its caller last saw it.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    pub plan_id: PlanId,
    pub revision: i64,
}

impl App {
    /// Takes one step with one plan, or none at all.
    pub async fn agree(
        &self,
        caller: &Caller,
        act: Act,
        seen: Seen,
        key: RequestKey,
    ) -> Result<Document, Error> {
        let answers = self.ask(caller, &act, &[seen], &key).await?;
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let done = claim(&mut tx, &key, seen.plan_id.uuid(), now).await?.is_some();
        let mut desk = Desk::lay_out(&mut tx, caller, act, answers, now, &[seen]).await?;
        if !done {
            desk.take(seen)?;
        }
        desk.put_away(&mut tx).await?;
        let document = document(&mut tx, seen.plan_id, Which::Latest).await?;
        tx.commit().await?;
        self.note_act(caller, desk.act.method(), [&document.plan]).await;
        Ok(document)
    }

    /// Takes the same step with many plans, each for itself: one transaction, a result per plan.
    pub async fn agree_all(
        &self,
        caller: &Caller,
        act: Act,
        seen: &[Seen],
        key: RequestKey,
    ) -> Result<Vec<Result<Plan, Error>>, Error> {
        let answers = self.ask(caller, &act, seen, &key).await?;
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let done = claim(&mut tx, &key, self.clock.new_uuid(), now).await?.is_some();
        let mut desk = Desk::lay_out(&mut tx, caller, act, answers, now, seen).await?;
        let results: Vec<_> = if done {
            let taken = taken_before(&mut tx, caller, seen, &key).await?;
            seen.iter().map(|seen| desk.take_again(*seen, &taken)).collect()
        } else {
            seen.iter().map(|seen| desk.take(*seen)).collect()
        };
        desk.put_away(&mut tx).await?;
        tx.commit().await?;
        self.note_act(caller, desk.act.bulk_method(), results.iter().flatten()).await;
        Ok(results)
    }

    /// Asks the registry about those plans whose step depends on it; about none for a request that was
    /// carried out before, which is told again whether or not the registry answers.
    async fn ask(
        &self,
        caller: &Caller,
        act: &Act,
        seen: &[Seen],
        key: &RequestKey,
    ) -> Result<Answers, Error> {
        let ids: Vec<_> = seen.iter().map(|seen| seen.plan_id).collect();
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let done = claim(&mut tx, key, Uuid::nil(), now).await?.is_some();
        let latest = vec![Which::Latest; ids.len()];
        let plans = store::plans::find_all(&mut tx, &ids, &latest).await?;
        let mut periods: Vec<_> = plans.iter().map(|plan| plan.period_id).collect();
        periods.sort_unstable();
        periods.dedup();
        let actor = caller.employee_id.map(EmployeeId::from);
        let concerned = plans.iter().filter(|plan| act.needs_line(plan, actor));
        let mut employees: Vec<_> = concerned.map(|plan| plan.employee_id).collect();
        employees.sort_unstable();
        employees.dedup();
        if done || employees.is_empty() {
            return Ok(Answers { lines: Lines::new(), periods });
        }
        let today = today(&mut tx, now).await?;
        tx.rollback().await?;
        let lines = self.registry.lines(caller.tenant()?, &employees, today).await?;
        Ok(Answers { lines, periods })
    }

    async fn note_act(
        &self,
        caller: &Caller,
        method: &'static str,
        plans: impl IntoIterator<Item = &Plan>,
    ) {
        let subjects: Vec<_> = plans.into_iter().map(|plan| plan.employee_id.uuid()).collect();
        self.access_log.record_all(caller, method, subjects).await;
    }
}

/// The plans with which the request took its step when it was carried out.
async fn taken_before(
    tx: &mut Tx,
    caller: &Caller,
    seen: &[Seen],
    key: &RequestKey,
) -> Result<HashSet<PlanId>, Error> {
    let at = idempotency::claimed_at(tx, key).await?;
    let steps: Vec<_> =
        seen.iter().map(|seen| (seen.plan_id, seen.revision.saturating_add(1))).collect();
    let actor = caller.employee_id.map(EmployeeId::from);
    Ok(store::plan_steps::taken(tx, &steps, actor, at).await?)
}
