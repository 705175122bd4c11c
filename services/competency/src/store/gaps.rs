use jiff::civil::Date;
use jiff_sqlx::{Date as SqlDate, ToSqlx as _};
use sqlx::PgConnection;
use uuid::Uuid;

use super::words;
use crate::domain::{EmployeeId, Finding, GapLine, PostScope, Requirement, Source};

/// A post, and who holds it.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    pub posts: PostScope,
    /// `None` to ask for the post alone: nothing is found then.
    pub employee_id: Option<EmployeeId>,
    pub on: Date,
}

struct Row {
    nth: i64,
    code: String,
    required_level: i16,
    source: String,
    policy_version: Option<String>,
    standard_id: Option<Uuid>,
    valid_from: SqlDate,
    found_level: Option<i16>,
    found_source: Option<String>,
    found_id: Option<Uuid>,
    found_on: Option<SqlDate>,
    found_until: Option<SqlDate>,
    own_level: Option<i16>,
    own_id: Option<Uuid>,
    own_on: Option<SqlDate>,
    own_until: Option<SqlDate>,
}

/// What is asked of each holder's post on a date against what was found of the holder, by code.
///
/// For each competency the narrowest standard decides, of equally narrow ones the latest. What counts is
/// the latest valid assessment of the first source, in the policy's order, that has one.
pub(crate) async fn lines(
    conn: &mut PgConnection,
    holders: &[Holder],
) -> Result<Vec<Vec<GapLine>>, sqlx::Error> {
    let kinds: Vec<String> = holders.iter().map(|holder| holder.posts.kind.clone()).collect();
    let levels: Vec<String> = holders.iter().map(|holder| holder.posts.level.clone()).collect();
    let positions: Vec<Option<Uuid>> =
        holders.iter().map(|holder| holder.posts.position_id.map(|id| id.uuid())).collect();
    let employees: Vec<Option<Uuid>> =
        holders.iter().map(|holder| holder.employee_id.map(|id| id.uuid())).collect();
    let dates: Vec<SqlDate> = holders.iter().map(|holder| holder.on.to_sqlx()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"
        WITH holders AS (
            SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::date[]) WITH ORDINALITY
                AS holders (kind, level, position_id, employee_id, on_date, nth)
        ),
        asked AS (
            SELECT DISTINCT ON (nth, code) nth, standards.*
            FROM holders
            CROSS JOIN LATERAL (
                SELECT l.code, l.required_level, s.source, NULL::text AS policy_version, s.standard_id,
                    s.valid_from, 1 AS width
                FROM standards AS s
                JOIN standard_levels AS l USING (tenant_id, standard_id)
                WHERE s.position_kind = holders.kind AND s.position_level IN (holders.level, '')
                    AND s.position_id = holders.position_id AND s.valid_from <= holders.on_date
                    AND s.withdrawn_at IS NULL
                UNION ALL
                SELECT l.code, l.required_level, s.source, NULL, s.standard_id, s.valid_from,
                    CASE s.position_level WHEN '' THEN 3 ELSE 2 END
                FROM standards AS s
                JOIN standard_levels AS l USING (tenant_id, standard_id)
                WHERE s.position_kind = holders.kind AND s.position_level IN (holders.level, '')
                    AND s.position_id IS NULL AND s.valid_from <= holders.on_date
                    AND s.withdrawn_at IS NULL
                UNION ALL
                SELECT n.code, n.required_level, n.source, n.policy_version, NULL, n.valid_from,
                    CASE n.position_level WHEN '' THEN 5 ELSE 4 END
                FROM national_standards AS n
                WHERE n.position_kind = holders.kind AND n.position_level IN (holders.level, '')
                    AND n.valid_from <= holders.on_date
            ) AS standards
            ORDER BY nth, code, width, valid_from DESC
        ),
        found AS (
            SELECT DISTINCT ON (nth, levels.code, sources.counts) nth, levels.code, levels.level, sources.counts,
                assessments.source, assessment_id, assessed_on, valid_until
            FROM holders
            CROSS JOIN LATERAL (
                SELECT DISTINCT ON (source) source, precedence, counts
                FROM assessment_sources
                WHERE valid_from <= holders.on_date
                ORDER BY source, valid_from DESC
            ) AS sources
            JOIN assessments ON assessments.employee_id = holders.employee_id
                AND assessments.source = sources.source AND assessed_on <= holders.on_date
                AND valid_until >= holders.on_date AND withdrawn_at IS NULL
            JOIN assessment_levels AS levels USING (tenant_id, assessment_id)
            ORDER BY nth, levels.code, sources.counts, precedence, assessed_on DESC
        )
        SELECT nth AS "nth!", code AS "code!", required_level AS "required_level!", asked.source AS "source!",
            policy_version, standard_id, valid_from AS "valid_from!",
            counted.level AS "found_level?", counted.source AS "found_source?",
            counted.assessment_id AS "found_id?", counted.assessed_on AS "found_on?",
            counted.valid_until AS "found_until?",
            own.level AS "own_level?", own.assessment_id AS "own_id?", own.assessed_on AS "own_on?",
            own.valid_until AS "own_until?"
        FROM asked
        LEFT JOIN (SELECT * FROM found WHERE counts) AS counted USING (nth, code)
        LEFT JOIN (SELECT * FROM found WHERE NOT counts) AS own USING (nth, code)
        WHERE required_level > 0
        ORDER BY nth, code
        "#,
        &kinds,
        &levels,
        &positions as &[Option<Uuid>],
        &employees as &[Option<Uuid>],
        &dates as &[SqlDate],
    )
    .fetch_all(conn)
    .await?;
    let mut lines = vec![vec![]; holders.len()];
    for row in rows {
        let nth = usize::try_from(row.nth - 1).unwrap_or_default();
        lines[nth].push(row.try_into()?);
    }
    Ok(lines)
}

impl TryFrom<Row> for GapLine {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let found = Seen {
            level: row.found_level,
            source: row.found_source,
            id: row.found_id,
            on: row.found_on,
            until: row.found_until,
        };
        let own = Seen {
            level: row.own_level,
            source: Some(Source::Oneself.as_str().to_owned()),
            id: row.own_id,
            on: row.own_on,
            until: row.own_until,
        };
        Ok(Self {
            found: found.finding()?,
            own_view: own.finding()?,
            requirement: Requirement {
                code: words::code(row.code)?,
                level: words::level(row.required_level)?,
                source: row.source,
                policy_version: row.policy_version,
                standard_id: row.standard_id.map(Into::into),
                valid_from: row.valid_from.to_jiff(),
            },
        })
    }
}

/// The columns of a finding: all of them or none.
struct Seen {
    level: Option<i16>,
    source: Option<String>,
    id: Option<Uuid>,
    on: Option<SqlDate>,
    until: Option<SqlDate>,
}

impl Seen {
    fn finding(self) -> Result<Option<Finding>, sqlx::Error> {
        let (Some(level), Some(source), Some(id), Some(on), Some(until)) =
            (self.level, self.source, self.id, self.on, self.until)
        else {
            return Ok(None);
        };
        Ok(Some(Finding {
            level: words::level(level)?,
            source: Source::parse(&source).ok_or_else(|| words::unknown(&source))?,
            assessment_id: id.into(),
            assessed_on: on.to_jiff(),
            valid_until: until.to_jiff(),
        }))
    }
}
