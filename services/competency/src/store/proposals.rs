use jiff::Timestamp;
use jiff_sqlx::{Timestamp as SqlTimestamp, ToSqlx as _};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{development_needs::Columns, words};
use crate::domain::{Activities, EmployeeId, Kind, MOST_NEEDS, Need, ProposedActivity};

/// A need that an evaluation led to, for the employee's plan of the year.
#[derive(Debug, Clone)]
pub(crate) struct Proposal {
    pub employee_id: EmployeeId,
    pub year: i32,
    /// Of the plan, where the employee has none of that year yet.
    pub plan_id: Uuid,
    pub need: Need,
}

/// What policy proposes to do about needs.
pub(crate) async fn activities(conn: &mut PgConnection) -> Result<Activities, sqlx::Error> {
    let rows =
        sqlx::query!("SELECT competency_kind, missing_from, activity FROM proposed_activities")
            .fetch_all(conn)
            .await?;
    let proposed = rows.into_iter().map(|row| {
        let kind = match row.competency_kind.as_str() {
            "" => None,
            word => Some(Kind::parse(word).ok_or_else(|| words::unknown(word))?),
        };
        let missing_from = words::level(row.missing_from)?.get();
        Ok::<_, sqlx::Error>(ProposedActivity { kind, missing_from, activity: row.activity })
    });
    Ok(Activities::new(proposed.collect::<Result<_, _>>()?))
}

/// Adds needs to the plans of their employees and years, making plans where there are none. A need the plan
/// has already is left out, and so is one for which a full plan has no room: what the rater said of it stays
/// in the evaluation. A plan that got one waits for the word of both again.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    proposals: &[Proposal],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    if proposals.is_empty() {
        return Ok(());
    }
    insert_plans(conn, proposals, now).await?;
    let changed = insert_needs(conn, proposals).await?;
    sqlx::query!(
        r#"
        UPDATE development_plans
        SET state = 'PROPOSED', employee_consented_at = NULL, superior_id = NULL,
            superior_consented_at = NULL, superior_basis = NULL, revision = revision + 1
        WHERE plan_id = ANY($1)
        "#,
        &changed,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert_plans(
    conn: &mut PgConnection,
    proposals: &[Proposal],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let plans: Vec<Uuid> = proposals.iter().map(|proposal| proposal.plan_id).collect();
    let employees: Vec<Uuid> =
        proposals.iter().map(|proposal| proposal.employee_id.uuid()).collect();
    let years: Vec<i32> = proposals.iter().map(|proposal| proposal.year).collect();
    sqlx::query!(
        r#"
        INSERT INTO development_plans (plan_id, employee_id, year, unit_id, state, created_at, revision)
        SELECT DISTINCT ON (employee_id, year) plan_id, employee_id, year, employees.unit_id, 'PROPOSED', $4, 0
        FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS proposed (plan_id, employee_id, year)
        LEFT JOIN employees USING (employee_id)
        ON CONFLICT (tenant_id, employee_id, year) DO NOTHING
        "#,
        &plans,
        &employees,
        &years,
        now.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Answers which plans got a need.
async fn insert_needs(
    conn: &mut PgConnection,
    proposals: &[Proposal],
) -> Result<Vec<Uuid>, sqlx::Error> {
    let employees: Vec<Uuid> =
        proposals.iter().map(|proposal| proposal.employee_id.uuid()).collect();
    let years: Vec<i32> = proposals.iter().map(|proposal| proposal.year).collect();
    let columns = Columns::of(proposals.iter().map(|proposal| &proposal.need));
    sqlx::query_scalar!(
        r#"
        WITH missing AS (
            SELECT plans.plan_id, needs.*, row_number() OVER (PARTITION BY plans.plan_id ORDER BY nth) AS place
            FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid[],
                    $8::smallint[], $9::smallint[], $10::text[], $11::text[], $12::timestamptz[])
                WITH ORDINALITY
                AS needs (employee_id, year, need_id, code, origin, reason, evaluation_id, required_level,
                    found_level, activity, state, state_at, nth)
            JOIN development_plans plans USING (employee_id, year)
            WHERE NOT EXISTS (
                SELECT FROM development_needs held
                WHERE held.plan_id = plans.plan_id AND held.origin = needs.origin
                    AND CASE needs.origin WHEN 'GAP' THEN held.competency_code = needs.code
                        ELSE held.reason = needs.reason END
            )
        )
        INSERT INTO development_needs
            (plan_id, need_id, competency_code, origin, reason, evaluation_id, required_level, found_level,
             activity, state, state_at)
        SELECT plan_id, need_id, code, origin, reason, evaluation_id, required_level, found_level,
            activity, state, state_at
        FROM missing
        WHERE place + (SELECT count(*) FROM development_needs held WHERE held.plan_id = missing.plan_id) <= $13
        ON CONFLICT DO NOTHING
        RETURNING plan_id
        "#,
        &employees,
        &years,
        &columns.ids,
        &columns.codes as &[Option<String>],
        &columns.origins,
        &columns.reasons,
        &columns.evaluations as &[Option<Uuid>],
        &columns.required as &[Option<i16>],
        &columns.found as &[Option<i16>],
        &columns.activities,
        &columns.states,
        &columns.times as &[SqlTimestamp],
        i64::try_from(MOST_NEEDS).unwrap_or(i64::MAX),
    )
    .fetch_all(conn)
    .await
}
