use sqlx::PgConnection;
use uuid::Uuid;

#[derive(Debug, Default)]
pub(crate) struct Periods {
    period_ids: Vec<Uuid>,
    years: Vec<i32>,
    kinds: Vec<String>,
    ordinals: Vec<i32>,
    revisions: Vec<i64>,
}

pub(crate) struct Period {
    pub(crate) id: Uuid,
    pub(crate) year: i32,
    pub(crate) kind: String,
    pub(crate) ordinal: i32,
}

impl Periods {
    pub(crate) fn push(&mut self, period: Period, revision: i64) {
        self.period_ids.push(period.id);
        self.years.push(period.year);
        self.kinds.push(period.kind);
        self.ordinals.push(period.ordinal);
        self.revisions.push(revision);
    }
}

/// A lower revision never replaces a higher.
pub(crate) async fn upsert(conn: &mut PgConnection, periods: &Periods) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO periods (period_id, year, kind, ordinal, is_gone, revision)
        SELECT period_id, year, kind, ordinal::smallint, false, revision
        FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::integer[], $5::bigint[])
            AS given (period_id, year, kind, ordinal, revision)
        ON CONFLICT (tenant_id, period_id) DO UPDATE
        SET year = excluded.year, kind = excluded.kind, ordinal = excluded.ordinal, is_gone = false,
            revision = excluded.revision
        WHERE periods.revision < excluded.revision
        "#,
        &periods.period_ids,
        &periods.years,
        &periods.kinds,
        &periods.ordinals,
        &periods.revisions,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes room for what a rebuild brings.
pub(crate) async fn forget(conn: &mut PgConnection, keys: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE periods SET revision = 0 WHERE period_id = ANY($1)", keys)
        .execute(conn)
        .await?;
    Ok(())
}

/// Marks what planning no longer names.
pub(crate) async fn close(conn: &mut PgConnection, known: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE periods SET is_gone = true, revision = 0 WHERE period_id <> ALL($1)",
        known
    )
    .execute(conn)
    .await?;
    Ok(())
}
