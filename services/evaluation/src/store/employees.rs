use sqlx::PgConnection;
use uuid::Uuid;

#[derive(Debug, Default)]
pub(crate) struct Employees {
    employee_ids: Vec<Uuid>,
    names: Vec<String>,
    revisions: Vec<i64>,
}

impl Employees {
    pub(crate) fn push(&mut self, id: Uuid, name: String, revision: i64) {
        self.employee_ids.push(id);
        self.names.push(name);
        self.revisions.push(revision);
    }
}

/// A lower revision never replaces a higher.
pub(crate) async fn upsert(
    conn: &mut PgConnection,
    employees: &Employees,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO employees (employee_id, name, is_gone, revision)
        SELECT employee_id, name, false, revision
        FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS given (employee_id, name, revision)
        ON CONFLICT (tenant_id, employee_id) DO UPDATE
        SET name = excluded.name, is_gone = false, revision = excluded.revision
        WHERE employees.revision < excluded.revision
        "#,
        &employees.employee_ids,
        &employees.names,
        &employees.revisions,
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

/// Marks what the registry no longer names.
pub(crate) async fn close(conn: &mut PgConnection, known: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE employees SET is_gone = true, revision = 0 WHERE employee_id <> ALL($1)",
        known
    )
    .execute(conn)
    .await?;
    Ok(())
}
