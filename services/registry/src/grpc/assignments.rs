use kinerja_kit::{
    auth::Caller,
    fields::{Fields, etag},
    paging::Scope,
};
use kinerja_proto::registry::v1::{self as pb, list_assignments_request::Of};
use tonic::{Request, Response, Status};

use super::{day, opt_day, words};
use crate::{
    app::{
        App, Mutation,
        assignments::{AssignmentsOf, CreateAssignment, Transfer},
    },
    domain::{AssignmentKind, Term},
    store::assignments::AssignmentView,
};

pub(super) const MAX_INSTRUMENT: usize = 100;

#[derive(Debug, Clone)]
pub(super) struct Assignments(App);

impl Assignments {
    pub(super) fn new(app: &App) -> Self {
        Self(app.clone())
    }
}

#[tonic::async_trait]
impl pb::assignment_service_server::AssignmentService for Assignments {
    async fn create_assignment(
        &self,
        request: Request<pb::CreateAssignmentRequest>,
    ) -> Result<Response<pb::CreateAssignmentResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let kind = fields.one_of("kind", request.kind, |kind: pb::AssignmentKind| {
            words::read(kind.as_str_name(), "ASSIGNMENT_KIND_")
        });
        let new = CreateAssignment {
            employee: fields.id("employee_id", &request.employee_id),
            position: fields.id("position_id", &request.position_id),
            kind: kind.unwrap_or(AssignmentKind::Definitive),
            term: term(&mut fields, &request.from_on, &request.until_on),
            instrument_number: instrument(&mut fields, &request.instrument_number),
            key: fields.request_key(&caller, "CreateAssignment", &request.request_id, &request),
        };
        fields.finish()?;
        let assignment = self.0.create_assignment(&caller, new).await?;
        Ok(Response::new(pb::CreateAssignmentResponse { assignment: Some(assignment.into()) }))
    }

    async fn end_assignment(
        &self,
        request: Request<pb::EndAssignmentRequest>,
    ) -> Result<Response<pb::EndAssignmentResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("assignment_id", &request.assignment_id);
        let until_on = fields.date("until_on", &request.until_on);
        let mutation = Mutation {
            key: fields.request_key(&caller, "EndAssignment", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        fields.finish()?;
        let assignment = self.0.end_assignment(&caller, id, until_on, mutation).await?;
        Ok(Response::new(pb::EndAssignmentResponse { assignment: Some(assignment.into()) }))
    }

    async fn transfer_employee(
        &self,
        request: Request<pb::TransferEmployeeRequest>,
    ) -> Result<Response<pb::TransferEmployeeResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let transfer = Transfer {
            assignment: fields.id("assignment_id", &request.assignment_id),
            position: fields.id("position_id", &request.position_id),
            from_on: fields.date("from_on", &request.from_on),
            instrument_number: instrument(&mut fields, &request.instrument_number),
            mutation: Mutation {
                key: fields.request_key(&caller, "TransferEmployee", &request.request_id, &request),
                revision: fields.etag("etag", &request.etag),
            },
        };
        fields.finish()?;
        let (ended, begun) = self.0.transfer_employee(&caller, transfer).await?;
        Ok(Response::new(pb::TransferEmployeeResponse {
            ended: Some(ended.into()),
            begun: Some(begun.into()),
        }))
    }

    async fn get_assignment(
        &self,
        request: Request<pb::GetAssignmentRequest>,
    ) -> Result<Response<pb::GetAssignmentResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("assignment_id", &request.assignment_id);
        fields.finish()?;
        let assignment = self.0.get_assignment(&caller, id).await?;
        Ok(Response::new(pb::GetAssignmentResponse { assignment: Some(assignment.into()) }))
    }

    async fn list_assignments(
        &self,
        request: Request<pb::ListAssignmentsRequest>,
    ) -> Result<Response<pb::ListAssignmentsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let of = match &request.of {
            Some(Of::PositionId(id)) => AssignmentsOf::Position(fields.id("position_id", id)),
            Some(Of::EmployeeId(id)) => AssignmentsOf::Employee(fields.id("employee_id", id)),
            None => AssignmentsOf::Employee(fields.id("employee_id", "")),
        };
        let (size, token) = (request.page_size, request.page_token.clone());
        let scoped =
            pb::ListAssignmentsRequest { page_size: 0, page_token: String::new(), ..request };
        let page = fields.page(size, &token, Scope::of("ListAssignments", &caller, &scoped));
        fields.finish()?;
        let page = self.0.list_assignments(&caller, of, page).await?;
        Ok(Response::new(pb::ListAssignmentsResponse {
            assignments: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }
}

pub(super) fn term(fields: &mut Fields, from_on: &str, until_on: &str) -> Term {
    let from_on = fields.date("from_on", from_on);
    let term = Term { from_on, until_on: fields.opt_date("until_on", until_on) };
    if term.is_empty() {
        fields.fault("until_on", "must come after from_on");
    }
    term
}

fn instrument(fields: &mut Fields, number: &str) -> String {
    fields.opt_text("instrument_number", number, MAX_INSTRUMENT).unwrap_or_default()
}

impl From<AssignmentView> for pb::Assignment {
    fn from(view: AssignmentView) -> Self {
        Self {
            assignment_id: view.assignment_id.to_string(),
            employee_id: view.employee_id.to_string(),
            position_id: view.position_id.to_string(),
            unit_id: view.unit_id.to_string(),
            kind: words::assignment_kind(&view.kind),
            from_on: day(view.from_on),
            until_on: opt_day(view.until_on),
            instrument_number: view.instrument_number,
            etag: etag(view.revision),
        }
    }
}
