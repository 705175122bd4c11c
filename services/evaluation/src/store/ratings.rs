use serde::Deserialize;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{meaningless, word};
use crate::domain::{
    cycle::Window,
    evaluation::{EvaluationId, GivenRating},
    rater::RaterAnswer,
    submission::{
        BehaviourRating, CoreValueRating, CoreValueRatings, Improvement, ResultsRating, Submission,
    },
};

pub(super) const GOES_WELL: &str = "GOES_WELL";
pub(super) const TO_IMPROVE: &str = "TO_IMPROVE";

#[derive(Debug, Deserialize)]
struct CoreValueRow {
    core_value: String,
    rating: String,
    reason: String,
    fact: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RemarkRow {
    kind: String,
    text: String,
    competency_code: Option<String>,
}

struct Row {
    evaluation_id: Uuid,
    rating_number: i32,
    proposal_number: i32,
    results_rating: String,
    results_reason: String,
    results_departure: Option<String>,
    unit_result: Option<String>,
    behaviour_proposal: String,
    behaviour_rating: String,
    behaviour_reason: String,
    behaviour_departure: Option<String>,
    behaviour_fact: Option<String>,
    predicate: String,
    rater_employee_id: Uuid,
    rater_as_of: jiff_sqlx::Date,
    rater_basis: String,
    superior_employee_id: Option<Uuid>,
    rated_at: jiff_sqlx::Timestamp,
    window_opens_at: jiff_sqlx::Timestamp,
    window_closes_at: jiff_sqlx::Timestamp,
    core_values: Json<Vec<CoreValueRow>>,
    remarks: Json<Vec<RemarkRow>>,
}

/// Lists up to `limit` ratings of an evaluation with a number above `after`.
pub(crate) async fn list(
    conn: &mut PgConnection,
    id: EvaluationId,
    after: i32,
    limit: i64,
) -> Result<Vec<GivenRating>, sqlx::Error> {
    // Numbers are consecutive.
    let last = i32::try_from(limit).map_or(i32::MAX, |limit| after.saturating_add(limit));
    let numbers: Vec<i32> = (after.saturating_add(1)..=last).collect();
    let ids = vec![id.uuid(); numbers.len()];
    Ok(read(conn, &ids, &numbers).await?.into_iter().map(|(_, rating)| rating).collect())
}

/// Reads ratings by evaluation and number, in the order of both.
pub(super) async fn read(
    conn: &mut PgConnection,
    evaluation_ids: &[Uuid],
    numbers: &[i32],
) -> Result<Vec<(Uuid, GivenRating)>, sqlx::Error> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_as!(
        Row,
        r#"
        SELECT r.evaluation_id, r.rating_number, r.proposal_number, r.results_rating, r.results_reason,
            r.results_departure, r.unit_result, r.behaviour_proposal, r.behaviour_rating,
            r.behaviour_reason, r.behaviour_departure, r.behaviour_fact, r.predicate,
            r.rater_employee_id, r.rater_as_of, r.rater_basis, r.superior_employee_id, r.rated_at,
            r.window_opens_at, r.window_closes_at,
            (SELECT coalesce(jsonb_agg(to_jsonb(v)), '[]') FROM core_value_ratings v
             WHERE v.tenant_id = r.tenant_id AND v.evaluation_id = r.evaluation_id
                 AND v.rating_number = r.rating_number) AS "core_values!: Json<Vec<CoreValueRow>>",
            (SELECT coalesce(jsonb_agg(to_jsonb(m) ORDER BY m.ordinal), '[]') FROM remarks m
             WHERE m.tenant_id = r.tenant_id AND m.evaluation_id = r.evaluation_id
                 AND m.rating_number = r.rating_number) AS "remarks!: Json<Vec<RemarkRow>>"
        FROM unnest($1::uuid[], $2::integer[]) AS given (evaluation_id, rating_number)
        JOIN ratings r ON r.evaluation_id = given.evaluation_id AND r.rating_number = given.rating_number
        ORDER BY r.evaluation_id, r.rating_number
        "#,
        evaluation_ids,
        numbers,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| Ok((row.evaluation_id, GivenRating::try_from(row)?)))
    .collect()
}

impl TryFrom<Row> for GivenRating {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        let core_values = row.core_values.0.into_iter().map(CoreValueRating::try_from);
        let core_values: Vec<_> = core_values.collect::<Result<_, _>>()?;
        let (goes_well, improvements): (Vec<_>, Vec<_>) =
            row.remarks.0.into_iter().partition(|remark| remark.kind == GOES_WELL);
        let submission = Submission {
            results: ResultsRating {
                rating: word(&row.results_rating)?,
                reason: row.results_reason,
                departure: row.results_departure,
                unit_result: row.unit_result,
            },
            behaviour: BehaviourRating {
                rating: word(&row.behaviour_rating)?,
                reason: row.behaviour_reason,
                departure: row.behaviour_departure,
                fact: row.behaviour_fact,
                core_values: CoreValueRatings::try_from(core_values)
                    .map_err(|error| meaningless(error.to_string()))?,
            },
            goes_well: goes_well.into_iter().map(|remark| remark.text).collect(),
            improvements: improvements.into_iter().map(Improvement::from).collect(),
        };
        Ok(Self {
            number: row.rating_number,
            proposal_number: row.proposal_number,
            submission,
            behaviour_proposal: word(&row.behaviour_proposal)?,
            predicate: word(&row.predicate)?,
            rater: RaterAnswer {
                rater_id: row.rater_employee_id.into(),
                as_of: row.rater_as_of.to_jiff(),
                basis: row.rater_basis,
                superior_id: row.superior_employee_id.map(Into::into),
            },
            rated_at: row.rated_at.to_jiff(),
            window: Window {
                opens_at: row.window_opens_at.to_jiff(),
                closes_at: row.window_closes_at.to_jiff(),
            },
        })
    }
}

impl TryFrom<CoreValueRow> for CoreValueRating {
    type Error = sqlx::Error;

    fn try_from(row: CoreValueRow) -> Result<Self, Self::Error> {
        Ok(Self {
            core_value: word(&row.core_value)?,
            rating: word(&row.rating)?,
            reason: row.reason,
            fact: row.fact,
        })
    }
}

impl From<RemarkRow> for Improvement {
    fn from(row: RemarkRow) -> Self {
        Self { text: row.text, competency_code: row.competency_code }
    }
}
