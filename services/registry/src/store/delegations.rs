use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

/// An instrument of delegation, to a person or to whoever holds a position.
#[derive(Debug, Clone)]
pub(crate) struct Delegation {
    pub(crate) delegation_id: Uuid,
    pub(crate) employee_id: Option<Uuid>,
    pub(crate) position_id: Option<Uuid>,
    pub(crate) instrument_number: String,
    pub(crate) instrument_on: jiff_sqlx::Date,
    pub(crate) from_on: jiff_sqlx::Date,
    pub(crate) until_on: jiff_sqlx::Date,
    pub(crate) revision: i64,
}

pub(crate) async fn insert(
    conn: &mut PgConnection,
    delegation: &Delegation,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO delegations
            (delegation_id, employee_id, position_id, instrument_number, instrument_on, from_on, until_on,
             created_at, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
        delegation.delegation_id,
        delegation.employee_id,
        delegation.position_id,
        delegation.instrument_number,
        delegation.instrument_on as _,
        delegation.from_on as _,
        delegation.until_on as _,
        now.to_sqlx() as _,
        delegation.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn end(
    conn: &mut PgConnection,
    delegation_id: Uuid,
    until_on: Date,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE delegations SET until_on = $2, revision = revision + 1 WHERE delegation_id = $1",
        delegation_id,
        until_on.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn get(
    conn: &mut PgConnection,
    delegation_id: Uuid,
) -> Result<Option<Delegation>, sqlx::Error> {
    sqlx::query_as!(
        Delegation,
        r#"
        SELECT delegation_id, employee_id, position_id, instrument_number, instrument_on, from_on, until_on, revision
        FROM delegations
        WHERE delegation_id = $1
        "#,
        delegation_id,
    )
    .fetch_optional(conn)
    .await
}

/// Reads one delegation and locks its row until the transaction ends.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    delegation_id: Uuid,
) -> Result<Option<Delegation>, sqlx::Error> {
    sqlx::query_as!(
        Delegation,
        r#"
        SELECT delegation_id, employee_id, position_id, instrument_number, instrument_on, from_on, until_on, revision
        FROM delegations
        WHERE delegation_id = $1
        FOR UPDATE
        "#,
        delegation_id,
    )
    .fetch_optional(conn)
    .await
}

/// Up to `limit` delegations, by id.
pub(crate) async fn list(
    conn: &mut PgConnection,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Delegation>, sqlx::Error> {
    sqlx::query_as!(
        Delegation,
        r#"
        SELECT delegation_id, employee_id, position_id, instrument_number, instrument_on, from_on, until_on, revision
        FROM delegations
        WHERE delegation_id > $1
        ORDER BY delegation_id
        LIMIT $2
        "#,
        after,
        limit,
    )
    .fetch_all(conn)
    .await
}
