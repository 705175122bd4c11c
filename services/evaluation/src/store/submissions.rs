//! Storing what raters say, for one evaluation or for many.

mod rows;

use jiff::tz::TimeZone;
use jiff_sqlx::ToSqlx as _;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use self::rows::Rows;
use super::{
    meaningless,
    policies::{CellRow, matrix},
    zone,
};
use crate::domain::{
    EmployeeId,
    cycle::{CycleId, Window},
    evaluation::{Evaluation, RatingRules},
};

/// What rules the ratings of a cycle, and the zone of its dates.
pub(crate) struct CycleRules {
    pub(crate) cycle_id: CycleId,
    pub(crate) rules: RatingRules,
    pub(crate) zone: TimeZone,
}

/// The rules of these cycles.
pub(crate) async fn rules(
    conn: &mut PgConnection,
    cycle_ids: &[Uuid],
) -> Result<Vec<CycleRules>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT c.cycle_id, c.state = 'OPEN' AS "open!", c.opens_at, c.closes_at, p.behaviour_above_from,
            g.time_zone,
            (SELECT coalesce(jsonb_agg(jsonb_build_object('results', x.results_rating,
                 'behaviour', x.behaviour_rating, 'predicate', x.predicate)), '[]')
             FROM policy_cells x
             WHERE x.tenant_id = p.tenant_id AND x.policy_id = p.policy_id) AS "cells!: Json<Vec<CellRow>>"
        FROM cycles c
        JOIN policies p ON p.tenant_id = c.tenant_id AND p.policy_id = c.policy_id
        JOIN governments g ON g.tenant_id = c.tenant_id
        WHERE c.cycle_id = ANY($1)
        "#,
        cycle_ids,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let window =
                Window { opens_at: row.opens_at.to_jiff(), closes_at: row.closes_at.to_jiff() };
            Ok(CycleRules {
                cycle_id: row.cycle_id.into(),
                zone: zone(&row.time_zone)?,
                rules: RatingRules {
                    behaviour_above_from: u8::try_from(row.behaviour_above_from)
                        .map_err(|_| meaningless("behaviour_above_from"))?,
                    matrix: matrix(&row.cells)?,
                    window: row.open.then_some(window),
                },
            })
        })
        .collect()
}

