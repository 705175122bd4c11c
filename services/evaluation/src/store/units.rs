use sqlx::PgConnection;
use uuid::Uuid;

#[derive(Debug, Default)]
pub(crate) struct Units {
    unit_ids: Vec<Uuid>,
    names: Vec<String>,
    revisions: Vec<i64>,
}

impl Units {
    pub(crate) fn push(&mut self, id: Uuid, name: String, revision: i64) {
        self.unit_ids.push(id);
        self.names.push(name);
        self.revisions.push(revision);
    }
}

/// A lower revision never replaces a higher.
pub(crate) async fn upsert(conn: &mut PgConnection, units: &Units) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO units (unit_id, name, is_gone, revision)
        SELECT unit_id, name, false, revision
        FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS given (unit_id, name, revision)
        ON CONFLICT (tenant_id, unit_id) DO UPDATE
        SET name = excluded.name, is_gone = false, revision = excluded.revision
        WHERE units.revision < excluded.revision
        "#,
        &units.unit_ids,
        &units.names,
        &units.revisions,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes room for what a rebuild brings.
pub(crate) async fn forget(conn: &mut PgConnection, keys: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE units SET revision = 0 WHERE unit_id = ANY($1)", keys)
        .execute(conn)
        .await?;
    Ok(())
}

/// Marks what the registry no longer names.
pub(crate) async fn close(conn: &mut PgConnection, known: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE units SET is_gone = true, revision = 0 WHERE unit_id <> ALL($1)", known)
        .execute(conn)
        .await?;
    Ok(())
}
