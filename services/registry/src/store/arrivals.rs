use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx as _;
use kinerja_kit::tenant::TenantId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::sql_date;
use crate::domain::EmployeeId;

/// A person on the way from one government to another.
#[derive(Debug, Clone)]
pub(crate) struct ArrivalView {
    pub(crate) arrival_id: Uuid,
    pub(crate) origin: String,
    pub(crate) origin_employee_id: Uuid,
    pub(crate) left_on: jiff_sqlx::Date,
    pub(crate) name: String,
    pub(crate) front_title: String,
    pub(crate) back_title: String,
    pub(crate) employment_kind: String,
    pub(crate) identity_number: Option<String>,
    pub(crate) rank: Option<String>,
    pub(crate) rank_from_on: Option<jiff_sqlx::Date>,
    pub(crate) admitted_employee_id: Option<Uuid>,
    pub(crate) revision: i64,
}

/// Notes in the government left where the person goes.
pub(crate) async fn depart(
    conn: &mut PgConnection,
    arrival_id: Uuid,
    employee: EmployeeId,
    destination: &TenantId,
    left_on: Date,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO departures (arrival_id, employee_id, destination, left_on, created_at)
        VALUES ($1, $2, $3::text, $4, $5)
        "#,
        arrival_id,
        employee.uuid(),
        destination.as_str(),
        left_on.to_sqlx() as _,
        now.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A departure as the other government needs it, and which one that is.
pub(crate) async fn departure(
    conn: &mut PgConnection,
    arrival_id: Uuid,
) -> Result<Option<(ArrivalView, TenantId)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT d.arrival_id, d.tenant_id::text AS "origin!", d.destination::text AS "destination!", d.employee_id,
            d.left_on, e.name, e.front_title, e.back_title, e.employment_kind,
            n.number AS "identity_number?", r.rank AS "rank?", r.from_on AS "rank_from_on?"
        FROM departures d
        JOIN employees e ON e.tenant_id = d.tenant_id AND e.employee_id = d.employee_id
        LEFT JOIN LATERAL (
            SELECT i.number FROM identity_numbers i
            WHERE i.tenant_id = e.tenant_id AND i.employee_id = e.employee_id
            ORDER BY i.from_on DESC LIMIT 1) AS n ON true
        LEFT JOIN LATERAL (
            SELECT k.rank, k.from_on FROM ranks k
            WHERE k.tenant_id = e.tenant_id AND k.employee_id = e.employee_id
            ORDER BY k.from_on DESC LIMIT 1) AS r ON true
        WHERE d.arrival_id = $1
        "#,
        arrival_id,
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let arrival = ArrivalView {
            arrival_id: row.arrival_id,
            origin: row.origin,
            origin_employee_id: row.employee_id,
            left_on: row.left_on,
            name: row.name,
            front_title: row.front_title,
            back_title: row.back_title,
            employment_kind: row.employment_kind,
            identity_number: row.identity_number,
            rank: row.rank,
            rank_from_on: row.rank_from_on,
            admitted_employee_id: None,
            revision: 1,
        };
        Ok((arrival, super::decode(row.destination.parse())?))
    })
    .transpose()
}

/// Departures of some people, to be carried over again.
pub(crate) async fn departures_of(
    conn: &mut PgConnection,
    employees: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("SELECT arrival_id FROM departures WHERE employee_id = ANY ($1)", employees)
        .fetch_all(conn)
        .await
}

/// Announces a person to the government they go to; announcing again changes nothing.
pub(crate) async fn announce(
    conn: &mut PgConnection,
    arrival: &ArrivalView,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO arrivals
            (arrival_id, origin, origin_employee_id, left_on, name, front_title, back_title, employment_kind,
             identity_number, rank, rank_from_on, created_at, revision)
        VALUES ($1, $2::text, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)
        ON CONFLICT (tenant_id, arrival_id) DO NOTHING
        "#,
        arrival.arrival_id,
        arrival.origin,
        arrival.origin_employee_id,
        arrival.left_on as _,
        arrival.name,
        arrival.front_title,
        arrival.back_title,
        arrival.employment_kind,
        arrival.identity_number,
        arrival.rank,
        sql_date(super::civil(arrival.rank_from_on)) as _,
        now.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn get(
    conn: &mut PgConnection,
    arrival_id: Uuid,
) -> Result<Option<ArrivalView>, sqlx::Error> {
    sqlx::query_as!(
        ArrivalView,
        r#"
        SELECT arrival_id, origin::text AS "origin!", origin_employee_id, left_on, name, front_title, back_title,
            employment_kind, identity_number, rank, rank_from_on, admitted_employee_id, revision
        FROM arrivals
        WHERE arrival_id = $1
        "#,
        arrival_id,
    )
    .fetch_optional(conn)
    .await
}

/// Reads one arrival and locks its row until the transaction ends.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    arrival_id: Uuid,
) -> Result<Option<ArrivalView>, sqlx::Error> {
    sqlx::query_as!(
        ArrivalView,
        r#"
        SELECT arrival_id, origin::text AS "origin!", origin_employee_id, left_on, name, front_title, back_title,
            employment_kind, identity_number, rank, rank_from_on, admitted_employee_id, revision
        FROM arrivals
        WHERE arrival_id = $1
        FOR UPDATE
        "#,
        arrival_id,
    )
    .fetch_optional(conn)
    .await
}

pub(crate) async fn admit(
    conn: &mut PgConnection,
    arrival_id: Uuid,
    employee: EmployeeId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE arrivals SET admitted_employee_id = $2, revision = revision + 1 WHERE arrival_id = $1",
        arrival_id,
        employee.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Up to `limit` people who wait, by id.
pub(crate) async fn waiting(
    conn: &mut PgConnection,
    after: Uuid,
    limit: i64,
) -> Result<Vec<ArrivalView>, sqlx::Error> {
    sqlx::query_as!(
        ArrivalView,
        r#"
        SELECT arrival_id, origin::text AS "origin!", origin_employee_id, left_on, name, front_title, back_title,
            employment_kind, identity_number, rank, rank_from_on, admitted_employee_id, revision
        FROM arrivals
        WHERE arrival_id > $1 AND admitted_employee_id IS NULL
        ORDER BY arrival_id
        LIMIT $2
        "#,
        after,
        limit,
    )
    .fetch_all(conn)
    .await
}
