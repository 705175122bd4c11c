use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{count, meaningless, ratings, word, year};
use crate::domain::{
    evaluation::{Days, Evaluation, EvaluationId, GivenRating, ResultsProposal, State},
    percent::Percent,
    rater::{Rater, RaterAnswer},
    rating::Tally,
    receipt::{Receipt, ReceiptKind},
    results::Measurement,
};

struct Row {
    evaluation_id: Uuid,
    employee_id: Uuid,
    employee_name: String,
    plan_id: Uuid,
    cycle_id: Uuid,
    policy_id: String,
    year: i32,
    unit_id: Uuid,
    unit_name: String,
    heads_unit: bool,
    starts_on: jiff_sqlx::Date,
    ends_on: jiff_sqlx::Date,
    state: String,
    rater_employee_id: Uuid,
    rater_as_of: Option<jiff_sqlx::Date>,
    rater_basis: Option<String>,
    superior_employee_id: Option<Uuid>,
    rating_number: Option<i32>,
    receipt_kind: Option<String>,
    received_at: Option<jiff_sqlx::Timestamp>,
    receipt_note: Option<String>,
    objection_closes_at: Option<jiff_sqlx::Timestamp>,
    finalised_at: Option<jiff_sqlx::Timestamp>,
    created_at: jiff_sqlx::Timestamp,
    revision: i64,
    proposal_number: Option<i32>,
    results_proposal: Option<String>,
    above: Option<i16>,
    meets: Option<i16>,
    below: Option<i16>,
    unmeasured: Option<i16>,
    mean_e4: Option<i64>,
    plan_version: Option<i32>,
    source_etag: Option<String>,
    prepared_at: Option<jiff_sqlx::Timestamp>,
    measurements: Option<Json<Vec<Measurement>>>,
}

/// Reads evaluations in the order of their ids; those that are not there are left out.
pub(crate) async fn read(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<Evaluation>, sqlx::Error> {
    let rows = rows(&mut *conn, ids, false).await?;
    with_ratings(conn, rows).await.map(|read| read.into_iter().map(|(read, _)| read).collect())
}

pub(crate) async fn get(
    conn: &mut PgConnection,
    id: EvaluationId,
) -> Result<Option<Evaluation>, sqlx::Error> {
    Ok(read(conn, &[id.uuid()]).await?.pop())
}

/// Reads one evaluation with what its proposal was made from, if it has one.
pub(crate) async fn get_with_measurements(
    conn: &mut PgConnection,
    id: EvaluationId,
) -> Result<Option<(Evaluation, Option<Vec<Measurement>>)>, sqlx::Error> {
    let rows = rows(&mut *conn, &[id.uuid()], true).await?;
    Ok(with_ratings(conn, rows).await?.pop())
}

async fn rows(
    conn: &mut PgConnection,
    ids: &[Uuid],
    measured: bool,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT e.evaluation_id, e.employee_id, coalesce(m.name, '') AS "employee_name!", e.plan_id,
            e.cycle_id, e.policy_id, e.year, e.unit_id, coalesce(u.name, '') AS "unit_name!",
            e.heads_unit, e.starts_on, e.ends_on, e.state, e.rater_employee_id, e.rater_as_of,
            e.rater_basis, e.superior_employee_id, e.rating_number, e.receipt_kind, e.received_at,
            e.receipt_note, e.objection_closes_at, e.finalised_at, e.created_at, e.revision,
            e.proposal_number, p.results_proposal AS "results_proposal?", p.above AS "above?",
            p.meets AS "meets?", p.below AS "below?", p.unmeasured AS "unmeasured?", p.mean_e4,
            p.plan_version AS "plan_version?", p.source_etag AS "source_etag?",
            p.prepared_at AS "prepared_at?",
            CASE WHEN $2 THEN p.measurements END AS "measurements?: Json<Vec<Measurement>>"
        FROM evaluations e
        LEFT JOIN employees m ON m.tenant_id = e.tenant_id AND m.employee_id = e.employee_id
        LEFT JOIN units u ON u.tenant_id = e.tenant_id AND u.unit_id = e.unit_id
        LEFT JOIN proposals p ON p.tenant_id = e.tenant_id AND p.evaluation_id = e.evaluation_id
            AND p.proposal_number = e.proposal_number
        WHERE e.evaluation_id = ANY($1)
        ORDER BY e.evaluation_id
        "#,
        ids,
        measured,
    )
    .fetch_all(conn)
    .await
}

