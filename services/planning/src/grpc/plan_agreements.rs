use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_PROSE, instant},
    paging::Scope,
};
use kinerja_proto::planning::v1 as pb;
use tonic::{Request, Response, Status};

use super::{names::to_wire, rows};
use crate::{
    app::{Act, App, Seen},
    domain::{Outcome, Step},
};

#[derive(Debug, Clone)]
pub(super) struct PlanAgreementService {
    pub(super) app: App,
}

#[tonic::async_trait]
impl pb::plan_agreement_service_server::PlanAgreementService for PlanAgreementService {
    async fn submit_plan(
        &self,
        request: Request<pb::SubmitPlanRequest>,
    ) -> Result<Response<pb::SubmitPlanResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "SubmitPlan", &request.request_id, &request);
        let seen = seen(&mut fields, &request.plan_id, &request.etag);
        fields.finish()?;
        let document = self.app.agree(&caller, Act::Submit, seen, key).await?;
        Ok(Response::new(pb::SubmitPlanResponse { plan: Some(document.into()) }))
    }

    async fn approve_plan(
        &self,
        request: Request<pb::ApprovePlanRequest>,
    ) -> Result<Response<pb::ApprovePlanResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "ApprovePlan", &request.request_id, &request);
        let seen = seen(&mut fields, &request.plan_id, &request.etag);
        fields.finish()?;
        let document = self.app.agree(&caller, Act::Approve, seen, key).await?;
        Ok(Response::new(pb::ApprovePlanResponse { plan: Some(document.into()) }))
    }

    async fn return_plan(
        &self,
        request: Request<pb::ReturnPlanRequest>,
    ) -> Result<Response<pb::ReturnPlanResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "ReturnPlan", &request.request_id, &request);
        let seen = seen(&mut fields, &request.plan_id, &request.etag);
        let reason = fields.text("reason", &request.reason, MAX_PROSE);
        fields.finish()?;
        let document = self.app.agree(&caller, Act::Return { reason }, seen, key).await?;
        Ok(Response::new(pb::ReturnPlanResponse { plan: Some(document.into()) }))
    }

    async fn escalate_plan(
        &self,
        request: Request<pb::EscalatePlanRequest>,
    ) -> Result<Response<pb::EscalatePlanResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "EscalatePlan", &request.request_id, &request);
        let seen = seen(&mut fields, &request.plan_id, &request.etag);
        let dissent = fields.text("dissent", &request.dissent, MAX_PROSE);
        fields.finish()?;
        let document = self.app.agree(&caller, Act::Escalate { dissent }, seen, key).await?;
        Ok(Response::new(pb::EscalatePlanResponse { plan: Some(document.into()) }))
    }

    async fn decide_escalation(
        &self,
        request: Request<pb::DecideEscalationRequest>,
    ) -> Result<Response<pb::DecideEscalationResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "DecideEscalation", &request.request_id, &request);
        let seen = seen(&mut fields, &request.plan_id, &request.etag);
        let reason = fields.text("reason", &request.reason, MAX_PROSE);
        fields.finish()?;
        let outcome = if request.approve { Outcome::Approved } else { Outcome::Returned };
        let act = Act::Decide { outcome, reason };
        let document = self.app.agree(&caller, act, seen, key).await?;
        Ok(Response::new(pb::DecideEscalationResponse { plan: Some(document.into()) }))
    }

    async fn submit_plans(
        &self,
        request: Request<pb::SubmitPlansRequest>,
    ) -> Result<Response<pb::SubmitPlansResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "SubmitPlans", &request.request_id, &request);
        let seen = rows::read(&mut fields, &request.rows);
        fields.finish()?;
        let results = self.app.agree_all(&caller, Act::Submit, &seen, key).await?;
        Ok(Response::new(pb::SubmitPlansResponse { results: rows::results(&seen, results) }))
    }

    async fn approve_plans(
        &self,
        request: Request<pb::ApprovePlansRequest>,
    ) -> Result<Response<pb::ApprovePlansResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "ApprovePlans", &request.request_id, &request);
        let seen = rows::read(&mut fields, &request.rows);
        fields.finish()?;
        let results = self.app.agree_all(&caller, Act::Approve, &seen, key).await?;
        Ok(Response::new(pb::ApprovePlansResponse { results: rows::results(&seen, results) }))
    }

    async fn list_waiting_plans(
        &self,
        request: Request<pb::ListWaitingPlansRequest>,
    ) -> Result<Response<pb::ListWaitingPlansResponse>, Status> {
        let (caller, mut request) = (Caller::of(&request)?, request.into_inner());
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let mut fields = Fields::default();
        let page = fields.page(size, &token, Scope::of("ListWaitingPlans", &caller, &request));
        fields.finish()?;
        let page = self.app.list_waiting_plans(&caller, page).await?;
        Ok(Response::new(pb::ListWaitingPlansResponse {
            next_page_token: page.next_token,
            plans: page.items.into_iter().map(Into::into).collect(),
        }))
    }

    async fn refresh_plan_rater(
        &self,
        request: Request<pb::RefreshPlanRaterRequest>,
    ) -> Result<Response<pb::RefreshPlanRaterResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "RefreshPlanRater", &request.request_id, &request);
        let seen = seen(&mut fields, &request.plan_id, &request.etag);
        fields.finish()?;
        let document = self.app.agree(&caller, Act::RefreshRater, seen, key).await?;
        Ok(Response::new(pb::RefreshPlanRaterResponse { plan: Some(document.into()) }))
    }

    async fn list_plan_steps(
        &self,
        request: Request<pb::ListPlanStepsRequest>,
    ) -> Result<Response<pb::ListPlanStepsResponse>, Status> {
        let (caller, mut request) = (Caller::of(&request)?, request.into_inner());
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let mut fields = Fields::default();
        let page = fields.page(size, &token, Scope::of("ListPlanSteps", &caller, &request));
        let id = fields.id("plan_id", &request.plan_id);
        fields.finish()?;
        let page = self.app.list_plan_steps(&caller, id, page).await?;
        Ok(Response::new(pb::ListPlanStepsResponse {
            next_page_token: page.next_token,
            steps: page.items.into_iter().map(Into::into).collect(),
        }))
    }
}

fn seen(fields: &mut Fields, plan_id: &str, etag: &str) -> Seen {
    Seen { plan_id: fields.id("plan_id", plan_id), revision: fields.etag("etag", etag) }
}

impl From<Step> for pb::PlanStep {
    fn from(step: Step) -> Self {
        Self {
            version: step.version,
            kind: to_wire("PLAN_STEP_KIND_", step.kind, pb::PlanStepKind::from_str_name),
            actor_employee_id: step.actor.map(|actor| actor.to_string()).unwrap_or_default(),
            time: Some(instant(step.at)),
            reason: step.reason,
        }
    }
}
