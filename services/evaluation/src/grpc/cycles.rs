use jiff::civil::Date;
use kinerja_kit::{
    auth::Caller,
    fields::{Fields, etag, instant},
    paging::Scope,
};
use kinerja_proto::evaluation::v1 as pb;
use tonic::{Request, Response, Status};

use super::{Api, words};
use crate::{
    app::{ChangeCycle, CreateCycle},
    domain::cycle::{Cycle, Round, Window},
};

#[tonic::async_trait]
impl pb::cycle_service_server::CycleService for Api {
    async fn create_cycle(
        &self,
        request: Request<pb::CreateCycleRequest>,
    ) -> Result<Response<pb::CreateCycleResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let round = round(&mut fields, &request);
        let window = window(&mut fields, request.open_time.as_ref(), request.close_time.as_ref());
        let policy_id =
            super::policies::opt_policy_id(&mut fields, "policy_id", &request.policy_id);
        let key = fields.request_key(&caller, "CreateCycle", &request.request_id, &request);
        fields.finish()?;
        let (round, starts_on) = round.expect("a fault was named if not");
        let new = CreateCycle { round, starts_on, policy_id, window, key };
        let cycle = self.app.create_cycle(&caller, new).await?;
        Ok(Response::new(pb::CreateCycleResponse { cycle: Some(cycle.into()) }))
    }

    async fn get_cycle(
        &self,
        request: Request<pb::GetCycleRequest>,
    ) -> Result<Response<pb::GetCycleResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("cycle_id", &request.cycle_id);
        fields.finish()?;
        let cycle = self.app.get_cycle(&caller, id).await?;
        Ok(Response::new(pb::GetCycleResponse { cycle: Some(cycle.into()) }))
    }

    async fn list_cycles(
        &self,
        request: Request<pb::ListCyclesRequest>,
    ) -> Result<Response<pb::ListCyclesResponse>, Status> {
        let (caller, mut request) = (Caller::of(&request)?, request.into_inner());
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let scope = Scope::of("ListCycles", &caller, &request);
        let mut fields = Fields::default();
        let page = fields.page(size, &token, scope);
        fields.finish()?;
        let page = self.app.list_cycles(&caller, page).await?;
        Ok(Response::new(pb::ListCyclesResponse {
            cycles: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn open_cycle(
        &self,
        request: Request<pb::OpenCycleRequest>,
    ) -> Result<Response<pb::OpenCycleResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let change = ChangeCycle {
            id: fields.id("cycle_id", &request.cycle_id),
            revision: fields.etag("etag", &request.etag),
            key: fields.request_key(&caller, "OpenCycle", &request.request_id, &request),
        };
        fields.finish()?;
        let cycle = self.app.open_cycle(&caller, change).await?;
        Ok(Response::new(pb::OpenCycleResponse { cycle: Some(cycle.into()) }))
    }

    async fn set_cycle_window(
        &self,
        request: Request<pb::SetCycleWindowRequest>,
    ) -> Result<Response<pb::SetCycleWindowResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let change = ChangeCycle {
            id: fields.id("cycle_id", &request.cycle_id),
            revision: fields.etag("etag", &request.etag),
            key: fields.request_key(&caller, "SetCycleWindow", &request.request_id, &request),
        };
        let window = window(&mut fields, request.open_time.as_ref(), request.close_time.as_ref());
        fields.finish()?;
        let cycle = self.app.set_cycle_window(&caller, change, window).await?;
        Ok(Response::new(pb::SetCycleWindowResponse { cycle: Some(cycle.into()) }))
    }

    async fn close_cycle(
        &self,
        request: Request<pb::CloseCycleRequest>,
    ) -> Result<Response<pb::CloseCycleResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let change = ChangeCycle {
            id: fields.id("cycle_id", &request.cycle_id),
            revision: fields.etag("etag", &request.etag),
            key: fields.request_key(&caller, "CloseCycle", &request.request_id, &request),
        };
        fields.finish()?;
        let cycle = self.app.close_cycle(&caller, change).await?;
        Ok(Response::new(pb::CloseCycleResponse { cycle: Some(cycle.into()) }))
    }
}

/// The round and its first day.
fn round(fields: &mut Fields, request: &pb::CreateCycleRequest) -> Option<(Round, Date)> {
    let kind = fields.one_of("kind", request.kind, words::cycle_kind)?;
    let year = i16::try_from(request.year).unwrap_or_default();
    let ordinal = i16::try_from(request.ordinal).unwrap_or_default();
    let round = Round { year, kind, ordinal };
    let days = round.days();
    if days.is_none() {
        fields.fault("ordinal", "the year has no such cycle");
    }
    Some((round, days?.0))
}

fn window(
    fields: &mut Fields,
    opens: Option<&prost_types::Timestamp>,
    closes: Option<&prost_types::Timestamp>,
) -> Window {
    Window {
        opens_at: fields.instant("open_time", opens),
        closes_at: fields.instant("close_time", closes),
    }
}

impl From<Cycle> for pb::Cycle {
    fn from(cycle: Cycle) -> Self {
        let (starts_on, ends_on) = cycle.round.days().unwrap_or_default();
        Self {
            cycle_id: cycle.id.to_string(),
            year: cycle.round.year.into(),
            kind: pb::CycleKind::from(cycle.round.kind).into(),
            ordinal: cycle.round.ordinal.into(),
            starts_on: starts_on.to_string(),
            ends_on: ends_on.to_string(),
            policy_id: cycle.policy_id.to_string(),
            open_time: Some(instant(cycle.window.opens_at)),
            close_time: Some(instant(cycle.window.closes_at)),
            state: pb::CycleState::from(cycle.state).into(),
            create_time: Some(instant(cycle.created_at)),
            etag: etag(cycle.revision),
        }
    }
}
