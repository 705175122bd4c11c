use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::imports::{
    columns::Column,
    faults::{Fault, FaultCode},
};

/// Records faults; one that is known stays as it is. Says how many are new.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    import_id: Uuid,
    faults: &[Fault],
) -> Result<i64, sqlx::Error> {
    if faults.is_empty() {
        return Ok(0);
    }
    let rows: Vec<i64> = faults.iter().map(|fault| fault.row).collect();
    let places: Vec<i32> = faults.iter().map(|fault| fault.place).collect();
    let headings: Vec<_> = faults.iter().map(|fault| fault.column.map(Column::heading)).collect();
    let codes: Vec<_> = faults.iter().map(|fault| fault.code.as_str()).collect();
    let values: Vec<_> = faults.iter().map(|fault| fault.value.as_str()).collect();
    let inserted = sqlx::query!(
        r#"
        INSERT INTO import_faults (import_id, row_no, place, heading, code, value)
        SELECT $1, given.*
        FROM unnest($2::bigint[], $3::integer[], $4::text[], $5::text[], $6::text[]) AS given
        ON CONFLICT (tenant_id, import_id, row_no, place, code) DO NOTHING
        "#,
        import_id,
        &rows,
        &places,
        &headings as _,
        &codes as _,
        &values as _,
    )
    .execute(conn)
    .await?;
    Ok(i64::try_from(inserted.rows_affected()).unwrap_or(i64::MAX))
}

/// Where a page of faults ended: row, column, code.
pub(crate) type FaultKey = (i64, i32, String);

/// Lists faults by row and column.
pub(crate) async fn list(
    conn: &mut PgConnection,
    import_id: Uuid,
    after: Option<&FaultKey>,
    limit: i64,
) -> Result<Vec<Fault>, sqlx::Error> {
    let (row, place, code) = after.map_or((-1, 0, ""), |(row, place, code)| (*row, *place, code));
    let rows = sqlx::query!(
        r#"
        SELECT row_no, place, heading, code, value
        FROM import_faults
        WHERE import_id = $1 AND (row_no, place, code) > ($2, $3, $4)
        ORDER BY row_no, place, code
        LIMIT $5
        "#,
        import_id,
        row,
        place,
        code,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let code = FaultCode::find(&row.code)
                .ok_or_else(|| sqlx::Error::Decode("unknown fault code".into()))?;
            let column = row.heading.as_deref().and_then(Column::of);
            Ok(Fault { row: row.row_no, place: row.place, column, code, value: row.value })
        })
        .collect()
}
