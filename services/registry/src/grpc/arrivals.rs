use kinerja_kit::{
    auth::Caller,
    fields::{Fields, etag},
    paging::Scope,
    tenant::TenantId,
};
use kinerja_proto::registry::v1 as pb;
use tonic::{Request, Response, Status};

use super::{day, employee_records::masked, opt_id, tenants::tenant_id, words};
use crate::{
    app::{
        App, Mutation,
        arrivals::{Admission, Release},
    },
    domain::IdentityNumber,
    store::arrivals::ArrivalView,
};

#[derive(Debug, Clone)]
pub(super) struct Arrivals(App);

impl Arrivals {
    pub(super) fn new(app: &App) -> Self {
        Self(app.clone())
    }
}

#[tonic::async_trait]
impl pb::arrival_service_server::ArrivalService for Arrivals {
    async fn release_employee(
        &self,
        request: Request<pb::ReleaseEmployeeRequest>,
    ) -> Result<Response<pb::ReleaseEmployeeResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let named = &request.destination_tenant_id;
        let destination: Option<TenantId> = tenant_id(&mut fields, "destination_tenant_id", named);
        let employee = fields.id("employee_id", &request.employee_id);
        let left_on = fields.date("left_on", &request.left_on);
        let mutation = Mutation {
            key: fields.request_key(&caller, "ReleaseEmployee", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        fields.finish()?;
        let destination = destination.expect("its fault was reported");
        let release = Release { employee, destination, left_on, mutation };
        let (employee, arrival_id) = self.0.release_employee(&caller, release).await?;
        Ok(Response::new(pb::ReleaseEmployeeResponse {
            employee: Some(employee.into()),
            arrival_id: arrival_id.to_string(),
        }))
    }

    async fn admit_employee(
        &self,
        request: Request<pb::AdmitEmployeeRequest>,
    ) -> Result<Response<pb::AdmitEmployeeResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let number = (!request.identity_number.is_empty()).then(|| {
            let number = request.identity_number.parse::<IdentityNumber>();
            number.map_err(|fault| fields.fault("identity_number", fault.to_string())).ok()
        });
        let admission = Admission {
            arrival_id: fields.uuid("arrival_id", &request.arrival_id),
            opened_on: fields.date("opened_on", &request.opened_on),
            number: number.flatten(),
            revision: fields.etag("etag", &request.etag),
            key: fields.request_key(&caller, "AdmitEmployee", &request.request_id, &request),
        };
        fields.finish()?;
        let employee = self.0.admit_employee(&caller, admission).await?;
        Ok(Response::new(pb::AdmitEmployeeResponse { employee: Some(employee.into()) }))
    }

    async fn get_arrival(
        &self,
        request: Request<pb::GetArrivalRequest>,
    ) -> Result<Response<pb::GetArrivalResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.uuid("arrival_id", &request.arrival_id);
        fields.finish()?;
        let arrival = self.0.get_arrival(&caller, id).await?;
        Ok(Response::new(pb::GetArrivalResponse { arrival: Some(arrival.into()) }))
    }

    async fn list_arrivals(
        &self,
        request: Request<pb::ListArrivalsRequest>,
    ) -> Result<Response<pb::ListArrivalsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let scope = Scope::of("ListArrivals", &caller, &pb::ListArrivalsRequest::default());
        let page = fields.page(request.page_size, &request.page_token, scope);
        fields.finish()?;
        let page = self.0.list_arrivals(&caller, page).await?;
        Ok(Response::new(pb::ListArrivalsResponse {
            arrivals: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }
}

impl From<ArrivalView> for pb::Arrival {
    fn from(view: ArrivalView) -> Self {
        Self {
            arrival_id: view.arrival_id.to_string(),
            origin_tenant_id: view.origin,
            left_on: day(view.left_on),
            name: Some(pb::PersonName {
                name: view.name,
                front_title: view.front_title,
                back_title: view.back_title,
            }),
            employment_kind: words::employment_kind(&view.employment_kind),
            identity_number: masked(view.identity_number.as_deref().unwrap_or_default()),
            rank: view.rank.unwrap_or_default(),
            employee_id: opt_id(view.admitted_employee_id),
            etag: etag(view.revision),
        }
    }
}
