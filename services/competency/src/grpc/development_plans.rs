use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_PROSE},
    paging::Scope,
};
use kinerja_proto::competency::v1::{
    self as pb, development_plan_service_server::DevelopmentPlanService,
};
use tonic::{Request, Response, Status};

use super::{Face, MAX_WORDING, needs::state, opt_code};
use crate::app::{Act, AddNeed};

#[tonic::async_trait]
impl DevelopmentPlanService for Face {
    async fn get_development_plan(
        &self,
        request: Request<pb::GetDevelopmentPlanRequest>,
    ) -> Result<Response<pb::GetDevelopmentPlanResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("plan_id", &request.plan_id);
        fields.finish()?;
        let plan = self.app.get_development_plan(&caller, id).await?;
        Ok(Response::new(pb::GetDevelopmentPlanResponse { plan: Some(plan.into()) }))
    }

    async fn list_development_plans(
        &self,
        request: Request<pb::ListDevelopmentPlansRequest>,
    ) -> Result<Response<pb::ListDevelopmentPlansResponse>, Status> {
        let (caller, mut request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let size = std::mem::take(&mut request.page_size);
        let token = std::mem::take(&mut request.page_token);
        let page = fields.page(size, &token, Scope::of("ListDevelopmentPlans", &caller, &request));
        let unit = fields.opt_id("unit_id", &request.unit_id);
        let state =
            (request.state != 0).then(|| fields.one_of("state", request.state, state)).flatten();
        fields.finish()?;
        let page = self.app.list_development_plans(&caller, unit, state, page).await?;
        Ok(Response::new(pb::ListDevelopmentPlansResponse {
            plans: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn list_employee_development_plans(
        &self,
        request: Request<pb::ListEmployeeDevelopmentPlansRequest>,
    ) -> Result<Response<pb::ListEmployeeDevelopmentPlansResponse>, Status> {
        let (caller, mut request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let size = std::mem::take(&mut request.page_size);
        let token = std::mem::take(&mut request.page_token);
        let scope = Scope::of("ListEmployeeDevelopmentPlans", &caller, &request);
        let page = fields.page(size, &token, scope);
        let employee_id = fields.id("employee_id", &request.employee_id);
        fields.finish()?;
        let page = self.app.list_employee_development_plans(&caller, employee_id, page).await?;
        Ok(Response::new(pb::ListEmployeeDevelopmentPlansResponse {
            plans: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn agree_development_plan(
        &self,
        request: Request<pb::AgreeDevelopmentPlanRequest>,
    ) -> Result<Response<pb::AgreeDevelopmentPlanResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let act = Act {
            plan_id: fields.id("plan_id", &request.plan_id),
            revision: fields.etag("etag", &request.etag),
            key: fields.request_key(&caller, "AgreeDevelopmentPlan", &request.request_id, &request),
        };
        fields.finish()?;
        let plan = self.app.agree_development_plan(&caller, act).await?;
        Ok(Response::new(pb::AgreeDevelopmentPlanResponse { plan: Some(plan.into()) }))
    }

    async fn add_development_need(
        &self,
        request: Request<pb::AddDevelopmentNeedRequest>,
    ) -> Result<Response<pb::AddDevelopmentNeedResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let act = Act {
            plan_id: fields.id("plan_id", &request.plan_id),
            revision: fields.etag("etag", &request.etag),
            key: fields.request_key(&caller, "AddDevelopmentNeed", &request.request_id, &request),
        };
        let new = AddNeed {
            code: opt_code(&mut fields, "competency_code", &request.competency_code),
            reason: fields.text("reason", &request.reason, MAX_PROSE),
            activity: fields.text("activity", &request.activity, MAX_WORDING),
            due_on: fields.opt_date("due_on", &request.due_on),
        };
        fields.finish()?;
        let plan = self.app.add_development_need(&caller, act, new).await?;
        Ok(Response::new(pb::AddDevelopmentNeedResponse { plan: Some(plan.into()) }))
    }

    async fn update_development_need(
        &self,
        request: Request<pb::UpdateDevelopmentNeedRequest>,
    ) -> Result<Response<pb::UpdateDevelopmentNeedResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let act = Act {
            plan_id: fields.id("plan_id", &request.plan_id),
            revision: fields.etag("etag", &request.etag),
            key: fields.request_key(
                &caller,
                "UpdateDevelopmentNeed",
                &request.request_id,
                &request,
            ),
        };
        let need = fields.id("need_id", &request.need_id);
        let activity = fields.text("activity", &request.activity, MAX_WORDING);
        let due_on = fields.opt_date("due_on", &request.due_on);
        fields.finish()?;
        let plan = self.app.update_development_need(&caller, act, need, activity, due_on).await?;
        Ok(Response::new(pb::UpdateDevelopmentNeedResponse { plan: Some(plan.into()) }))
    }

    async fn start_development_need(
        &self,
        request: Request<pb::StartDevelopmentNeedRequest>,
    ) -> Result<Response<pb::StartDevelopmentNeedResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let act = Act {
            plan_id: fields.id("plan_id", &request.plan_id),
            revision: fields.etag("etag", &request.etag),
            key: fields.request_key(&caller, "StartDevelopmentNeed", &request.request_id, &request),
        };
        let need = fields.id("need_id", &request.need_id);
        fields.finish()?;
        let plan = self.app.start_development_need(&caller, act, need).await?;
        Ok(Response::new(pb::StartDevelopmentNeedResponse { plan: Some(plan.into()) }))
    }

    async fn complete_development_need(
        &self,
        request: Request<pb::CompleteDevelopmentNeedRequest>,
    ) -> Result<Response<pb::CompleteDevelopmentNeedResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let act = Act {
            plan_id: fields.id("plan_id", &request.plan_id),
            revision: fields.etag("etag", &request.etag),
            key: fields.request_key(
                &caller,
                "CompleteDevelopmentNeed",
                &request.request_id,
                &request,
            ),
        };
        let need = fields.id("need_id", &request.need_id);
        let outcome = fields.text("outcome", &request.outcome, MAX_WORDING);
        fields.finish()?;
        let plan = self.app.complete_development_need(&caller, act, need, outcome).await?;
        Ok(Response::new(pb::CompleteDevelopmentNeedResponse { plan: Some(plan.into()) }))
    }

    async fn drop_development_need(
        &self,
        request: Request<pb::DropDevelopmentNeedRequest>,
    ) -> Result<Response<pb::DropDevelopmentNeedResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let act = Act {
            plan_id: fields.id("plan_id", &request.plan_id),
            revision: fields.etag("etag", &request.etag),
            key: fields.request_key(&caller, "DropDevelopmentNeed", &request.request_id, &request),
        };
        let need = fields.id("need_id", &request.need_id);
        let reason = fields.text("reason", &request.reason, MAX_WORDING);
        fields.finish()?;
        let plan = self.app.drop_development_need(&caller, act, need, reason).await?;
        Ok(Response::new(pb::DropDevelopmentNeedResponse { plan: Some(plan.into()) }))
    }
}
