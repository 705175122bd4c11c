use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_NAME, etag},
    paging::Scope,
};
use kinerja_proto::registry::v1 as pb;
use tonic::{Request, Response, Status};

use super::{opt_civil, units::MAX_CODE, words};
use crate::{
    app::{
        App, Mutation,
        positions::{CreatePosition, PositionTraits},
    },
    domain::{Position, PositionKind, PositionLevel, Rung},
};

const MAX_SEATS: i32 = 10_000;
const MAX_DUTIES: usize = 50;
const MAX_DUTY: usize = 500;

#[derive(Debug, Clone)]
pub(super) struct Positions(App);

impl Positions {
    pub(super) fn new(app: &App) -> Self {
        Self(app.clone())
    }
}

#[tonic::async_trait]
impl pb::position_service_server::PositionService for Positions {
    async fn create_position(
        &self,
        request: Request<pb::CreatePositionRequest>,
    ) -> Result<Response<pb::CreatePositionResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let new = CreatePosition {
            unit: fields.id("unit_id", &request.unit_id),
            opened_on: fields.date("opened_on", &request.opened_on),
            key: fields.request_key(&caller, "CreatePosition", &request.request_id, &request),
            traits: traits(
                &mut fields,
                pb::UpdatePositionRequest {
                    code: request.code,
                    name: request.name,
                    kind: request.kind,
                    level: request.level,
                    class: request.class,
                    heads_unit: request.heads_unit,
                    seats: request.seats,
                    technical_duties: request.technical_duties,
                    ..Default::default()
                },
            ),
        };
        fields.finish()?;
        let position = self.0.create_position(&caller, new).await?;
        Ok(Response::new(pb::CreatePositionResponse { position: Some(position.into()) }))
    }

    async fn update_position(
        &self,
        request: Request<pb::UpdatePositionRequest>,
    ) -> Result<Response<pb::UpdatePositionResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("position_id", &request.position_id);
        let mutation = Mutation {
            key: fields.request_key(&caller, "UpdatePosition", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        let traits = traits(&mut fields, request);
        fields.finish()?;
        let position = self.0.update_position(&caller, id, traits, mutation).await?;
        Ok(Response::new(pb::UpdatePositionResponse { position: Some(position.into()) }))
    }

    async fn close_position(
        &self,
        request: Request<pb::ClosePositionRequest>,
    ) -> Result<Response<pb::ClosePositionResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("position_id", &request.position_id);
        let closed_on = fields.date("closed_on", &request.closed_on);
        let mutation = Mutation {
            key: fields.request_key(&caller, "ClosePosition", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        fields.finish()?;
        let position = self.0.close_position(&caller, id, closed_on, mutation).await?;
        Ok(Response::new(pb::ClosePositionResponse { position: Some(position.into()) }))
    }

    async fn get_position(
        &self,
        request: Request<pb::GetPositionRequest>,
    ) -> Result<Response<pb::GetPositionResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("position_id", &request.position_id);
        fields.finish()?;
        let position = self.0.get_position(&caller, id).await?;
        Ok(Response::new(pb::GetPositionResponse { position: Some(position.into()) }))
    }

    async fn list_positions(
        &self,
        request: Request<pb::ListPositionsRequest>,
    ) -> Result<Response<pb::ListPositionsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let unit = fields.opt_id("unit_id", &request.unit_id);
        let (size, token) = (request.page_size, request.page_token.clone());
        let scoped =
            pb::ListPositionsRequest { page_size: 0, page_token: String::new(), ..request };
        let page = fields.page(size, &token, Scope::of("ListPositions", &caller, &scoped));
        fields.finish()?;
        let page = self.0.list_positions(&caller, unit, page).await?;
        Ok(Response::new(pb::ListPositionsResponse {
            positions: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }
}

/// What a position is, in the fields that creating and updating share.
fn traits(fields: &mut Fields, request: pb::UpdatePositionRequest) -> PositionTraits {
    if !(0..=17).contains(&request.class) {
        fields.fault("class", "must be from 1 to 17, or 0 when unknown");
    }
    let seats = if request.seats == 0 { 1 } else { request.seats };
    if !(1..=MAX_SEATS).contains(&seats) {
        fields.fault("seats", "must be from 1 to 10000");
    }
    if request.heads_unit && seats != 1 {
        fields.fault("seats", "must be 1 for the head of a unit");
    }
    if request.technical_duties.len() > MAX_DUTIES {
        fields.fault("technical_duties", "must be at most 50");
    }
    let duties = request
        .technical_duties
        .iter()
        .enumerate()
        .map(|(nth, duty)| fields.text(&format!("technical_duties[{nth}]"), duty, MAX_DUTY));
    PositionTraits {
        technical_duties: duties.collect(),
        code: fields.opt_text("code", &request.code, MAX_CODE),
        name: fields.text("name", &request.name, MAX_NAME),
        rung: rung(fields, request.kind, request.level),
        class: i16::try_from(request.class).ok().filter(|class| *class > 0),
        heads_unit: request.heads_unit,
        seats,
    }
}

fn rung(fields: &mut Fields, kind: i32, level: i32) -> Rung {
    let kind = fields.one_of("kind", kind, |kind: pb::PositionKind| {
        words::read(kind.as_str_name(), "POSITION_KIND_")
    });
    let unset = level == pb::PositionLevel::Unspecified as i32;
    let level = (!unset).then(|| {
        fields.one_of("level", level, |level: pb::PositionLevel| {
            words::read::<PositionLevel>(level.as_str_name(), "POSITION_LEVEL_")
        })
    });
    let kind = kind.unwrap_or(PositionKind::Pelaksana);
    Rung::try_new(kind, level.flatten()).unwrap_or_else(|fault| {
        fields.fault("level", fault.to_string());
        Rung::try_new(PositionKind::Pelaksana, None).expect("a pelaksana may have no level")
    })
}

impl From<Position> for pb::Position {
    fn from(position: Position) -> Self {
        let level = position.rung.level().map(PositionLevel::as_str).unwrap_or_default();
        Self {
            position_id: position.id.to_string(),
            unit_id: position.unit.to_string(),
            code: position.code.unwrap_or_default(),
            name: position.name,
            kind: words::position_kind(position.rung.kind().as_str()),
            level: words::position_level(level),
            class: position.class.map(i32::from).unwrap_or_default(),
            heads_unit: position.heads_unit,
            seats: position.seats,
            technical_duties: position.technical_duties,
            opened_on: position.opened_on.to_string(),
            closed_on: opt_civil(position.closed_on),
            etag: etag(position.revision),
        }
    }
}
