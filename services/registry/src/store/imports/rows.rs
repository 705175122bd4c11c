use jiff_sqlx::Date;
use sqlx::PgConnection;
use uuid::Uuid;

/// Rows to stage, column by column as the statement takes them.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) row_no: Vec<i64>,
    pub(crate) refused: Vec<bool>,
    pub(crate) number: Vec<Option<String>>,
    pub(crate) employee_id: Vec<Uuid>,
    pub(crate) assignment_id: Vec<Uuid>,
    pub(crate) event_id: Vec<Uuid>,
    pub(crate) opened_on: Vec<Option<Date>>,
    pub(crate) name: Vec<Option<String>>,
    pub(crate) front_title: Vec<Option<String>>,
    pub(crate) back_title: Vec<Option<String>>,
    pub(crate) tails: Vec<Option<String>>,
    pub(crate) employment_kind: Vec<Option<&'static str>>,
    pub(crate) rank: Vec<Option<String>>,
    pub(crate) rank_from: Vec<Option<Date>>,
    pub(crate) status: Vec<Option<&'static str>>,
    pub(crate) absence_kind: Vec<Option<&'static str>>,
    pub(crate) status_from: Vec<Option<Date>>,
    pub(crate) position_id: Vec<Option<Uuid>>,
    pub(crate) unit_id: Vec<Option<Uuid>>,
    pub(crate) position_kind: Vec<Option<&'static str>>,
    pub(crate) heads_unit: Vec<bool>,
    pub(crate) assignment_kind: Vec<&'static str>,
    pub(crate) assignment_from: Vec<Option<Date>>,
    pub(crate) superior: Vec<Option<String>>,
    pub(crate) event: Vec<Option<Vec<u8>>>,
}

impl Batch {
    pub(crate) fn len(&self) -> usize {
        self.row_no.len()
    }
}

/// Stages a batch in one statement.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    import_id: Uuid,
    batch: &Batch,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO import_rows
            (import_id, row_no, refused, number, employee_id, assignment_id, event_id, opened_on, name,
             front_title, back_title, tails, employment_kind, rank, rank_from, status, absence_kind,
             status_from, position_id, unit_id, position_kind, heads_unit, assignment_kind,
             assignment_from, superior, event)
        SELECT $1, given.*
        FROM unnest(
            $2::bigint[], $3::boolean[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[], $8::date[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::date[],
            $16::text[], $17::text[], $18::date[], $19::uuid[], $20::uuid[], $21::text[], $22::boolean[],
            $23::text[], $24::date[], $25::text[], $26::bytea[]) AS given
        "#,
        import_id,
        &batch.row_no,
        &batch.refused,
        &batch.number as _,
        &batch.employee_id,
        &batch.assignment_id,
        &batch.event_id,
        &batch.opened_on as _,
        &batch.name as _,
        &batch.front_title as _,
        &batch.back_title as _,
        &batch.tails as _,
        &batch.employment_kind as _,
        &batch.rank as _,
        &batch.rank_from as _,
        &batch.status as _,
        &batch.absence_kind as _,
        &batch.status_from as _,
        &batch.position_id as _,
        &batch.unit_id as _,
        &batch.position_kind as _,
        &batch.heads_unit,
        &batch.assignment_kind as _,
        &batch.assignment_from as _,
        &batch.superior as _,
        &batch.event as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets the planner know what was staged.
pub(crate) async fn analyze(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT analyze_for_import()").execute(conn).await?;
    Ok(())
}

/// Keeps rows out of the merge, and says how many were in until now.
pub(crate) async fn refuse(
    conn: &mut PgConnection,
    import_id: Uuid,
    rows: &[i64],
) -> Result<i64, sqlx::Error> {
    if rows.is_empty() {
        return Ok(0);
    }
    let refused = sqlx::query!(
        r#"
        UPDATE import_rows
        SET refused = true
        WHERE import_id = $1 AND row_no = ANY ($2) AND NOT refused
        "#,
        import_id,
        rows,
    )
    .execute(conn)
    .await?;
    Ok(i64::try_from(refused.rows_affected()).unwrap_or(i64::MAX))
}

/// The staged rows that are named in `units`, for a fault of their unit.
pub(crate) async fn of_units(
    conn: &mut PgConnection,
    import_id: Uuid,
    units: &[Uuid],
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT row_no
        FROM import_rows
        WHERE import_id = $1 AND unit_id = ANY ($2) AND NOT refused
        ORDER BY row_no
        "#,
        import_id,
        units,
    )
    .fetch_all(conn)
    .await
}

/// Forgets the rows of an import that needs them no more.
pub(crate) async fn delete(conn: &mut PgConnection, import_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM import_rows WHERE import_id = $1", import_id)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM import_positions WHERE import_id = $1", import_id)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM import_units WHERE import_id = $1", import_id).execute(conn).await?;
    Ok(())
}
