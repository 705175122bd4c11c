use jiff_sqlx::{Date as SqlDate, Timestamp as SqlTimestamp, ToSqlx as _};
use kinerja_kit::id::Id;
use uuid::Uuid;

use super::{meaningless, named};
use crate::domain::{
    Assignment, Authority, Decision, Escalation, Named as _, Plan, State, Submission, Traces,
    WindowBounds,
};

/// A version as it is stored.
pub(super) struct Row {
    pub(super) plan_id: Uuid,
    pub(super) version: i32,
    pub(super) state: String,
    pub(super) employee_id: Uuid,
    pub(super) period_id: Uuid,
    pub(super) year: i32,
    pub(super) unit_id: Uuid,
    pub(super) position_id: Uuid,
    pub(super) position_kind: String,
    pub(super) position_level: String,
    pub(super) position_name: String,
    pub(super) heads_unit: bool,
    pub(super) starts_on: SqlDate,
    pub(super) ends_on: SqlDate,
    pub(super) submitted_at: Option<SqlTimestamp>,
    pub(super) window_kind: Option<String>,
    pub(super) opens_at: Option<SqlTimestamp>,
    pub(super) closes_at: Option<SqlTimestamp>,
    pub(super) rater_employee_id: Option<Uuid>,
    pub(super) rater_on: Option<SqlDate>,
    pub(super) rater_reason: Option<String>,
    pub(super) escalated_at: Option<SqlTimestamp>,
    pub(super) superior_employee_id: Option<Uuid>,
    pub(super) superior_on: Option<SqlDate>,
    pub(super) superior_reason: Option<String>,
    pub(super) decided_at: Option<SqlTimestamp>,
    pub(super) decided_by: Option<Uuid>,
    pub(super) decision: Option<String>,
    pub(super) created_at: SqlTimestamp,
    pub(super) revision: i64,
}

impl Row {
    fn traces(&mut self) -> Result<Traces, sqlx::Error> {
        let rater = authority(self.rater_employee_id, self.rater_on, self.rater_reason.take());
        let window_kind = self.window_kind.take().map(|kind| named(&kind)).transpose()?;
        let submission = || {
            let window = WindowBounds {
                kind: window_kind?,
                opens_at: self.opens_at?.to_jiff(),
                closes_at: self.closes_at?.to_jiff(),
            };
            Some(Submission { at: self.submitted_at?.to_jiff(), window, rater: rater? })
        };
        let submission = submission();
        let superior =
            authority(self.superior_employee_id, self.superior_on, self.superior_reason.take());
        let escalation = self.escalated_at.zip(superior);
        let outcome = self.decision.take().map(|name| named(&name)).transpose()?;
        let decision = || {
            let (at, by) = (self.decided_at?.to_jiff(), Id::from(self.decided_by?));
            Some(Decision { at, by, outcome: outcome? })
        };
        Ok(Traces {
            submission,
            escalation: escalation.map(|(at, superior)| Escalation { at: at.to_jiff(), superior }),
            decision: decision(),
        })
    }
}

impl TryFrom<Row> for Plan {
    type Error = sqlx::Error;

    fn try_from(mut row: Row) -> Result<Self, Self::Error> {
        let state = State::from_parts(named(&row.state)?, row.traces()?);
        Ok(Self {
            id: Id::from(row.plan_id),
            version: row.version,
            employee_id: Id::from(row.employee_id),
            period_id: Id::from(row.period_id),
            year: row.year,
            assignment: Assignment {
                unit_id: Id::from(row.unit_id),
                position_id: Id::from(row.position_id),
                position_kind: row.position_kind,
                position_level: row.position_level,
                position_name: row.position_name,
                heads_unit: row.heads_unit,
            },
            starts_on: row.starts_on.to_jiff(),
            ends_on: row.ends_on.to_jiff(),
            state: state.ok_or_else(|| meaningless(row.state))?,
            created_at: row.created_at.to_jiff(),
            revision: row.revision,
        })
    }
}

fn authority(id: Option<Uuid>, on: Option<SqlDate>, reason: Option<String>) -> Option<Authority> {
    Some(Authority { employee_id: Id::from(id?), on: on?.to_jiff(), reason: reason? })
}

/// What changes in versions, by column.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) plan_ids: Vec<Uuid>,
    pub(super) versions: Vec<i32>,
    pub(super) states: Vec<String>,
    pub(super) ends_on: Vec<SqlDate>,
    pub(super) submitted_at: Vec<Option<SqlTimestamp>>,
    pub(super) window_kinds: Vec<Option<String>>,
    pub(super) opens_at: Vec<Option<SqlTimestamp>>,
    pub(super) closes_at: Vec<Option<SqlTimestamp>>,
    pub(super) raters: Vec<Option<Uuid>>,
    pub(super) rater_on: Vec<Option<SqlDate>>,
    pub(super) rater_reasons: Vec<Option<String>>,
    pub(super) escalated_at: Vec<Option<SqlTimestamp>>,
    pub(super) superiors: Vec<Option<Uuid>>,
    pub(super) superior_on: Vec<Option<SqlDate>>,
    pub(super) superior_reasons: Vec<Option<String>>,
    pub(super) decided_at: Vec<Option<SqlTimestamp>>,
    pub(super) decided_by: Vec<Option<Uuid>>,
    pub(super) decisions: Vec<Option<String>>,
    pub(super) revisions: Vec<i64>,
}

impl Columns {
    pub(super) fn push(&mut self, plan: &Plan) {
        let Traces { submission, escalation, decision } = plan.state.traces();
        let (rater, superior) =
            (submission.as_ref().map(|s| &s.rater), escalation.as_ref().map(|e| &e.superior));
        let window = submission.as_ref().map(|s| &s.window);
        self.plan_ids.push(plan.id.uuid());
        self.versions.push(plan.version);
        self.states.push(plan.state.name().name().to_owned());
        self.ends_on.push(plan.ends_on.to_sqlx());
        self.submitted_at.push(submission.as_ref().map(|s| s.at.to_sqlx()));
        self.window_kinds.push(window.map(|w| w.kind.name().to_owned()));
        self.opens_at.push(window.map(|w| w.opens_at.to_sqlx()));
        self.closes_at.push(window.map(|w| w.closes_at.to_sqlx()));
        self.raters.push(rater.map(|a| a.employee_id.uuid()));
        self.rater_on.push(rater.map(|a| a.on.to_sqlx()));
        self.rater_reasons.push(rater.map(|a| a.reason.clone()));
        self.escalated_at.push(escalation.as_ref().map(|e| e.at.to_sqlx()));
        self.superiors.push(superior.map(|a| a.employee_id.uuid()));
        self.superior_on.push(superior.map(|a| a.on.to_sqlx()));
        self.superior_reasons.push(superior.map(|a| a.reason.clone()));
        self.decided_at.push(decision.as_ref().map(|d| d.at.to_sqlx()));
        self.decided_by.push(decision.as_ref().map(|d| d.by.uuid()));
        self.decisions.push(decision.as_ref().map(|d| d.outcome.name().to_owned()));
        self.revisions.push(plan.revision);
    }
}
