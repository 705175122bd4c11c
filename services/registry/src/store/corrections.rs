use jiff_sqlx::{Timestamp as SqlTimestamp, ToSqlx as _};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{decode, sql_date};
use crate::domain::{
    Correction, CorrectionId, CorrectionState, Decision, EmployeeId, PersonName, Proposal,
};

struct Row {
    correction_id: Uuid,
    employee_id: Uuid,
    from_on: Option<jiff_sqlx::Date>,
    rater_employee_id: Option<Uuid>,
    name: Option<String>,
    front_title: Option<String>,
    back_title: Option<String>,
    grounds: String,
    state: String,
    decided_by: Option<String>,
    decided_at: Option<SqlTimestamp>,
    decision_reason: Option<String>,
    created_at: SqlTimestamp,
    revision: i64,
}

impl TryFrom<Row> for Correction {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        let proposal = match (row.from_on, row.name, row.front_title, row.back_title) {
            (_, Some(name), Some(front_title), Some(back_title)) => {
                Proposal::Name(PersonName { name, front_title, back_title })
            }
            (Some(from_on), ..) => Proposal::ReportingLine {
                from_on: from_on.to_jiff(),
                rater: row.rater_employee_id.map(EmployeeId::from),
            },
            _ => return Err(sqlx::Error::Decode("a correction without a proposal".into())),
        };
        let decision = row.decided_by.zip(row.decided_at).zip(row.decision_reason);
        let decision = decision.map(|((by, at), reason)| Decision { by, at: at.to_jiff(), reason });
        Ok(Self {
            id: row.correction_id.into(),
            employee: row.employee_id.into(),
            proposal,
            grounds: row.grounds,
            state: decode(CorrectionState::of_columns(&row.state, decision))?,
            filed_at: row.created_at.to_jiff(),
            revision: row.revision,
        })
    }
}

pub(crate) async fn insert(
    conn: &mut PgConnection,
    correction: &Correction,
) -> Result<(), sqlx::Error> {
    let (from_on, rater, name) = match &correction.proposal {
        Proposal::ReportingLine { from_on, rater } => (Some(*from_on), *rater, None),
        Proposal::Name(name) => (None, None, Some(name)),
    };
    sqlx::query!(
        r#"
        INSERT INTO corrections
            (correction_id, employee_id, kind, from_on, rater_employee_id, name, front_title, back_title, grounds,
             state, created_at, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'FILED', $10, $11)
        "#,
        correction.id.uuid(),
        correction.employee.uuid(),
        correction.proposal.kind(),
        sql_date(from_on) as _,
        rater.map(EmployeeId::uuid),
        name.map(|name| name.name.as_str()),
        name.map(|name| name.front_title.as_str()),
        name.map(|name| name.back_title.as_str()),
        correction.grounds,
        correction.filed_at.to_sqlx() as _,
        correction.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores the state, and one more revision.
pub(crate) async fn update(
    conn: &mut PgConnection,
    correction: &Correction,
) -> Result<(), sqlx::Error> {
    let decision = correction.state.decision();
    sqlx::query!(
        r#"
        UPDATE corrections
        SET state = $2, decided_by = $3, decided_at = $4, decision_reason = $5, revision = $6
        WHERE correction_id = $1
        "#,
        correction.id.uuid(),
        correction.state.as_str(),
        decision.map(|decision| decision.by.as_str()),
        decision.map(|decision| decision.at.to_sqlx()) as _,
        decision.map(|decision| decision.reason.as_str()),
        correction.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn get(
    conn: &mut PgConnection,
    id: CorrectionId,
) -> Result<Option<Correction>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT correction_id, employee_id, from_on, rater_employee_id, name, front_title, back_title, grounds, state,
            decided_by, decided_at, decision_reason, created_at, revision
        FROM corrections
        WHERE correction_id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?
    .map(Correction::try_from)
    .transpose()
}

/// Reads one correction and locks its row until the transaction ends.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    id: CorrectionId,
) -> Result<Option<Correction>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT correction_id, employee_id, from_on, rater_employee_id, name, front_title, back_title, grounds, state,
            decided_by, decided_at, decision_reason, created_at, revision
        FROM corrections
        WHERE correction_id = $1
        FOR UPDATE
        "#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?
    .map(Correction::try_from)
    .transpose()
}

/// Up to `limit` corrections of a person, the oldest first.
pub(crate) async fn of_employee(
    conn: &mut PgConnection,
    employee: EmployeeId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Correction>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT correction_id, employee_id, from_on, rater_employee_id, name, front_title, back_title, grounds, state,
            decided_by, decided_at, decision_reason, created_at, revision
        FROM corrections
        WHERE employee_id = $1 AND correction_id > $2
        ORDER BY correction_id
        LIMIT $3
        "#,
        employee.uuid(),
        after,
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Correction::try_from)
    .collect()
}

/// Up to `limit` corrections in a state, the oldest first.
pub(crate) async fn of_state(
    conn: &mut PgConnection,
    state: &str,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Correction>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT correction_id, employee_id, from_on, rater_employee_id, name, front_title, back_title, grounds, state,
            decided_by, decided_at, decision_reason, created_at, revision
        FROM corrections
        WHERE state = $1 AND correction_id > $2
        ORDER BY correction_id
        LIMIT $3
        "#,
        state,
        after,
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Correction::try_from)
    .collect()
}
