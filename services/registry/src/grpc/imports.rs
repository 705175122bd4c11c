use std::pin::Pin;

use futures_util::{Stream, stream};
use kinerja_kit::{
    auth::Caller,
    fields::{Fields, instant},
    paging::Scope,
};
use kinerja_proto::registry::v1 as pb;
use tonic::{Request, Response, Status, Streaming};

use super::import_stream::Session;
use crate::{
    app::{
        App,
        imports::{Import, Mode, State},
    },
    domain::imports::{
        columns::Column,
        faults::{Fault, FaultCode},
        sentences::sentence,
    },
};

#[derive(Debug, Clone)]
pub(crate) struct Imports {
    app: App,
}

impl Imports {
    pub(crate) fn new(app: &App) -> Self {
        Self { app: app.clone() }
    }
}

type Replies = Pin<Box<dyn Stream<Item = Result<pb::ImportEmployeesResponse, Status>> + Send>>;

#[tonic::async_trait]
impl pb::import_service_server::ImportService for Imports {
    type ImportEmployeesStream = Replies;

    async fn import_employees(
        &self,
        request: Request<Streaming<pb::ImportEmployeesRequest>>,
    ) -> Result<Response<Self::ImportEmployeesStream>, Status> {
        let (caller, parts) = (Caller::of(&request)?, request.into_inner());
        let session = Session::new(&self.app, caller, parts);
        // One step for each reply that is asked for: whoever hangs up stops it between two transactions.
        let replies = stream::try_unfold(session, |mut session| async move {
            let reply = session.step().await?;
            Ok(reply.map(|import| (to_wire(&import), session)))
        });
        Ok(Response::new(Box::pin(replies)))
    }

    async fn get_import(
        &self,
        request: Request<pb::GetImportRequest>,
    ) -> Result<Response<pb::GetImportResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.uuid("import_id", &request.import_id);
        fields.finish()?;
        let import = self.app.get_import(&caller, id).await?;
        Ok(Response::new(pb::GetImportResponse { import: Some((&import).into()) }))
    }

    async fn list_imports(
        &self,
        request: Request<pb::ListImportsRequest>,
    ) -> Result<Response<pb::ListImportsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let scope = Scope::of("ListImports", &caller, &pb::ListImportsRequest::default());
        let page = fields.page(request.page_size, &request.page_token, scope);
        fields.finish()?;
        let page = self.app.list_imports(&caller, page).await?;
        Ok(Response::new(pb::ListImportsResponse {
            imports: page.items.iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn list_import_faults(
        &self,
        request: Request<pb::ListImportFaultsRequest>,
    ) -> Result<Response<pb::ListImportFaultsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.uuid("import_id", &request.import_id);
        let bare = pb::ListImportFaultsRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        };
        let scope = Scope::of("ListImportFaults", &caller, &bare);
        let page = fields.page(request.page_size, &request.page_token, scope);
        fields.finish()?;
        let page = self.app.list_import_faults(&caller, id, page).await?;
        Ok(Response::new(pb::ListImportFaultsResponse {
            faults: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn delete_import(
        &self,
        request: Request<pb::DeleteImportRequest>,
    ) -> Result<Response<pb::DeleteImportResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.uuid("import_id", &request.import_id);
        let key = fields.request_key(&caller, "DeleteImport", &request.request_id, &request);
        fields.finish()?;
        self.app.delete_import(&caller, id, &key).await?;
        Ok(Response::new(pb::DeleteImportResponse {}))
    }
}

fn to_wire(import: &Import) -> pb::ImportEmployeesResponse {
    pb::ImportEmployeesResponse { import: Some(import.into()) }
}

impl From<&Import> for pb::Import {
    fn from(import: &Import) -> Self {
        let counts = import.counts;
        Self {
            id: import.header.import_id.to_string(),
            dry_run: import.header.dry_run,
            mode: match import.header.mode {
                Mode::AllOrNothing => pb::ImportMode::AllOrNothing.into(),
                Mode::GoodRows => pb::ImportMode::GoodRows.into(),
            },
            create_units: import.header.create_units,
            as_of: import.header.as_of.to_string(),
            state: state(import.state).into(),
            received_bytes: import.received_bytes,
            received_rows: import.received_rows,
            counts: Some(pb::ImportCounts {
                created: counts.created,
                updated: counts.updated,
                unchanged: counts.unchanged,
                refused: counts.refused,
                faults: counts.faults,
                units_created: counts.units_created,
                positions_created: counts.positions_created,
            }),
            checked_rows: import.checked_rows,
            merged_rows: import.merged_rows,
            create_time: Some(instant(import.created_at)),
            update_time: Some(instant(import.updated_at)),
        }
    }
}

fn state(state: State) -> pb::ImportState {
    match state {
        State::Receiving => pb::ImportState::Receiving,
        State::Checking => pb::ImportState::Checking,
        State::Merging | State::Linking => pb::ImportState::Merging,
        State::Done => pb::ImportState::Done,
        State::Refused => pb::ImportState::Refused,
    }
}

impl From<Fault> for pb::ImportFault {
    fn from(fault: Fault) -> Self {
        let words = sentence(fault.code);
        Self {
            row: fault.row,
            column: fault.place,
            heading: fault.column.map(Column::heading).unwrap_or_default().to_owned(),
            code: code(fault.code).into(),
            value: fault.value,
            english: words.english.to_owned(),
            indonesian: words.indonesian.to_owned(),
            warning: fault.code.is_warning(),
        }
    }
}

fn code(code: FaultCode) -> pb::ImportFaultCode {
    let name = format!("IMPORT_FAULT_CODE_{}", code.as_str());
    pb::ImportFaultCode::from_str_name(&name).unwrap_or(pb::ImportFaultCode::Unspecified)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_its_code_on_the_wire() {
        let codes: std::collections::HashSet<_> = FaultCode::ALL.into_iter().map(code).collect();
        assert_eq!(codes.len(), FaultCode::ALL.len());
        assert!(!codes.contains(&pb::ImportFaultCode::Unspecified));
    }
}
