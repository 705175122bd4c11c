use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_NAME, etag},
    paging::Scope,
};
use kinerja_proto::registry::v1 as pb;
use tonic::{Request, Response, Status};

use super::discipline::{Sheet, count, days, rows_fit};
use crate::{
    app::{
        App, Mutation,
        discipline::BulkRow,
        licences::{CreateLicence, ExpiringLicence, LicenceText},
    },
    domain::licence::{Licence, LicenceKind, LicenceTerm},
};

const MAX_NUMBER: usize = 100;

#[derive(Debug, Clone)]
pub(crate) struct Licences {
    app: App,
}

impl Licences {
    pub(crate) fn new(app: &App) -> Self {
        Self { app: app.clone() }
    }
}

#[tonic::async_trait]
impl pb::licence_service_server::LicenceService for Licences {
    async fn create_licence(
        &self,
        request: Request<pb::CreateLicenceRequest>,
    ) -> Result<Response<pb::CreateLicenceResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let employee = fields.id("employee_id", &request.employee_id);
        let kind = fields.one_of("kind", request.kind, kind);
        let text = Text {
            number: &request.number,
            issuer: &request.issuer,
            issued_on: &request.issued_on,
            expires_on: &request.expires_on,
        };
        let text = text.read(&mut fields);
        let key = fields.request_key(&caller, "CreateLicence", &request.request_id, &request);
        let (kind, text) = finish(fields, kind.zip(text))?;
        let new = CreateLicence { employee, kind, text, key };
        let licence = self.app.create_licence(&caller, new).await?;
        Ok(Response::new(pb::CreateLicenceResponse { licence: Some(licence.into()) }))
    }

    async fn import_licences(
        &self,
        request: Request<pb::ImportLicencesRequest>,
    ) -> Result<Response<pb::ImportLicencesResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "ImportLicences", &request.request_id, &request);
        rows_fit(&mut fields, request.rows.len());
        fields.finish()?;
        let mut sheet = Sheet::default();
        let rows = request.rows.iter().enumerate();
        let rows = rows.filter_map(|(row, wire)| licence(&mut sheet, row, wire)).collect();
        let outcome = self.app.import_licences(&caller, rows, &key).await?;
        sheet.unknown(&outcome.unknown);
        for row in outcome.taken {
            sheet.fault(row, "number", "is of another person's licence");
        }
        let (recorded, faults) = (count(outcome.recorded), sheet.into_faults());
        Ok(Response::new(pb::ImportLicencesResponse { recorded, faults }))
    }

    async fn update_licence(
        &self,
        request: Request<pb::UpdateLicenceRequest>,
    ) -> Result<Response<pb::UpdateLicenceResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("licence_id", &request.licence_id);
        let text = Text {
            number: &request.number,
            issuer: &request.issuer,
            issued_on: &request.issued_on,
            expires_on: &request.expires_on,
        };
        let text = text.read(&mut fields);
        let mutation = Mutation {
            key: fields.request_key(&caller, "UpdateLicence", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        let text = finish(fields, text)?;
        let licence = self.app.update_licence(&caller, id, text, mutation).await?;
        Ok(Response::new(pb::UpdateLicenceResponse { licence: Some(licence.into()) }))
    }

    async fn get_licence(
        &self,
        request: Request<pb::GetLicenceRequest>,
    ) -> Result<Response<pb::GetLicenceResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("licence_id", &request.licence_id);
        fields.finish()?;
        let licence = self.app.get_licence(&caller, id).await?;
        Ok(Response::new(pb::GetLicenceResponse { licence: Some(licence.into()) }))
    }

    async fn list_licences(
        &self,
        request: Request<pb::ListLicencesRequest>,
    ) -> Result<Response<pb::ListLicencesResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let employee = fields.id("employee_id", &request.employee_id);
        let bare =
            pb::ListLicencesRequest { employee_id: request.employee_id, ..Default::default() };
        let scope = Scope::of("ListLicences", &caller, &bare);
        let page = fields.page(request.page_size, &request.page_token, scope);
        fields.finish()?;
        let page = self.app.list_licences(&caller, employee, page).await?;
        Ok(Response::new(pb::ListLicencesResponse {
            licences: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn list_expiring_licences(
        &self,
        request: Request<pb::ListExpiringLicencesRequest>,
    ) -> Result<Response<pb::ListExpiringLicencesResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let days = days(&mut fields, &request.from_on, &request.until_on);
        let bare = pb::ListExpiringLicencesRequest {
            from_on: request.from_on,
            until_on: request.until_on,
            ..Default::default()
        };
        let scope = Scope::of("ListExpiringLicences", &caller, &bare);
        let page = fields.page(request.page_size, &request.page_token, scope);
        fields.finish()?;
        let page = self.app.list_expiring_licences(&caller, days, page).await?;
        Ok(Response::new(pb::ListExpiringLicencesResponse {
            licences: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }
}

/// What a licence says, as it came.
struct Text<'a> {
    number: &'a str,
    issuer: &'a str,
    issued_on: &'a str,
    expires_on: &'a str,
}

impl Text<'_> {
    fn read(&self, fields: &mut Fields) -> Option<LicenceText> {
        let number = fields.text("number", self.number, MAX_NUMBER);
        let issuer = fields.text("issuer", self.issuer, MAX_NAME);
        let issued_on = fields.date("issued_on", self.issued_on);
        let expires_on = fields.date("expires_on", self.expires_on);
        let term = LicenceTerm::try_new(issued_on, expires_on);
        let term = term.map_err(|fault| fields.fault("expires_on", fault.to_string())).ok()?;
        Some(LicenceText { number, issuer, term })
    }
}

/// What was read, when nothing was faulty.
fn finish<T>(fields: Fields, read: Option<T>) -> Result<T, Status> {
    fields.finish()?;
    read.ok_or_else(|| Status::internal("what is missing is a fault"))
}

fn kind(kind: pb::LicenceKind) -> Option<LicenceKind> {
    match kind {
        pb::LicenceKind::Unspecified => None,
        pb::LicenceKind::Str => Some(LicenceKind::Str),
        pb::LicenceKind::Sip => Some(LicenceKind::Sip),
        pb::LicenceKind::Other => Some(LicenceKind::Other),
    }
}

fn licence(
    sheet: &mut Sheet,
    row: usize,
    wire: &pb::LicenceRow,
) -> Option<BulkRow<(LicenceKind, LicenceText)>> {
    let holder = sheet.number(row, &wire.identity_number);
    let kind = kind(wire.kind());
    if kind.is_none() {
        sheet.fault(row, "kind", "must be one of the values of its enum");
    }
    let number = sheet.text(row, "number", &wire.number, MAX_NUMBER);
    let issuer = sheet.text(row, "issuer", &wire.issuer, MAX_NAME);
    let issued_on = sheet.date(row, "issued_on", &wire.issued_on);
    let expires_on = sheet.date(row, "expires_on", &wire.expires_on);
    let term = LicenceTerm::try_new(issued_on?, expires_on?);
    let term = term.map_err(|fault| sheet.fault(row, "expires_on", fault.to_string())).ok()?;
    let text = LicenceText { number: number?, issuer: issuer?, term };
    Some(BulkRow { row, number: holder?, fact: (kind?, text) })
}

impl From<Licence> for pb::Licence {
    fn from(licence: Licence) -> Self {
        let kind = match licence.kind {
            LicenceKind::Str => pb::LicenceKind::Str,
            LicenceKind::Sip => pb::LicenceKind::Sip,
            LicenceKind::Other => pb::LicenceKind::Other,
        };
        Self {
            id: licence.id.to_string(),
            employee_id: licence.employee.to_string(),
            kind: kind.into(),
            number: licence.number,
            issuer: licence.issuer,
            issued_on: licence.term.issued_on().to_string(),
            expires_on: licence.term.expires_on().to_string(),
            etag: etag(licence.revision),
        }
    }
}

impl From<ExpiringLicence> for pb::ExpiringLicence {
    fn from(expiring: ExpiringLicence) -> Self {
        let unit = expiring.holder.as_ref().and_then(|holder| holder.unit_id);
        Self {
            licence: Some(expiring.licence.into()),
            employee_name: expiring.holder.map(|holder| holder.display_name).unwrap_or_default(),
            unit_id: unit.map(|unit| unit.to_string()).unwrap_or_default(),
        }
    }
}
