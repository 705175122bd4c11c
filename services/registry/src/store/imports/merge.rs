use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use kinerja_kit::telemetry;
use kinerja_proto::events::v1::EmployeeChanged;
use prost::Name as _;
use sqlx::PgConnection;

use super::Header;

/// Makes sure that rows are found by their keys: a plan that was made while the tables were empty would read
/// them whole, again with each batch. An EXISTS that ends with OFFSET 0 stays a probe for each row and does
/// not become a join of everything.
pub(crate) async fn by_keys(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        SELECT set_config('enable_seqscan', 'off', true) AS seqscan,
            set_config('enable_hashjoin', 'off', true) AS hashjoin,
            set_config('enable_mergejoin', 'off', true) AS mergejoin,
            set_config('plan_cache_mode', 'force_custom_plan', true) AS plans,
            set_config('jit', 'off', true) AS jit
        "#,
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Lets plans be kept again for what is written: the check of a foreign key would be planned anew for each row,
/// which takes longer than the row.
pub(crate) async fn keep_plans(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT set_config('plan_cache_mode', 'auto', true) AS plans")
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// Opens a record for every good row from `after` up to `through` whose number nobody has, with all that
/// belongs to it and one event. Says how many.
pub(crate) async fn open(
    conn: &mut PgConnection,
    header: &Header,
    (after, through): (i64, i64),
    now: Timestamp,
) -> Result<i64, sqlx::Error> {
    let opened = sqlx::query_scalar!(
        r#"
        WITH batch AS MATERIALIZED (
            SELECT r.*
            FROM import_rows AS r
            WHERE r.import_id = $1 AND r.row_no > $2 AND r.row_no <= $3
                AND NOT r.refused AND r.assignment_kind = 'DEFINITIVE'
                AND NOT EXISTS (
                    SELECT FROM identity_numbers AS i
                    WHERE i.tenant_id = r.tenant_id AND i.number = r.number
                    OFFSET 0)
            ORDER BY r.row_no
        ), people AS (
            INSERT INTO employees
                (tenant_id, employee_id, name, front_title, back_title, employment_kind, opened_on, created_at,
                 revision)
            SELECT tenant_id, employee_id, name, front_title, back_title, employment_kind, opened_on, $4, 1
            FROM batch
        ), numbers AS (
            INSERT INTO identity_numbers (tenant_id, employee_id, from_on, number)
            SELECT tenant_id, employee_id, opened_on, number FROM batch
        ), their_ranks AS (
            INSERT INTO ranks (tenant_id, employee_id, from_on, rank)
            SELECT tenant_id, employee_id, rank_from, rank FROM batch WHERE rank IS NOT NULL
        ), their_statuses AS (
            INSERT INTO statuses (tenant_id, employee_id, from_on, status, absence_kind)
            SELECT tenant_id, employee_id, coalesce(status_from, opened_on), coalesce(status, 'ACTIVE'),
                absence_kind
            FROM batch
        ), their_assignments AS (
            INSERT INTO assignments
                (tenant_id, assignment_id, employee_id, position_id, unit_id, position_kind, kind, from_on,
                 instrument_number, created_at, revision)
            SELECT tenant_id, assignment_id, employee_id, position_id, unit_id, position_kind,
                assignment_kind, assignment_from, '', $4, 1
            FROM batch WHERE position_id IS NOT NULL
        ), words AS (
            INSERT INTO name_words (tenant_id, is_first, tail, employee_id)
            SELECT batch.tenant_id, given.nth = 1, given.tail, batch.employee_id
            FROM batch CROSS JOIN LATERAL unnest(string_to_array(batch.tails, E'\n'))
                WITH ORDINALITY AS given (tail, nth)
        ), events AS (
            INSERT INTO outbox
                (tenant_id, event_id, key, revision, occurred_at, traceparent, type_name, payload)
            SELECT tenant_id, event_id, employee_id, 1, $4, nullif($5, ''), $6, event FROM batch
        )
        SELECT count(*) AS "count!" FROM batch
        "#,
        header.import_id,
        after,
        through,
        now.to_sqlx() as _,
        telemetry::traceparent(),
        EmployeeChanged::full_name(),
    )
    .fetch_one(conn)
    .await?;
    Ok(opened)
}
