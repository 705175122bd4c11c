use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::sql_date;

/// A record as of a day.
#[derive(Debug, Clone)]
pub(crate) struct EmployeeView {
    pub(crate) employee_id: Uuid,
    pub(crate) name: String,
    pub(crate) front_title: String,
    pub(crate) back_title: String,
    pub(crate) display_name: String,
    pub(crate) employment_kind: String,
    pub(crate) opened_on: jiff_sqlx::Date,
    pub(crate) closed_on: Option<jiff_sqlx::Date>,
    pub(crate) revision: i64,
    pub(crate) identity_number: Option<String>,
    pub(crate) rank: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) absence_kind: Option<String>,
    pub(crate) assignment_id: Option<Uuid>,
    pub(crate) unit_id: Option<Uuid>,
    pub(crate) position_id: Option<Uuid>,
    pub(crate) position_name: Option<String>,
    pub(crate) position_kind: Option<String>,
    pub(crate) position_level: Option<String>,
    pub(crate) heads_unit: Option<bool>,
}

/// Records as of a day, today in the tenant's zone without one, in the order of the ids.
pub(crate) async fn views(
    conn: &mut PgConnection,
    ids: &[Uuid],
    on: Option<Date>,
    now: Timestamp,
) -> Result<Vec<EmployeeView>, sqlx::Error> {
    sqlx::query_as!(
        EmployeeView,
        r#"
        WITH today AS MATERIALIZED (
            SELECT coalesce($2, ($3::timestamptz AT TIME ZONE time_zone)::date) AS day
            FROM tenants
            WHERE tenant_id = current_tenant()
        )
        SELECT e.employee_id, e.name, e.front_title, e.back_title,
            display_name(e.front_title, e.name, e.back_title) AS "display_name!",
            e.employment_kind, e.opened_on, e.closed_on, e.revision,
            n.number AS "identity_number?", r.rank AS "rank?",
            s.status AS "status?", s.absence_kind AS "absence_kind?",
            a.assignment_id AS "assignment_id?", p.unit_id AS "unit_id?", p.position_id AS "position_id?",
            p.name AS "position_name?", p.kind AS "position_kind?", p.level AS "position_level?",
            p.heads_unit AS "heads_unit?"
        FROM today
        -- The limit cuts nothing off: with it a plan for any number of people looks as cheap as one for a single
        -- person, so that it is kept, and not made anew for each call, which takes as long as all the rest.
        CROSS JOIN (
            SELECT * FROM unnest($1::uuid[]) WITH ORDINALITY LIMIT cardinality($1)
        ) AS wanted (employee_id, nth)
        CROSS JOIN LATERAL (SELECT * FROM employees p WHERE p.employee_id = wanted.employee_id LIMIT 1) AS e
        LEFT JOIN LATERAL (
            SELECT i.number FROM identity_numbers i
            WHERE i.tenant_id = e.tenant_id AND i.employee_id = e.employee_id AND i.from_on <= today.day
            ORDER BY i.from_on DESC LIMIT 1) AS n ON true
        LEFT JOIN LATERAL (
            SELECT k.rank FROM ranks k
            WHERE k.tenant_id = e.tenant_id AND k.employee_id = e.employee_id AND k.from_on <= today.day
            ORDER BY k.from_on DESC LIMIT 1) AS r ON true
        LEFT JOIN LATERAL (
            SELECT t.status, t.absence_kind FROM statuses t
            WHERE t.tenant_id = e.tenant_id AND t.employee_id = e.employee_id AND t.from_on <= today.day
            ORDER BY t.from_on DESC LIMIT 1) AS s ON true
        LEFT JOIN LATERAL (
            SELECT d.assignment_id, d.position_id FROM assignments d
            WHERE d.tenant_id = e.tenant_id AND d.employee_id = e.employee_id AND d.kind = 'DEFINITIVE'
                AND d.from_on <= today.day AND (d.until_on IS NULL OR d.until_on > today.day)
            ORDER BY d.from_on DESC LIMIT 1) AS a ON true
        LEFT JOIN LATERAL (
            SELECT p.* FROM positions p
            WHERE p.tenant_id = e.tenant_id AND p.position_id = a.position_id LIMIT 1) AS p ON true
        ORDER BY wanted.nth
        "#,
        ids,
        sql_date(on) as _,
        now.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await
}
