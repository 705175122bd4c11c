use std::collections::HashMap;

use jiff::civil::Date;
use jiff_sqlx::{Date as SqlDate, ToSqlx as _};
use sqlx::PgConnection;
use uuid::Uuid;

use super::words;
use crate::domain::{Code, EmployeeId, Finding, GapLine, Requirement, Source};

/// What was found of one person, by competency.
#[derive(Debug, Clone, Default)]
pub(crate) struct Findings {
    counted: HashMap<Code, Finding>,
    own_view: HashMap<Code, Finding>,
}

impl Findings {
    pub(crate) fn against(&self, requirements: Vec<Requirement>) -> Vec<GapLine> {
        let line = |requirement: Requirement| GapLine {
            found: self.counted.get(&requirement.code).cloned(),
            own_view: self.own_view.get(&requirement.code).cloned(),
            requirement,
        };
        requirements.into_iter().map(line).collect()
    }
}

/// What counts of each of some people on a date: per competency the first source in the policy's order
/// that has a valid assessment, and of that source the latest.
pub(crate) async fn of(
    conn: &mut PgConnection,
    people: &[(EmployeeId, Date)],
) -> Result<Vec<Findings>, sqlx::Error> {
    let employees: Vec<Uuid> = people.iter().map(|(employee, _)| employee.uuid()).collect();
    let dates: Vec<SqlDate> = people.iter().map(|(_, on)| on.to_sqlx()).collect();
    let rows = sqlx::query!(
        r#"
        SELECT DISTINCT ON (nth, levels.code, sources.counts)
            nth AS "nth!", levels.code, levels.level, found.source, found.assessment_id, found.assessed_on,
            found.valid_until, sources.counts AS "counts!"
        FROM unnest($1::uuid[], $2::date[]) WITH ORDINALITY AS people (employee_id, on_date, nth)
        CROSS JOIN LATERAL (
            SELECT DISTINCT ON (source) source, precedence, counts
            FROM assessment_sources
            WHERE valid_from <= people.on_date
            ORDER BY source, valid_from DESC
        ) AS sources
        JOIN assessments AS found ON found.employee_id = people.employee_id AND found.source = sources.source
            AND found.assessed_on <= people.on_date AND found.valid_until >= people.on_date
            AND found.withdrawn_at IS NULL
        JOIN assessment_levels AS levels USING (tenant_id, assessment_id)
        ORDER BY nth, levels.code, sources.counts, sources.precedence, found.assessed_on DESC
        "#,
        &employees,
        &dates as &[SqlDate],
    )
    .fetch_all(conn)
    .await?;
    let mut findings = vec![Findings::default(); people.len()];
    for row in rows {
        let finding = Finding {
            level: words::level(row.level)?,
            source: Source::parse(&row.source).ok_or_else(|| words::unknown(&row.source))?,
            assessment_id: row.assessment_id.into(),
            assessed_on: row.assessed_on.to_jiff(),
            valid_until: row.valid_until.to_jiff(),
        };
        let of_person = &mut findings[usize::try_from(row.nth - 1).unwrap_or_default()];
        let kept = if row.counts { &mut of_person.counted } else { &mut of_person.own_view };
        kept.insert(words::code(row.code)?, finding);
    }
    Ok(findings)
}
