use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_PROSE, etag, instant},
    paging::Scope,
};
use kinerja_proto::planning::v1 as pb;
use tonic::{Request, Response, Status};

use super::{
    MAX_ROWS, content,
    names::{to_domain, to_wire},
};
use crate::{
    app::{AmendPlan, App, ClosePlan, CreatePlan, Document, ListPlans, UpdatePlan},
    domain::{Assignment, Authority, Plan, State},
};

#[derive(Debug, Clone)]
pub(super) struct PlanService {
    pub(super) app: App,
}

#[tonic::async_trait]
impl pb::plan_service_server::PlanService for PlanService {
    async fn create_plan(
        &self,
        request: Request<pb::CreatePlanRequest>,
    ) -> Result<Response<pb::CreatePlanResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "CreatePlan", &request.request_id, &request);
        let period_id = fields.id("period_id", &request.period_id);
        let starts_on = fields.opt_date("starts_on", &request.starts_on);
        let content = content::read(&mut fields, &self.app.clock, request.content.as_ref());
        fields.finish()?;
        let content = content.expect("a fault was noted in its place");
        let new = CreatePlan { period_id, starts_on, content, key };
        let document = self.app.create_plan(&caller, new).await?;
        Ok(Response::new(pb::CreatePlanResponse { plan: Some(document.into()) }))
    }

    async fn get_plan(
        &self,
        request: Request<pb::GetPlanRequest>,
    ) -> Result<Response<pb::GetPlanResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("plan_id", &request.plan_id);
        if request.version < 0 {
            fields.fault("version", "must not be negative");
        }
        fields.finish()?;
        let version = (request.version > 0).then_some(request.version);
        let document = self.app.get_plan(&caller, id, version).await?;
        Ok(Response::new(pb::GetPlanResponse { plan: Some(document.into()) }))
    }

    async fn update_plan(
        &self,
        request: Request<pb::UpdatePlanRequest>,
    ) -> Result<Response<pb::UpdatePlanResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "UpdatePlan", &request.request_id, &request);
        let plan_id = fields.id("plan_id", &request.plan_id);
        let revision = fields.etag("etag", &request.etag);
        let content = content::read(&mut fields, &self.app.clock, request.content.as_ref());
        fields.finish()?;
        let content = content.expect("a fault was noted in its place");
        let update = UpdatePlan { plan_id, content, revision, key };
        let document = self.app.update_plan(&caller, update).await?;
        Ok(Response::new(pb::UpdatePlanResponse { plan: Some(document.into()) }))
    }

    async fn check_plan(
        &self,
        request: Request<pb::CheckPlanRequest>,
    ) -> Result<Response<pb::CheckPlanResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("plan_id", &request.plan_id);
        fields.finish()?;
        let faults = self.app.check_plan(&caller, id).await?.into_iter().map(|fault| {
            pb::PlanFault { field: fault.field, description: fault.description.to_owned() }
        });
        Ok(Response::new(pb::CheckPlanResponse { faults: faults.collect() }))
    }

    async fn amend_plan(
        &self,
        request: Request<pb::AmendPlanRequest>,
    ) -> Result<Response<pb::AmendPlanResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "AmendPlan", &request.request_id, &request);
        let plan_id = fields.id("plan_id", &request.plan_id);
        let revision = fields.etag("etag", &request.etag);
        fields.finish()?;
        let amend = AmendPlan { plan_id, revision, key };
        let document = self.app.amend_plan(&caller, amend).await?;
        Ok(Response::new(pb::AmendPlanResponse { plan: Some(document.into()) }))
    }

    async fn close_plan(
        &self,
        request: Request<pb::ClosePlanRequest>,
    ) -> Result<Response<pb::ClosePlanResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "ClosePlan", &request.request_id, &request);
        let plan_id = fields.id("plan_id", &request.plan_id);
        let ends_on = fields.date("ends_on", &request.ends_on);
        let reason = fields.text("reason", &request.reason, MAX_PROSE);
        let revision = fields.etag("etag", &request.etag);
        fields.finish()?;
        let close = ClosePlan { plan_id, ends_on, reason, revision, key };
        let document = self.app.close_plan(&caller, close).await?;
        Ok(Response::new(pb::ClosePlanResponse { plan: Some(document.into()) }))
    }

    async fn list_plans(
        &self,
        request: Request<pb::ListPlansRequest>,
    ) -> Result<Response<pb::ListPlansResponse>, Status> {
        let (caller, mut request) = (Caller::of(&request)?, request.into_inner());
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let mut fields = Fields::default();
        let page = fields.page(size, &token, Scope::of("ListPlans", &caller, &request));
        let list = ListPlans {
            period_id: fields.id("period_id", &request.period_id),
            unit_ids: unit_ids(&mut fields, &request.unit_ids),
            include_subtree: request.include_subtree,
            states: states(&mut fields, &request.states),
            page,
        };
        fields.finish()?;
        let page = self.app.list_plans(&caller, list).await?;
        Ok(Response::new(pb::ListPlansResponse {
            next_page_token: page.next_token,
            plans: page.items.into_iter().map(Into::into).collect(),
        }))
    }

    async fn list_employee_plans(
        &self,
        request: Request<pb::ListEmployeePlansRequest>,
    ) -> Result<Response<pb::ListEmployeePlansResponse>, Status> {
        let (caller, mut request) = (Caller::of(&request)?, request.into_inner());
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let mut fields = Fields::default();
        let page = fields.page(size, &token, Scope::of("ListEmployeePlans", &caller, &request));
        let employee = fields.id("employee_id", &request.employee_id);
        fields.finish()?;
        let page = self.app.list_employee_plans(&caller, employee, page).await?;
        Ok(Response::new(pb::ListEmployeePlansResponse {
            next_page_token: page.next_token,
            plans: page.items.into_iter().map(Into::into).collect(),
        }))
    }
}

