use jiff::civil::Date;
use jiff_sqlx::ToSqlx as _;
use kinerja_kit::{
    auth::Caller,
    fields::{Fields, etag},
    paging::Scope,
};
use kinerja_proto::registry::v1::{self as pb, create_delegation_request::Delegate};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    assignments::{MAX_INSTRUMENT, term},
    day, opt_day, opt_id,
};
use crate::{
    app::{App, Mutation},
    store::{delegations::Delegation, recusals::Recusal},
};

const MAX_REASON: usize = 1000;

#[derive(Debug, Clone)]
pub(super) struct Delegations(App);

impl Delegations {
    pub(super) fn new(app: &App) -> Self {
        Self(app.clone())
    }
}

#[tonic::async_trait]
impl pb::delegation_service_server::DelegationService for Delegations {
    async fn create_delegation(
        &self,
        request: Request<pb::CreateDelegationRequest>,
    ) -> Result<Response<pb::CreateDelegationResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let delegation = delegation(&mut fields, &request);
        let key = fields.request_key(&caller, "CreateDelegation", &request.request_id, &request);
        fields.finish()?;
        let delegation = self.0.create_delegation(&caller, delegation, key).await?;
        Ok(Response::new(pb::CreateDelegationResponse { delegation: Some(delegation.into()) }))
    }

    async fn end_delegation(
        &self,
        request: Request<pb::EndDelegationRequest>,
    ) -> Result<Response<pb::EndDelegationResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.uuid("delegation_id", &request.delegation_id);
        let until_on = fields.date("until_on", &request.until_on);
        let mutation = Mutation {
            key: fields.request_key(&caller, "EndDelegation", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        fields.finish()?;
        let delegation = self.0.end_delegation(&caller, id, until_on, mutation).await?;
        Ok(Response::new(pb::EndDelegationResponse { delegation: Some(delegation.into()) }))
    }

    async fn list_delegations(
        &self,
        request: Request<pb::ListDelegationsRequest>,
    ) -> Result<Response<pb::ListDelegationsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let scope = Scope::of("ListDelegations", &caller, &pb::ListDelegationsRequest::default());
        let page = fields.page(request.page_size, &request.page_token, scope);
        fields.finish()?;
        let page = self.0.list_delegations(&caller, page).await?;
        Ok(Response::new(pb::ListDelegationsResponse {
            delegations: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn create_recusal(
        &self,
        request: Request<pb::CreateRecusalRequest>,
    ) -> Result<Response<pb::CreateRecusalResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let recusal = recusal(&mut fields, &request);
        let key = fields.request_key(&caller, "CreateRecusal", &request.request_id, &request);
        fields.finish()?;
        let recusal = self.0.create_recusal(&caller, recusal, key).await?;
        Ok(Response::new(pb::CreateRecusalResponse { recusal: Some(recusal.into()) }))
    }

    async fn end_recusal(
        &self,
        request: Request<pb::EndRecusalRequest>,
    ) -> Result<Response<pb::EndRecusalResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.uuid("recusal_id", &request.recusal_id);
        let until_on = fields.date("until_on", &request.until_on);
        let mutation = Mutation {
            key: fields.request_key(&caller, "EndRecusal", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        fields.finish()?;
        let recusal = self.0.end_recusal(&caller, id, until_on, mutation).await?;
        Ok(Response::new(pb::EndRecusalResponse { recusal: Some(recusal.into()) }))
    }

    async fn list_recusals(
        &self,
        request: Request<pb::ListRecusalsRequest>,
    ) -> Result<Response<pb::ListRecusalsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let employee = fields.id("employee_id", &request.employee_id);
        let (size, token) = (request.page_size, request.page_token.clone());
        let scoped = pb::ListRecusalsRequest { page_size: 0, page_token: String::new(), ..request };
        let page = fields.page(size, &token, Scope::of("ListRecusals", &caller, &scoped));
        fields.finish()?;
        let page = self.0.list_recusals(&caller, employee, page).await?;
        Ok(Response::new(pb::ListRecusalsResponse {
            recusals: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }
}

fn delegation(fields: &mut Fields, request: &pb::CreateDelegationRequest) -> Delegation {
    let (employee_id, position_id) = match &request.delegate {
        Some(Delegate::EmployeeId(id)) => (Some(fields.uuid("employee_id", id)), None),
        Some(Delegate::PositionId(id)) => (None, Some(fields.uuid("position_id", id))),
        None => (Some(fields.uuid("employee_id", "")), None),
    };
    let term = term(fields, &request.from_on, &request.until_on);
    if request.until_on.is_empty() {
        fields.fault("until_on", "must be set");
    }
    Delegation {
        delegation_id: Uuid::nil(),
        employee_id,
        position_id,
        instrument_number: fields.text(
            "instrument_number",
            &request.instrument_number,
            MAX_INSTRUMENT,
        ),
        instrument_on: fields.date("instrument_on", &request.instrument_on).to_sqlx(),
        from_on: term.from_on.to_sqlx(),
        until_on: term.until_on.unwrap_or(Date::MAX).to_sqlx(),
        revision: 0,
    }
}

fn recusal(fields: &mut Fields, request: &pb::CreateRecusalRequest) -> Recusal {
    let delegate = (!request.delegate_employee_id.is_empty())
        .then(|| fields.uuid("delegate_employee_id", &request.delegate_employee_id));
    let number = fields.opt_text("instrument_number", &request.instrument_number, MAX_INSTRUMENT);
    let dated_on = fields.opt_date("instrument_on", &request.instrument_on);
    if [number.is_some(), dated_on.is_some()] != [delegate.is_some(); 2] {
        fields.fault("instrument_number", "must be given, with its date, for a delegate alone");
    }
    let term = term(fields, &request.from_on, &request.until_on);
    Recusal {
        recusal_id: Uuid::nil(),
        employee_id: fields.uuid("employee_id", &request.employee_id),
        rater_employee_id: fields.uuid("rater_employee_id", &request.rater_employee_id),
        delegate_employee_id: delegate,
        instrument_number: number,
        instrument_on: dated_on.map(|date| date.to_sqlx()),
        reason: fields.text("reason", &request.reason, MAX_REASON),
        from_on: term.from_on.to_sqlx(),
        until_on: term.until_on.map(|date| date.to_sqlx()),
        revision: 0,
    }
}

impl From<Delegation> for pb::Delegation {
    fn from(delegation: Delegation) -> Self {
        use pb::delegation::Delegate;
        let delegate = match delegation.position_id {
            Some(position) => Delegate::PositionId(position.to_string()),
            None => Delegate::EmployeeId(opt_id(delegation.employee_id)),
        };
        Self {
            delegation_id: delegation.delegation_id.to_string(),
            delegate: Some(delegate),
            instrument_number: delegation.instrument_number,
            instrument_on: day(delegation.instrument_on),
            from_on: day(delegation.from_on),
            until_on: day(delegation.until_on),
            etag: etag(delegation.revision),
        }
    }
}

impl From<Recusal> for pb::Recusal {
    fn from(recusal: Recusal) -> Self {
        Self {
            recusal_id: recusal.recusal_id.to_string(),
            employee_id: recusal.employee_id.to_string(),
            rater_employee_id: recusal.rater_employee_id.to_string(),
            delegate_employee_id: opt_id(recusal.delegate_employee_id),
            instrument_number: recusal.instrument_number.unwrap_or_default(),
            instrument_on: opt_day(recusal.instrument_on),
            reason: recusal.reason,
            from_on: day(recusal.from_on),
            until_on: opt_day(recusal.until_on),
            etag: etag(recusal.revision),
        }
    }
}
