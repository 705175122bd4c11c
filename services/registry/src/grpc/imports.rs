use std::pin::Pin;

use futures_util::{FutureExt as _, Stream, stream};
use kinerja_kit::{
    auth::Caller,
    fields::{Fields, instant},
    paging::Scope,
    tenant::TenantId,
};
use kinerja_proto::registry::v1::{self as pb, import_employees_request::Part as WirePart};
use tonic::{Request, Response, Status, Streaming};


use crate::{
    app::{
        App,
        imports::{Import, Intake, Mode, OpenImport, Part, State},
    },
    domain::imports::{
        columns::{COLUMNS, Column},
        faults::{Fault, FaultCode},
        sentences::sentence,
    },
};

const MAX_ROWS: usize = 5_000;

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
        let session = Session { app: self.app.clone(), caller, parts, place: Place::Opening };
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

/// One stream of an import.
struct Session {
    app: App,
    caller: Caller,
    parts: Streaming<pb::ImportEmployeesRequest>,
    place: Place,
}

enum Place {
    Opening,
    Receiving(Box<Intake>),
    Advancing(Box<Import>),
    /// The last reply was sent.
    Cleaning(Box<Import>),
    Over,
}

impl Session {
    /// Does what comes next, and says how far the import is; `None` at the end of the replies.
    async fn step(&mut self) -> Result<Option<Import>, Status> {
        let tenant = self.caller.tenant()?.clone();
        match std::mem::replace(&mut self.place, Place::Over) {
            Place::Opening => self.open(&tenant).await.map(Some),
            Place::Receiving(intake) => self.receive(intake).await,
            Place::Advancing(import) => {
                let import = self.app.advance_import(&tenant, &import).await?;
                self.place = after(&import);
                Ok(Some(import))
            }
            Place::Cleaning(import) => {
                self.app.clean_up_import(&tenant, &import).await?;
                Ok(None)
            }
            Place::Over => Ok(None),
        }
    }

    async fn open(&mut self, tenant: &TenantId) -> Result<Import, Status> {
        let first = self.parts.message().await?.and_then(|message| message.part);
        let Some(WirePart::Header(header)) = first else {
            let mut fields = Fields::default();
            fields.fault("header", "must be the first message");
            fields.finish()?;
            return Err(Status::internal("a missing header is a fault"));
        };
        let import = self.app.open_import(&self.caller, open(header)?).await?;
        self.place = match import.state {
            State::Receiving => {
                Place::Receiving(Box::new(self.app.intake(tenant, import.clone()).await?))
            }
            _ => after(&import),
        };
        Ok(import)
    }

    /// Takes pieces until a batch was staged, or nothing has arrived for now, or everything has.
    async fn receive(&mut self, mut intake: Box<Intake>) -> Result<Option<Import>, Status> {
        let before = intake.import().received_rows;
        loop {
            let message = match self.parts.message().now_or_never() {
                Some(message) => message?,
                None if intake.is_behind() => {
                    intake.flush().await?;
                    break;
                }
                None => self.parts.message().await?,
            };
            let Some(message) = message else {
                // Interrupted: what arrived is staged, and waits to be continued.
                intake.flush().await?;
                return Ok(Some(intake.import().clone()));
            };
            let is_end = matches!(message.part, Some(WirePart::End(_)));
            intake.push(part(message)?).await?;
            if is_end {
                let import = intake.import().clone();
                self.place = after(&import);
                return Ok(Some(import));
            }
            if intake.import().received_rows > before {
                break;
            }
        }
        let import = intake.import().clone();
        self.place = Place::Receiving(intake);
        Ok(Some(import))
    }
}

fn after(import: &Import) -> Place {
    match import.state {
        State::Done | State::Refused => Place::Cleaning(Box::new(import.clone())),
        _ => Place::Advancing(Box::new(import.clone())),
    }
}

fn open(header: pb::ImportHeader) -> Result<OpenImport, Status> {
    let mut fields = Fields::default();
    let mode = fields.one_of("header.mode", header.mode, |mode: pb::ImportMode| match mode {
        pb::ImportMode::AllOrNothing => Some(Mode::AllOrNothing),
        pb::ImportMode::GoodRows => Some(Mode::GoodRows),
        pb::ImportMode::Unspecified => None,
    });
    let open = OpenImport {
        import_id: fields.uuid("header.request_id", &header.request_id),
        mode: mode.unwrap_or(Mode::AllOrNothing),
        dry_run: header.dry_run,
        create_units: header.create_units,
        as_of: fields.opt_date("header.as_of", &header.as_of),
    };
    fields.finish()?;
    Ok(open)
}

fn part(message: pb::ImportEmployeesRequest) -> Result<Part, Status> {
    let mut fields = Fields::default();
    let part = match message.part {
        Some(WirePart::Csv(bytes)) => Part::Csv(bytes),
        Some(WirePart::Rows(rows)) if rows.rows.len() <= MAX_ROWS => {
            Part::Rows(rows.rows.into_iter().map(cells).collect())
        }
        Some(WirePart::Rows(_)) => {
            fields.fault("rows", format!("must have at most {MAX_ROWS} rows"));
            Part::End
        }
        Some(WirePart::End(_)) => Part::End,
        Some(WirePart::Header(_)) | None => {
            fields.fault("part", "must be csv, rows or end");
            Part::End
        }
    };
    fields.finish()?;
    Ok(part)
}

fn cells(row: pb::ImportRow) -> [String; COLUMNS] {
    [
        row.identity_number,
        row.name,
        row.employment_kind,
        row.birth_date,
        row.rank,
        row.rank_from,
        row.status,
        row.status_from,
        row.unit_code,
        row.unit_name,
        row.parent_unit_code,
        row.unit_kind,
        row.position,
        row.position_kind,
        row.position_level,
        row.position_class,
        row.heads_unit,
        row.assignment_kind,
        row.assignment_from,
        row.superior,
    ]
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
