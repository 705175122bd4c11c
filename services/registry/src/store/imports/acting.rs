use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

/// Makes acting officials of good rows, unless they act in the post already. Says how many were made.
pub(crate) async fn assign(
    conn: &mut PgConnection,
    import_id: Uuid,
    now: Timestamp,
) -> Result<i64, sqlx::Error> {
    let made = sqlx::query!(
        r#"
        INSERT INTO assignments
            (tenant_id, assignment_id, employee_id, position_id, unit_id, position_kind, kind, from_on,
             instrument_number, created_at, revision)
        SELECT r.tenant_id, r.assignment_id, i.employee_id, r.position_id, r.unit_id, r.position_kind,
            r.assignment_kind, r.assignment_from, '', $2, 1
        FROM import_rows AS r
        JOIN identity_numbers AS i ON i.tenant_id = r.tenant_id AND i.number = r.number
        WHERE r.import_id = $1 AND NOT r.refused AND r.assignment_kind <> 'DEFINITIVE'
            AND NOT EXISTS (
                SELECT FROM assignments AS a
                WHERE a.tenant_id = r.tenant_id AND a.position_id = r.position_id
                    AND a.kind <> 'DEFINITIVE' AND a.until_on IS NULL)
        "#,
        import_id,
        now.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(i64::try_from(made.rows_affected()).unwrap_or(i64::MAX))
}