/// Stores the ratings just given, of evaluations whose revision is still the one before theirs;
/// answers whose it was.
pub(crate) async fn store(
    conn: &mut PgConnection,
    by: EmployeeId,
    rated: &[Evaluation],
) -> Result<Vec<Uuid>, sqlx::Error> {
    let rows = Rows::of(rated);
    let (values, remarks) = (rows.core_values(), rows.remarks());
    sqlx::query_scalar!(
        r#"
        WITH given AS (
            SELECT *
            FROM unnest($1::uuid[], $2::bigint[], $3::integer[], $4::integer[], $5::text[], $6::text[],
                    $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
                    $14::text[], $15::text[], $16::uuid[], $17::date[], $18::text[], $19::uuid[],
                    $20::timestamptz[], $21::timestamptz[], $22::timestamptz[])
                AS given (evaluation_id, revision, rating_number, proposal_number, results_proposal,
                    results_rating, results_reason, results_departure, unit_result, behaviour_proposal,
                    behaviour_rating, behaviour_reason, behaviour_departure, behaviour_fact, predicate,
                    rater_id, as_of, basis, superior_id, rated_at, opens_at, closes_at)
        ), changed AS (
            UPDATE evaluations e
            SET state = 'RATED', rating_number = given.rating_number, rater_employee_id = given.rater_id,
                rater_as_of = given.as_of, rater_basis = given.basis,
                superior_employee_id = given.superior_id, revision = given.revision
            FROM given
            WHERE e.evaluation_id = given.evaluation_id AND e.revision = given.revision - 1
            RETURNING e.evaluation_id, e.employee_id, e.cycle_id, e.policy_id, e.heads_unit
        ), rated AS (
            INSERT INTO ratings
                (evaluation_id, rating_number, employee_id, cycle_id, policy_id, heads_unit,
                 proposal_number, results_proposal, results_rating, results_reason, results_departure,
                 unit_result, behaviour_proposal, behaviour_rating, behaviour_reason, behaviour_departure,
                 behaviour_fact, predicate, rated_by, rater_employee_id, rater_as_of, rater_basis,
                 superior_employee_id, rated_at, window_opens_at, window_closes_at)
            SELECT evaluation_id, rating_number, employee_id, cycle_id, policy_id, heads_unit,
                proposal_number, results_proposal, results_rating, results_reason, results_departure,
                unit_result, behaviour_proposal, behaviour_rating, behaviour_reason, behaviour_departure,
                behaviour_fact, predicate, $23, rater_id, as_of, basis, superior_id, rated_at, opens_at,
                closes_at
            FROM given JOIN changed USING (evaluation_id)
        ), valued AS (
            INSERT INTO core_value_ratings (evaluation_id, rating_number, core_value, rating, reason, fact)
            SELECT evaluation_id, rating_number, core_value, rating, reason, fact
            FROM unnest($24::uuid[], $25::integer[], $26::text[], $27::text[], $28::text[], $29::text[])
                AS value (evaluation_id, rating_number, core_value, rating, reason, fact)
            JOIN changed USING (evaluation_id)
        ), remarked AS (
            INSERT INTO remarks (evaluation_id, rating_number, kind, ordinal, text, competency_code)
            SELECT evaluation_id, rating_number, kind, ordinal, text, competency_code
            FROM unnest($30::uuid[], $31::integer[], $32::text[], $33::integer[], $34::text[], $35::text[])
                AS remark (evaluation_id, rating_number, kind, ordinal, text, competency_code)
            JOIN changed USING (evaluation_id)
        )
        SELECT evaluation_id FROM changed
        "#,
        &rows.evaluations(|evaluation| evaluation.id.uuid()),
        &rows.evaluations(|evaluation| evaluation.revision),
        &rows.each(|rating| rating.number),
        &rows.each(|rating| rating.proposal_number),
        &rows.proposals() as _,
        &rows.each(|rating| rating.submission.results.rating.word()) as _,
        &rows.texts(|rating| Some(&rating.submission.results.reason)) as _,
        &rows.texts(|rating| rating.submission.results.departure.as_deref()) as _,
        &rows.texts(|rating| rating.submission.results.unit_result.as_deref()) as _,
        &rows.each(|rating| rating.behaviour_proposal.word()) as _,
        &rows.each(|rating| rating.submission.behaviour.rating.word()) as _,
        &rows.texts(|rating| Some(&rating.submission.behaviour.reason)) as _,
        &rows.texts(|rating| rating.submission.behaviour.departure.as_deref()) as _,
        &rows.texts(|rating| rating.submission.behaviour.fact.as_deref()) as _,
        &rows.each(|rating| rating.predicate.word()) as _,
        &rows.each(|rating| rating.rater.rater_id.uuid()),
        &rows.each(|rating| rating.rater.as_of.to_sqlx()) as _,
        &rows.texts(|rating| Some(&rating.rater.basis)) as _,
        &rows.each(|rating| rating.rater.superior_id.map(|id| id.uuid())) as _,
        &rows.each(|rating| rating.rated_at.to_sqlx()) as _,
        &rows.each(|rating| rating.window.opens_at.to_sqlx()) as _,
        &rows.each(|rating| rating.window.closes_at.to_sqlx()) as _,
        by.uuid(),
        &values.ids,
        &values.numbers,
        &values.words as _,
        &values.ratings as _,
        &values.reasons as _,
        &values.facts as _,
        &remarks.ids,
        &remarks.numbers,
        &remarks.kinds as _,
        &remarks.ordinals,
        &remarks.texts as _,
        &remarks.codes as _,
    )
    .fetch_all(conn)
    .await
}
