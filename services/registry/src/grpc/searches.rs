use kinerja_kit::{auth::Caller, fields::Fields, paging::Scope};
use kinerja_proto::registry::v1 as pb;
use tonic::{Request, Response, Status};

use super::employee_records::masked;
use crate::app::{
    App,
    searches::{FoundEmployee, Query},
};

const SHORTEST: usize = 2;
const LONGEST: usize = 100;

#[derive(Debug, Clone)]
pub(crate) struct Searches {
    app: App,
}

impl Searches {
    pub(crate) fn new(app: &App) -> Self {
        Self { app: app.clone() }
    }
}

#[tonic::async_trait]
impl pb::search_service_server::SearchService for Searches {
    async fn search_employees(
        &self,
        request: Request<pb::SearchEmployeesRequest>,
    ) -> Result<Response<pb::SearchEmployeesResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let query = query(&mut fields, &request);
        let bare = pb::SearchEmployeesRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        };
        let scope = Scope::of("SearchEmployees", &caller, &bare);
        let page = fields.page(request.page_size, &request.page_token, scope);
        fields.finish()?;
        let page = self.app.search_employees(&caller, query, page).await?;
        Ok(Response::new(pb::SearchEmployeesResponse {
            employees: page.items.into_iter().map(to_wire).collect(),
            next_page_token: page.next_token,
        }))
    }
}

fn query(fields: &mut Fields, request: &pb::SearchEmployeesRequest) -> Query {
    let text = fields.text("query", &request.query, LONGEST);
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let query = match pb::SearchScope::try_from(request.scope) {
        Ok(pb::SearchScope::Number) => Query::Number(digits),
        Ok(pb::SearchScope::Unspecified) if is_number => Query::Number(digits),
        Ok(pb::SearchScope::Words) => Query::word(&text),
        Ok(pb::SearchScope::Unspecified | pb::SearchScope::Name) => Query::name(&text),
        Err(_) => {
            fields.fault("scope", "must be one of the values of its enum");
            Query::name(&text)
        }
    };
    let (Query::Name(prefix) | Query::Word(prefix) | Query::Number(prefix)) = &query;
    if prefix.chars().count() < SHORTEST {
        fields.fault("query", "must have at least 2 letters or digits");
    }
    if matches!(query, Query::Number(_)) && !is_number {
        fields.fault("query", "must be digits");
    }
    query
}

fn to_wire(found: FoundEmployee) -> pb::FoundEmployee {
    let number = found.view.identity_number.unwrap_or_default();
    pb::FoundEmployee {
        employee_id: found.view.employee_id.to_string(),
        name: found.view.display_name,
        identity_number: masked(&number),
        unit_id: found.view.unit_id.map(|unit| unit.to_string()).unwrap_or_default(),
        unit_name: found.unit_name,
        position_name: found.view.position_name.unwrap_or_default(),
    }
}
