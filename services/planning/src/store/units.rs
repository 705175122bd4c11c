use jiff::civil::Date;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::PeriodId;

#[derive(Debug, Default)]
pub(crate) struct Units {
    unit_ids: Vec<Uuid>,
    parents: Vec<Option<Uuid>>,
    closed: Vec<Option<jiff_sqlx::Date>>,
    revisions: Vec<i64>,
}

impl Units {
    pub(crate) fn push(
        &mut self,
        id: Uuid,
        parent: Option<Uuid>,
        closed_on: Option<Date>,
        revision: i64,
    ) {
        self.unit_ids.push(id);
        self.parents.push(parent);
        self.closed.push(closed_on.map(|on| on.to_sqlx()));
        self.revisions.push(revision);
    }
}

/// A lower revision never replaces a higher.
pub(crate) async fn upsert(conn: &mut PgConnection, units: &Units) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO units (unit_id, parent_unit_id, closed_on, is_gone, revision)
        SELECT unit_id, parent_unit_id, closed_on, false, revision
        FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::bigint[])
            AS given (unit_id, parent_unit_id, closed_on, revision)
        ON CONFLICT (tenant_id, unit_id) DO UPDATE
        SET parent_unit_id = excluded.parent_unit_id, closed_on = excluded.closed_on, is_gone = false,
            revision = excluded.revision
        WHERE units.revision < excluded.revision
        "#,
        &units.unit_ids,
        &units.parents as _,
        &units.closed as _,
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

/// These units, with every unit below them if `subtree`; `None` without such a period.
pub(crate) async fn chosen(
    conn: &mut PgConnection,
    period: PeriodId,
    roots: &[Uuid],
    subtree: bool,
) -> Result<Option<Vec<Uuid>>, sqlx::Error> {
    let units = sqlx::query_scalar!(
        r#"
        WITH RECURSIVE chosen (unit_id) AS (
            SELECT unnest($2::uuid[])
            UNION
            SELECT u.unit_id FROM chosen JOIN units u ON u.parent_unit_id = chosen.unit_id WHERE $3
        )
        SELECT ARRAY(SELECT unit_id FROM chosen) AS "units!" FROM periods WHERE period_id = $1
        "#,
        period.uuid(),
        roots,
        subtree,
    )
    .fetch_optional(conn)
    .await?;
    Ok(units)
}
