use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_NAME, MAX_PROSE, etag},
    paging::{self, PageRequest},
    tenant::TenantId,
};
use kinerja_proto::registry::v1::{
    self as pb, create_public_service_request, public_service, update_public_service_request,
};
use tonic::{Request, Response, Status};

use crate::{
    app::{
        App, Mutation,
        public_services::{CreatePublicService, PublicServiceChange, PublicServiceView, Standard},
    },
    domain::public_service::{Promise, PublicService},
    store::public_services::PostView,
};

#[derive(Debug, Clone)]
pub(crate) struct PublicServices {
    app: App,
}

impl PublicServices {
    pub(crate) fn new(app: &App) -> Self {
        Self { app: app.clone() }
    }
}

#[tonic::async_trait]
impl pb::public_service_service_server::PublicServiceService for PublicServices {
    async fn create_public_service(
        &self,
        request: Request<pb::CreatePublicServiceRequest>,
    ) -> Result<Response<pb::CreatePublicServiceResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let promise = request.promise.map(|promise| match promise {
            create_public_service_request::Promise::PromisedWorkingDays(days) => {
                Promise::WorkingDays(days)
            }
            create_public_service_request::Promise::PromisedMinutes(minutes) => {
                Promise::Minutes(minutes)
            }
        });
        let new = CreatePublicService {
            standard: Standard {
                name: fields.text("name", &request.name, MAX_NAME),
                product: fields.text("product", &request.product, MAX_PROSE),
                promise: kept(&mut fields, promise),
                fee: fields.text("fee", &request.fee, MAX_NAME),
                requirements: prose(&mut fields, "requirements", &request.requirements),
            },
            opens_on: fields.date("opens_on", &request.opens_on),
            position: fields.opt_id("position_id", &request.position_id),
            key: fields.request_key(&caller, "CreatePublicService", &request.request_id, &request),
        };
        fields.finish()?;
        let service = self.app.create_public_service(&caller, new).await?;
        let public_service = Some(service.into());
        Ok(Response::new(pb::CreatePublicServiceResponse { public_service }))
    }

    async fn update_public_service(
        &self,
        request: Request<pb::UpdatePublicServiceRequest>,
    ) -> Result<Response<pb::UpdatePublicServiceResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let promise = request.promise.map(|promise| match promise {
            update_public_service_request::Promise::PromisedWorkingDays(days) => {
                Promise::WorkingDays(days)
            }
            update_public_service_request::Promise::PromisedMinutes(minutes) => {
                Promise::Minutes(minutes)
            }
        });
        let id = fields.id("public_service_id", &request.public_service_id);
        let change = PublicServiceChange::Standard(Standard {
            name: fields.text("name", &request.name, MAX_NAME),
            product: fields.text("product", &request.product, MAX_PROSE),
            promise: kept(&mut fields, promise),
            fee: fields.text("fee", &request.fee, MAX_NAME),
            requirements: prose(&mut fields, "requirements", &request.requirements),
        });
        let mutation = Mutation {
            key: fields.request_key(&caller, "UpdatePublicService", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        fields.finish()?;
        let view = self.app.change_public_service(&caller, id, change, mutation).await?;
        let public_service = Some(view.service.into());
        Ok(Response::new(pb::UpdatePublicServiceResponse { public_service }))
    }

    async fn close_public_service(
        &self,
        request: Request<pb::ClosePublicServiceRequest>,
    ) -> Result<Response<pb::ClosePublicServiceResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("public_service_id", &request.public_service_id);
        let change = PublicServiceChange::Close(fields.date("closes_on", &request.closes_on));
        let mutation = Mutation {
            key: fields.request_key(&caller, "ClosePublicService", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        fields.finish()?;
        let view = self.app.change_public_service(&caller, id, change, mutation).await?;
        let public_service = Some(view.service.into());
        Ok(Response::new(pb::ClosePublicServiceResponse { public_service }))
    }

    async fn assign_public_service(
        &self,
        request: Request<pb::AssignPublicServiceRequest>,
    ) -> Result<Response<pb::AssignPublicServiceResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("public_service_id", &request.public_service_id);
        let position = fields.id("position_id", &request.position_id);
        let change =
            PublicServiceChange::Assign(position, fields.date("from_on", &request.from_on));
        let mutation = Mutation {
            key: fields.request_key(&caller, "AssignPublicService", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        fields.finish()?;
        let view = self.app.change_public_service(&caller, id, change, mutation).await?;
        let official = view.post.map(Into::into);
        let public_service = Some(view.service.into());
        Ok(Response::new(pb::AssignPublicServiceResponse { public_service, official }))
    }

    async fn get_public_service(
        &self,
        request: Request<pb::GetPublicServiceRequest>,
    ) -> Result<Response<pb::GetPublicServiceResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::default();
        let tenant = tenant(&mut fields, &request.tenant_id);
        let id = fields.id("public_service_id", &request.public_service_id);
        let on = fields.opt_date("date", &request.date);
        let tenant = finish(fields, tenant)?;
        let view = self.app.get_public_service(&tenant, id, on).await?;
        let (public_service, official) = (Some(view.service.into()), view.post.map(Into::into));
        Ok(Response::new(pb::GetPublicServiceResponse { public_service, official }))
    }

    async fn list_public_services(
        &self,
        request: Request<pb::ListPublicServicesRequest>,
    ) -> Result<Response<pb::ListPublicServicesResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::default();
        let tenant = tenant(&mut fields, &request.tenant_id);
        let bare = pb::ListPublicServicesRequest {
            tenant_id: request.tenant_id.clone(),
            ..Default::default()
        };
        let scope = paging::Scope::public("ListPublicServices", &bare);
        let page: PageRequest<String> = fields.page(request.page_size, &request.page_token, scope);
        let tenant = finish(fields, tenant)?;
        let page = self.app.list_public_services(&tenant, page).await?;
        Ok(Response::new(pb::ListPublicServicesResponse {
            services: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn resolve_official(
        &self,
        request: Request<pb::ResolveOfficialRequest>,
    ) -> Result<Response<pb::ResolveOfficialResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("public_service_id", &request.public_service_id);
        let on = fields.opt_date("date", &request.date);
        fields.finish()?;
        let post = self.app.resolve_official(&caller, id, on).await?;
        Ok(Response::new(pb::ResolveOfficialResponse {
            employee_id: post.employee_id.map(|id| id.to_string()).unwrap_or_default(),
            official: Some(post.into()),
        }))
    }
}

/// The government that a caller without token names.
fn tenant(fields: &mut Fields, code: &str) -> Option<TenantId> {
    code.parse()
        .map_err(|_| fields.fault("tenant_id", "must be a Kemendagri code such as 12.76"))
        .ok()
}

fn finish(fields: Fields, tenant: Option<TenantId>) -> Result<TenantId, Status> {
    fields.finish()?;
    tenant.ok_or_else(|| Status::internal("a missing tenant is a fault"))
}

fn kept(fields: &mut Fields, promise: Option<Promise>) -> Promise {
    match promise {
        Some(promise @ Promise::WorkingDays(1..=366)) => return promise,
        Some(promise @ Promise::Minutes(1..=10_000)) => return promise,
        Some(Promise::WorkingDays(_)) => {
            fields.fault("promised_working_days", "must be from 1 to 366");
        }
        Some(Promise::Minutes(_)) => fields.fault("promised_minutes", "must be from 1 to 10000"),
        None => fields.fault("promise", "must be set"),
    }
    Promise::WorkingDays(1)
}

fn prose(fields: &mut Fields, field: &str, text: &str) -> String {
    fields.opt_text(field, text, MAX_PROSE).unwrap_or_default()
}

impl From<PublicService> for pb::PublicService {
    fn from(service: PublicService) -> Self {
        Self {
            id: service.id.to_string(),
            name: service.name,
            product: service.product,
            promise: Some(match service.promise {
                Promise::WorkingDays(days) => public_service::Promise::PromisedWorkingDays(days),
                Promise::Minutes(minutes) => public_service::Promise::PromisedMinutes(minutes),
            }),
            fee: service.fee,
            requirements: service.requirements,
            opens_on: service.opens_on.to_string(),
            closes_on: service.closes_on.map(|day| day.to_string()).unwrap_or_default(),
            etag: etag(service.revision),
        }
    }
}

impl From<PostView> for pb::ResponsibleOfficial {
    fn from(post: PostView) -> Self {
        Self {
            public_service_id: post.public_service_id.to_string(),
            from_on: post.from_on.to_jiff().to_string(),
            unit_id: post.unit_id.to_string(),
            unit_name: post.unit_name,
            position_id: post.position_id.to_string(),
            position_name: post.position_name,
            official_name: post.official_name.unwrap_or_default(),
            acting: post.acting.unwrap_or_default(),
        }
    }
}

impl From<PublicServiceView> for pb::OfferedService {
    fn from(view: PublicServiceView) -> Self {
        Self { public_service: Some(view.service.into()), official: view.post.map(Into::into) }
    }
}
