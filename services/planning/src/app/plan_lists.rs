use jiff::Timestamp;
use kinerja_kit::{
    auth::Caller,
    paging::{Page, PageRequest},
    tenant::Tx,
};
use kinerja_proto::planning::v1 as pb;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    App, Error,
    authority::{check_reader, employee, not_yours, reads_all},
    error::{period_not_found, plan_not_found},
};
use crate::{
    domain::{EmployeeId, Named as _, PeriodId, Plan, PlanId, StateName, Step, UnitId},
    store::{
        self,
        plan_lists::{Keys, Place},
        plans::Which,
    },
};

/// Year, plan and version of the last plan of a page.
pub type EmployeePlace = (i32, Uuid, i32);
/// Submission and plan of the last plan of a page.
pub type WaitingPlace = (Timestamp, Uuid);

/// The last plan of a page of units.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UnitPlace {
    pub(crate) unit: Uuid,
    pub(crate) state: String,
    pub(crate) employee: Uuid,
    pub(crate) plan: Uuid,
    pub(crate) version: i32,
}

#[derive(Debug)]
pub struct ListPlans {
    pub period_id: PeriodId,
    pub unit_ids: Vec<UnitId>,
    pub include_subtree: bool,
    /// Empty for all but superseded versions.
    pub states: Vec<StateName>,
    pub page: PageRequest<UnitPlace>,
}

/// What a list without a filter shows.
const CURRENT: &[StateName] = &[
    StateName::Approved,
    StateName::Closed,
    StateName::Draft,
    StateName::Escalated,
    StateName::Returned,
    StateName::Submitted,
];

impl App {
    pub async fn list_plans(&self, caller: &Caller, list: ListPlans) -> Result<Page<Plan>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let roots: Vec<Uuid> = list.unit_ids.iter().map(|id| id.uuid()).collect();
        let units = store::units::chosen(&mut tx, list.period_id, &roots, list.include_subtree);
        let units = units.await?.ok_or_else(period_not_found)?;
        let states = if list.states.is_empty() { CURRENT } else { &list.states };
        let after = list.page.after.as_ref().map(Place::from).unwrap_or_default();
        let (period, limit) = (list.period_id, list.page.limit);
        let keys =
            store::plan_lists::by_unit(&mut tx, period, &units, states, after, limit).await?;
        let plans = read(tx, keys).await?;
        let page = list.page.page(plans, |last| UnitPlace {
            unit: last.assignment.unit_id.uuid(),
            state: last.state.name().name().to_owned(),
            employee: last.employee_id.uuid(),
            plan: last.id.uuid(),
            version: last.version,
        });
        self.note_page(caller, "ListPlans", &page).await;
        Ok(page)
    }

    pub async fn list_employee_plans(
        &self,
        caller: &Caller,
        employee: EmployeeId,
        page: PageRequest<EmployeePlace>,
    ) -> Result<Page<Plan>, Error> {
        if !caller.is(employee.uuid()) && !reads_all(caller) {
            return Err(not_yours());
        }
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let before = page.after.unwrap_or((i32::MAX, Uuid::max(), i32::MAX));
        let keys = store::plan_lists::by_employee(&mut tx, employee, before, page.limit).await?;
        let plans = read(tx, keys).await?;
        let page = page.page(plans, |last| (last.year, last.id.uuid(), last.version));
        self.note_page(caller, "ListEmployeePlans", &page).await;
        Ok(page)
    }

    /// What waits for the caller, as rater or above one.
    pub async fn list_waiting_plans(
        &self,
        caller: &Caller,
        page: PageRequest<WaitingPlace>,
    ) -> Result<Page<Plan>, Error> {
        let authority = employee(caller)?;
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let after = page.after.unwrap_or((Timestamp::UNIX_EPOCH, Uuid::nil()));
        let keys = store::plan_lists::waiting(&mut tx, authority, after, page.limit).await?;
        let plans = read(tx, keys).await?;
        let page = page.page(plans, |last| {
            let submitted = last.state.traces().submission.map(|submission| submission.at);
            (submitted.unwrap_or(Timestamp::UNIX_EPOCH), last.id.uuid())
        });
        self.note_page(caller, "ListWaitingPlans", &page).await;
        Ok(page)
    }

    pub async fn list_plan_steps(
        &self,
        caller: &Caller,
        id: PlanId,
        page: PageRequest<i64>,
    ) -> Result<Page<Step>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let plan = store::plans::find(&mut tx, id, Which::Latest).await?;
        let plan = plan.ok_or_else(plan_not_found)?;
        check_reader(caller, &plan)?;
        let after = page.after.unwrap_or_default();
        let steps = store::plan_steps::list(&mut tx, id, after, page.limit).await?;
        tx.rollback().await?;
        self.access_log.record(caller, "ListPlanSteps", plan.employee_id.uuid()).await;
        Ok(page.page_of::<pb::PlanStep, _>(steps, |last| last.revision))
    }

    async fn note_page(&self, caller: &Caller, method: &'static str, page: &Page<Plan>) {
        let subjects: Vec<_> = page.items.iter().map(|plan| plan.employee_id.uuid()).collect();
        self.access_log.record_all(caller, method, subjects).await;
    }
}

impl<'a> From<&'a UnitPlace> for Place<'a> {
    fn from(place: &'a UnitPlace) -> Self {
        let UnitPlace { unit, ref state, employee, plan, version } = *place;
        Self { unit, state, employee, plan, version }
    }
}

async fn read(mut tx: Tx, (ids, versions): Keys) -> Result<Vec<Plan>, Error> {
    let plans = store::plans::find_all(&mut tx, &ids, &versions).await?;
    tx.rollback().await?;
    Ok(plans)
}
