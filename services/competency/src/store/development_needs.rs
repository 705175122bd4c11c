use std::collections::HashMap;

use jiff_sqlx::{Date as SqlDate, Timestamp as SqlTimestamp, ToSqlx as _};
use sqlx::PgConnection;
use uuid::Uuid;

use super::words;
use crate::domain::{Level, Need, NeedState, Origin, PlanId};

struct Row {
    plan_id: Uuid,
    need_id: Uuid,
    competency_code: Option<String>,
    origin: String,
    reason: String,
    evaluation_id: Option<Uuid>,
    required_level: Option<i16>,
    found_level: Option<i16>,
    activity: String,
    due_on: Option<SqlDate>,
    state: String,
    outcome: Option<String>,
    state_at: SqlTimestamp,
}

impl TryFrom<Row> for Need {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let origin = row.origin()?;
        let state = match (row.state.as_str(), row.outcome) {
            ("PLANNED", None) => NeedState::Planned,
            ("AGREED", None) => NeedState::Agreed,
            ("STARTED", None) => NeedState::Started,
            ("DONE", Some(outcome)) => NeedState::Done { outcome },
            ("DROPPED", Some(reason)) => NeedState::Dropped { reason },
            (state, _) => return Err(words::unknown(state)),
        };
        Ok(Self {
            id: row.need_id.into(),
            code: row.competency_code.map(words::code).transpose()?,
            origin,
            reason: row.reason,
            activity: row.activity,
            due_on: row.due_on.map(SqlDate::to_jiff),
            state,
            state_at: row.state_at.to_jiff(),
        })
    }
}

impl Row {
    fn origin(&self) -> Result<Origin, sqlx::Error> {
        let levels = self.required_level.zip(self.found_level);
        Ok(match (self.origin.as_str(), self.evaluation_id, levels) {
            ("GAP", Some(evaluation), Some((required, found))) => Origin::Gap {
                evaluation_id: evaluation.into(),
                required: words::level(required)?,
                found: words::level(found)?,
            },
            ("RATER", Some(evaluation), None) => Origin::Rater { evaluation_id: evaluation.into() },
            ("ADDED", None, None) => Origin::Added,
            (origin, ..) => return Err(words::unknown(origin)),
        })
    }
}

/// The needs of some plans, oldest first.
pub(super) async fn of(
    conn: &mut PgConnection,
    plans: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Need>>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT plan_id, need_id, competency_code, origin, reason, evaluation_id, required_level,
            found_level, activity, due_on, state, outcome, state_at
        FROM development_needs
        WHERE plan_id = ANY($1)
        ORDER BY plan_id, need_id
        "#,
        plans,
    )
    .fetch_all(conn)
    .await?;
    let mut needs: HashMap<Uuid, Vec<Need>> = HashMap::new();
    for row in rows {
        needs.entry(row.plan_id).or_default().push(row.try_into()?);
    }
    Ok(needs)
}

/// Needs as columns, in the order of the statement that takes them.
pub(super) struct Columns {
    pub ids: Vec<Uuid>,
    pub codes: Vec<Option<String>>,
    pub origins: Vec<String>,
    pub reasons: Vec<String>,
    pub evaluations: Vec<Option<Uuid>>,
    pub required: Vec<Option<i16>>,
    pub found: Vec<Option<i16>>,
    pub activities: Vec<String>,
    pub due: Vec<Option<SqlDate>>,
    pub states: Vec<String>,
    pub outcomes: Vec<Option<String>>,
    pub times: Vec<SqlTimestamp>,
}

impl Columns {
    pub(super) fn of<'a>(needs: impl Iterator<Item = &'a Need> + Clone) -> Self {
        let levels = |need: &Need| -> Option<(Level, Level)> {
            match need.origin {
                Origin::Gap { required, found, .. } => Some((required, found)),
                Origin::Rater { .. } | Origin::Added => None,
            }
        };
        let each = || needs.clone();
        Self {
            ids: each().map(|need| need.id.uuid()).collect(),
            codes: each().map(|need| need.code.as_ref().map(ToString::to_string)).collect(),
            origins: each().map(|need| need.origin.as_str().to_owned()).collect(),
            reasons: each().map(|need| need.reason.clone()).collect(),
            evaluations: each()
                .map(|need| need.origin.evaluation_id().map(|id| id.uuid()))
                .collect(),
            required: each()
                .map(|need| levels(need).map(|(required, _)| words::number(required)))
                .collect(),
            found: each().map(|need| levels(need).map(|(_, found)| words::number(found))).collect(),
            activities: each().map(|need| need.activity.clone()).collect(),
            due: each().map(|need| need.due_on.map(|on| on.to_sqlx())).collect(),
            states: each().map(|need| need.state.as_str().to_owned()).collect(),
            outcomes: each().map(|need| need.state.outcome().map(str::to_owned)).collect(),
            times: each().map(|need| need.state_at.to_sqlx()).collect(),
        }
    }
}

/// Writes the needs of a plan that was locked before.
pub(super) async fn put(
    conn: &mut PgConnection,
    plan: PlanId,
    needs: &[Need],
) -> Result<(), sqlx::Error> {
    let columns = Columns::of(needs.iter());
    sqlx::query!(
        r#"
        INSERT INTO development_needs
            (plan_id, need_id, competency_code, origin, reason, evaluation_id, required_level, found_level,
             activity, due_on, state, outcome, state_at)
        SELECT $1, need_id, code, origin, reason, evaluation_id, required_level, found_level,
            activity, due_on, state, outcome, state_at
        FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::smallint[],
                $8::smallint[], $9::text[], $10::date[], $11::text[], $12::text[], $13::timestamptz[])
            AS needs (need_id, code, origin, reason, evaluation_id, required_level, found_level,
                activity, due_on, state, outcome, state_at)
        ON CONFLICT (tenant_id, plan_id, need_id) DO UPDATE
        SET activity = excluded.activity, due_on = excluded.due_on, state = excluded.state,
            outcome = excluded.outcome, state_at = excluded.state_at
        "#,
        plan.uuid(),
        &columns.ids,
        &columns.codes as &[Option<String>],
        &columns.origins,
        &columns.reasons,
        &columns.evaluations as &[Option<Uuid>],
        &columns.required as &[Option<i16>],
        &columns.found as &[Option<i16>],
        &columns.activities,
        &columns.due as &[Option<SqlDate>],
        &columns.states,
        &columns.outcomes as &[Option<String>],
        &columns.times as &[SqlTimestamp],
    )
    .execute(conn)
    .await?;
    Ok(())
}
