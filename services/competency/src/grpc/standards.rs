use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_NAME, etag, instant},
    paging::Scope,
};
use kinerja_proto::competency::v1::{self as pb, standard_service_server::StandardService};
use tonic::{Request, Response, Status};

use super::{Face, code, level, once_each};
use crate::{
    app::{CreateStandard, WithdrawStandard},
    domain::{Code, Level, POSITION_KINDS, PostScope, Requirement, Standard},
};

#[tonic::async_trait]
impl StandardService for Face {
    async fn resolve_standard(
        &self,
        request: Request<pb::ResolveStandardRequest>,
    ) -> Result<Response<pb::ResolveStandardResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let posts = posts(&mut fields, request.posts);
        let on = fields.opt_date("on", &request.on);
        fields.finish()?;
        let asked = self.app.resolve_standard(&caller, posts, on).await?;
        let requirements = asked.into_iter().map(Into::into).collect();
        Ok(Response::new(pb::ResolveStandardResponse { requirements }))
    }

    async fn get_standard(
        &self,
        request: Request<pb::GetStandardRequest>,
    ) -> Result<Response<pb::GetStandardResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("standard_id", &request.standard_id);
        fields.finish()?;
        let standard = self.app.get_standard(&caller, id).await?;
        Ok(Response::new(pb::GetStandardResponse { standard: Some(standard.into()) }))
    }

    async fn list_standards(
        &self,
        request: Request<pb::ListStandardsRequest>,
    ) -> Result<Response<pb::ListStandardsResponse>, Status> {
        let (caller, mut request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let size = std::mem::take(&mut request.page_size);
        let token = std::mem::take(&mut request.page_token);
        let page = fields.page(size, &token, Scope::of("ListStandards", &caller, &request));
        let kind = fields.opt_text("position_kind", &request.position_kind, MAX_NAME);
        fields.finish()?;
        let page = self.app.list_standards(&caller, kind, page).await?;
        Ok(Response::new(pb::ListStandardsResponse {
            standards: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn create_standard(
        &self,
        request: Request<pb::CreateStandardRequest>,
    ) -> Result<Response<pb::CreateStandardResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let new = CreateStandard {
            key: fields.request_key(&caller, "CreateStandard", &request.request_id, &request),
            posts: posts(&mut fields, request.posts),
            valid_from: fields.date("valid_from", &request.valid_from),
            source: fields.text("source", &request.source, MAX_NAME),
            levels: required(&mut fields, &request.levels),
        };
        fields.finish()?;
        let standard = self.app.create_standard(&caller, new).await?;
        Ok(Response::new(pb::CreateStandardResponse { standard: Some(standard.into()) }))
    }

    async fn withdraw_standard(
        &self,
        request: Request<pb::WithdrawStandardRequest>,
    ) -> Result<Response<pb::WithdrawStandardResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let withdraw = WithdrawStandard {
            id: fields.id("standard_id", &request.standard_id),
            revision: fields.etag("etag", &request.etag),
            key: fields.request_key(&caller, "WithdrawStandard", &request.request_id, &request),
        };
        fields.finish()?;
        let standard = self.app.withdraw_standard(&caller, withdraw).await?;
        Ok(Response::new(pb::WithdrawStandardResponse { standard: Some(standard.into()) }))
    }
}

fn posts(fields: &mut Fields, posts: Option<pb::PostScope>) -> PostScope {
    let posts = posts.unwrap_or_default();
    if !POSITION_KINDS.contains(&posts.position_kind.as_str()) {
        fields.fault("posts.position_kind", "must be a kind of position as the registry names it");
    }
    let level = fields.opt_text("posts.position_level", &posts.position_level, MAX_NAME);
    PostScope {
        kind: posts.position_kind,
        level: level.unwrap_or_default(),
        position_id: fields.opt_id("posts.position_id", &posts.position_id),
    }
}

fn required(fields: &mut Fields, levels: &[pb::RequiredLevel]) -> Vec<(Code, Level)> {
    let each = levels.iter().enumerate().map(|(nth, asked)| {
        let code = code(fields, &format!("levels[{nth}].competency_code"), &asked.competency_code);
        (code, level(fields, &format!("levels[{nth}].level"), asked.level, 0))
    });
    let levels: Vec<_> = each.collect();
    once_each(fields, "levels", levels.iter().map(|(code, _)| code));
    levels
}

impl From<PostScope> for pb::PostScope {
    fn from(posts: PostScope) -> Self {
        Self {
            position_kind: posts.kind,
            position_level: posts.level,
            position_id: posts.position_id.map(|id| id.to_string()).unwrap_or_default(),
        }
    }
}

impl From<Requirement> for pb::Requirement {
    fn from(asked: Requirement) -> Self {
        Self {
            competency_code: asked.code.to_string(),
            level: i32::from(asked.level.get()),
            source: asked.source,
            policy_version: asked.policy_version.unwrap_or_default(),
            standard_id: asked.standard_id.map(|id| id.to_string()).unwrap_or_default(),
            valid_from: asked.valid_from.to_string(),
        }
    }
}

impl From<Standard> for pb::Standard {
    fn from(standard: Standard) -> Self {
        let level = |(code, level): (Code, Level)| pb::RequiredLevel {
            competency_code: code.to_string(),
            level: i32::from(level.get()),
        };
        Self {
            id: standard.id.to_string(),
            posts: Some(standard.posts.into()),
            valid_from: standard.valid_from.to_string(),
            source: standard.source,
            levels: standard.levels.into_iter().map(level).collect(),
            create_time: Some(instant(standard.created_at)),
            withdraw_time: standard.withdrawn_at.map(instant),
            etag: etag(standard.revision),
        }
    }
}
