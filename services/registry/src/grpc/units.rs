use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_NAME, etag},
    paging::Scope,
};
use kinerja_proto::registry::v1 as pb;
use tonic::{Request, Response, Status};

use super::{day, opt_day, opt_id, words};
use crate::{
    app::{
        App, Mutation,
        units::{CreateUnit, UnitChange},
    },
    domain::UnitKind,
    store::units::{UnitChangeRow, UnitView},
};

/// Longest code a government gives to a unit or position.
pub(super) const MAX_CODE: usize = 64;

#[derive(Debug, Clone)]
pub(super) struct Units(App);

impl Units {
    pub(super) fn new(app: &App) -> Self {
        Self(app.clone())
    }
}

#[tonic::async_trait]
impl pb::unit_service_server::UnitService for Units {
    async fn create_unit(
        &self,
        request: Request<pb::CreateUnitRequest>,
    ) -> Result<Response<pb::CreateUnitResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let kind = fields.one_of("kind", request.kind, |kind: pb::UnitKind| {
            words::read(kind.as_str_name(), "UNIT_KIND_")
        });
        let new = CreateUnit {
            code: fields.opt_text("code", &request.code, MAX_CODE),
            name: fields.text("name", &request.name, MAX_NAME),
            kind: kind.unwrap_or(UnitKind::Other),
            parent: fields.opt_id("parent_unit_id", &request.parent_unit_id),
            opened_on: fields.date("opened_on", &request.opened_on),
            key: fields.request_key(&caller, "CreateUnit", &request.request_id, &request),
        };
        fields.finish()?;
        let unit = self.0.create_unit(&caller, new).await?;
        Ok(Response::new(pb::CreateUnitResponse { unit: Some(unit.into()) }))
    }

    async fn rename_unit(
        &self,
        request: Request<pb::RenameUnitRequest>,
    ) -> Result<Response<pb::RenameUnitResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("unit_id", &request.unit_id);
        let change = UnitChange::Rename(fields.text("name", &request.name, MAX_NAME));
        let from_on = fields.date("from_on", &request.from_on);
        let mutation = Mutation {
            key: fields.request_key(&caller, "RenameUnit", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        fields.finish()?;
        let unit = self.0.change_unit(&caller, id, change, from_on, mutation).await?;
        Ok(Response::new(pb::RenameUnitResponse { unit: Some(unit.into()) }))
    }

    async fn move_unit(
        &self,
        request: Request<pb::MoveUnitRequest>,
    ) -> Result<Response<pb::MoveUnitResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("unit_id", &request.unit_id);
        let change = UnitChange::Move(fields.opt_id("parent_unit_id", &request.parent_unit_id));
        let from_on = fields.date("from_on", &request.from_on);
        let mutation = Mutation {
            key: fields.request_key(&caller, "MoveUnit", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        fields.finish()?;
        let unit = self.0.change_unit(&caller, id, change, from_on, mutation).await?;
        Ok(Response::new(pb::MoveUnitResponse { unit: Some(unit.into()) }))
    }

    async fn close_unit(
        &self,
        request: Request<pb::CloseUnitRequest>,
    ) -> Result<Response<pb::CloseUnitResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("unit_id", &request.unit_id);
        let closed_on = fields.date("closed_on", &request.closed_on);
        let mutation = Mutation {
            key: fields.request_key(&caller, "CloseUnit", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        fields.finish()?;
        let unit = self.0.change_unit(&caller, id, UnitChange::Close, closed_on, mutation).await?;
        Ok(Response::new(pb::CloseUnitResponse { unit: Some(unit.into()) }))
    }

    async fn get_unit(
        &self,
        request: Request<pb::GetUnitRequest>,
    ) -> Result<Response<pb::GetUnitResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("unit_id", &request.unit_id);
        let on = fields.opt_date("on", &request.on);
        fields.finish()?;
        let unit = self.0.get_unit(&caller, id, on).await?;
        Ok(Response::new(pb::GetUnitResponse { unit: Some(unit.into()) }))
    }

    async fn list_units(
        &self,
        request: Request<pb::ListUnitsRequest>,
    ) -> Result<Response<pb::ListUnitsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let parent = fields.opt_id("parent_unit_id", &request.parent_unit_id);
        let on = fields.opt_date("on", &request.on);
        let (size, token) = (request.page_size, request.page_token.clone());
        let scoped = pb::ListUnitsRequest { page_size: 0, page_token: String::new(), ..request };
        let page = fields.page(size, &token, Scope::of("ListUnits", &caller, &scoped));
        fields.finish()?;
        let page = self.0.list_units(&caller, parent, on, page).await?;
        Ok(Response::new(pb::ListUnitsResponse {
            units: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn list_subtree(
        &self,
        request: Request<pb::ListSubtreeRequest>,
    ) -> Result<Response<pb::ListSubtreeResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let root = fields.id("unit_id", &request.unit_id);
        let on = fields.opt_date("on", &request.on);
        let (size, token) = (request.page_size, request.page_token.clone());
        let scoped = pb::ListSubtreeRequest { page_size: 0, page_token: String::new(), ..request };
        let page = fields.page(size, &token, Scope::of("ListSubtree", &caller, &scoped));
        fields.finish()?;
        let page = self.0.list_subtree(&caller, root, on, page).await?;
        let unit = |view: UnitView| pb::SubtreeUnit { depth: view.depth, unit: Some(view.into()) };
        Ok(Response::new(pb::ListSubtreeResponse {
            units: page.items.into_iter().map(unit).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn list_unit_history(
        &self,
        request: Request<pb::ListUnitHistoryRequest>,
    ) -> Result<Response<pb::ListUnitHistoryResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("unit_id", &request.unit_id);
        let (size, token) = (request.page_size, request.page_token.clone());
        let scoped =
            pb::ListUnitHistoryRequest { page_size: 0, page_token: String::new(), ..request };
        let page = fields.page(size, &token, Scope::of("ListUnitHistory", &caller, &scoped));
        fields.finish()?;
        let page = self.0.list_unit_history(&caller, id, page).await?;
        Ok(Response::new(pb::ListUnitHistoryResponse {
            changes: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }
}

impl From<UnitView> for pb::Unit {
    fn from(view: UnitView) -> Self {
        Self {
            unit_id: view.unit_id.to_string(),
            code: view.code.unwrap_or_default(),
            name: view.name,
            kind: words::unit_kind(&view.kind),
            parent_unit_id: opt_id(view.parent_unit_id),
            opened_on: day(view.opened_on),
            closed_on: opt_day(view.closed_on),
            etag: etag(view.revision),
        }
    }
}

impl From<UnitChangeRow> for pb::UnitChange {
    fn from(row: UnitChangeRow) -> Self {
        let change = match row.name {
            Some(name) => pb::unit_change::Change::Name(name),
            None => pb::unit_change::Change::ParentUnitId(opt_id(row.parent_unit_id)),
        };
        Self { from_on: day(row.from_on), change: Some(change) }
    }
}
