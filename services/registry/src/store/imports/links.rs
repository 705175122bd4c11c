use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Header;

/// A reporting line that was set, and the revision its employee has now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Linked {
    pub(crate) employee_id: Uuid,
    pub(crate) revision: i64,
    pub(crate) from_on: Date,
}

/// Sets the reporting lines of good rows from `after` up to `through`: a person's first one from the first day
/// of the assignment, a later one from the day the export describes.
pub(crate) async fn set(
    conn: &mut PgConnection,
    header: &Header,
    (after, through): (i64, i64),
    now: Timestamp,
) -> Result<Vec<Linked>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        WITH wanted AS MATERIALIZED (
            SELECT r.tenant_id, own.employee_id, rater.employee_id AS rater_employee_id,
                CASE WHEN line.employee_id IS NULL THEN coalesce(r.assignment_from, $4) ELSE $4 END AS from_on
            FROM import_rows AS r
            CROSS JOIN LATERAL (
                SELECT employee_id FROM identity_numbers AS i
                WHERE i.tenant_id = r.tenant_id AND i.number = r.number LIMIT 1
            ) AS own
            CROSS JOIN LATERAL (
                SELECT employee_id FROM identity_numbers AS i
                WHERE i.tenant_id = r.tenant_id AND i.number = r.superior LIMIT 1
            ) AS rater
            LEFT JOIN LATERAL (
                SELECT employee_id, rater_employee_id FROM reporting_lines AS l
                WHERE l.tenant_id = r.tenant_id AND l.employee_id = own.employee_id AND l.from_on <= $4
                ORDER BY from_on DESC LIMIT 1
            ) AS line ON true
            WHERE r.import_id = $1 AND r.row_no > $2 AND r.row_no <= $3
                AND NOT r.refused AND r.superior IS NOT NULL
                AND line.rater_employee_id IS DISTINCT FROM rater.employee_id
                AND own.employee_id <> rater.employee_id
        ), set_lines AS (
            INSERT INTO reporting_lines (tenant_id, employee_id, from_on, rater_employee_id, created_at)
            SELECT tenant_id, employee_id, from_on, rater_employee_id, $5 FROM wanted
            ON CONFLICT (tenant_id, employee_id, from_on)
                DO UPDATE SET rater_employee_id = excluded.rater_employee_id
        )
        UPDATE employees AS e
        SET revision = e.revision + 1
        FROM wanted
        WHERE e.tenant_id = wanted.tenant_id AND e.employee_id = wanted.employee_id
        RETURNING e.employee_id, e.revision, wanted.from_on AS "from_on!: jiff_sqlx::Date"
        "#,
        header.import_id,
        after,
        through,
        header.as_of.to_sqlx() as _,
        now.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await?;
    let linked = rows.into_iter().map(|row| Linked {
        employee_id: row.employee_id,
        revision: row.revision,
        from_on: row.from_on.to_jiff(),
    });
    Ok(linked.collect())
}

/// People whom the import has made head of a unit that was there before, or acting head, and since when; who was
/// transferred to the post was told of with the transfer.
pub(crate) async fn new_heads(
    conn: &mut PgConnection,
    import_id: Uuid,
    created_at: Timestamp,
) -> Result<Vec<(Uuid, Date)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT a.employee_id, a.from_on AS "from_on: jiff_sqlx::Date"
        FROM import_rows AS r
        JOIN units AS u ON u.tenant_id = r.tenant_id AND u.unit_id = r.unit_id
        JOIN assignments AS a ON a.tenant_id = r.tenant_id AND a.assignment_id = r.assignment_id
        WHERE r.import_id = $1 AND NOT r.refused AND r.heads_unit AND u.created_at < $2
            AND (r.assignment_kind <> 'DEFINITIVE' OR a.employee_id = r.employee_id)
        "#,
        import_id,
        created_at.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.employee_id, row.from_on.to_jiff())).collect())
}

/// Good rows whose superior did not get into the registry after all.
pub(crate) async fn missing(
    conn: &mut PgConnection,
    import_id: Uuid,
    (after, through): (i64, i64),
) -> Result<Vec<(i64, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT r.row_no, r.superior AS "superior!"
        FROM import_rows AS r
        WHERE r.import_id = $1 AND r.row_no > $2 AND r.row_no <= $3
            AND NOT r.refused AND r.superior IS NOT NULL
            AND NOT EXISTS (
                SELECT FROM identity_numbers AS i
                WHERE i.tenant_id = r.tenant_id AND i.number = r.superior
                OFFSET 0)
        ORDER BY r.row_no
        "#,
        import_id,
        after,
        through,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.row_no, row.superior)).collect())
}
