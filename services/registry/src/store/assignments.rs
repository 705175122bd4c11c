use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{civil, decode, sql_date};
use crate::domain::{Assignment, AssignmentId, EmployeeId, PositionId, Term};

/// An assignment as it is read.
#[derive(Debug)]
pub(crate) struct AssignmentView {
    pub(crate) assignment_id: Uuid,
    pub(crate) employee_id: Uuid,
    pub(crate) position_id: Uuid,
    pub(crate) unit_id: Uuid,
    pub(crate) kind: String,
    pub(crate) from_on: jiff_sqlx::Date,
    pub(crate) until_on: Option<jiff_sqlx::Date>,
    pub(crate) instrument_number: String,
    pub(crate) revision: i64,
}

/// Unit and kind of the position are copied from its row, which the foreign key holds to.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    assignment: &Assignment,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO assignments
            (assignment_id, employee_id, position_id, unit_id, position_kind, kind, from_on, until_on,
             instrument_number, created_at, revision)
        SELECT $1, $2, position_id, unit_id, kind, $4, $5, $6, $7, $8, $9
        FROM positions
        WHERE position_id = $3
        "#,
        assignment.id.uuid(),
        assignment.employee.uuid(),
        assignment.position.uuid(),
        assignment.kind.as_str(),
        assignment.term.from_on.to_sqlx() as _,
        sql_date(assignment.term.until_on) as _,
        assignment.instrument_number,
        now.to_sqlx() as _,
        assignment.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores the end, and one more revision.
pub(crate) async fn update(
    conn: &mut PgConnection,
    assignment: &Assignment,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE assignments SET until_on = $2, revision = $3 WHERE assignment_id = $1",
        assignment.id.uuid(),
        sql_date(assignment.term.until_on) as _,
        assignment.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whose assignment it is, for the order of locks: the person's row comes first.
pub(crate) async fn employee_of(
    conn: &mut PgConnection,
    id: AssignmentId,
) -> Result<Option<EmployeeId>, sqlx::Error> {
    let employee = sqlx::query_scalar!(
        "SELECT employee_id FROM assignments WHERE assignment_id = $1",
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(employee.map(EmployeeId::from))
}

/// Reads one assignment under the lock of its person's row.
pub(crate) async fn get(
    conn: &mut PgConnection,
    id: AssignmentId,
) -> Result<Option<Assignment>, sqlx::Error> {
    view(conn, id).await?.map(Assignment::try_from).transpose()
}

impl TryFrom<AssignmentView> for Assignment {
    type Error = sqlx::Error;

    fn try_from(row: AssignmentView) -> Result<Self, Self::Error> {
        Ok(Self {
            id: row.assignment_id.into(),
            employee: row.employee_id.into(),
            position: row.position_id.into(),
            kind: decode(row.kind.parse())?,
            term: Term { from_on: row.from_on.to_jiff(), until_on: civil(row.until_on) },
            instrument_number: row.instrument_number,
            revision: row.revision,
        })
    }
}

pub(crate) async fn view(
    conn: &mut PgConnection,
    id: AssignmentId,
) -> Result<Option<AssignmentView>, sqlx::Error> {
    sqlx::query_as!(
        AssignmentView,
        r#"
        SELECT assignment_id, employee_id, position_id, unit_id, kind, from_on, until_on, instrument_number, revision
        FROM assignments
        WHERE assignment_id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await
}

/// Up to `limit` assignments of a person, the newest first.
pub(crate) async fn of_employee(
    conn: &mut PgConnection,
    employee: EmployeeId,
    before: Option<(Date, Uuid)>,
    limit: i64,
) -> Result<Vec<AssignmentView>, sqlx::Error> {
    let (from_on, id) = before.unwrap_or((Date::MAX, Uuid::max()));
    sqlx::query_as!(
        AssignmentView,
        r#"
        SELECT assignment_id, employee_id, position_id, unit_id, kind, from_on, until_on, instrument_number, revision
        FROM assignments
        WHERE employee_id = $1 AND (from_on, assignment_id) < ($2::date, $3::uuid)
        ORDER BY from_on DESC, assignment_id DESC
        LIMIT $4
        "#,
        employee.uuid(),
        from_on.to_sqlx() as _,
        id,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// Up to `limit` assignments to a position, the oldest first.
pub(crate) async fn of_position(
    conn: &mut PgConnection,
    position: PositionId,
    after: Option<(Date, Uuid)>,
    limit: i64,
) -> Result<Vec<AssignmentView>, sqlx::Error> {
    let (from_on, id) = after.unwrap_or((Date::MIN, Uuid::nil()));
    sqlx::query_as!(
        AssignmentView,
        r#"
        SELECT assignment_id, employee_id, position_id, unit_id, kind, from_on, until_on, instrument_number, revision
        FROM assignments
        WHERE position_id = $1 AND (from_on, assignment_id) > ($2::date, $3::uuid)
        ORDER BY from_on, assignment_id
        LIMIT $4
        "#,
        position.uuid(),
        from_on.max(jiff::civil::date(1, 1, 1)).to_sqlx() as _,
        id,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// Assignments of a person that go on to a day or beyond, the oldest first.
pub(crate) async fn running(
    conn: &mut PgConnection,
    employee: EmployeeId,
    from_on: Date,
) -> Result<Vec<Assignment>, sqlx::Error> {
    sqlx::query_as!(
        AssignmentView,
        r#"
        SELECT assignment_id, employee_id, position_id, unit_id, kind, from_on, until_on, instrument_number, revision
        FROM assignments
        WHERE employee_id = $1 AND (until_on IS NULL OR until_on > $2)
        ORDER BY from_on, assignment_id
        "#,
        employee.uuid(),
        from_on.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Assignment::try_from)
    .collect()
}

/// Assignments to a position that touch a term, the oldest first.
pub(crate) async fn of_position_in(
    conn: &mut PgConnection,
    position: PositionId,
    term: Term,
) -> Result<Vec<Assignment>, sqlx::Error> {
    sqlx::query_as!(
        AssignmentView,
        r#"
        SELECT assignment_id, employee_id, position_id, unit_id, kind, from_on, until_on, instrument_number, revision
        FROM assignments
        WHERE position_id = $1 AND (until_on IS NULL OR until_on > $2) AND ($3::date IS NULL OR from_on < $3)
        ORDER BY from_on, assignment_id
        "#,
        position.uuid(),
        term.from_on.to_sqlx() as _,
        sql_date(term.until_on) as _,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Assignment::try_from)
    .collect()
}
