use std::collections::HashMap;

use jiff::civil::Date;
use jiff_sqlx::{Date as SqlDate, Timestamp as SqlTimestamp, ToSqlx as _};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::words;
use crate::domain::{
    AssessedLevel, Assessment, AssessmentId, EmployeeId, Source, SourcePolicy, Withdrawal,
};

#[derive(sqlx::FromRow)]
struct Row {
    assessment_id: Uuid,
    employee_id: Uuid,
    source: String,
    assessed_on: SqlDate,
    valid_until: SqlDate,
    policy_version: String,
    ballots: i32,
    note: String,
    recorded_by: Option<Uuid>,
    basis: String,
    created_at: SqlTimestamp,
    withdrawn_at: Option<SqlTimestamp>,
    withdraw_reason: Option<String>,
    revision: i64,
}

impl Row {
    fn into_assessment(self, levels: Vec<AssessedLevel>) -> Result<Assessment, sqlx::Error> {
        let withdrawal = self
            .withdrawn_at
            .zip(self.withdraw_reason)
            .map(|(at, reason)| Withdrawal { at: at.to_jiff(), reason });
        Ok(Assessment {
            id: self.assessment_id.into(),
            employee_id: self.employee_id.into(),
            source: Source::parse(&self.source).ok_or_else(|| words::unknown(&self.source))?,
            assessed_on: self.assessed_on.to_jiff(),
            valid_until: self.valid_until.to_jiff(),
            policy_version: self.policy_version,
            levels,
            ballots: self.ballots,
            note: self.note,
            recorded_by: self.recorded_by.map(Into::into),
            basis: self.basis,
            created_at: self.created_at.to_jiff(),
            withdrawal,
            revision: self.revision,
        })
    }
}

/// The policy of a source on a date.
pub(crate) async fn policy(
    conn: &mut PgConnection,
    source: Source,
    on: Date,
) -> Result<Option<SourcePolicy>, sqlx::Error> {
    sqlx::query_as!(
        SourcePolicy,
        r#"
        SELECT policy_version, valid_months
        FROM assessment_sources
        WHERE source = $1 AND valid_from <= $2
        ORDER BY valid_from DESC
        LIMIT 1
        "#,
        source.as_str(),
        on.to_sqlx() as _,
    )
    .fetch_optional(conn)
    .await
}

pub(crate) async fn insert(
    conn: &mut PgConnection,
    assessment: &Assessment,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO assessments
            (assessment_id, employee_id, source, assessed_on, valid_until, policy_version, ballots, note,
             recorded_by, basis, created_at, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        "#,
        assessment.id.uuid(),
        assessment.employee_id.uuid(),
        assessment.source.as_str(),
        assessment.assessed_on.to_sqlx() as _,
        assessment.valid_until.to_sqlx() as _,
        assessment.policy_version,
        assessment.ballots,
        assessment.note,
        assessment.recorded_by.map(|id| id.uuid()),
        assessment.basis,
        assessment.created_at.to_sqlx() as _,
        assessment.revision,
    )
    .execute(&mut *conn)
    .await?;
    insert_levels(conn, assessment).await
}

async fn insert_levels(
    conn: &mut PgConnection,
    assessment: &Assessment,
) -> Result<(), sqlx::Error> {
    let codes: Vec<String> = assessment.levels.iter().map(|found| found.code.to_string()).collect();
    let levels: Vec<i16> =
        assessment.levels.iter().map(|found| words::number(found.level)).collect();
    let evidence: Vec<String> =
        assessment.levels.iter().map(|found| found.evidence.clone()).collect();
    sqlx::query!(
        r#"
        INSERT INTO assessment_levels (assessment_id, code, level, evidence)
        SELECT $1, code, level, evidence
        FROM unnest($2::text[], $3::smallint[], $4::text[]) AS found (code, level, evidence)
        "#,
        assessment.id.uuid(),
        &codes,
        &levels,
        &evidence,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn get(
    conn: &mut PgConnection,
    id: AssessmentId,
) -> Result<Option<Assessment>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"
        SELECT assessment_id, employee_id, source, assessed_on, valid_until, policy_version, ballots, note,
            recorded_by, basis, created_at, withdrawn_at, withdraw_reason, revision
        FROM assessments
        WHERE assessment_id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    Ok(with_levels(conn, row.into_iter().collect()).await?.pop())
}

/// Reads one assessment and locks its row until the transaction ends.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    id: AssessmentId,
) -> Result<Option<Assessment>, sqlx::Error> {
    sqlx::query!(
        "SELECT assessment_id FROM assessments WHERE assessment_id = $1 FOR UPDATE",
        id.uuid()
    )
    .fetch_optional(&mut *conn)
    .await?;
    get(conn, id).await
}

/// Lists up to `limit` assessments of an employee, latest first, that come after `after`.
pub(crate) async fn list(
    conn: &mut PgConnection,
    employee_id: EmployeeId,
    source: Option<Source>,
    after: Option<(Date, Uuid)>,
    limit: i64,
) -> Result<Vec<Assessment>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(
        "SELECT assessment_id, employee_id, source, assessed_on, valid_until, policy_version, ballots, note,
             recorded_by, basis, created_at, withdrawn_at, withdraw_reason, revision
         FROM assessments WHERE employee_id = ",
    );
    query.push_bind(employee_id.uuid());
    if let Some(source) = source {
        query.push(" AND source = ").push_bind(source.as_str());
    }
    if let Some((on, id)) = after {
        query.push(" AND (assessed_on, assessment_id) < (").push_bind(on.to_sqlx());
        query.push(", ").push_bind(id).push(")");
    }
    query.push(" ORDER BY assessed_on DESC, assessment_id DESC LIMIT ").push_bind(limit);
    let rows: Vec<Row> = query.build_query_as().fetch_all(&mut *conn).await?;
    with_levels(conn, rows).await
}

async fn with_levels(
    conn: &mut PgConnection,
    rows: Vec<Row>,
) -> Result<Vec<Assessment>, sqlx::Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.assessment_id).collect();
    let found = sqlx::query!(
        r#"
        SELECT assessment_id, code, level, evidence
        FROM assessment_levels
        WHERE assessment_id = ANY($1)
        ORDER BY assessment_id, code
        "#,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    let mut levels: HashMap<Uuid, Vec<AssessedLevel>> = HashMap::new();
    for row in found {
        let (code, level) = (words::code(row.code)?, words::level(row.level)?);
        let level = AssessedLevel { code, level, evidence: row.evidence };
        levels.entry(row.assessment_id).or_default().push(level);
    }
    let assessment = |row: Row| {
        let own = levels.remove(&row.assessment_id).unwrap_or_default();
        row.into_assessment(own)
    };
    rows.into_iter().map(assessment).collect()
}

/// Writes the withdrawal of an assessment that was locked before.
pub(crate) async fn withdraw(
    conn: &mut PgConnection,
    assessment: &Assessment,
) -> Result<(), sqlx::Error> {
    let Some(Withdrawal { at, reason }) = &assessment.withdrawal else { return Ok(()) };
    sqlx::query!(
        r#"
        UPDATE assessments
        SET withdrawn_at = $2, withdraw_reason = $3, revision = $4
        WHERE assessment_id = $1
        "#,
        assessment.id.uuid(),
        at.to_sqlx() as _,
        reason,
        assessment.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}
