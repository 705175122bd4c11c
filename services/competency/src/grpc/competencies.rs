use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_NAME, MAX_PROSE, etag},
    idempotency::RequestKey,
    paging::Scope,
};
use kinerja_proto::competency::v1::{self as pb, competency_service_server::CompetencyService};
use tonic::{Request, Response, Status};

use super::{Face, code, level};
use crate::{
    app::{CompetencyWords, RetireCompetency},
    domain::{Bilingual, Competency, Kind, Mastery, Ownership},
};

/// Of one level.
const MAX_BEHAVIOURS: usize = 20;
const MAX_BEHAVIOUR: usize = 1000;

#[tonic::async_trait]
impl CompetencyService for Face {
    async fn get_competency(
        &self,
        request: Request<pb::GetCompetencyRequest>,
    ) -> Result<Response<pb::GetCompetencyResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let code = code(&mut fields, "code", &request.code);
        fields.finish()?;
        let competency = self.app.get_competency(&caller, &code).await?;
        Ok(Response::new(pb::GetCompetencyResponse { competency: Some(competency.into()) }))
    }

    async fn list_competencies(
        &self,
        request: Request<pb::ListCompetenciesRequest>,
    ) -> Result<Response<pb::ListCompetenciesResponse>, Status> {
        let (caller, mut request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let size = std::mem::take(&mut request.page_size);
        let token = std::mem::take(&mut request.page_token);
        let kind = (request.kind != 0).then(|| fields.one_of("kind", request.kind, kind)).flatten();
        let scope = Scope::of("ListCompetencies", &caller, &request);
        let page = fields.page(size, &token, scope);
        fields.finish()?;
        let page = self.app.list_competencies(&caller, kind, page).await?;
        Ok(Response::new(pb::ListCompetenciesResponse {
            competencies: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn create_competency(
        &self,
        request: Request<pb::CreateCompetencyRequest>,
    ) -> Result<Response<pb::CreateCompetencyResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "CreateCompetency", &request.request_id, &request);
        let pb::CreateCompetencyRequest { code, name, definition, levels, .. } = request;
        let new = words(&mut fields, Wire { code, name, definition, levels }, key);
        fields.finish()?;
        let competency = self.app.create_competency(&caller, new).await?;
        Ok(Response::new(pb::CreateCompetencyResponse { competency: Some(competency.into()) }))
    }

    async fn update_competency(
        &self,
        request: Request<pb::UpdateCompetencyRequest>,
    ) -> Result<Response<pb::UpdateCompetencyResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "UpdateCompetency", &request.request_id, &request);
        let revision = fields.etag("etag", &request.etag);
        let pb::UpdateCompetencyRequest { code, name, definition, levels, .. } = request;
        let new = words(&mut fields, Wire { code, name, definition, levels }, key);
        fields.finish()?;
        let competency = self.app.update_competency(&caller, new, revision).await?;
        Ok(Response::new(pb::UpdateCompetencyResponse { competency: Some(competency.into()) }))
    }

    async fn retire_competency(
        &self,
        request: Request<pb::RetireCompetencyRequest>,
    ) -> Result<Response<pb::RetireCompetencyResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let retire = RetireCompetency {
            code: code(&mut fields, "code", &request.code),
            revision: fields.etag("etag", &request.etag),
            key: fields.request_key(&caller, "RetireCompetency", &request.request_id, &request),
        };
        fields.finish()?;
        let competency = self.app.retire_competency(&caller, retire).await?;
        Ok(Response::new(pb::RetireCompetencyResponse { competency: Some(competency.into()) }))
    }
}

/// What a request says of a technical competency.
struct Wire {
    code: String,
    name: Option<pb::Bilingual>,
    definition: Option<pb::Bilingual>,
    levels: Vec<pb::CompetencyLevel>,
}

fn words(fields: &mut Fields, wire: Wire, key: RequestKey) -> CompetencyWords {
    let code = code(fields, "code", &wire.code);
    if code.kind() != Kind::Technical {
        fields.fault("code", "must begin with T.");
    }
    CompetencyWords {
        code,
        name: bilingual(fields, "name", wire.name, MAX_NAME),
        definition: bilingual(fields, "definition", wire.definition, MAX_PROSE),
        levels: masteries(fields, wire.levels),
        key,
    }
}

fn masteries(fields: &mut Fields, levels: Vec<pb::CompetencyLevel>) -> Vec<Mastery> {
    let mut masteries: Vec<Mastery> = vec![];
    for (nth, given) in levels.into_iter().enumerate() {
        let place = format!("levels[{nth}]");
        if !(1..=MAX_BEHAVIOURS).contains(&given.behaviours.len()) {
            let fault = format!("must be from 1 to {MAX_BEHAVIOURS}");
            fields.fault(format!("{place}.behaviours"), fault);
        }
        let each = given.behaviours.into_iter().take(MAX_BEHAVIOURS).enumerate();
        let behaviours = each.map(|(of, text)| {
            let field = format!("{place}.behaviours[{of}]");
            bilingual(fields, &field, Some(text), MAX_BEHAVIOUR)
        });
        let behaviours = behaviours.collect();
        let level = level(fields, &format!("{place}.level"), given.level, 1);
        masteries.push(Mastery { level, name: Bilingual::default(), behaviours });
    }
    masteries.sort_by_key(|mastery| mastery.level);
    if !masteries.iter().map(|mastery| mastery.level.get()).eq(1..=5) {
        fields.fault("levels", "must hold each level from 1 to 5 once");
    }
    masteries
}

fn bilingual(
    fields: &mut Fields,
    field: &str,
    text: Option<pb::Bilingual>,
    max: usize,
) -> Bilingual {
    let text = text.unwrap_or_default();
    Bilingual {
        indonesian: fields.text(&format!("{field}.indonesian"), &text.indonesian, max),
        english: fields.text(&format!("{field}.english"), &text.english, max),
    }
}

fn kind(wire: pb::CompetencyKind) -> Option<Kind> {
    match wire {
        pb::CompetencyKind::Unspecified => None,
        pb::CompetencyKind::Managerial => Some(Kind::Managerial),
        pb::CompetencyKind::SocioCultural => Some(Kind::SocioCultural),
        pb::CompetencyKind::Technical => Some(Kind::Technical),
    }
}

impl From<Kind> for pb::CompetencyKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Managerial => Self::Managerial,
            Kind::SocioCultural => Self::SocioCultural,
            Kind::Technical => Self::Technical,
        }
    }
}

impl From<Competency> for pb::Competency {
    fn from(competency: Competency) -> Self {
        Self {
            retired: competency.is_retired(),
            etag: match competency.ownership {
                Ownership::National => String::new(),
                Ownership::Own { revision, .. } => etag(revision),
            },
            code: competency.code.to_string(),
            kind: pb::CompetencyKind::from(competency.kind).into(),
            name: Some(competency.name.into()),
            definition: Some(competency.definition.into()),
            levels: competency.levels.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Mastery> for pb::CompetencyLevel {
    fn from(mastery: Mastery) -> Self {
        Self {
            level: i32::from(mastery.level.get()),
            name: Some(mastery.name.into()),
            behaviours: mastery.behaviours.into_iter().map(Into::into).collect(),
        }
    }
}
