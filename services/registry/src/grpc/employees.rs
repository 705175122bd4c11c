use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_NAME},
    paging::Scope,
};
use kinerja_proto::registry::v1::{self as pb, list_employees_request::Filter};
use tonic::{Request, Response, Status};

use super::{employee_records::change, words};
use crate::{
    app::{
        App, Mutation,
        employee_changes::EmployeeChange,
        employees::{CreateEmployee, EmployeeFilter},
    },
    domain::{self, EmploymentKind, IdentityNumber, PersonName, PositionKind, Rank},
};

const MAX_FRONT_TITLE: usize = 60;
const MAX_BACK_TITLE: usize = 120;

#[derive(Debug, Clone)]
pub(super) struct Employees(App);

impl Employees {
    pub(super) fn new(app: &App) -> Self {
        Self(app.clone())
    }
}

#[tonic::async_trait]
impl pb::employee_service_server::EmployeeService for Employees {
    async fn create_employee(
        &self,
        request: Request<pb::CreateEmployeeRequest>,
    ) -> Result<Response<pb::CreateEmployeeResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let number = (!request.identity_number.is_empty())
            .then(|| identity_number(&mut fields, &request.identity_number));
        let new = CreateEmployee {
            name: name(&mut fields, request.name.as_ref()),
            kind: employment_kind(&mut fields, request.employment_kind),
            number: number.flatten(),
            rank: (!request.rank.is_empty()).then(|| rank(&mut fields, &request.rank)).flatten(),
            status: status(&mut fields, request.status, request.absence_kind),
            opened_on: fields.date("opened_on", &request.opened_on),
            key: fields.request_key(&caller, "CreateEmployee", &request.request_id, &request),
        };
        fields.finish()?;
        let employee = self.0.create_employee(&caller, new).await?;
        Ok(Response::new(pb::CreateEmployeeResponse { employee: Some(employee.into()) }))
    }

    async fn update_employee(
        &self,
        request: Request<pb::UpdateEmployeeRequest>,
    ) -> Result<Response<pb::UpdateEmployeeResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("employee_id", &request.employee_id);
        let change = EmployeeChange::Identity {
            name: name(&mut fields, request.name.as_ref()),
            kind: employment_kind(&mut fields, request.employment_kind),
        };
        let mutation = Mutation {
            key: fields.request_key(&caller, "UpdateEmployee", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        fields.finish()?;
        let employee = self.0.change_employee(&caller, id, change, mutation).await?;
        Ok(Response::new(pb::UpdateEmployeeResponse { employee: Some(employee.into()) }))
    }

    async fn change_identity_number(
        &self,
        request: Request<pb::ChangeIdentityNumberRequest>,
    ) -> Result<Response<pb::ChangeIdentityNumberResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("employee_id", &request.employee_id);
        let number = identity_number(&mut fields, &request.identity_number);
        let from_on = fields.date("from_on", &request.from_on);
        let key =
            fields.request_key(&caller, "ChangeIdentityNumber", &request.request_id, &request);
        let mutation = Mutation { key, revision: fields.etag("etag", &request.etag) };
        fields.finish()?;
        let number = number.expect("its fault was reported");
        let change = EmployeeChange::Number(number, from_on);
        let employee = self.0.change_employee(&caller, id, change, mutation).await?;
        Ok(Response::new(pb::ChangeIdentityNumberResponse { employee: Some(employee.into()) }))
    }

    async fn change_rank(
        &self,
        request: Request<pb::ChangeRankRequest>,
    ) -> Result<Response<pb::ChangeRankResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("employee_id", &request.employee_id);
        let rank = rank(&mut fields, &request.rank);
        let from_on = fields.date("from_on", &request.from_on);
        let mutation = Mutation {
            key: fields.request_key(&caller, "ChangeRank", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        fields.finish()?;
        let rank = rank.expect("its fault was reported");
        let change = EmployeeChange::Rank(rank, from_on);
        let employee = self.0.change_employee(&caller, id, change, mutation).await?;
        Ok(Response::new(pb::ChangeRankResponse { employee: Some(employee.into()) }))
    }

    async fn change_status(
        &self,
        request: Request<pb::ChangeStatusRequest>,
    ) -> Result<Response<pb::ChangeStatusResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("employee_id", &request.employee_id);
        let status = status(&mut fields, request.status, request.absence_kind);
        let change = EmployeeChange::Status(status, fields.date("from_on", &request.from_on));
        let mutation = Mutation {
            key: fields.request_key(&caller, "ChangeStatus", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        fields.finish()?;
        let employee = self.0.change_employee(&caller, id, change, mutation).await?;
        Ok(Response::new(pb::ChangeStatusResponse { employee: Some(employee.into()) }))
    }

    async fn get_employee(
        &self,
        request: Request<pb::GetEmployeeRequest>,
    ) -> Result<Response<pb::GetEmployeeResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("employee_id", &request.employee_id);
        let on = fields.opt_date("on", &request.on);
        fields.finish()?;
        let employee = self.0.get_employee(&caller, id, on, request.for_signed_form).await?;
        Ok(Response::new(pb::GetEmployeeResponse { employee: Some(employee.into()) }))
    }

    async fn list_employees(
        &self,
        request: Request<pb::ListEmployeesRequest>,
    ) -> Result<Response<pb::ListEmployeesResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let filter = filter(&mut fields, request.filter.as_ref());
        let on = fields.opt_date("on", &request.on);
        let (size, token) = (request.page_size, request.page_token.clone());
        let scoped =
            pb::ListEmployeesRequest { page_size: 0, page_token: String::new(), ..request };
        let page = fields.page(size, &token, Scope::of("ListEmployees", &caller, &scoped));
        fields.finish()?;
        let page = self.0.list_employees(&caller, filter, on, page).await?;
        Ok(Response::new(pb::ListEmployeesResponse {
            employees: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn list_employee_history(
        &self,
        request: Request<pb::ListEmployeeHistoryRequest>,
    ) -> Result<Response<pb::ListEmployeeHistoryResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("employee_id", &request.employee_id);
        let (size, token) = (request.page_size, request.page_token.clone());
        let scoped =
            pb::ListEmployeeHistoryRequest { page_size: 0, page_token: String::new(), ..request };
        let page = fields.page(size, &token, Scope::of("ListEmployeeHistory", &caller, &scoped));
        fields.finish()?;
        let page = self.0.list_employee_history(&caller, id, page).await?;
        let is_own = caller.is(id.uuid());
        Ok(Response::new(pb::ListEmployeeHistoryResponse {
            changes: page.items.into_iter().map(|row| change(row, is_own)).collect(),
            next_page_token: page.next_token,
        }))
    }
}

fn identity_number(fields: &mut Fields, text: &str) -> Option<IdentityNumber> {
    let number = text.parse::<IdentityNumber>();
    number.map_err(|fault| fields.fault("identity_number", fault.to_string())).ok()
}

fn rank(fields: &mut Fields, text: &str) -> Option<Rank> {
    let rank = text.parse::<Rank>();
    rank.map_err(|_| fields.fault("rank", "must be I/a to IV/e (PNS) or I to XVII (PPPK)")).ok()
}

pub(super) fn name(fields: &mut Fields, name: Option<&pb::PersonName>) -> PersonName {
    let empty = pb::PersonName::default();
    let name = name.unwrap_or(&empty);
    let front = fields.opt_text("name.front_title", &name.front_title, MAX_FRONT_TITLE);
    let back = fields.opt_text("name.back_title", &name.back_title, MAX_BACK_TITLE);
    PersonName {
        name: fields.text("name.name", &name.name, MAX_NAME),
        front_title: front.unwrap_or_default(),
        back_title: back.unwrap_or_default(),
    }
}

fn employment_kind(fields: &mut Fields, kind: i32) -> EmploymentKind {
    let kind = fields.one_of("employment_kind", kind, |kind: pb::EmploymentKind| {
        words::read(kind.as_str_name(), "EMPLOYMENT_KIND_")
    });
    kind.unwrap_or(EmploymentKind::Pns)
}

fn status(fields: &mut Fields, status: i32, absence_kind: i32) -> domain::Status {
    let absence = pb::AbsenceKind::try_from(absence_kind).unwrap_or_default().as_str_name();
    let absence = absence.strip_prefix("ABSENCE_KIND_").filter(|word| *word != "UNSPECIFIED");
    let word = pb::EmployeeStatus::try_from(status).unwrap_or_default().as_str_name();
    let word = word.strip_prefix("EMPLOYEE_STATUS_").unwrap_or(word);
    if word == "PROTECTED_ABSENCE" && absence.is_none() {
        fields.fault("absence_kind", "must be set for a protected absence");
    } else if word != "PROTECTED_ABSENCE" && absence.is_some() {
        fields.fault("absence_kind", "must be set for a protected absence only");
    } else if word == "UNSPECIFIED" || word == "MOVED" {
        fields.fault("status", "must be one of the values of its enum, except MOVED");
    }
    domain::Status::of_words(word, absence).unwrap_or(domain::Status::Active)
}

fn filter(fields: &mut Fields, filter: Option<&Filter>) -> EmployeeFilter {
    match filter {
        None => EmployeeFilter::All,
        Some(Filter::Unit(unit)) => EmployeeFilter::Unit {
            unit: fields.id("unit.unit_id", &unit.unit_id),
            with_subtree: unit.with_subtree,
        },
        Some(Filter::PositionKind(kind)) => {
            let kind = fields.one_of("position_kind", *kind, |kind: pb::PositionKind| {
                words::read(kind.as_str_name(), "POSITION_KIND_")
            });
            EmployeeFilter::PositionKind(kind.unwrap_or(PositionKind::Pelaksana))
        }
        Some(Filter::Status(status)) => {
            let word = fields.one_of("status", *status, |status: pb::EmployeeStatus| {
                let word = status.as_str_name().strip_prefix("EMPLOYEE_STATUS_");
                word.filter(|word| *word != "UNSPECIFIED")
            });
            EmployeeFilter::Status(word.unwrap_or("ACTIVE"))
        }
    }
}
