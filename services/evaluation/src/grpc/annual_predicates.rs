use std::collections::{BTreeMap, HashSet};

use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_PROSE, etag},
    paging::Scope,
};
use kinerja_proto::evaluation::v1 as pb;
use tonic::{Request, Response, Status};

use super::{
    Api,
    rows::{check_count, refusal},
    words,
};
use crate::{
    app::{Error, ListAnnualPredicates, SetAnnualPredicate},
    domain::{
        EmployeeId,
        annual_predicate::{AnnualPredicate, Review},
    },
};

#[tonic::async_trait]
impl pb::annual_predicate_service_server::AnnualPredicateService for Api {
    async fn set_annual_predicate(
        &self,
        request: Request<pb::SetAnnualPredicateRequest>,
    ) -> Result<Response<pb::SetAnnualPredicateResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let given = request.annual_predicate.as_ref();
        if given.is_none() {
            fields.fault("annual_predicate", "must be set");
        }
        let year = year(&mut fields, "annual_predicate.year", given.map_or(0, |given| given.year));
        let row = given.and_then(|given| row(&mut fields, "annual_predicate", given));
        let key = fields.request_key(&caller, "SetAnnualPredicate", &request.request_id, &request);
        fields.finish()?;
        let row = row.expect("a fault was named if not");
        let set = self.app.set_annual_predicate(&caller, year, row, &key).await?;
        Ok(Response::new(pb::SetAnnualPredicateResponse { annual_predicate: Some(set.into()) }))
    }

    async fn set_annual_predicates(
        &self,
        request: Request<pb::SetAnnualPredicatesRequest>,
    ) -> Result<Response<pb::SetAnnualPredicatesResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let year = one_year(&mut fields, &request.annual_predicates);
        let rows = rows(&mut fields, &request.annual_predicates);
        let key = fields.request_key(&caller, "SetAnnualPredicates", &request.request_id, &request);
        fields.finish()?;
        let people: Vec<_> = rows.iter().map(|row| row.employee_id).collect();
        let made = self.app.set_annual_predicates(&caller, year, rows, &key).await?;
        let results = people.into_iter().zip(made).map(|(one, made)| result(one, made)).collect();
        Ok(Response::new(pb::SetAnnualPredicatesResponse { results }))
    }

    async fn get_annual_predicate(
        &self,
        request: Request<pb::GetAnnualPredicateRequest>,
    ) -> Result<Response<pb::GetAnnualPredicateResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let person = fields.id("employee_id", &request.employee_id);
        let year = year(&mut fields, "year", request.year);
        fields.finish()?;
        let found = self.app.get_annual_predicate(&caller, person, year).await?;
        Ok(Response::new(pb::GetAnnualPredicateResponse { annual_predicate: Some(found.into()) }))
    }

    async fn list_annual_predicates(
        &self,
        request: Request<pb::ListAnnualPredicatesRequest>,
    ) -> Result<Response<pb::ListAnnualPredicatesResponse>, Status> {
        let (caller, mut request) = (Caller::of(&request)?, request.into_inner());
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let scope = Scope::of("ListAnnualPredicates", &caller, &request);
        let mut fields = Fields::default();
        let list = list(&mut fields, &request);
        let page = fields.page(size, &token, scope);
        fields.finish()?;
        let page = self.app.list_annual_predicates(&caller, list, page).await?;
        Ok(Response::new(pb::ListAnnualPredicatesResponse {
            annual_predicates: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }
}

fn year(fields: &mut Fields, field: &str, value: i32) -> i16 {
    let year = i16::try_from(value).ok().filter(|year| (2000..=2999).contains(year));
    year.unwrap_or_else(|| {
        fields.fault(field, "must be a year such as 2026");
        0
    })
}

fn one_year(fields: &mut Fields, given: &[pb::AnnualPredicate]) -> i16 {
    let first = given.first().map_or(0, |one| one.year);
    for (n, one) in given.iter().enumerate().skip(1) {
        if one.year != first {
            fields.fault(format!("annual_predicates[{n}].year"), "must be that of the first row");
        }
    }
    year(fields, "annual_predicates[0].year", first)
}

fn rows(fields: &mut Fields, given: &[pb::AnnualPredicate]) -> Vec<SetAnnualPredicate> {
    check_count(fields, "annual_predicates", given.len());
    let mut known = HashSet::new();
    let mut rows = Vec::new();
    for (n, one) in given.iter().enumerate() {
        let path = format!("annual_predicates[{n}]");
        let row = row(fields, &path, one);
        // By the id and not its text: one person written in two ways is still one.
        if row.as_ref().is_some_and(|row| !known.insert(row.employee_id)) {
            fields.fault(format!("{path}.employee_id"), "is named before");
        }
        rows.extend(row);
    }
    rows
}

fn row(fields: &mut Fields, path: &str, given: &pb::AnnualPredicate) -> Option<SetAnnualPredicate> {
    let employee_id = fields.id(&format!("{path}.employee_id"), &given.employee_id);
    let results = fields.one_of(&format!("{path}.results"), given.results, words::rating);
    let behaviour = fields.one_of(&format!("{path}.behaviour"), given.behaviour, words::rating);
    let text = fields.text(&format!("{path}.review"), &given.review, MAX_PROSE);
    let mut parts = BTreeMap::new();
    for (n, part) in given.parts.iter().enumerate() {
        let id = fields.id(&format!("{path}.parts[{n}].evaluation_id"), &part.evaluation_id);
        parts.insert(id, fields.etag(&format!("{path}.parts[{n}].etag"), &part.etag));
    }
    let review = Review { results: results?, behaviour: behaviour?, text, parts };
    Some(SetAnnualPredicate { employee_id, review })
}

fn list(fields: &mut Fields, request: &pb::ListAnnualPredicatesRequest) -> ListAnnualPredicates {
    if let Some(person) = fields.opt_id("employee_id", &request.employee_id) {
        if request.year != 0 || !request.unit_id.is_empty() {
            fields.fault("employee_id", "must be the only filter");
        }
        return ListAnnualPredicates::Of(person);
    }
    ListAnnualPredicates::In {
        year: year(fields, "year", request.year),
        unit: fields.opt_id("unit_id", &request.unit_id),
    }
}

fn result(
    employee_id: EmployeeId,
    made: Result<AnnualPredicate, Error>,
) -> pb::AnnualPredicateRowResult {
    use pb::annual_predicate_row_result::Outcome;
    let outcome = match made {
        // The review may be long, and a reply holds hundreds.
        Ok(set) => {
            Outcome::AnnualPredicate(pb::AnnualPredicate { review: String::new(), ..set.into() })
        }
        Err(error) => Outcome::Refusal(refusal(error)),
    };
    let employee_id = employee_id.to_string();
    pb::AnnualPredicateRowResult { employee_id, outcome: Some(outcome) }
}

impl From<AnnualPredicate> for pb::AnnualPredicate {
    fn from(set: AnnualPredicate) -> Self {
        let parts = set.review.parts.iter().map(|(id, revision)| pb::EvaluationRef {
            evaluation_id: id.to_string(),
            etag: etag(*revision),
        });
        Self {
            annual_predicate_id: set.id.to_string(),
            employee_id: set.employee_id.to_string(),
            year: set.year.into(),
            results: pb::Rating::from(set.review.results).into(),
            behaviour: pb::Rating::from(set.review.behaviour).into(),
            predicate: pb::Predicate::from(set.predicate).into(),
            parts: parts.collect(),
            review: set.review.text,
            cycle_id: set.cycle_id.to_string(),
            policy_id: set.policy_id.to_string(),
            rater: Some(set.rater.into()),
            set_time: Some(kinerja_kit::fields::instant(set.set_at)),
            unit_id: set.unit_id.to_string(),
            etag: etag(set.revision),
        }
    }
}
