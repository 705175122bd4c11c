use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{
    policies::{CellRow, matrix},
    word,
};
use crate::domain::{
    EmployeeId, UnitId,
    annual_predicate::{AnnualCycle, AnnualPredicate, Part},
    cycle::Window,
};

/// A part of somebody's year, and the unit it was in.
pub(crate) struct PartRow {
    pub(crate) employee_id: EmployeeId,
    pub(crate) unit_id: UnitId,
    pub(crate) part: Part,
}

/// The open annual cycle of a year.
pub(crate) async fn cycle(
    conn: &mut PgConnection,
    of: i16,
) -> Result<Option<AnnualCycle>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT c.cycle_id, c.policy_id, c.ends_on, c.opens_at, c.closes_at,
            (SELECT coalesce(jsonb_agg(jsonb_build_object('results', x.results_rating,
                 'behaviour', x.behaviour_rating, 'predicate', x.predicate)), '[]')
             FROM policy_cells x
             WHERE x.tenant_id = c.tenant_id AND x.policy_id = c.policy_id) AS "cells!: Json<Vec<CellRow>>"
        FROM cycles c
        WHERE c.year = $1 AND c.kind = 'ANNUAL' AND c.state = 'OPEN'
        "#,
        i32::from(of),
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(AnnualCycle {
            cycle_id: row.cycle_id.into(),
            policy_id: word(&row.policy_id)?,
            year: of,
            ends_on: row.ends_on.to_jiff(),
            window: Window { opens_at: row.opens_at.to_jiff(), closes_at: row.closes_at.to_jiff() },
            matrix: matrix(&row.cells)?,
        })
    })
    .transpose()
}

/// Every part of the year of these people, the latest days last; none changes until the transaction
/// ends.
pub(crate) async fn parts(
    conn: &mut PgConnection,
    employee_ids: &[Uuid],
    of: i16,
    at: Timestamp,
) -> Result<Vec<PartRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT e.employee_id, e.unit_id, e.evaluation_id, e.revision,
            e.rating_number IS NOT NULL AS "rated!",
            c.state = 'OPEN' AND c.closes_at > $3 AS "window_open!"
        FROM evaluations e
        JOIN cycles c ON c.tenant_id = e.tenant_id AND c.cycle_id = e.cycle_id
        WHERE e.employee_id = ANY($1) AND e.year = $2
        ORDER BY e.employee_id, e.ends_on, e.evaluation_id
        FOR SHARE OF e
        "#,
        employee_ids,
        i32::from(of),
        at.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await?;
    let parts = rows.into_iter().map(|row| PartRow {
        employee_id: row.employee_id.into(),
        unit_id: row.unit_id.into(),
        part: Part {
            evaluation_id: row.evaluation_id.into(),
            revision: row.revision,
            rated: row.rated,
            window_open: row.window_open,
        },
    });
    Ok(parts.collect())
}

/// Stores predicates of people who have none for the year; answers whose that was.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    by: EmployeeId,
    set: &[AnnualPredicate],
) -> Result<Vec<Uuid>, sqlx::Error> {
    let parts = || set.iter().flat_map(|one| one.review.parts.iter().map(move |part| (one, part)));
    sqlx::query_scalar!(
        r#"
        WITH given AS (
            SELECT *
            FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::uuid[], $6::text[],
                    $7::text[], $8::text[], $9::text[], $10::text[], $11::uuid[], $12::date[], $13::text[],
                    $14::uuid[], $15::timestamptz[], $16::timestamptz[], $17::timestamptz[])
                AS given (annual_predicate_id, employee_id, year, unit_id, cycle_id, policy_id,
                    results_rating, behaviour_rating, predicate, review, rater_id, as_of, basis,
                    superior_id, set_at, opens_at, closes_at)
        ), stored AS (
            INSERT INTO annual_predicates
                (employee_id, year, annual_predicate_id, unit_id, cycle_id, cycle_kind, policy_id,
                 results_rating, behaviour_rating, predicate, review, set_by, rater_employee_id,
                 rater_as_of, rater_basis, superior_employee_id, set_at, window_opens_at,
                 window_closes_at, revision)
            SELECT employee_id, year, annual_predicate_id, unit_id, cycle_id, 'ANNUAL', policy_id,
                results_rating, behaviour_rating, predicate, review, $18, rater_id, as_of, basis,
                superior_id, set_at, opens_at, closes_at, 1
            FROM given
            ON CONFLICT ON CONSTRAINT annual_predicates_one_a_year DO NOTHING
            RETURNING employee_id, year
        ), read AS (
            INSERT INTO annual_predicate_parts (employee_id, year, evaluation_id, evaluation_revision)
            SELECT employee_id, year, evaluation_id, evaluation_revision
            FROM unnest($19::uuid[], $20::uuid[], $21::bigint[])
                AS part (employee_id, evaluation_id, evaluation_revision)
            JOIN stored USING (employee_id)
        )
        SELECT employee_id FROM stored
        "#,
        &each(set, |one| one.id.uuid()),
        &each(set, |one| one.employee_id.uuid()),
        &each(set, |one| i32::from(one.year)),
        &each(set, |one| one.unit_id.uuid()),
        &each(set, |one| one.cycle_id.uuid()),
        &each(set, |one| one.policy_id.as_str()) as _,
        &each(set, |one| one.review.results.word()) as _,
        &each(set, |one| one.review.behaviour.word()) as _,
        &each(set, |one| one.predicate.word()) as _,
        &each(set, |one| one.review.text.as_str()) as _,
        &each(set, |one| one.rater.rater_id.uuid()),
        &each(set, |one| one.rater.as_of.to_sqlx()) as _,
        &each(set, |one| one.rater.basis.as_str()) as _,
        &each(set, |one| one.rater.superior_id.map(|id| id.uuid())) as _,
        &each(set, |one| one.set_at.to_sqlx()) as _,
        &each(set, |one| one.window.opens_at.to_sqlx()) as _,
        &each(set, |one| one.window.closes_at.to_sqlx()) as _,
        by.uuid(),
        &parts().map(|(one, _)| one.employee_id.uuid()).collect::<Vec<_>>(),
        &parts().map(|(_, (id, _))| id.uuid()).collect::<Vec<_>>(),
        &parts().map(|(_, (_, revision))| *revision).collect::<Vec<_>>(),
    )
    .fetch_all(conn)
    .await
}

fn each<'a, T>(set: &'a [AnnualPredicate], of: impl Fn(&'a AnnualPredicate) -> T) -> Vec<T> {
    set.iter().map(of).collect()
}
