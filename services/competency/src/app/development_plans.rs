use jiff::{Timestamp, civil::Date};
use kinerja_kit::{
    auth::Caller,
    idempotency::RequestKey,
    paging::{Page, PageRequest},
};
use kinerja_proto::competency::v1::{self as pb, Reason};
use uuid::Uuid;

use super::{App, Error, check_codes, claim, error::Refusal as _, readers};
use crate::{
    domain::{
        Code, DevelopmentPlan, EmployeeId, Need, NeedId, NeedState, Origin, Party, PlanError,
        PlanId, UnitId,
    },
    store,
};

/// A change of a plan by its employee or the superior.
#[derive(Debug)]
pub struct Act {
    pub plan_id: PlanId,
    /// The revision last read.
    pub revision: i64,
    pub key: RequestKey,
}

#[derive(Debug)]
pub struct AddNeed {
    pub code: Option<Code>,
    pub reason: String,
    pub activity: String,
    pub due_on: Option<Date>,
}

type Ruled = Result<DevelopmentPlan, PlanError>;

impl App {
    pub async fn get_development_plan(
        &self,
        caller: &Caller,
        id: PlanId,
    ) -> Result<DevelopmentPlan, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let plan = store::development_plans::get(&mut tx, id).await?.ok_or_else(not_found)?;
        let open = readers::may_read(&mut tx, caller, plan.employee_id).await?;
        drop(tx);
        if !open {
            self.party(caller, plan.employee_id).await?;
        }
        self.access_log.record(caller, "GetDevelopmentPlan", plan.employee_id.uuid()).await;
        Ok(plan)
    }

    /// Lists the plans of a unit, or of the government, oldest first.
    pub async fn list_development_plans(
        &self,
        caller: &Caller,
        unit: Option<UnitId>,
        state: Option<&'static str>,
        page: PageRequest<Uuid>,
    ) -> Result<Page<DevelopmentPlan>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        match unit {
            Some(unit) => drop(readers::check_unit(&mut tx, caller, unit).await?),
            None if readers::reads_everybody(caller) => {}
            None => return Err(readers::not_yours()),
        }
        let (after, limit) = (page.after.unwrap_or_default(), page.limit);
        let plans = store::development_plans::list(&mut tx, unit, state, after, limit).await?;
        let page = page.page_of::<pb::DevelopmentPlan, _>(plans, |last| last.id.uuid());
        let people: Vec<_> = page.items.iter().map(|plan| plan.employee_id.uuid()).collect();
        self.access_log.record_all(caller, "ListDevelopmentPlans", people).await;
        Ok(page)
    }

    /// Lists an employee's plans, latest year first.
    pub async fn list_employee_development_plans(
        &self,
        caller: &Caller,
        employee_id: EmployeeId,
        page: PageRequest<i32>,
    ) -> Result<Page<DevelopmentPlan>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if !readers::may_read(&mut tx, caller, employee_id).await? {
            return Err(readers::not_yours());
        }
        let (before, limit) = (page.after.unwrap_or(i32::MAX), page.limit);
        let plans =
            store::development_plans::list_of_employee(&mut tx, employee_id, before, limit).await?;
        if plans.is_empty() {
            readers::subject_for(&mut tx, caller, employee_id).await?;
        }
        self.access_log.record(caller, "ListEmployeeDevelopmentPlans", employee_id.uuid()).await;
        Ok(page.page_of::<pb::DevelopmentPlan, _>(plans, |last| last.year))
    }

    pub async fn agree_development_plan(
        &self,
        caller: &Caller,
        act: Act,
    ) -> Result<DevelopmentPlan, Error> {
        self.act(caller, act, |plan, party, at| plan.agree(party, at)).await
    }

    pub async fn add_development_need(
        &self,
        caller: &Caller,
        act: Act,
        new: AddNeed,
    ) -> Result<DevelopmentPlan, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if claim(&mut tx, &act.key, act.plan_id.uuid(), self.clock.now()).await?.is_none() {
            check_codes(&mut tx, new.code.iter()).await?;
        }
        drop(tx);
        let id = self.clock.new_id();
        let AddNeed { code, reason, activity, due_on } = new;
        self.act(caller, act, |plan, _, at| {
            let (origin, state) = (Origin::Added, NeedState::Planned);
            plan.with_need(Need { id, code, origin, reason, activity, due_on, state, state_at: at })
        })
        .await
    }

    pub async fn update_development_need(
        &self,
        caller: &Caller,
        act: Act,
        need: NeedId,
        activity: String,
        due_on: Option<Date>,
    ) -> Result<DevelopmentPlan, Error> {
        self.act(caller, act, |plan, _, _| plan.change(need, activity, due_on)).await
    }

    pub async fn start_development_need(
        &self,
        caller: &Caller,
        act: Act,
        need: NeedId,
    ) -> Result<DevelopmentPlan, Error> {
        self.act(caller, act, |plan, _, at| plan.start(need, at)).await
    }

    pub async fn complete_development_need(
        &self,
        caller: &Caller,
        act: Act,
        need: NeedId,
        outcome: String,
    ) -> Result<DevelopmentPlan, Error> {
        self.act(caller, act, |plan, _, at| plan.complete(need, outcome, at)).await
    }

    pub async fn drop_development_need(
        &self,
        caller: &Caller,
        act: Act,
        need: NeedId,
        reason: String,
    ) -> Result<DevelopmentPlan, Error> {
        self.act(caller, act, |plan, party, at| plan.give_up(&party, need, reason, at)).await
    }

    /// Applies a rule to a plan on behalf of its employee or the superior of today.
    async fn act(
        &self,
        caller: &Caller,
        act: Act,
        rule: impl FnOnce(DevelopmentPlan, Party, Timestamp) -> Ruled + Send,
    ) -> Result<DevelopmentPlan, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        // What was done is told again, whether or not the registry answers.
        let done = claim(&mut tx, &act.key, act.plan_id.uuid(), now).await?;
        let found = store::development_plans::get(&mut tx, act.plan_id).await?;
        let found = found.ok_or_else(not_found)?;
        tx.rollback().await?;
        if done.is_some() {
            return Ok(self.plan_again(caller, &act.key, found).await);
        }
        let party = self.party(caller, found.employee_id).await?;
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let done = claim(&mut tx, &act.key, act.plan_id.uuid(), now).await?;
        let plan =
            store::development_plans::lock(&mut tx, act.plan_id).await?.ok_or_else(not_found)?;
        if done.is_some() {
            drop(tx);
            return Ok(self.plan_again(caller, &act.key, plan).await);
        }
        if plan.revision != act.revision {
            return Err(Error::Stale);
        }
        let ruled = rule(plan, party, now).map_err(|error| error.refusal())?;
        store::development_plans::update(&mut tx, &ruled).await?;
        tx.commit().await?;
        Ok(ruled)
    }

    /// Answers a call that was made before, which is a reading.
    async fn plan_again(
        &self,
        caller: &Caller,
        key: &RequestKey,
        plan: DevelopmentPlan,
    ) -> DevelopmentPlan {
        self.access_log.record(caller, key.method(), plan.employee_id.uuid()).await;
        plan
    }

    /// Who the caller is to an employee today: the same, or the superior whom the registry names.
    async fn party(&self, caller: &Caller, employee: EmployeeId) -> Result<Party, Error> {
        if caller.is(employee.uuid()) {
            return Ok(Party::Employee);
        }
        let Some(me) = caller.employee_id else {
            return Err(Error::forbidden(Reason::NotAnEmployee, "the caller is no employee"));
        };
        let superior = self.registry.superior_of(caller.tenant()?, employee, None).await?;
        if superior.employee_id.uuid() != me {
            return Err(Error::forbidden(Reason::NotYourPlan, "another is the superior today"));
        }
        Ok(Party::Superior(superior))
    }
}

fn not_found() -> Error {
    Error::not_found(Reason::DevelopmentPlanNotFound, "there is no such development plan")
}
