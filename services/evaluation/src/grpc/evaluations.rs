use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_PROSE, etag, instant},
    paging::Scope,
};
use kinerja_proto::evaluation::v1 as pb;
use tonic::{Request, Response, Status};

use super::{
    Api,
    rows::{results, rows, seen},
    words,
};
use crate::{
    app::{Handover, ListEvaluations, SplitEvaluation},
    domain::{
        evaluation::{Evaluation, ResultsProposal},
        rater::Rater,
        receipt::{Receipt, ReceiptKind},
    },
};

/// How many decimal places a mean is shown with.
const MEAN_DECIMALS: u8 = 2;

#[tonic::async_trait]
impl pb::evaluation_service_server::EvaluationService for Api {
    async fn get_evaluation(
        &self,
        request: Request<pb::GetEvaluationRequest>,
    ) -> Result<Response<pb::GetEvaluationResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("evaluation_id", &request.evaluation_id);
        fields.finish()?;
        let evaluation = self.app.get_evaluation(&caller, id).await?;
        Ok(Response::new(pb::GetEvaluationResponse { evaluation: Some(evaluation.into()) }))
    }

    async fn list_evaluations(
        &self,
        request: Request<pb::ListEvaluationsRequest>,
    ) -> Result<Response<pb::ListEvaluationsResponse>, Status> {
        let (caller, mut request) = (Caller::of(&request)?, request.into_inner());
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let scope = Scope::of("ListEvaluations", &caller, &request);
        let mut fields = Fields::default();
        let wanted = wanted(&mut fields, &request);
        let page = fields.page(size, &token, scope);
        fields.finish()?;
        let page = self.app.list_evaluations(&caller, &wanted, page).await?;
        Ok(Response::new(pb::ListEvaluationsResponse {
            evaluations: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn get_explanation(
        &self,
        request: Request<pb::GetExplanationRequest>,
    ) -> Result<Response<pb::GetExplanationResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("evaluation_id", &request.evaluation_id);
        fields.finish()?;
        let explained = self.app.explain(&caller, id).await?;
        Ok(Response::new(pb::GetExplanationResponse { explanation: Some((&explained).into()) }))
    }

    async fn split_evaluation(
        &self,
        request: Request<pb::SplitEvaluationRequest>,
    ) -> Result<Response<pb::SplitEvaluationResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let split = SplitEvaluation {
            seen: seen(&mut fields, "", &request.evaluation_id, &request.etag),
            on: fields.date("split_on", &request.split_on),
            key: fields.request_key(&caller, "SplitEvaluation", &request.request_id, &request),
        };
        fields.finish()?;
        let (first, second) = self.app.split_evaluation(&caller, split).await?;
        Ok(Response::new(pb::SplitEvaluationResponse {
            first: Some(first.into()),
            second: Some(second.into()),
        }))
    }

    async fn acknowledge_evaluation(
        &self,
        request: Request<pb::AcknowledgeEvaluationRequest>,
    ) -> Result<Response<pb::AcknowledgeEvaluationResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let row = seen(&mut fields, "", &request.evaluation_id, &request.etag);
        let handover = Handover {
            kind: ReceiptKind::Acknowledged,
            note: fields.opt_text("note", &request.note, MAX_PROSE),
            key: fields.request_key(
                &caller,
                "AcknowledgeEvaluation",
                &request.request_id,
                &request,
            ),
        };
        fields.finish()?;
        let evaluation = self.app.acknowledge(&caller, row, &handover).await?;
        Ok(Response::new(pb::AcknowledgeEvaluationResponse { evaluation: Some(evaluation.into()) }))
    }

    async fn record_receipts(
        &self,
        request: Request<pb::RecordReceiptsRequest>,
    ) -> Result<Response<pb::RecordReceiptsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let rows = rows(&mut fields, &request.rows);
        let handover = Handover {
            kind: ReceiptKind::Recorded,
            note: Some(fields.text("note", &request.note, MAX_PROSE)),
            key: fields.request_key(&caller, "RecordReceipts", &request.request_id, &request),
        };
        fields.finish()?;
        let made = self.app.receive(&caller, &rows, &handover).await?;
        let ids = rows.iter().map(|row| row.id);
        Ok(Response::new(pb::RecordReceiptsResponse { results: results(ids, made) }))
    }

    async fn finalise_evaluation(
        &self,
        request: Request<pb::FinaliseEvaluationRequest>,
    ) -> Result<Response<pb::FinaliseEvaluationResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let row = seen(&mut fields, "", &request.evaluation_id, &request.etag);
        let key = fields.request_key(&caller, "FinaliseEvaluation", &request.request_id, &request);
        fields.finish()?;
        let evaluation = self.app.finalise(&caller, row, &key).await?;
        Ok(Response::new(pb::FinaliseEvaluationResponse { evaluation: Some(evaluation.into()) }))
    }

    async fn finalise_evaluations(
        &self,
        request: Request<pb::FinaliseEvaluationsRequest>,
    ) -> Result<Response<pb::FinaliseEvaluationsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let rows = rows(&mut fields, &request.rows);
        let key = fields.request_key(&caller, "FinaliseEvaluations", &request.request_id, &request);
        fields.finish()?;
        let made = self.app.finalise_all(&caller, &rows, &key).await?;
        let ids = rows.iter().map(|row| row.id);
        Ok(Response::new(pb::FinaliseEvaluationsResponse { results: results(ids, made) }))
    }
}

