//! Reading annual predicates.

use std::collections::BTreeMap;

use serde::Deserialize;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{word, year};
use crate::domain::{
    EmployeeId, UnitId,
    annual_predicate::{AnnualPredicate, AnnualPredicateId, Review},
    cycle::Window,
    rater::RaterAnswer,
};

#[derive(Debug, Deserialize)]
struct ReadPart {
    evaluation_id: Uuid,
    evaluation_revision: i64,
}

struct Row {
    annual_predicate_id: Uuid,
    employee_id: Uuid,
    year: i32,
    unit_id: Uuid,
    cycle_id: Uuid,
    policy_id: String,
    results_rating: String,
    behaviour_rating: String,
    predicate: String,
    review: String,
    rater_employee_id: Uuid,
    rater_as_of: jiff_sqlx::Date,
    rater_basis: String,
    superior_employee_id: Option<Uuid>,
    set_at: jiff_sqlx::Timestamp,
    window_opens_at: jiff_sqlx::Timestamp,
    window_closes_at: jiff_sqlx::Timestamp,
    revision: i64,
    parts: Json<Vec<ReadPart>>,
}

/// Which predicates are wanted, and after which one.
pub(crate) enum Wanted {
    /// Of one person, by year.
    Of(EmployeeId, Option<i32>),
    /// Of one year, by unit and person, in one unit or in all.
    In { year: i32, unit: Option<UnitId>, after: Option<(Uuid, Uuid)> },
}

pub(crate) async fn get(
    conn: &mut PgConnection,
    employee_id: EmployeeId,
    of: i32,
) -> Result<Option<AnnualPredicate>, sqlx::Error> {
    Ok(read(conn, &[employee_id.uuid()], &[of]).await?.pop())
}

/// Lists up to `limit` predicates.
pub(crate) async fn list(
    conn: &mut PgConnection,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<AnnualPredicate>, sqlx::Error> {
    let (employee_ids, years) = match wanted {
        Wanted::Of(id, after) => {
            let years = years_of(conn, *id, *after, limit).await?;
            (vec![id.uuid(); years.len()], years)
        }
        Wanted::In { year, unit, after } => {
            let ids = people_in(conn, *year, *unit, *after, limit).await?;
            let years = vec![*year; ids.len()];
            (ids, years)
        }
    };
    read(conn, &employee_ids, &years).await
}

async fn years_of(
    conn: &mut PgConnection,
    employee_id: EmployeeId,
    after: Option<i32>,
    limit: i64,
) -> Result<Vec<i32>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT year FROM annual_predicates
        WHERE employee_id = $1 AND year > $2
        ORDER BY year
        LIMIT $3
        "#,
        employee_id.uuid(),
        after.unwrap_or(i32::MIN),
        limit,
    )
    .fetch_all(conn)
    .await
}

async fn people_in(
    conn: &mut PgConnection,
    year: i32,
    unit: Option<UnitId>,
    after: Option<(Uuid, Uuid)>,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let (after_unit, after_person) = after.unwrap_or((Uuid::nil(), Uuid::nil()));
    let (first, last) = unit.map_or((Uuid::nil(), Uuid::max()), |unit| (unit.uuid(), unit.uuid()));
    sqlx::query_scalar!(
        r#"
        SELECT employee_id FROM annual_predicates
        WHERE year = $1 AND unit_id >= $2 AND unit_id <= $3 AND (unit_id, employee_id) > ($4, $5)
        ORDER BY unit_id, employee_id
        LIMIT $6
        "#,
        year,
        first,
        last,
        after_unit,
        after_person,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// Predicates by id, for those who rebuild what they know: up to `limit` after `after`.
pub(crate) async fn page_by_id(
    conn: &mut PgConnection,
    after: Option<AnnualPredicateId>,
    limit: i64,
) -> Result<Vec<AnnualPredicate>, sqlx::Error> {
    let keys = sqlx::query!(
        r#"
        SELECT employee_id, year FROM annual_predicates
        WHERE annual_predicate_id > $1
        ORDER BY annual_predicate_id
        LIMIT $2
        "#,
        after.map_or(Uuid::nil(), AnnualPredicateId::uuid),
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let (ids, years): (Vec<_>, Vec<_>) =
        keys.into_iter().map(|key| (key.employee_id, key.year)).unzip();
    let mut page = read(conn, &ids, &years).await?;
    page.sort_by_key(|one| one.id);
    Ok(page)
}

/// By year, unit and person.
pub(crate) async fn read(
    conn: &mut PgConnection,
    employee_ids: &[Uuid],
    years: &[i32],
) -> Result<Vec<AnnualPredicate>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT a.annual_predicate_id, a.employee_id, a.year, a.unit_id, a.cycle_id, a.policy_id,
            a.results_rating, a.behaviour_rating, a.predicate, a.review, a.rater_employee_id,
            a.rater_as_of, a.rater_basis, a.superior_employee_id, a.set_at, a.window_opens_at,
            a.window_closes_at, a.revision,
            (SELECT coalesce(jsonb_agg(to_jsonb(p)), '[]') FROM annual_predicate_parts p
             WHERE p.tenant_id = a.tenant_id AND p.employee_id = a.employee_id
                 AND p.year = a.year) AS "parts!: Json<Vec<ReadPart>>"
        FROM unnest($1::uuid[], $2::integer[]) AS given (employee_id, year)
        JOIN annual_predicates a ON a.employee_id = given.employee_id AND a.year = given.year
        ORDER BY a.year, a.unit_id, a.employee_id
        "#,
        employee_ids,
        years,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(AnnualPredicate::try_from)
    .collect()
}

impl TryFrom<Row> for AnnualPredicate {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        let parts = row.parts.0.into_iter();
        let parts = parts.map(|part| (part.evaluation_id.into(), part.evaluation_revision));
        Ok(Self {
            id: row.annual_predicate_id.into(),
            employee_id: row.employee_id.into(),
            year: year(row.year)?,
            unit_id: row.unit_id.into(),
            cycle_id: row.cycle_id.into(),
            policy_id: word(&row.policy_id)?,
            review: Review {
                results: word(&row.results_rating)?,
                behaviour: word(&row.behaviour_rating)?,
                text: row.review,
                parts: parts.collect::<BTreeMap<_, _>>(),
            },
            predicate: word(&row.predicate)?,
            rater: RaterAnswer {
                rater_id: row.rater_employee_id.into(),
                as_of: row.rater_as_of.to_jiff(),
                basis: row.rater_basis,
                superior_id: row.superior_employee_id.map(Into::into),
            },
            set_at: row.set_at.to_jiff(),
            window: Window {
                opens_at: row.window_opens_at.to_jiff(),
                closes_at: row.window_closes_at.to_jiff(),
            },
            revision: row.revision,
        })
    }
}
