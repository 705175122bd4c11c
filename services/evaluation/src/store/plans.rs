use jiff::civil::Date;
use jiff_sqlx::ToSqlx as _;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::domain::results::Indicator;

/// The reference version of a plan.
pub(crate) struct Plan {
    pub(crate) id: Uuid,
    pub(crate) version: i32,
    pub(crate) employee_id: Uuid,
    pub(crate) unit_id: Uuid,
    pub(crate) heads_unit: bool,
    pub(crate) year: i32,
    pub(crate) starts_on: Date,
    pub(crate) ends_on: Date,
    pub(crate) rater_id: Uuid,
    pub(crate) indicators: Vec<Indicator>,
}

#[derive(Default)]
pub(crate) struct Plans {
    plan_ids: Vec<Uuid>,
    versions: Vec<i32>,
    employee_ids: Vec<Uuid>,
    unit_ids: Vec<Uuid>,
    heads: Vec<bool>,
    years: Vec<i32>,
    starts: Vec<jiff_sqlx::Date>,
    ends: Vec<jiff_sqlx::Date>,
    rater_ids: Vec<Uuid>,
    indicators: Vec<Json<Vec<Indicator>>>,
    revisions: Vec<i64>,
}

impl Plans {
    pub(crate) fn push(&mut self, plan: Plan, revision: i64) {
        self.plan_ids.push(plan.id);
        self.versions.push(plan.version);
        self.employee_ids.push(plan.employee_id);
        self.unit_ids.push(plan.unit_id);
        self.heads.push(plan.heads_unit);
        self.years.push(plan.year);
        self.starts.push(plan.starts_on.to_sqlx());
        self.ends.push(plan.ends_on.to_sqlx());
        self.rater_ids.push(plan.rater_id);
        self.indicators.push(Json(plan.indicators));
        self.revisions.push(revision);
    }

    pub(crate) fn ids(&self) -> &[Uuid] {
        &self.plan_ids
    }
}

/// A lower revision never replaces a higher.
pub(crate) async fn upsert(conn: &mut PgConnection, plans: &Plans) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO plans
            (plan_id, version, employee_id, unit_id, heads_unit, year, starts_on, ends_on,
             rater_employee_id, indicators, is_gone, revision)
        SELECT plan_id, version, employee_id, unit_id, heads_unit, year, starts_on, ends_on,
            rater_employee_id, indicators, false, revision
        FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::uuid[], $5::boolean[], $6::integer[],
                $7::date[], $8::date[], $9::uuid[], $10::jsonb[], $11::bigint[])
            AS given (plan_id, version, employee_id, unit_id, heads_unit, year, starts_on, ends_on,
                rater_employee_id, indicators, revision)
        ON CONFLICT (tenant_id, plan_id) DO UPDATE
        SET version = excluded.version, unit_id = excluded.unit_id, heads_unit = excluded.heads_unit,
            starts_on = excluded.starts_on, ends_on = excluded.ends_on,
            rater_employee_id = excluded.rater_employee_id, indicators = excluded.indicators,
            is_gone = false, revision = excluded.revision
        WHERE plans.revision < excluded.revision
        "#,
        &plans.plan_ids,
        &plans.versions,
        &plans.employee_ids,
        &plans.unit_ids,
        &plans.heads,
        &plans.years,
        &plans.starts as _,
        &plans.ends as _,
        &plans.rater_ids,
        &plans.indicators as _,
        &plans.revisions,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Plans end with these days, and with them the evaluations that are not prepared.
pub(crate) async fn end(
    conn: &mut PgConnection,
    plan_ids: &[Uuid],
    ends: &[jiff_sqlx::Date],
    revisions: &[i64],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        WITH given AS (
            SELECT * FROM unnest($1::uuid[], $2::date[], $3::bigint[]) AS given (plan_id, ends_on, revision)
        ), shortened AS (
            UPDATE evaluations e
            SET ends_on = given.ends_on, revision = e.revision + 1
            FROM given
            WHERE e.plan_id = given.plan_id AND e.state = 'OPEN'
                AND e.starts_on <= given.ends_on AND e.ends_on > given.ends_on
        )
        UPDATE plans p
        SET ends_on = given.ends_on, revision = given.revision
        FROM given
        WHERE p.plan_id = given.plan_id AND p.revision <= given.revision
        "#,
        plan_ids,
        ends as _,
        revisions,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes room for what a rebuild brings.
pub(crate) async fn forget(conn: &mut PgConnection, keys: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE plans SET revision = 0 WHERE plan_id = ANY($1)", keys)
        .execute(conn)
        .await?;
    Ok(())
}

/// Marks what planning no longer names.
pub(crate) async fn close(conn: &mut PgConnection, known: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE plans SET is_gone = true, revision = 0 WHERE plan_id <> ALL($1)", known)
        .execute(conn)
        .await?;
    Ok(())
}
