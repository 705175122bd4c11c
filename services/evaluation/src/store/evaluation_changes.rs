//! Moving evaluations on.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    evaluation::{Evaluation, State},
    receipt::Receipt,
};

/// Stores receipt and state of evaluations whose revision is still the one before theirs; answers whose
/// it was.
pub(crate) async fn advance(
    conn: &mut PgConnection,
    evaluations: &[Evaluation],
) -> Result<Vec<Uuid>, sqlx::Error> {
    let receipts = || evaluations.iter().map(Evaluation::receipt);
    let instants = |of: fn(&Receipt) -> Timestamp| -> Vec<Option<jiff_sqlx::Timestamp>> {
        receipts().map(|receipt| receipt.map(|receipt| of(receipt).to_sqlx())).collect()
    };
    let kinds = receipts().map(|receipt| receipt.map(|receipt| receipt.kind.word().to_owned()));
    let notes = receipts().map(|receipt| receipt.and_then(|receipt| receipt.note.clone()));
    let finalised = evaluations.iter().map(|evaluation| match &evaluation.state {
        State::Finalised { at, .. } => Some(at.to_sqlx()),
        _ => None,
    });
    sqlx::query_scalar!(
        r#"
        UPDATE evaluations e
        SET state = given.state, receipt_kind = given.receipt_kind, received_at = given.received_at,
            receipt_note = given.receipt_note, objection_closes_at = given.objection_closes_at,
            finalised_at = given.finalised_at, revision = given.revision
        FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::text[],
                $7::timestamptz[], $8::timestamptz[])
            AS given (evaluation_id, revision, state, receipt_kind, received_at, receipt_note,
                objection_closes_at, finalised_at)
        WHERE e.evaluation_id = given.evaluation_id AND e.revision = given.revision - 1
        RETURNING e.evaluation_id
        "#,
        &evaluations.iter().map(|evaluation| evaluation.id.uuid()).collect::<Vec<_>>(),
        &evaluations.iter().map(|evaluation| evaluation.revision).collect::<Vec<_>>(),
        &evaluations.iter().map(|e| e.state.word().to_owned()).collect::<Vec<_>>(),
        &kinds.collect::<Vec<_>>() as _,
        &instants(|receipt| receipt.received_at) as _,
        &notes.collect::<Vec<_>>() as _,
        &instants(|receipt| receipt.objection_closes_at) as _,
        &finalised.collect::<Vec<_>>() as _,
    )
    .fetch_all(conn)
    .await
}

/// Shortens the first part, if its revision is still the one before, and opens the second.
pub(crate) async fn split(
    conn: &mut PgConnection,
    first: &Evaluation,
    second: &Evaluation,
) -> Result<bool, sqlx::Error> {
    let shortened = sqlx::query!(
        r#"
        UPDATE evaluations
        SET ends_on = $2, revision = $3
        WHERE evaluation_id = $1 AND revision = $3::bigint - 1
        "#,
        first.id.uuid(),
        first.days.ends_on.to_sqlx() as _,
        first.revision,
    )
    .execute(&mut *conn)
    .await?;
    if shortened.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        r#"
        INSERT INTO evaluations
            (evaluation_id, employee_id, plan_id, cycle_id, policy_id, year, unit_id, heads_unit,
             starts_on, ends_on, state, rater_employee_id, created_at, revision)
        SELECT $1, employee_id, plan_id, cycle_id, policy_id, year, unit_id, heads_unit,
            $3, $4, 'OPEN', rater_employee_id, $5, 1
        FROM evaluations
        WHERE evaluation_id = $2
        "#,
        second.id.uuid(),
        first.id.uuid(),
        second.days.starts_on.to_sqlx() as _,
        second.days.ends_on.to_sqlx() as _,
        second.created_at.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(true)
}

/// Withdraws the registry's answer on who rates these people from these days on, where nothing was
/// rated by it.
pub(crate) async fn withdraw_answers(
    conn: &mut PgConnection,
    employee_ids: &[Uuid],
    from: &[jiff_sqlx::Date],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE evaluations e
        SET rater_as_of = NULL, rater_basis = NULL, superior_employee_id = NULL, revision = e.revision + 1
        FROM unnest($1::uuid[], $2::date[]) AS given (employee_id, from_on)
        WHERE e.employee_id = given.employee_id AND e.rater_as_of >= given.from_on
            AND e.state IN ('OPEN', 'PREPARED')
        "#,
        employee_ids,
        from as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}
