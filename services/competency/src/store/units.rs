use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::UnitId;

/// The fact of one unit, from the registry's feed.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub unit_id: UnitId,
    pub parent_unit_id: Option<UnitId>,
    pub revision: i64,
}

/// Takes over what the registry told, each unit once; a lower revision changes nothing.
pub(crate) async fn tell(conn: &mut PgConnection, told: &[Told]) -> Result<(), sqlx::Error> {
    let units: Vec<Uuid> = told.iter().map(|unit| unit.unit_id.uuid()).collect();
    let parents: Vec<Option<Uuid>> =
        told.iter().map(|unit| unit.parent_unit_id.map(|id| id.uuid())).collect();
    let revisions: Vec<i64> = told.iter().map(|unit| unit.revision).collect();
    sqlx::query!(
        r#"
        INSERT INTO units (unit_id, parent_unit_id, is_gone, revision)
        SELECT unit_id, parent_unit_id, false, revision
        FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS told (unit_id, parent_unit_id, revision)
        ON CONFLICT (tenant_id, unit_id) DO UPDATE
        SET parent_unit_id = excluded.parent_unit_id, is_gone = false, revision = excluded.revision
        WHERE units.revision < excluded.revision
        "#,
        &units,
        &parents as &[Option<Uuid>],
        &revisions,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets the next fact of each key count, however low its revision.
pub(crate) async fn forget(conn: &mut PgConnection, keys: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE units SET revision = 0 WHERE unit_id = ANY($1)", keys)
        .execute(conn)
        .await?;
    Ok(())
}

/// Marks as gone what the source no longer knows.
pub(crate) async fn close(conn: &mut PgConnection, known: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE units SET is_gone = true, revision = 0 WHERE NOT is_gone AND unit_id <> ALL($1)",
        known,
    )
    .execute(conn)
    .await?;
    Ok(())
}
