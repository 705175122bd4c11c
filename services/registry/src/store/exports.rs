use jiff::civil::Date;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

/// One line of a personnel export: a person in a post, or acting in one.
#[derive(Debug)]
pub(crate) struct ExportRow {
    pub(crate) number: Option<String>,
    pub(crate) name: String,
    pub(crate) employment_kind: String,
    pub(crate) rank: Option<String>,
    pub(crate) rank_from: Option<jiff_sqlx::Date>,
    pub(crate) status: Option<String>,
    pub(crate) absence_kind: Option<String>,
    pub(crate) status_from: Option<jiff_sqlx::Date>,
    pub(crate) unit_code: Option<String>,
    pub(crate) unit_name: Option<String>,
    pub(crate) parent_code: Option<String>,
    pub(crate) unit_kind: Option<String>,
    pub(crate) position: Option<String>,
    pub(crate) position_kind: Option<String>,
    pub(crate) position_level: Option<String>,
    pub(crate) class: Option<i16>,
    pub(crate) heads_unit: Option<bool>,
    pub(crate) assignment_kind: Option<String>,
    pub(crate) assignment_from: Option<jiff_sqlx::Date>,
    pub(crate) superior: Option<String>,
}

/// The lines of people as of a day, in the order of the ids: the own post first, then those they act in.
pub(crate) async fn rows(
    conn: &mut PgConnection,
    ids: &[Uuid],
    day: Date,
) -> Result<Vec<ExportRow>, sqlx::Error> {
    sqlx::query_as!(
        ExportRow,
        r#"
        SELECT number.number AS "number?", display_name(e.front_title, e.name, e.back_title) AS "name!",
            e.employment_kind, rank.rank AS "rank?", rank.from_on AS "rank_from?: jiff_sqlx::Date",
            status.status AS "status?", status.absence_kind AS "absence_kind?",
            status.from_on AS "status_from?: jiff_sqlx::Date",
            u.code AS "unit_code?", un.name AS "unit_name?", parent.code AS "parent_code?", u.kind AS "unit_kind?",
            p.name AS "position?", p.kind AS "position_kind?", p.level AS "position_level?", p.class AS "class?",
            p.heads_unit AS "heads_unit?", a.kind AS "assignment_kind?",
            a.from_on AS "assignment_from?: jiff_sqlx::Date", rater.number AS "superior?"
        FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (employee_id, nth)
        JOIN employees AS e ON e.employee_id = wanted.employee_id
        LEFT JOIN LATERAL (
            SELECT i.number FROM identity_numbers AS i
            WHERE i.tenant_id = e.tenant_id AND i.employee_id = e.employee_id AND i.from_on <= $2
            ORDER BY i.from_on DESC LIMIT 1) AS number ON true
        LEFT JOIN LATERAL (
            SELECT k.rank, k.from_on FROM ranks AS k
            WHERE k.tenant_id = e.tenant_id AND k.employee_id = e.employee_id AND k.from_on <= $2
            ORDER BY k.from_on DESC LIMIT 1) AS rank ON true
        LEFT JOIN LATERAL (
            SELECT s.status, s.absence_kind, s.from_on FROM statuses AS s
            WHERE s.tenant_id = e.tenant_id AND s.employee_id = e.employee_id AND s.from_on <= $2
            ORDER BY s.from_on DESC LIMIT 1) AS status ON true
        LEFT JOIN LATERAL (
            SELECT d.kind, d.from_on, d.position_id FROM assignments AS d
            WHERE d.tenant_id = e.tenant_id AND d.employee_id = e.employee_id
                AND d.from_on <= $2 AND (d.until_on IS NULL OR d.until_on > $2)) AS a ON true
        LEFT JOIN positions AS p ON p.tenant_id = e.tenant_id AND p.position_id = a.position_id
        LEFT JOIN units AS u ON u.tenant_id = e.tenant_id AND u.unit_id = p.unit_id
        LEFT JOIN LATERAL (
            SELECT n.name FROM unit_names AS n
            WHERE n.tenant_id = u.tenant_id AND n.unit_id = u.unit_id AND n.from_on <= $2
            ORDER BY n.from_on DESC LIMIT 1) AS un ON true
        LEFT JOIN LATERAL (
            SELECT o.code FROM unit_parents AS up
            JOIN units AS o ON o.tenant_id = up.tenant_id AND o.unit_id = up.parent_unit_id
            WHERE up.tenant_id = u.tenant_id AND up.unit_id = u.unit_id AND up.from_on <= $2
            ORDER BY up.from_on DESC LIMIT 1) AS parent ON true
        LEFT JOIN LATERAL (
            SELECT l.rater_employee_id FROM reporting_lines AS l
            WHERE l.tenant_id = e.tenant_id AND l.employee_id = e.employee_id AND l.from_on <= $2
            ORDER BY l.from_on DESC LIMIT 1) AS line ON a.kind IS NULL OR a.kind = 'DEFINITIVE'
        LEFT JOIN LATERAL (
            SELECT i.number FROM identity_numbers AS i
            WHERE i.tenant_id = e.tenant_id AND i.employee_id = line.rater_employee_id AND i.from_on <= $2
            ORDER BY i.from_on DESC LIMIT 1) AS rater ON true
        ORDER BY wanted.nth, a.kind, a.from_on
        "#,
        ids,
        day.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await
}
