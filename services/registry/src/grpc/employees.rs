use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_NAME, etag},
    paging::Scope,
};
use kinerja_proto::registry::v1::{self as pb, list_employees_request::Filter};
use tonic::{Request, Response, Status};

use super::{day, opt_day, opt_id, words};
use crate::{
    app::{
        App, Mutation,
        employee_changes::EmployeeChange,
        employees::{CreateEmployee, EmployeeFilter, Shown},
    },
    domain::{self, EmploymentKind, IdentityNumber, PersonName, PositionKind, Rank},
    store::{employee_history::EmployeeChangeRow, employee_views::EmployeeView},
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

impl From<Shown> for pb::Employee {
    fn from(shown: Shown) -> Self {
        let Shown { view, whole_number, absence_kind } = shown;
        let number = view.identity_number.clone().unwrap_or_default();
        let absence = view.absence_kind.as_deref().filter(|_| absence_kind).unwrap_or_default();
        Self {
            employee_id: view.employee_id.to_string(),
            identity_number: if whole_number { number } else { masked(&number) },
            display_name: view.display_name.clone(),
            employment_kind: words::employment_kind(&view.employment_kind),
            status: words::status(view.status.as_deref().unwrap_or_default()),
            absence_kind: words::absence_kind(absence),
            rank: view.rank.clone().unwrap_or_default(),
            placement: placement(&view),
            opened_on: day(view.opened_on),
            closed_on: opt_day(view.closed_on),
            etag: etag(view.revision),
            name: Some(pb::PersonName {
                name: view.name,
                front_title: view.front_title,
                back_title: view.back_title,
            }),
        }
    }
}

fn placement(view: &EmployeeView) -> Option<pb::Placement> {
    Some(pb::Placement {
        assignment_id: view.assignment_id?.to_string(),
        unit_id: opt_id(view.unit_id),
        position_id: opt_id(view.position_id),
        position_name: view.position_name.clone().unwrap_or_default(),
        position_kind: words::position_kind(view.position_kind.as_deref().unwrap_or_default()),
        position_level: words::position_level(view.position_level.as_deref().unwrap_or_default()),
        heads_unit: view.heads_unit.unwrap_or_default(),
    })
}

/// A stored number as others see it.
pub(super) fn masked(number: &str) -> String {
    number.parse::<IdentityNumber>().map(|number| number.masked()).unwrap_or_default()
}

fn change(row: EmployeeChangeRow, is_own: bool) -> pb::EmployeeChange {
    use pb::employee_change::Change;
    let change = match row.what {
        1 if is_own => Change::IdentityNumber(row.value),
        1 => Change::IdentityNumber(masked(&row.value)),
        2 => Change::Rank(row.value),
        _ => Change::Status(words::status(&row.value)),
    };
    pb::EmployeeChange {
        from_on: day(row.from_on),
        change: Some(change),
        absence_kind: words::absence_kind(row.absence_kind.as_deref().unwrap_or_default()),
    }
}