async fn with_ratings(
    conn: &mut PgConnection,
    rows: Vec<Row>,
) -> Result<Vec<(Evaluation, Option<Vec<Measurement>>)>, sqlx::Error> {
    let rated = rows.iter().filter_map(|row| row.rating_number.map(|n| (row.evaluation_id, n)));
    let (ids, numbers): (Vec<Uuid>, Vec<i32>) = rated.unzip();
    let mut ratings = ratings::read(conn, &ids, &numbers).await?.into_iter().peekable();
    rows.into_iter()
        .map(|mut row| {
            let measurements = row.measurements.take().map(|json| json.0);
            let id = row.evaluation_id;
            let rating = ratings.next_if(|(rated, _)| *rated == id).map(|(_, rating)| rating);
            Ok((row.evaluation(rating)?, measurements))
        })
        .collect()
}

impl Row {
    fn evaluation(self, rating: Option<GivenRating>) -> Result<Evaluation, sqlx::Error> {
        Ok(Evaluation {
            id: self.evaluation_id.into(),
            employee_id: self.employee_id.into(),
            plan_id: self.plan_id.into(),
            cycle_id: self.cycle_id.into(),
            policy_id: word(&self.policy_id)?,
            year: year(self.year)?,
            unit_id: self.unit_id.into(),
            heads_unit: self.heads_unit,
            days: Days { starts_on: self.starts_on.to_jiff(), ends_on: self.ends_on.to_jiff() },
            rater: self.rater(),
            state: self.state(rating)?,
            created_at: self.created_at.to_jiff(),
            revision: self.revision,
            employee_name: self.employee_name,
            unit_name: self.unit_name,
        })
    }

    fn rater(&self) -> Rater {
        let rater_id = self.rater_employee_id.into();
        let answered = self.rater_as_of.as_ref().zip(self.rater_basis.as_ref());
        answered.map_or(Rater::OfPlan(rater_id), |(as_of, basis)| {
            Rater::Answered(RaterAnswer {
                rater_id,
                as_of: as_of.to_jiff(),
                basis: basis.clone(),
                superior_id: self.superior_employee_id.map(Into::into),
            })
        })
    }

    fn state(&self, rating: Option<GivenRating>) -> Result<State, sqlx::Error> {
        let state = match (self.state.as_str(), self.proposal()?, rating, self.receipt()?) {
            ("OPEN", None, None, None) => State::Open,
            ("PREPARED", Some(proposal), None, None) => State::Prepared(proposal),
            ("RATED", Some(proposal), Some(rating), None) => State::Rated { proposal, rating },
            ("ACKNOWLEDGED", Some(proposal), Some(rating), Some(receipt)) => {
                State::Acknowledged { proposal, rating, receipt }
            }
            ("FINALISED", Some(proposal), Some(rating), Some(receipt)) => {
                let at = self.finalised_at.as_ref().ok_or_else(|| meaningless("finalised_at"))?;
                State::Finalised { proposal, rating, receipt, at: at.to_jiff() }
            }
            (state, ..) => return Err(meaningless(state)),
        };
        Ok(state)
    }

    fn proposal(&self) -> Result<Option<ResultsProposal>, sqlx::Error> {
        let Some(number) = self.proposal_number else { return Ok(None) };
        let missing = || meaningless("proposal");
        let units = |value: Option<i16>| count(value.ok_or_else(missing)?);
        Ok(Some(ResultsProposal {
            number,
            proposal: word(self.results_proposal.as_deref().ok_or_else(missing)?)?,
            tally: Tally {
                above: units(self.above)?,
                meets: units(self.meets)?,
                below: units(self.below)?,
            },
            unmeasured: units(self.unmeasured)?,
            mean: self.mean_e4.map(Percent::from_e4),
            plan_version: self.plan_version.ok_or_else(missing)?,
            source_etag: self.source_etag.clone().ok_or_else(missing)?,
            prepared_at: self.prepared_at.as_ref().ok_or_else(missing)?.to_jiff(),
        }))
    }

    fn receipt(&self) -> Result<Option<Receipt>, sqlx::Error> {
        let Some(kind) = &self.receipt_kind else { return Ok(None) };
        let missing = || meaningless("receipt");
        Ok(Some(Receipt {
            kind: word::<ReceiptKind>(kind)?,
            received_at: self.received_at.as_ref().ok_or_else(missing)?.to_jiff(),
            note: self.receipt_note.clone(),
            objection_closes_at: self.objection_closes_at.as_ref().ok_or_else(missing)?.to_jiff(),
        }))
    }
}
