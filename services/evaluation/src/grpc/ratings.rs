use kinerja_kit::{auth::Caller, fields::Fields, paging::Scope};
use kinerja_proto::evaluation::v1 as pb;
use tonic::{Request, Response, Status};

use super::{
    Api,
    rows::{check_rows, results, rows, seen},
    submissions::submission,
};
use crate::app::SubmitRating;

#[tonic::async_trait]
impl pb::rating_service_server::RatingService for Api {
    async fn prepare_rating(
        &self,
        request: Request<pb::PrepareRatingRequest>,
    ) -> Result<Response<pb::PrepareRatingResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let row = seen(&mut fields, "", &request.evaluation_id, &request.etag);
        let key = fields.request_key(&caller, "PrepareRating", &request.request_id, &request);
        fields.finish()?;
        let evaluation = self.app.prepare_rating(&caller, row, &key).await?;
        Ok(Response::new(pb::PrepareRatingResponse { evaluation: Some(evaluation.into()) }))
    }

    async fn prepare_ratings(
        &self,
        request: Request<pb::PrepareRatingsRequest>,
    ) -> Result<Response<pb::PrepareRatingsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let rows = rows(&mut fields, &request.rows);
        let key = fields.request_key(&caller, "PrepareRatings", &request.request_id, &request);
        fields.finish()?;
        let made = self.app.prepare_ratings(&caller, &rows, &key).await?;
        let ids = rows.iter().map(|row| row.id);
        Ok(Response::new(pb::PrepareRatingsResponse { results: results(ids, made) }))
    }

    async fn submit_rating(
        &self,
        request: Request<pb::SubmitRatingRequest>,
    ) -> Result<Response<pb::SubmitRatingResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let seen = seen(&mut fields, "", &request.evaluation_id, &request.etag);
        let said = submission(&mut fields, "rating", request.rating.as_ref());
        let key = fields.request_key(&caller, "SubmitRating", &request.request_id, &request);
        fields.finish()?;
        let row = SubmitRating { seen, submission: said.expect("a fault was named if not") };
        let evaluation = self.app.submit_rating(&caller, row, &key).await?;
        Ok(Response::new(pb::SubmitRatingResponse { evaluation: Some(evaluation.into()) }))
    }

    async fn submit_ratings(
        &self,
        request: Request<pb::SubmitRatingsRequest>,
    ) -> Result<Response<pb::SubmitRatingsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let rows: Vec<_> = request
            .rows
            .iter()
            .enumerate()
            .filter_map(|(n, row)| rating_row(&mut fields, n, row))
            .collect();
        check_rows(&mut fields, rows.iter().map(|row| row.seen.id));
        let key = fields.request_key(&caller, "SubmitRatings", &request.request_id, &request);
        fields.finish()?;
        let made = self.app.submit_ratings(&caller, &rows, &key).await?;
        let ids = rows.iter().map(|row| row.seen.id);
        Ok(Response::new(pb::SubmitRatingsResponse { results: results(ids, made) }))
    }

    async fn list_ratings(
        &self,
        request: Request<pb::ListRatingsRequest>,
    ) -> Result<Response<pb::ListRatingsResponse>, Status> {
        let (caller, mut request) = (Caller::of(&request)?, request.into_inner());
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let scope = Scope::of("ListRatings", &caller, &request);
        let mut fields = Fields::default();
        let id = fields.id("evaluation_id", &request.evaluation_id);
        let page = fields.page(size, &token, scope);
        fields.finish()?;
        let page = self.app.list_ratings(&caller, id, page).await?;
        Ok(Response::new(pb::ListRatingsResponse {
            ratings: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }
}

fn rating_row(fields: &mut Fields, n: usize, row: &pb::RatingRow) -> Option<SubmitRating> {
    let seen = seen(fields, &format!("rows[{n}]."), &row.evaluation_id, &row.etag);
    let submission = submission(fields, &format!("rows[{n}].rating"), row.rating.as_ref())?;
    Some(SubmitRating { seen, submission })
}
