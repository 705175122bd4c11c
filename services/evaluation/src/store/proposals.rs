use jiff_sqlx::ToSqlx as _;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::domain::{
    PeriodId,
    evaluation::{Evaluation, EvaluationId, ResultsProposal},
    percent::Percent,
    rater::RaterAnswer,
    results::{Indicator, Measurement},
};

/// What a proposal is made from, besides what planning is asked for.
pub(crate) struct Needs {
    pub(crate) evaluation_id: EvaluationId,
    pub(crate) plan_version: i32,
    pub(crate) indicators: Vec<Indicator>,
    /// Planning's period of the cycle's days, if it has told of one.
    pub(crate) period_id: Option<PeriodId>,
}

/// An evaluation that was just prepared, and what its proposal was made from.
pub(crate) struct PreparedEvaluation {
    pub(crate) evaluation: Evaluation,
    pub(crate) answer: RaterAnswer,
    pub(crate) proposal: ResultsProposal,
    pub(crate) measurements: Vec<Measurement>,
}

/// In the order of the evaluations' ids; those whose plan is gone are left out.
pub(crate) async fn needs(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<Needs>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT e.evaluation_id, p.version, p.indicators AS "indicators: Json<Vec<Indicator>>",
            d.period_id AS "period_id?"
        FROM evaluations e
        JOIN plans p ON p.tenant_id = e.tenant_id AND p.plan_id = e.plan_id AND NOT p.is_gone
        JOIN cycles c ON c.tenant_id = e.tenant_id AND c.cycle_id = e.cycle_id
        LEFT JOIN periods d ON d.tenant_id = c.tenant_id AND d.year = c.year AND d.kind = c.kind
            AND d.ordinal = c.ordinal AND NOT d.is_gone
        WHERE e.evaluation_id = ANY($1)
        ORDER BY e.evaluation_id
        "#,
        ids,
    )
    .fetch_all(conn)
    .await?;
    let needs = rows.into_iter().map(|row| Needs {
        evaluation_id: row.evaluation_id.into(),
        plan_version: row.version,
        indicators: row.indicators.0,
        period_id: row.period_id.map(Into::into),
    });
    Ok(needs.collect())
}

/// Stores proposals of evaluations whose revision is still the one before theirs; answers whose it was.
pub(crate) async fn store(
    conn: &mut PgConnection,
    prepared: &[PreparedEvaluation],
) -> Result<Vec<Uuid>, sqlx::Error> {
    let small = |value: u16| i16::try_from(value).unwrap_or(i16::MAX);
    sqlx::query_scalar!(
        r#"
        WITH given AS (
            SELECT *
            FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::date[], $5::text[], $6::uuid[],
                    $7::integer[], $8::text[], $9::smallint[], $10::smallint[], $11::smallint[],
                    $12::smallint[], $13::bigint[], $14::integer[], $15::text[], $16::jsonb[],
                    $17::timestamptz[])
                AS given (evaluation_id, revision, rater_id, as_of, basis, superior_id, proposal_number,
                    results_proposal, above, meets, below, unmeasured, mean_e4, plan_version, source_etag,
                    measurements, prepared_at)
        ), changed AS (
            UPDATE evaluations e
            SET state = 'PREPARED', proposal_number = given.proposal_number,
                rater_employee_id = given.rater_id, rater_as_of = given.as_of, rater_basis = given.basis,
                superior_employee_id = given.superior_id, revision = given.revision
            FROM given
            WHERE e.evaluation_id = given.evaluation_id AND e.revision = given.revision - 1
            RETURNING e.evaluation_id
        ), proposed AS (
            INSERT INTO proposals
                (evaluation_id, proposal_number, results_proposal, above, meets, below, unmeasured,
                 mean_e4, plan_version, source_etag, measurements, prepared_at)
            SELECT evaluation_id, proposal_number, results_proposal, above, meets, below, unmeasured,
                mean_e4, plan_version, source_etag, measurements, prepared_at
            FROM given JOIN changed USING (evaluation_id)
        )
        SELECT evaluation_id FROM changed
        "#,
        &each(prepared, |row| row.evaluation.id.uuid()),
        &each(prepared, |row| row.evaluation.revision),
        &each(prepared, |row| row.answer.rater_id.uuid()),
        &each(prepared, |row| row.answer.as_of.to_sqlx()) as _,
        &each(prepared, |row| row.answer.basis.clone()),
        &each(prepared, |row| row.answer.superior_id.map(|id| id.uuid())) as _,
        &each(prepared, |row| row.proposal.number),
        &each(prepared, |row| row.proposal.proposal.word()) as _,
        &each(prepared, |row| small(row.proposal.tally.above)),
        &each(prepared, |row| small(row.proposal.tally.meets)),
        &each(prepared, |row| small(row.proposal.tally.below)),
        &each(prepared, |row| small(row.proposal.unmeasured)),
        &each(prepared, |row| row.proposal.mean.map(Percent::e4)) as _,
        &each(prepared, |row| row.proposal.plan_version),
        &each(prepared, |row| row.proposal.source_etag.clone()),
        &each(prepared, |row| Json(&row.measurements)) as _,
        &each(prepared, |row| row.proposal.prepared_at.to_sqlx()) as _,
    )
    .fetch_all(conn)
    .await
}

fn each<'a, T>(rows: &'a [PreparedEvaluation], of: impl Fn(&'a PreparedEvaluation) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
}
