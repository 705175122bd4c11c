use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_PROSE, etag, instant},
    paging::Scope,
};
use kinerja_proto::competency::v1::{self as pb, assessment_service_server::AssessmentService};
use tonic::{Request, Response, Status};

use super::{Face, code, level, once_each};
use crate::{
    app::{RecordAssessment, WithdrawAssessment},
    domain::{AssessedLevel, Assessment, Source},
};

#[tonic::async_trait]
impl AssessmentService for Face {
    async fn record_assessment(
        &self,
        request: Request<pb::RecordAssessmentRequest>,
    ) -> Result<Response<pb::RecordAssessmentResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let source = fields.one_of("source", request.source, source);
        let new = RecordAssessment {
            employee_id: fields.id("employee_id", &request.employee_id),
            source: source.unwrap_or(Source::Oneself),
            assessed_on: fields.date("assessed_on", &request.assessed_on),
            levels: assessed(&mut fields, &request.levels),
            ballots: request.ballots,
            note: fields.opt_text("note", &request.note, MAX_PROSE).unwrap_or_default(),
            key: fields.request_key(&caller, "RecordAssessment", &request.request_id, &request),
        };
        fields.finish()?;
        let assessment = self.app.record_assessment(&caller, new).await?;
        Ok(Response::new(pb::RecordAssessmentResponse { assessment: Some(assessment.into()) }))
    }

    async fn get_assessment(
        &self,
        request: Request<pb::GetAssessmentRequest>,
    ) -> Result<Response<pb::GetAssessmentResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("assessment_id", &request.assessment_id);
        fields.finish()?;
        let assessment = self.app.get_assessment(&caller, id).await?;
        Ok(Response::new(pb::GetAssessmentResponse { assessment: Some(assessment.into()) }))
    }

    async fn list_assessments(
        &self,
        request: Request<pb::ListAssessmentsRequest>,
    ) -> Result<Response<pb::ListAssessmentsResponse>, Status> {
        let (caller, mut request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let size = std::mem::take(&mut request.page_size);
        let token = std::mem::take(&mut request.page_token);
        let page = fields.page(size, &token, Scope::of("ListAssessments", &caller, &request));
        let employee_id = fields.id("employee_id", &request.employee_id);
        let source = (request.source != 0)
            .then(|| fields.one_of("source", request.source, source))
            .flatten();
        fields.finish()?;
        let page = self.app.list_assessments(&caller, employee_id, source, page).await?;
        Ok(Response::new(pb::ListAssessmentsResponse {
            assessments: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn withdraw_assessment(
        &self,
        request: Request<pb::WithdrawAssessmentRequest>,
    ) -> Result<Response<pb::WithdrawAssessmentResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let withdraw = WithdrawAssessment {
            id: fields.id("assessment_id", &request.assessment_id),
            reason: fields.text("reason", &request.reason, MAX_PROSE),
            revision: fields.etag("etag", &request.etag),
            key: fields.request_key(&caller, "WithdrawAssessment", &request.request_id, &request),
        };
        fields.finish()?;
        let assessment = self.app.withdraw_assessment(&caller, withdraw).await?;
        Ok(Response::new(pb::WithdrawAssessmentResponse { assessment: Some(assessment.into()) }))
    }
}

fn assessed(fields: &mut Fields, levels: &[pb::AssessedLevel]) -> Vec<AssessedLevel> {
    let each = levels.iter().enumerate().map(|(nth, found)| {
        let place = format!("levels[{nth}]");
        let evidence = fields.opt_text(&format!("{place}.evidence"), &found.evidence, MAX_PROSE);
        AssessedLevel {
            code: code(fields, &format!("{place}.competency_code"), &found.competency_code),
            level: level(fields, &format!("{place}.level"), found.level, 0),
            evidence: evidence.unwrap_or_default(),
        }
    });
    let levels: Vec<_> = each.collect();
    once_each(fields, "levels", levels.iter().map(|found| &found.code));
    levels
}

fn source(wire: pb::AssessmentSource) -> Option<Source> {
    match wire {
        pb::AssessmentSource::Unspecified => None,
        pb::AssessmentSource::AssessmentCentre => Some(Source::AssessmentCentre),
        pb::AssessmentSource::Superior => Some(Source::Superior),
        pb::AssessmentSource::Peers => Some(Source::Peers),
        pb::AssessmentSource::Self_ => Some(Source::Oneself),
    }
}

impl From<Source> for pb::AssessmentSource {
    fn from(source: Source) -> Self {
        match source {
            Source::AssessmentCentre => Self::AssessmentCentre,
            Source::Superior => Self::Superior,
            Source::Peers => Self::Peers,
            Source::Oneself => Self::Self_,
        }
    }
}

impl From<Assessment> for pb::Assessment {
    fn from(assessment: Assessment) -> Self {
        let withdrawal = assessment.withdrawal;
        Self {
            id: assessment.id.to_string(),
            employee_id: assessment.employee_id.to_string(),
            source: pb::AssessmentSource::from(assessment.source).into(),
            assessed_on: assessment.assessed_on.to_string(),
            valid_until: assessment.valid_until.to_string(),
            levels: assessment.levels.into_iter().map(Into::into).collect(),
            ballots: assessment.ballots,
            note: assessment.note,
            recorded_by_employee_id: assessment
                .recorded_by
                .map(|id| id.to_string())
                .unwrap_or_default(),
            basis: assessment.basis,
            create_time: Some(instant(assessment.created_at)),
            withdraw_time: withdrawal.as_ref().map(|withdrawal| instant(withdrawal.at)),
            withdraw_reason: withdrawal.map(|withdrawal| withdrawal.reason).unwrap_or_default(),
            etag: etag(assessment.revision),
        }
    }
}

impl From<AssessedLevel> for pb::AssessedLevel {
    fn from(found: AssessedLevel) -> Self {
        Self {
            competency_code: found.code.to_string(),
            level: i32::from(found.level.get()),
            evidence: found.evidence,
        }
    }
}
