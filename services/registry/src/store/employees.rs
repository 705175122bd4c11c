use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{civil, decode, sql_date};
use crate::domain::{Employee, EmployeeId, IdentityNumber, PersonName, Rank, Status, Term};

pub(crate) async fn insert(
    conn: &mut PgConnection,
    employee: &Employee,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO employees
            (employee_id, name, front_title, back_title, employment_kind, opened_on, closed_on, created_at, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
        employee.id.uuid(),
        employee.name.name,
        employee.name.front_title,
        employee.name.back_title,
        employee.kind.as_str(),
        employee.opened_on.to_sqlx() as _,
        sql_date(employee.closed_on) as _,
        now.to_sqlx() as _,
        employee.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn update(
    conn: &mut PgConnection,
    employee: &Employee,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE employees
        SET name = $2, front_title = $3, back_title = $4, employment_kind = $5, closed_on = $6, revision = $7
        WHERE employee_id = $1
        "#,
        employee.id.uuid(),
        employee.name.name,
        employee.name.front_title,
        employee.name.back_title,
        employee.kind.as_str(),
        sql_date(employee.closed_on) as _,
        employee.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Reads one record and locks its row until the transaction ends: all that hangs on the person is
/// changed under this lock.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    id: EmployeeId,
) -> Result<Option<Employee>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT employee_id, name, front_title, back_title, employment_kind, opened_on, closed_on, revision
        FROM employees
        WHERE employee_id = $1
        FOR UPDATE
        "#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let (name, front_title, back_title) = (row.name, row.front_title, row.back_title);
        Ok(Employee {
            id: row.employee_id.into(),
            name: PersonName { name, front_title, back_title },
            kind: decode(row.employment_kind.parse())?,
            opened_on: row.opened_on.to_jiff(),
            closed_on: civil(row.closed_on),
            revision: row.revision,
        })
    })
    .transpose()
}

pub(crate) async fn exists(conn: &mut PgConnection, id: EmployeeId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM employees WHERE employee_id = $1) AS "exists!""#,
        id.uuid(),
    )
    .fetch_one(conn)
    .await
}

/// Locks the rows of some people in the order of their ids, and tells the revision of each.
pub(crate) async fn lock_all(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT locked.employee_id, locked.revision
        FROM (SELECT id FROM unnest($1::uuid[]) AS given (id) ORDER BY id OFFSET 0) AS wanted
        CROSS JOIN LATERAL (
            SELECT e.employee_id, e.revision FROM employees e WHERE e.employee_id = wanted.id FOR NO KEY UPDATE
        ) AS locked
        "#,
        ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.employee_id, row.revision)).collect())
}

/// Gives each of some people one more revision, locking their rows in the order of their ids.
pub(crate) async fn touch(conn: &mut PgConnection, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE employees e
        SET revision = e.revision + 1
        FROM (SELECT tenant_id, employee_id FROM employees WHERE employee_id = ANY ($1)
              ORDER BY employee_id FOR UPDATE) AS locked
        WHERE e.tenant_id = locked.tenant_id AND e.employee_id = locked.employee_id
        "#,
        ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets the identity number from a day on; one that was set for the same day is replaced.
pub(crate) async fn set_identity_number(
    conn: &mut PgConnection,
    id: EmployeeId,
    from_on: Date,
    number: &IdentityNumber,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO identity_numbers (employee_id, from_on, number)
        VALUES ($1, $2, $3)
        ON CONFLICT (tenant_id, employee_id, from_on) DO UPDATE SET number = excluded.number
        "#,
        id.uuid(),
        from_on.to_sqlx() as _,
        number.as_str(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets the rank from a day on; one that was set for the same day is replaced.
pub(crate) async fn set_rank(
    conn: &mut PgConnection,
    id: EmployeeId,
    from_on: Date,
    rank: Rank,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO ranks (employee_id, from_on, rank)
        VALUES ($1, $2, $3)
        ON CONFLICT (tenant_id, employee_id, from_on) DO UPDATE SET rank = excluded.rank
        "#,
        id.uuid(),
        from_on.to_sqlx() as _,
        rank.to_string(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets the status from a day on; one that was set for the same day is replaced.
pub(crate) async fn set_status(
    conn: &mut PgConnection,
    id: EmployeeId,
    from_on: Date,
    status: Status,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO statuses (employee_id, from_on, status, absence_kind)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant_id, employee_id, from_on) DO UPDATE
            SET status = excluded.status, absence_kind = excluded.absence_kind
        "#,
        id.uuid(),
        from_on.to_sqlx() as _,
        status.as_str(),
        status.absence_kind().map(|kind| kind.as_str()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The status on a day.
pub(crate) async fn status_on(
    conn: &mut PgConnection,
    id: EmployeeId,
    day: Date,
) -> Result<Option<Status>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT status, absence_kind
        FROM statuses
        WHERE employee_id = $1 AND from_on <= $2
        ORDER BY from_on DESC
        LIMIT 1
        "#,
        id.uuid(),
        day.to_sqlx() as _,
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| decode(Status::of_words(&row.status, row.absence_kind.as_deref()))).transpose()
}

/// The newest number and rank, whatever their day: what the kind of employment must agree with.
pub(crate) async fn newest_number_and_rank(
    conn: &mut PgConnection,
    id: EmployeeId,
) -> Result<(Option<IdentityNumber>, Option<(Rank, Date)>), sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT n.number AS "number?", r.rank AS "rank?", r.from_on AS "rank_from_on?"
        FROM (SELECT) AS one
        LEFT JOIN (SELECT number FROM identity_numbers WHERE employee_id = $1
                   ORDER BY from_on DESC LIMIT 1) AS n ON true
        LEFT JOIN (SELECT rank, from_on FROM ranks WHERE employee_id = $1
                   ORDER BY from_on DESC LIMIT 1) AS r ON true
        "#,
        id.uuid(),
    )
    .fetch_one(conn)
    .await?;
    let number = decode(row.number.map(|number| number.parse()).transpose())?;
    let rank: Option<Rank> = decode(row.rank.map(|rank| rank.parse()).transpose())?;
    Ok((number, rank.zip(civil(row.rank_from_on))))
}

/// Whether a status that ends service begins inside a term.
pub(crate) async fn leaves_service_in(
    conn: &mut PgConnection,
    id: EmployeeId,
    term: Term,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM statuses
            WHERE employee_id = $1 AND from_on > $2 AND ($3::date IS NULL OR from_on < $3)
                AND status IN ('RETIRED', 'RESIGNED', 'DISMISSED', 'DECEASED', 'MOVED')
        ) AS "leaves!"
        "#,
        id.uuid(),
        term.from_on.to_sqlx() as _,
        sql_date(term.until_on) as _,
    )
    .fetch_one(conn)
    .await
}
