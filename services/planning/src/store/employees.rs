use kinerja_kit::id::Id;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{Assignment, EmployeeId};

/// What planning knows of employees, by column.
#[derive(Debug, Default)]
pub(crate) struct Employees {
    pub(crate) employee_ids: Vec<Uuid>,
    pub(crate) statuses: Vec<String>,
    pub(crate) unit_ids: Vec<Option<Uuid>>,
    pub(crate) position_ids: Vec<Option<Uuid>>,
    pub(crate) position_kinds: Vec<String>,
    pub(crate) position_levels: Vec<String>,
    pub(crate) position_names: Vec<String>,
    pub(crate) heads_unit: Vec<bool>,
    pub(crate) revisions: Vec<i64>,
}

/// The post an employee holds: `Some(None)` for an employee without one.
pub(crate) async fn assignment(
    conn: &mut PgConnection,
    employee: EmployeeId,
) -> Result<Option<Option<Assignment>>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT unit_id, position_id, position_kind, position_level, position_name, heads_unit
        FROM employees
        WHERE employee_id = $1 AND NOT is_gone
        "#,
        employee.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| {
        let (unit, position) = row.unit_id.zip(row.position_id)?;
        Some(Assignment {
            unit_id: Id::from(unit),
            position_id: Id::from(position),
            position_kind: row.position_kind,
            position_level: row.position_level,
            position_name: row.position_name,
            heads_unit: row.heads_unit,
        })
    }))
}

/// A lower revision never replaces a higher.
pub(crate) async fn upsert(conn: &mut PgConnection, given: &Employees) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO employees (employee_id, status, unit_id, position_id, position_kind, position_level,
            position_name, heads_unit, is_gone, revision)
        SELECT employee_id, status, unit_id, position_id, position_kind, position_level, position_name,
            heads_unit, false, revision
        FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[],
                $8::boolean[], $9::bigint[])
            AS given (employee_id, status, unit_id, position_id, position_kind, position_level,
                position_name, heads_unit, revision)
        ON CONFLICT (tenant_id, employee_id) DO UPDATE
        SET status = excluded.status, unit_id = excluded.unit_id, position_id = excluded.position_id,
            position_kind = excluded.position_kind, position_level = excluded.position_level,
            position_name = excluded.position_name, heads_unit = excluded.heads_unit, is_gone = false,
            revision = excluded.revision
        WHERE employees.revision < excluded.revision
        "#,
        &given.employee_ids,
        &given.statuses,
        &given.unit_ids as _,
        &given.position_ids as _,
        &given.position_kinds,
        &given.position_levels,
        &given.position_names,
        &given.heads_unit,
        &given.revisions,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes room for what a rebuild brings.
pub(crate) async fn forget(conn: &mut PgConnection, keys: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE employees SET revision = 0 WHERE employee_id = ANY($1)", keys)
        .execute(conn)
        .await?;
    Ok(())
}

/// Marks who the registry no longer names.
pub(crate) async fn close(conn: &mut PgConnection, known: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE employees SET is_gone = true, revision = 0 WHERE employee_id <> ALL($1)",
        known
    )
    .execute(conn)
    .await?;
    Ok(())
}
