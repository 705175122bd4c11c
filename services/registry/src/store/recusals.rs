use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::EmployeeId;

/// A rater who stands aside for one person.
#[derive(Debug, Clone)]
pub(crate) struct Recusal {
    pub(crate) recusal_id: Uuid,
    pub(crate) employee_id: Uuid,
    pub(crate) rater_employee_id: Uuid,
    /// With the instrument, or not at all.
    pub(crate) delegate_employee_id: Option<Uuid>,
    pub(crate) instrument_number: Option<String>,
    pub(crate) instrument_on: Option<jiff_sqlx::Date>,
    pub(crate) reason: String,
    pub(crate) from_on: jiff_sqlx::Date,
    pub(crate) until_on: Option<jiff_sqlx::Date>,
    pub(crate) revision: i64,
}

pub(crate) async fn insert(
    conn: &mut PgConnection,
    recusal: &Recusal,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO recusals
            (recusal_id, employee_id, rater_employee_id, delegate_employee_id, instrument_number, instrument_on,
             reason, from_on, until_on, created_at, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        "#,
        recusal.recusal_id,
        recusal.employee_id,
        recusal.rater_employee_id,
        recusal.delegate_employee_id,
        recusal.instrument_number,
        recusal.instrument_on as _,
        recusal.reason,
        recusal.from_on as _,
        recusal.until_on as _,
        now.to_sqlx() as _,
        recusal.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn end(
    conn: &mut PgConnection,
    recusal_id: Uuid,
    until_on: Date,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE recusals SET until_on = $2, revision = revision + 1 WHERE recusal_id = $1",
        recusal_id,
        until_on.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn get(
    conn: &mut PgConnection,
    recusal_id: Uuid,
) -> Result<Option<Recusal>, sqlx::Error> {
    sqlx::query_as!(
        Recusal,
        r#"
        SELECT recusal_id, employee_id, rater_employee_id, delegate_employee_id, instrument_number, instrument_on,
            reason, from_on, until_on, revision
        FROM recusals
        WHERE recusal_id = $1
        "#,
        recusal_id,
    )
    .fetch_optional(conn)
    .await
}

/// Up to `limit` recusals for a person, by id.
pub(crate) async fn of_employee(
    conn: &mut PgConnection,
    employee: EmployeeId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Recusal>, sqlx::Error> {
    sqlx::query_as!(
        Recusal,
        r#"
        SELECT recusal_id, employee_id, rater_employee_id, delegate_employee_id, instrument_number, instrument_on,
            reason, from_on, until_on, revision
        FROM recusals
        WHERE employee_id = $1 AND recusal_id > $2
        ORDER BY recusal_id
        LIMIT $3
        "#,
        employee.uuid(),
        after,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// Whether the same rater stands aside for the same person in an overlapping term.
pub(crate) async fn overlaps(
    conn: &mut PgConnection,
    recusal: &Recusal,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM recusals
            WHERE employee_id = $1 AND rater_employee_id = $2
                AND (until_on IS NULL OR until_on > $3) AND ($4::date IS NULL OR from_on < $4)
        ) AS "overlaps!"
        "#,
        recusal.employee_id,
        recusal.rater_employee_id,
        recusal.from_on as _,
        recusal.until_on as _,
    )
    .fetch_one(conn)
    .await
}
