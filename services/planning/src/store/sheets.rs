use jiff_sqlx::{Timestamp as SqlTimestamp, ToSqlx as _};
use kinerja_kit::id::Id;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{meaningless, named};
use crate::domain::{
    Achievement, Amount, Measured, Named as _, PeriodId, PlanId, PolicyId, Realisation, Share,
    Sheet, WindowBounds,
};

/// A sheet, if there is one, with the realisations on it.
pub(crate) type Recorded = (Option<Sheet>, Vec<Measured>);

struct Row {
    version: Option<i32>,
    employee_id: Option<Uuid>,
    policy_id: Option<String>,
    recorded_at: Option<SqlTimestamp>,
    window_kind: Option<String>,
    opens_at: Option<SqlTimestamp>,
    closes_at: Option<SqlTimestamp>,
    created_at: Option<SqlTimestamp>,
    revision: Option<i64>,
    indicator_id: Option<Uuid>,
    value_e4: Option<i64>,
    narrative: Option<String>,
    evidence: Option<String>,
    evidence_url: Option<String>,
    share_numerator: Option<i64>,
    share_denominator: Option<i64>,
    percent_e2: Option<i64>,
    class: Option<String>,
}

impl Row {
    /// Nothing where nothing was recorded.
    fn sheet(&self, plan_id: PlanId, period_id: PeriodId) -> Result<Option<Sheet>, sqlx::Error> {
        let window_kind = self.window_kind.as_deref().map(named).transpose()?;
        let policy_id = |id: &str| id.parse::<PolicyId>().map_err(|_| meaningless(id));
        let policy_id = self.policy_id.as_deref().map(policy_id).transpose()?;
        let sheet = || {
            Some(Sheet {
                plan_id,
                period_id,
                version: self.version?,
                employee_id: Id::from(self.employee_id?),
                policy_id: policy_id?,
                recorded_at: self.recorded_at?.to_jiff(),
                window: WindowBounds {
                    kind: window_kind?,
                    opens_at: self.opens_at?.to_jiff(),
                    closes_at: self.closes_at?.to_jiff(),
                },
                created_at: self.created_at?.to_jiff(),
                revision: self.revision?,
            })
        };
        Ok(sheet())
    }

    fn measured(self) -> Result<Option<Measured>, sqlx::Error> {
        let Some(indicator_id) = self.indicator_id else { return Ok(None) };
        let share = self.share_numerator.zip(self.share_denominator);
        let share = share.and_then(|(numerator, denominator)| Share::of(numerator, denominator));
        let class = self.class.as_deref().map(named).transpose()?;
        let achievement =
            || Some(Achievement { share: share?, percent_e2: self.percent_e2?, class: class? });
        let amount = |e4: i64| Amount::of(e4).ok_or_else(|| meaningless(e4.to_string()));
        Ok(Some(Measured {
            achievement: achievement(),
            realisation: Realisation {
                indicator_id: Id::from(indicator_id),
                value: self.value_e4.map(amount).transpose()?,
                narrative: self.narrative.unwrap_or_default(),
                evidence: self.evidence.unwrap_or_default(),
                evidence_url: self.evidence_url.unwrap_or_default(),
            },
        }))
    }
}

/// What was recorded of a plan in a period; `None` without such a period.
pub(crate) async fn find(
    conn: &mut PgConnection,
    plan: PlanId,
    period: PeriodId,
) -> Result<Option<Recorded>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT s.version AS "version?", s.employee_id AS "employee_id?", s.policy_id AS "policy_id?",
            s.recorded_at AS "recorded_at?", s.window_kind AS "window_kind?", s.opens_at AS "opens_at?",
            s.closes_at AS "closes_at?", s.created_at AS "created_at?", s.revision AS "revision?",
            r.indicator_id AS "indicator_id?", r.value_e4, r.narrative AS "narrative?",
            r.evidence AS "evidence?", r.evidence_url AS "evidence_url?", r.share_numerator,
            r.share_denominator, r.percent_e2, r.class
        FROM periods p
        LEFT JOIN result_sheets s
            ON s.tenant_id = p.tenant_id AND s.period_id = p.period_id AND s.plan_id = $1
        LEFT JOIN realisations r
            ON r.tenant_id = s.tenant_id AND r.plan_id = s.plan_id AND r.period_id = s.period_id
        WHERE p.period_id = $2
        "#,
        plan.uuid(),
        period.uuid(),
    )
    .fetch_all(conn)
    .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let sheet = first.sheet(plan, period)?;
    let measured: Result<Vec<_>, _> = rows.into_iter().map(Row::measured).collect();
    Ok(Some((sheet, measured?.into_iter().flatten().collect())))
}

/// Stores a sheet that is new, or was read under the lock of its plan and has no realisations now.
pub(crate) async fn upsert(conn: &mut PgConnection, sheet: &Sheet) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO result_sheets (plan_id, period_id, version, employee_id, policy_id, recorded_by,
            recorded_at, window_kind, opens_at, closes_at, created_at, revision)
        VALUES ($1, $2, $3, $4, $5, $4, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (tenant_id, plan_id, period_id) DO UPDATE
        SET version = excluded.version, policy_id = excluded.policy_id, recorded_by = excluded.recorded_by,
            recorded_at = excluded.recorded_at, opens_at = excluded.opens_at,
            closes_at = excluded.closes_at, revision = excluded.revision
        "#,
        sheet.plan_id.uuid(),
        sheet.period_id.uuid(),
        sheet.version,
        sheet.employee_id.uuid(),
        sheet.policy_id.as_str(),
        sheet.recorded_at.to_sqlx() as _,
        sheet.window.kind.name(),
        sheet.window.opens_at.to_sqlx() as _,
        sheet.window.closes_at.to_sqlx() as _,
        sheet.created_at.to_sqlx() as _,
        sheet.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}