fn wanted(fields: &mut Fields, request: &pb::ListEvaluationsRequest) -> ListEvaluations {
    let wanted = ListEvaluations {
        employee_id: fields.opt_id("employee_id", &request.employee_id),
        rater_id: fields.opt_id("rater_employee_id", &request.rater_employee_id),
        unit_id: fields.opt_id("unit_id", &request.unit_id),
        cycle_id: fields.opt_id("cycle_id", &request.cycle_id),
        state: words::state_word(request.state()),
    };
    // Together these name an index, so that no list reads more than it shows.
    if wanted.unit_id.is_some() && wanted.cycle_id.is_none() {
        fields.fault("cycle_id", "must be set with unit_id");
    }
    let narrowed =
        wanted.employee_id.is_some() || wanted.rater_id.is_some() || wanted.cycle_id.is_some();
    if request.state != 0 && (!narrowed || wanted.state.is_none()) {
        fields
            .fault("state", "must be a known one, with employee_id, rater_employee_id or cycle_id");
    }
    wanted
}

impl From<Evaluation> for pb::Evaluation {
    fn from(evaluation: Evaluation) -> Self {
        let heads_unit = evaluation.heads_unit;
        let proposal = evaluation.proposal().cloned();
        let rating =
            evaluation.rating().cloned().map(|rating| given(rating.into(), proposal.as_ref()));
        Self {
            evaluation_id: evaluation.id.to_string(),
            employee_id: evaluation.employee_id.to_string(),
            plan_id: evaluation.plan_id.to_string(),
            cycle_id: evaluation.cycle_id.to_string(),
            year: evaluation.year.into(),
            unit_id: evaluation.unit_id.to_string(),
            starts_on: evaluation.days.starts_on.to_string(),
            ends_on: evaluation.days.ends_on.to_string(),
            policy_id: evaluation.policy_id.to_string(),
            state: pb::EvaluationState::from(&evaluation.state).into(),
            rating,
            receipt: evaluation.receipt().cloned().map(Into::into),
            finalise_time: evaluation.finalised_at().map(instant),
            create_time: Some(instant(evaluation.created_at)),
            etag: etag(evaluation.revision),
            rater: Some(evaluation.rater.into()),
            proposal: proposal.map(|made| pb::ResultsProposal { heads_unit, ..made.into() }),
            employee_name: evaluation.employee_name,
            unit_name: evaluation.unit_name,
        }
    }
}

/// A rating beside the proposal it had before it.
fn given(mut rating: pb::GivenRating, proposal: Option<&ResultsProposal>) -> pb::GivenRating {
    if let (Some(results), Some(proposal)) = (&mut rating.results, proposal) {
        results.proposal = pb::Proposal::from(proposal.proposal).into();
    }
    rating
}

impl From<Rater> for pb::Rater {
    fn from(rater: Rater) -> Self {
        match rater {
            Rater::OfPlan(id) => Self { employee_id: id.to_string(), ..Self::default() },
            Rater::Answered(answer) => answer.into(),
        }
    }
}

impl From<ResultsProposal> for pb::ResultsProposal {
    fn from(made: ResultsProposal) -> Self {
        Self {
            number: made.number,
            proposal: pb::Proposal::from(made.proposal).into(),
            above: made.tally.above.into(),
            meets: made.tally.meets.into(),
            below: made.tally.below.into(),
            unmeasured: made.unmeasured.into(),
            mean_achievement: made.mean.map(|mean| mean.text(MEAN_DECIMALS)).unwrap_or_default(),
            plan_version: made.plan_version,
            source_etag: made.source_etag,
            heads_unit: false,
            prepare_time: Some(instant(made.prepared_at)),
        }
    }
}

impl From<Receipt> for pb::Receipt {
    fn from(receipt: Receipt) -> Self {
        Self {
            kind: pb::ReceiptKind::from(receipt.kind).into(),
            receive_time: Some(instant(receipt.received_at)),
            note: receipt.note.unwrap_or_default(),
            objection_close_time: Some(instant(receipt.objection_closes_at)),
        }
    }
}
