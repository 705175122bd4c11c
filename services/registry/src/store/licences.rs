use std::collections::HashMap;

use jiff::{Timestamp, civil::Date};
use jiff_sqlx::{Date as SqlDate, ToSqlx as _};
use sqlx::PgConnection;
use uuid::Uuid;

use super::decode;
use crate::domain::licence::{Licence, LicenceId, LicenceTerm};

struct Row {
    licence_id: Uuid,
    employee_id: Uuid,
    kind: String,
    number: String,
    issuer: String,
    issued_on: SqlDate,
    expires_on: SqlDate,
    revision: i64,
}

impl TryFrom<Row> for Licence {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        let term = LicenceTerm::try_new(row.issued_on.to_jiff(), row.expires_on.to_jiff());
        Ok(Self {
            id: row.licence_id.into(),
            employee: row.employee_id.into(),
            kind: decode(row.kind.parse())?,
            number: row.number,
            issuer: row.issuer,
            term: decode(term)?,
            revision: row.revision,
        })
    }
}

pub(crate) async fn insert(
    conn: &mut PgConnection,
    licence: &Licence,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO licences
            (licence_id, employee_id, kind, number, issuer, issued_on, expires_on, created_at, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
        licence.id.uuid(),
        licence.employee.uuid(),
        licence.kind.as_str(),
        licence.number,
        licence.issuer,
        licence.term.issued_on().to_sqlx() as _,
        licence.term.expires_on().to_sqlx() as _,
        now.to_sqlx() as _,
        licence.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Records licences; one that is known by kind and number of the same person is replaced.
pub(crate) async fn record(
    conn: &mut PgConnection,
    licences: &[Licence],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let ids: Vec<_> = licences.iter().map(|licence| licence.id.uuid()).collect();
    let people: Vec<_> = licences.iter().map(|licence| licence.employee.uuid()).collect();
    let kinds: Vec<_> = licences.iter().map(|licence| licence.kind.as_str()).collect();
    let numbers: Vec<_> = licences.iter().map(|licence| licence.number.as_str()).collect();
    let issuers: Vec<_> = licences.iter().map(|licence| licence.issuer.as_str()).collect();
    let issued: Vec<_> =
        licences.iter().map(|licence| licence.term.issued_on().to_sqlx()).collect();
    let expires: Vec<_> =
        licences.iter().map(|licence| licence.term.expires_on().to_sqlx()).collect();
    sqlx::query!(
        r#"
        INSERT INTO licences AS l
            (licence_id, employee_id, kind, number, issuer, issued_on, expires_on, created_at, revision)
        SELECT given.*, $8, 1
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[]) AS given
        ON CONFLICT (tenant_id, kind, number) DO UPDATE
        SET issuer = excluded.issuer, issued_on = excluded.issued_on, expires_on = excluded.expires_on,
            revision = l.revision + 1
        WHERE l.employee_id = excluded.employee_id
        "#,
        &ids,
        &people,
        &kinds as _,
        &numbers as _,
        &issuers as _,
        &issued as _,
        &expires as _,
        now.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whose the licences of these kinds and numbers are.
pub(crate) async fn holders(
    conn: &mut PgConnection,
    named: &[(&str, &str)],
) -> Result<HashMap<(String, String), Uuid>, sqlx::Error> {
    let kinds: Vec<_> = named.iter().map(|(kind, _)| *kind).collect();
    let numbers: Vec<_> = named.iter().map(|(_, number)| *number).collect();
    let rows = sqlx::query!(
        r#"
        SELECT l.kind, l.number, l.employee_id
        FROM (SELECT DISTINCT kind, number FROM unnest($1::text[], $2::text[]) AS given (kind, number)) AS wanted
        JOIN licences AS l ON l.kind = wanted.kind AND l.number = wanted.number
        "#,
        &kinds as _,
        &numbers as _,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| ((row.kind, row.number), row.employee_id)).collect())
}

pub(crate) async fn update(conn: &mut PgConnection, licence: &Licence) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE licences
        SET number = $2, issuer = $3, issued_on = $4, expires_on = $5, revision = $6
        WHERE licence_id = $1
        "#,
        licence.id.uuid(),
        licence.number,
        licence.issuer,
        licence.term.issued_on().to_sqlx() as _,
        licence.term.expires_on().to_sqlx() as _,
        licence.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn get(
    conn: &mut PgConnection,
    id: LicenceId,
) -> Result<Option<Licence>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT licence_id, employee_id, kind, number, issuer, issued_on, expires_on, revision
        FROM licences
        WHERE licence_id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?
    .map(Licence::try_from)
    .transpose()
}

/// Reads one licence and locks its row until the transaction ends.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    id: LicenceId,
) -> Result<Option<Licence>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT licence_id, employee_id, kind, number, issuer, issued_on, expires_on, revision
        FROM licences
        WHERE licence_id = $1
        FOR UPDATE
        "#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?
    .map(Licence::try_from)
    .transpose()
}

/// Up to `limit` licences of a person before a place in the order, the last to expire first.
pub(crate) async fn of_employee(
    conn: &mut PgConnection,
    employee: Uuid,
    before: Option<(Date, Uuid)>,
    limit: i64,
) -> Result<Vec<Licence>, sqlx::Error> {
    let (day, id) = before.unwrap_or((Date::MAX, Uuid::max()));
    sqlx::query_as!(
        Row,
        r#"
        SELECT licence_id, employee_id, kind, number, issuer, issued_on, expires_on, revision
        FROM licences
        WHERE employee_id = $1 AND (expires_on, licence_id) < ($2, $3)
        ORDER BY expires_on DESC, licence_id DESC
        LIMIT $4
        "#,
        employee,
        day.to_sqlx() as _,
        id,
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Licence::try_from)
    .collect()
}

/// Up to `limit` licences that expire from one day through another, the first to expire first.
pub(crate) async fn expiring(
    conn: &mut PgConnection,
    (from_on, until_on): (Date, Date),
    after: Option<(Date, Uuid)>,
    limit: i64,
) -> Result<Vec<Licence>, sqlx::Error> {
    let (day, id) = after.unwrap_or((from_on, Uuid::nil()));
    sqlx::query_as!(
        Row,
        r#"
        SELECT licence_id, employee_id, kind, number, issuer, issued_on, expires_on, revision
        FROM licences
        WHERE (expires_on, licence_id) > ($1, $2) AND expires_on <= $3
        ORDER BY expires_on, licence_id
        LIMIT $4
        "#,
        day.to_sqlx() as _,
        id,
        until_on.to_sqlx() as _,
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Licence::try_from)
    .collect()
}
