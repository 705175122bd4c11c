use jiff::Timestamp;
use jiff_sqlx::{Timestamp as SqlTimestamp, ToSqlx as _};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{EmployeeId, EvaluationId};

/// An evaluation that became final, from evaluation's feed.
#[derive(Debug, Clone)]
pub(crate) struct Finalised {
    pub evaluation_id: EvaluationId,
    pub employee_id: EmployeeId,
    pub year: i32,
    pub predicate: &'static str,
    pub finalised_at: Timestamp,
    pub revision: i64,
}

/// An evaluation whose gap was not looked at yet.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub evaluation_id: EvaluationId,
    pub employee_id: EmployeeId,
    pub year: i32,
    pub finalised_at: Timestamp,
}

/// One at a time, until the transaction ends: the consumers of the two feeds would else miss what the
/// other is about to commit, the one an employee, the other an evaluation that waits for that employee.
pub(crate) async fn take_turns(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtext('competency: gaps of final evaluations'))")
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes over what was told, each evaluation once; answers which of them were new or changed. Their gap is
/// pending, unless it was looked at for the same day before: a rebuild tells everything again.
pub(crate) async fn tell(
    conn: &mut PgConnection,
    told: &[Finalised],
) -> Result<Vec<EvaluationId>, sqlx::Error> {
    let ids: Vec<Uuid> = told.iter().map(|one| one.evaluation_id.uuid()).collect();
    let employees: Vec<Uuid> = told.iter().map(|one| one.employee_id.uuid()).collect();
    let years: Vec<i32> = told.iter().map(|one| one.year).collect();
    let predicates: Vec<String> = told.iter().map(|one| one.predicate.to_owned()).collect();
    let times: Vec<SqlTimestamp> = told.iter().map(|one| one.finalised_at.to_sqlx()).collect();
    let revisions: Vec<i64> = told.iter().map(|one| one.revision).collect();
    let taken = sqlx::query_scalar!(
        r#"
        INSERT INTO evaluations
            (evaluation_id, employee_id, year, predicate, finalised_at, gap_pending, revision)
        SELECT evaluation_id, employee_id, year, predicate, finalised_at, true, revision
        FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::timestamptz[], $6::bigint[])
            AS told (evaluation_id, employee_id, year, predicate, finalised_at, revision)
        ON CONFLICT (tenant_id, evaluation_id) DO UPDATE
        SET year = excluded.year, predicate = excluded.predicate, finalised_at = excluded.finalised_at,
            gap_pending = evaluations.gap_pending OR evaluations.finalised_at <> excluded.finalised_at,
            revision = excluded.revision
        WHERE evaluations.revision < excluded.revision
        RETURNING evaluation_id
        "#,
        &ids,
        &employees,
        &years,
        &predicates,
        &times as &[SqlTimestamp],
        &revisions,
    )
    .fetch_all(conn)
    .await?;
    Ok(taken.into_iter().map(Into::into).collect())
}

/// Everybody who has an evaluation whose gap is pending.
pub(crate) async fn waiting(conn: &mut PgConnection) -> Result<Vec<EmployeeId>, sqlx::Error> {
    let people =
        sqlx::query_scalar!("SELECT DISTINCT employee_id FROM evaluations WHERE gap_pending")
            .fetch_all(conn)
            .await?;
    Ok(people.into_iter().map(Into::into).collect())
}

/// Evaluations of `employees` whose gap is pending.
pub(crate) async fn pending(
    conn: &mut PgConnection,
    employees: &[EmployeeId],
) -> Result<Vec<Pending>, sqlx::Error> {
    let employees: Vec<Uuid> = employees.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"
        SELECT evaluation_id, employee_id, year, finalised_at
        FROM evaluations
        WHERE employee_id = ANY($1) AND gap_pending
        ORDER BY finalised_at, evaluation_id
        "#,
        &employees,
    )
    .fetch_all(conn)
    .await?;
    let pending = rows.into_iter().map(|row| Pending {
        evaluation_id: row.evaluation_id.into(),
        employee_id: row.employee_id.into(),
        year: row.year,
        finalised_at: row.finalised_at.to_jiff(),
    });
    Ok(pending.collect())
}

/// Marks that the gap of these was looked at.
pub(crate) async fn looked_at(
    conn: &mut PgConnection,
    ids: &[EvaluationId],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    sqlx::query!("UPDATE evaluations SET gap_pending = false WHERE evaluation_id = ANY($1)", &ids)
        .execute(conn)
        .await?;
    Ok(())
}

/// Lets the next fact of each key count, however low its revision.
pub(crate) async fn forget(conn: &mut PgConnection, keys: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE evaluations SET revision = 0 WHERE evaluation_id = ANY($1)", keys)
        .execute(conn)
        .await?;
    Ok(())
}
