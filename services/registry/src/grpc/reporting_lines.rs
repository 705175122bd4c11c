use kinerja_kit::{
    auth::Caller,
    fields::{Fields, etag},
    paging::Scope,
};
use kinerja_proto::{
    Reason as _,
    registry::v1::{self as pb, PassOverCause},
};
use tonic::{Request, Response, Status};

use super::{day, opt_id, words};
use crate::{
    app::{App, Mutation, reporting_lines::Resolved},
    domain::{
        EmployeeId,
        reporting_line::{Basis, Cause, Instrument, Official, PassedOver},
    },
    store::reporting_lines::ReportingLineRow,
};

const MAX_PEOPLE: usize = 500;

#[derive(Debug, Clone)]
pub(super) struct ReportingLines(App);

impl ReportingLines {
    pub(super) fn new(app: &App) -> Self {
        Self(app.clone())
    }
}

#[tonic::async_trait]
impl pb::reporting_line_service_server::ReportingLineService for ReportingLines {
    async fn resolve_rater(
        &self,
        request: Request<pb::ResolveRaterRequest>,
    ) -> Result<Response<pb::ResolveRaterResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let employee = fields.id("employee_id", &request.employee_id);
        let on = fields.opt_date("on", &request.on);
        fields.finish()?;
        let resolved = self.0.resolve_rater(&caller, employee, on).await?;
        Ok(Response::new(pb::ResolveRaterResponse { resolution: Some(resolved.into()) }))
    }

    async fn resolve_raters(
        &self,
        request: Request<pb::ResolveRatersRequest>,
    ) -> Result<Response<pb::ResolveRatersResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let employees = people(&mut fields, &request.employee_ids);
        let on = fields.opt_date("on", &request.on);
        fields.finish()?;
        let found = self.0.resolve_raters(&caller, &employees, on).await?;
        let unresolved = found.unresolved.into_iter().map(|(employee, reason)| {
            let (employee_id, reason) = (employee.to_string(), reason.name().to_owned());
            pb::UnresolvedRater { employee_id, reason }
        });
        Ok(Response::new(pb::ResolveRatersResponse {
            resolutions: found.resolved.into_iter().map(Into::into).collect(),
            unresolved: unresolved.collect(),
        }))
    }

    async fn set_reporting_line(
        &self,
        request: Request<pb::SetReportingLineRequest>,
    ) -> Result<Response<pb::SetReportingLineResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let employee: EmployeeId = fields.id("employee_id", &request.employee_id);
        let rater: Option<EmployeeId> =
            fields.opt_id("rater_employee_id", &request.rater_employee_id);
        let from_on = fields.date("from_on", &request.from_on);
        let mutation = Mutation {
            key: fields.request_key(&caller, "SetReportingLine", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        fields.finish()?;
        let set = self.0.set_reporting_line(&caller, employee, rater, from_on, mutation);
        let revision = set.await?;
        Ok(Response::new(pb::SetReportingLineResponse {
            reporting_line: Some(pb::ReportingLine {
                employee_id: employee.to_string(),
                from_on: from_on.to_string(),
                rater_employee_id: rater.map(|rater| rater.to_string()).unwrap_or_default(),
            }),
            etag: etag(revision),
        }))
    }

    async fn list_reporting_lines(
        &self,
        request: Request<pb::ListReportingLinesRequest>,
    ) -> Result<Response<pb::ListReportingLinesResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let employee = fields.id("employee_id", &request.employee_id);
        let (size, token) = (request.page_size, request.page_token.clone());
        let scoped =
            pb::ListReportingLinesRequest { page_size: 0, page_token: String::new(), ..request };
        let page = fields.page(size, &token, Scope::of("ListReportingLines", &caller, &scoped));
        fields.finish()?;
        let page = self.0.list_reporting_lines(&caller, employee, page).await?;
        Ok(Response::new(pb::ListReportingLinesResponse {
            reporting_lines: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }
}

fn people(fields: &mut Fields, ids: &[String]) -> Vec<EmployeeId> {
    if !(1..=MAX_PEOPLE).contains(&ids.len()) {
        fields.fault("employee_ids", "must be from 1 to 500");
    }
    let ids = ids.iter().enumerate();
    let people: Vec<EmployeeId> =
        ids.map(|(nth, id)| fields.id(&format!("employee_ids[{nth}]"), id)).collect();
    let mut sorted = people.clone();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        fields.fault("employee_ids", "must name each person once");
    }
    people
}

impl From<ReportingLineRow> for pb::ReportingLine {
    fn from(row: ReportingLineRow) -> Self {
        Self {
            employee_id: row.employee_id.to_string(),
            from_on: day(row.from_on),
            rater_employee_id: opt_id(row.rater_employee_id),
        }
    }
}

impl From<Resolved> for pb::RaterResolution {
    fn from(resolved: Resolved) -> Self {
        let resolution = resolved.resolution;
        let (indonesian, english) = (resolution.indonesian(), resolution.english());
        let (basis, unit_id) = match &resolution.basis {
            Basis::ExplicitLine => (pb::RaterBasis::ExplicitLine, String::new()),
            Basis::HeadOfUnit { unit, is_own: true, .. } => {
                (pb::RaterBasis::HeadOfUnit, unit.to_string())
            }
            Basis::HeadOfUnit { unit, is_own: false, .. } => {
                (pb::RaterBasis::HeadOfUnitAbove, unit.to_string())
            }
            Basis::RecusalDelegate { .. } => (pb::RaterBasis::RecusalDelegate, String::new()),
        };
        Self {
            employee_id: resolution.employee.to_string(),
            on: resolved.on.to_string(),
            rater: Some(resolution.rater.into()),
            rater_superior: resolution.superior.map(Into::into),
            basis: basis.into(),
            unit_id,
            passed_over: resolution.passed_over.into_iter().map(Into::into).collect(),
            policy_version: resolved.policy_version,
            indonesian,
            english,
        }
    }
}

impl From<Official> for pb::RatingOfficial {
    fn from(official: Official) -> Self {
        let mut wire = Self {
            employee_id: official.employee.to_string(),
            name: official.name,
            ..Default::default()
        };
        if let Some(office) = official.office {
            wire.position_id = office.position.to_string();
            wire.position_name = office.position_name;
            wire.position_kind = words::position_kind(office.kind.as_str());
            wire.capacity = words::assignment_kind(office.capacity.as_str());
            wire.delegation = office.delegation.map(Into::into);
        }
        wire
    }
}

impl From<Instrument> for pb::DelegationInstrument {
    fn from(instrument: Instrument) -> Self {
        Self { number: instrument.number, dated_on: instrument.dated_on.to_string() }
    }
}

impl From<PassedOver> for pb::PassedOverOfficial {
    fn from(passed: PassedOver) -> Self {
        let cause = match passed.cause {
            Cause::Vacant => PassOverCause::Vacant,
            Cause::NotEligible => PassOverCause::NotEligible,
            Cause::Oneself => PassOverCause::Oneself,
            Cause::Recused => PassOverCause::Recused,
            Cause::Subordinate => PassOverCause::Subordinate,
            Cause::NotInOffice => PassOverCause::NotInOffice,
        };
        let (employee_id, name) =
            passed.official.map(|(id, name)| (id.to_string(), name)).unwrap_or_default();
        let (unit_id, unit_name) =
            passed.unit.map(|(id, name)| (id.to_string(), name)).unwrap_or_default();
        Self { cause: cause.into(), employee_id, name, unit_id, unit_name }
    }
}
