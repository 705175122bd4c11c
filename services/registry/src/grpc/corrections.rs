use kinerja_kit::{
    auth::Caller,
    fields::{Fields, etag, instant},
    paging::Scope,
};
use kinerja_proto::registry::v1 as pb;
use tonic::{Request, Response, Status};

use super::employees;
use crate::{
    app::{
        App, Mutation,
        corrections::{Decide, Effect, FileCorrection},
    },
    domain::{Correction, CorrectionState, PersonName, Proposal},
};

const MAX_GROUNDS: usize = 2000;

#[derive(Debug, Clone)]
pub(super) struct Corrections(App);

impl Corrections {
    pub(super) fn new(app: &App) -> Self {
        Self(app.clone())
    }
}

#[tonic::async_trait]
impl pb::correction_service_server::CorrectionService for Corrections {
    async fn file_correction(
        &self,
        request: Request<pb::FileCorrectionRequest>,
    ) -> Result<Response<pb::FileCorrectionResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let new = FileCorrection {
            proposal: proposal(&mut fields, request.proposal.as_ref()),
            grounds: fields.text("grounds", &request.grounds, MAX_GROUNDS),
            key: fields.request_key(&caller, "FileCorrection", &request.request_id, &request),
        };
        fields.finish()?;
        let correction = self.0.file_correction(&caller, new).await?;
        Ok(Response::new(pb::FileCorrectionResponse { correction: Some(correction.into()) }))
    }

    async fn withdraw_correction(
        &self,
        request: Request<pb::WithdrawCorrectionRequest>,
    ) -> Result<Response<pb::WithdrawCorrectionResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("correction_id", &request.correction_id);
        let mutation = Mutation {
            key: fields.request_key(&caller, "WithdrawCorrection", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        fields.finish()?;
        let correction = self.0.withdraw_correction(&caller, id, mutation).await?;
        Ok(Response::new(pb::WithdrawCorrectionResponse { correction: Some(correction.into()) }))
    }

    async fn preview_correction(
        &self,
        request: Request<pb::PreviewCorrectionRequest>,
    ) -> Result<Response<pb::PreviewCorrectionResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("correction_id", &request.correction_id);
        fields.finish()?;
        let effect = self.0.preview_correction(&caller, id).await?;
        Ok(Response::new(pb::PreviewCorrectionResponse { effect: Some(effect.into()) }))
    }

    async fn decide_correction(
        &self,
        request: Request<pb::DecideCorrectionRequest>,
    ) -> Result<Response<pb::DecideCorrectionResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("correction_id", &request.correction_id);
        let decide = Decide {
            accept: request.accept,
            reason: fields.text("reason", &request.reason, MAX_GROUNDS),
            mutation: Mutation {
                key: fields.request_key(&caller, "DecideCorrection", &request.request_id, &request),
                revision: fields.etag("etag", &request.etag),
            },
        };
        fields.finish()?;
        let correction = self.0.decide_correction(&caller, id, decide).await?;
        Ok(Response::new(pb::DecideCorrectionResponse { correction: Some(correction.into()) }))
    }

    async fn get_correction(
        &self,
        request: Request<pb::GetCorrectionRequest>,
    ) -> Result<Response<pb::GetCorrectionResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("correction_id", &request.correction_id);
        fields.finish()?;
        let correction = self.0.get_correction(&caller, id).await?;
        Ok(Response::new(pb::GetCorrectionResponse { correction: Some(correction.into()) }))
    }

    async fn list_corrections(
        &self,
        request: Request<pb::ListCorrectionsRequest>,
    ) -> Result<Response<pb::ListCorrectionsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let own = request.state == pb::CorrectionState::Unspecified as i32;
        let state = (!own).then(|| {
            fields.one_of("state", request.state, |state: pb::CorrectionState| {
                state.as_str_name().strip_prefix("CORRECTION_STATE_")
            })
        });
        let (size, token) = (request.page_size, request.page_token.clone());
        let scoped =
            pb::ListCorrectionsRequest { page_size: 0, page_token: String::new(), ..request };
        let page = fields.page(size, &token, Scope::of("ListCorrections", &caller, &scoped));
        fields.finish()?;
        let page = self.0.list_corrections(&caller, state.flatten(), page).await?;
        Ok(Response::new(pb::ListCorrectionsResponse {
            corrections: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }
}

fn proposal(
    fields: &mut Fields,
    proposal: Option<&pb::file_correction_request::Proposal>,
) -> Proposal {
    use pb::file_correction_request::Proposal as Wire;
    match proposal {
        Some(Wire::ReportingLine(line)) => Proposal::ReportingLine {
            from_on: fields.date("reporting_line.from_on", &line.from_on),
            rater: fields.opt_id("reporting_line.rater_employee_id", &line.rater_employee_id),
        },
        Some(Wire::Name(name)) => Proposal::Name(employees::name(fields, Some(name))),
        None => {
            fields.fault("proposal", "must be set");
            Proposal::Name(employees::name(fields, None))
        }
    }
}

impl From<PersonName> for pb::PersonName {
    fn from(name: PersonName) -> Self {
        let PersonName { name, front_title, back_title } = name;
        Self { name, front_title, back_title }
    }
}

impl From<Correction> for pb::Correction {
    fn from(correction: Correction) -> Self {
        use pb::correction::Proposal as Wire;
        let state = match &correction.state {
            CorrectionState::Filed => pb::CorrectionState::Filed,
            CorrectionState::Accepted(_) => pb::CorrectionState::Accepted,
            CorrectionState::Rejected(_) => pb::CorrectionState::Rejected,
            CorrectionState::Withdrawn => pb::CorrectionState::Withdrawn,
        };
        let proposal = match correction.proposal {
            Proposal::ReportingLine { from_on, rater } => {
                Wire::ReportingLine(pb::ReportingLineProposal {
                    from_on: from_on.to_string(),
                    rater_employee_id: rater.map(|rater| rater.to_string()).unwrap_or_default(),
                })
            }
            Proposal::Name(name) => Wire::Name(name.into()),
        };
        let decision = correction.state.decision();
        Self {
            correction_id: correction.id.to_string(),
            employee_id: correction.employee.to_string(),
            proposal: Some(proposal),
            grounds: correction.grounds,
            state: state.into(),
            file_time: Some(instant(correction.filed_at)),
            decide_time: decision.map(|decision| instant(decision.at)),
            decision_reason: decision.map(|decision| decision.reason.clone()).unwrap_or_default(),
            etag: etag(correction.revision),
        }
    }
}

impl From<Effect> for pb::CorrectionEffect {
    fn from(effect: Effect) -> Self {
        use pb::correction_effect::Effect as Wire;
        match effect {
            Effect::Name { before, after } => Self {
                effect: Some(Wire::Name(pb::NameEffect {
                    before: Some(before.into()),
                    after: Some(after.into()),
                })),
                obstacle: String::new(),
            },
            Effect::ReportingLine { before, after, obstacle } => Self {
                effect: Some(Wire::ReportingLine(pb::ReportingLineEffect {
                    before: before.map(|before| (*before).into()),
                    after: after.map(|after| (*after).into()),
                })),
                obstacle: obstacle.unwrap_or_default().to_owned(),
            },
        }
    }
}