fn unit_ids<T>(fields: &mut Fields, given: &[String]) -> Vec<kinerja_kit::id::Id<T>> {
    if given.is_empty() || given.len() > MAX_ROWS {
        fields.fault("unit_ids", format!("must be from 1 to {MAX_ROWS}"));
    }
    let each = given.iter().take(MAX_ROWS).enumerate();
    let mut ids: Vec<_> =
        each.map(|(at, given)| fields.id(&format!("unit_ids[{at}]"), given)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn states(fields: &mut Fields, given: &[i32]) -> Vec<crate::domain::StateName> {
    let mut states = Vec::new();
    for (at, state) in given.iter().enumerate() {
        let field = format!("states[{at}]");
        let state = to_domain(fields, &field, *state, "PLAN_STATE_", pb::PlanState::as_str_name);
        states.extend(state.filter(|state| !states.contains(state)));
    }
    states
}

impl From<Document> for pb::Plan {
    fn from(document: Document) -> Self {
        Self { content: Some(document.content.into()), ..document.plan.into() }
    }
}

impl From<Plan> for pb::Plan {
    fn from(plan: Plan) -> Self {
        Self {
            plan_id: plan.id.to_string(),
            version: plan.version,
            state: to_wire("PLAN_STATE_", plan.state.name(), pb::PlanState::from_str_name),
            employee_id: plan.employee_id.to_string(),
            period_id: plan.period_id.to_string(),
            year: plan.year,
            assignment: Some(plan.assignment.into()),
            starts_on: plan.starts_on.to_string(),
            ends_on: plan.ends_on.to_string(),
            content: None,
            agreement: agreement(&plan.state),
            create_time: Some(instant(plan.created_at)),
            etag: etag(plan.revision),
        }
    }
}

impl From<Assignment> for pb::PlanAssignment {
    fn from(assignment: Assignment) -> Self {
        Self {
            unit_id: assignment.unit_id.to_string(),
            position_id: assignment.position_id.to_string(),
            position_kind: assignment.position_kind,
            position_level: assignment.position_level,
            position_name: assignment.position_name,
            heads_unit: assignment.heads_unit,
        }
    }
}

/// Nothing in a draft.
fn agreement(state: &State) -> Option<pb::PlanAgreement> {
    let traces = state.traces();
    let submission = traces.submission?;
    let (escalation, decision) = (traces.escalation, traces.decision);
    let decided_by = decision.as_ref().map(|decision| decision.by.to_string());
    Some(pb::PlanAgreement {
        submit_time: Some(instant(submission.at)),
        rater: Some(authority(submission.rater)),
        escalate_time: escalation.as_ref().map(|escalation| instant(escalation.at)),
        superior: escalation.map(|escalation| authority(escalation.superior)),
        decide_time: decision.map(|decision| instant(decision.at)),
        decided_by_employee_id: decided_by.unwrap_or_default(),
    })
}

fn authority(authority: Authority) -> pb::Authority {
    pb::Authority {
        employee_id: authority.employee_id.to_string(),
        on: authority.on.to_string(),
        reason: authority.reason,
    }
}
