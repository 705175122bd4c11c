use jiff::civil::Date;
use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_NAME, etag, instant},
    paging::Scope,
};
use kinerja_proto::planning::v1 as pb;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::names::{to_domain, to_wire};
use crate::{
    app::{App, ChangePeriod, CreatePeriod, SetPeriodWindow},
    domain::{Period, Span, Window, WindowDays},
};

#[derive(Debug, Clone)]
pub(super) struct PeriodService {
    pub(super) app: App,
}

#[tonic::async_trait]
impl pb::period_service_server::PeriodService for PeriodService {
    async fn create_period(
        &self,
        request: Request<pb::CreatePeriodRequest>,
    ) -> Result<Response<pb::CreatePeriodResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "CreatePeriod", &request.request_id, &request);
        let name = fields.text("name", &request.name, MAX_NAME);
        let span = span(&mut fields, &request);
        let windows = windows(&mut fields, &request.windows);
        fields.finish()?;
        let span = span.expect("a fault was noted in its place");
        let new = CreatePeriod { span, name, windows, key };
        let period = self.app.create_period(&caller, new).await?;
        Ok(Response::new(pb::CreatePeriodResponse { period: Some(period.into()) }))
    }

    async fn get_period(
        &self,
        request: Request<pb::GetPeriodRequest>,
    ) -> Result<Response<pb::GetPeriodResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("period_id", &request.period_id);
        fields.finish()?;
        let period = self.app.get_period(&caller, id).await?;
        Ok(Response::new(pb::GetPeriodResponse { period: Some(period.into()) }))
    }

    async fn list_periods(
        &self,
        request: Request<pb::ListPeriodsRequest>,
    ) -> Result<Response<pb::ListPeriodsResponse>, Status> {
        let (caller, mut request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let scope = Scope::of("ListPeriods", &caller, &request);
        let page = fields.page::<(Date, Uuid)>(size, &token, scope);
        fields.finish()?;
        let page = self.app.list_periods(&caller, request.year, page).await?;
        Ok(Response::new(pb::ListPeriodsResponse {
            next_page_token: page.next_token,
            periods: page.items.into_iter().map(Into::into).collect(),
        }))
    }

    async fn set_period_window(
        &self,
        request: Request<pb::SetPeriodWindowRequest>,
    ) -> Result<Response<pb::SetPeriodWindowResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "SetPeriodWindow", &request.request_id, &request);
        let period_id = fields.id("period_id", &request.period_id);
        let revision = fields.etag("etag", &request.etag);
        let given = request.window.unwrap_or_default();
        let window = window(&mut fields, "window", &given);
        fields.finish()?;
        let window = window.expect("a fault was noted in its place");
        let set = SetPeriodWindow { period_id, window, revision, key };
        let period = self.app.set_period_window(&caller, set).await?;
        Ok(Response::new(pb::SetPeriodWindowResponse { period: Some(period.into()) }))
    }

    async fn open_period(
        &self,
        request: Request<pb::OpenPeriodRequest>,
    ) -> Result<Response<pb::OpenPeriodResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "OpenPeriod", &request.request_id, &request);
        let period_id = fields.id("period_id", &request.period_id);
        let revision = fields.etag("etag", &request.etag);
        fields.finish()?;
        let change = ChangePeriod { period_id, revision, key };
        let period = self.app.open_period(&caller, change).await?;
        Ok(Response::new(pb::OpenPeriodResponse { period: Some(period.into()) }))
    }

    async fn close_period(
        &self,
        request: Request<pb::ClosePeriodRequest>,
    ) -> Result<Response<pb::ClosePeriodResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "ClosePeriod", &request.request_id, &request);
        let period_id = fields.id("period_id", &request.period_id);
        let revision = fields.etag("etag", &request.etag);
        fields.finish()?;
        let change = ChangePeriod { period_id, revision, key };
        let period = self.app.close_period(&caller, change).await?;
        Ok(Response::new(pb::ClosePeriodResponse { period: Some(period.into()) }))
    }
}

fn span(fields: &mut Fields, request: &pb::CreatePeriodRequest) -> Option<Span> {
    let kind =
        to_domain(fields, "kind", request.kind, "PERIOD_KIND_", pb::PeriodKind::as_str_name)?;
    Span::new(request.year, kind, request.ordinal)
        .map_err(|fault| fields.fault("ordinal", fault.to_string()))
        .ok()
}

fn windows(fields: &mut Fields, given: &[pb::PeriodWindow]) -> Vec<WindowDays> {
    let mut windows: Vec<WindowDays> = Vec::new();
    for (at, given) in given.iter().enumerate() {
        let path = format!("windows[{at}]");
        let Some(window) = window(fields, &path, given) else { continue };
        if windows.iter().any(|known| known.kind == window.kind) {
            fields.fault(format!("{path}.kind"), "must not be that of another window");
        }
        windows.push(window);
    }
    windows
}

fn window(fields: &mut Fields, path: &str, given: &pb::PeriodWindow) -> Option<WindowDays> {
    let kind = to_domain(
        fields,
        &format!("{path}.kind"),
        given.kind,
        "WINDOW_KIND_",
        pb::WindowKind::as_str_name,
    );
    let opens_on = fields.date(&format!("{path}.opens_on"), &given.opens_on);
    let closes_on = fields.date(&format!("{path}.closes_on"), &given.closes_on);
    if closes_on < opens_on {
        fields.fault(format!("{path}.closes_on"), "must not be before opens_on");
    }
    Some(WindowDays { kind: kind?, opens_on, closes_on })
}

impl From<Period> for pb::Period {
    fn from(period: Period) -> Self {
        let annual = (!period.is_annual()).then(|| period.annual_id.to_string());
        let span = period.span;
        Self {
            period_id: period.id.to_string(),
            year: span.year(),
            kind: to_wire("PERIOD_KIND_", span.kind(), pb::PeriodKind::from_str_name),
            ordinal: span.ordinal(),
            name: period.name,
            starts_on: span.starts_on().to_string(),
            ends_on: span.ends_on().to_string(),
            annual_period_id: annual.unwrap_or_default(),
            state: to_wire("PERIOD_STATE_", period.state, pb::PeriodState::from_str_name),
            windows: period.windows.into_iter().map(Into::into).collect(),
            time_zone: period.time_zone.iana_name().unwrap_or_default().to_owned(),
            create_time: Some(instant(period.created_at)),
            etag: etag(period.revision),
        }
    }
}

impl From<Window> for pb::PeriodWindow {
    fn from(window: Window) -> Self {
        Self {
            kind: to_wire("WINDOW_KIND_", window.days.kind, pb::WindowKind::from_str_name),
            opens_on: window.days.opens_on.to_string(),
            closes_on: window.days.closes_on.to_string(),
            open_time: Some(instant(window.opens_at)),
            close_time: Some(instant(window.closes_at)),
        }
    }
}
