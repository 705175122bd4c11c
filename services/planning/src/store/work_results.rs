use std::collections::HashMap;

use kinerja_kit::id::Id;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{meaningless, named};
use crate::domain::{Amount, Indicator, Named as _, Plan, PlanId, Target, WorkResult};

/// Stores the results of a version that has none, with their indicators.
pub(super) async fn insert(
    conn: &mut PgConnection,
    plan: &Plan,
    results: &[WorkResult],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = results.iter().map(|result| result.id.uuid()).collect();
    let kinds: Vec<String> = results.iter().map(|result| result.kind.name().to_owned()).collect();
    let scopes: Vec<String> = results.iter().map(|result| result.scope.name().to_owned()).collect();
    let names: Vec<String> = results.iter().map(|result| result.name.clone()).collect();
    let origins: Vec<String> = results.iter().map(|result| result.assigned_from.clone()).collect();
    sqlx::query!(
        r#"
        INSERT INTO work_results (plan_id, version, result_id, ordinal, kind, scope, name, assigned_from)
        SELECT $1, $2, result_id, nth, kind, scope, name, assigned_from
        FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY
            AS given (result_id, kind, scope, name, assigned_from, nth)
        "#,
        plan.id.uuid(),
        plan.version,
        &ids,
        &kinds,
        &scopes,
        &names,
        &origins,
    )
    .execute(&mut *conn)
    .await?;
    insert_indicators(conn, plan, results).await
}

/// The columns of indicators, one entry each.
#[derive(Default)]
struct Columns {
    indicator_ids: Vec<Uuid>,
    result_ids: Vec<Uuid>,
    ordinals: Vec<i32>,
    aspects: Vec<String>,
    names: Vec<String>,
    polarities: Vec<String>,
    mins: Vec<Option<i64>>,
    maxs: Vec<Option<i64>>,
    units: Vec<Option<String>>,
    successes: Vec<String>,
    sources: Vec<String>,
    pairs: Vec<String>,
}

impl Columns {
    fn push(&mut self, result: &WorkResult, ordinal: i32, indicator: &Indicator) {
        let target = indicator.target.as_ref();
        self.indicator_ids.push(indicator.id.uuid());
        self.result_ids.push(result.id.uuid());
        self.ordinals.push(ordinal);
        self.aspects.push(indicator.aspect.name().to_owned());
        self.names.push(indicator.name.clone());
        self.polarities.push(indicator.polarity.name().to_owned());
        self.mins.push(target.map(|target| target.min.e4()));
        self.maxs.push(target.map(|target| target.max.e4()));
        self.units.push(target.map(|target| target.unit.clone()));
        self.successes.push(indicator.success.clone());
        self.sources.push(indicator.data_source.clone());
        self.pairs.push(indicator.pair.clone().unwrap_or_default());
    }
}

async fn insert_indicators(
    conn: &mut PgConnection,
    plan: &Plan,
    results: &[WorkResult],
) -> Result<(), sqlx::Error> {
    let mut columns = Columns::default();
    for result in results {
        for (ordinal, indicator) in (1..).zip(&result.indicators) {
            columns.push(result, ordinal, indicator);
        }
    }
    sqlx::query!(
        r#"
        INSERT INTO indicators (plan_id, version, indicator_id, result_id, ordinal, aspect, name, polarity,
            target_min_e4, target_max_e4, target_unit, success, data_source, pair)
        SELECT $1, $2, indicator_id, result_id, ordinal, aspect, name, polarity, target_min_e4,
            target_max_e4, target_unit, success, data_source, pair
        FROM unnest($3::uuid[], $4::uuid[], $5::integer[], $6::text[], $7::text[], $8::text[], $9::bigint[],
                $10::bigint[], $11::text[], $12::text[], $13::text[], $14::text[])
            AS given (indicator_id, result_id, ordinal, aspect, name, polarity, target_min_e4,
                target_max_e4, target_unit, success, data_source, pair)
        "#,
        plan.id.uuid(),
        plan.version,
        &columns.indicator_ids,
        &columns.result_ids,
        &columns.ordinals,
        &columns.aspects,
        &columns.names,
        &columns.polarities,
        &columns.mins as _,
        &columns.maxs as _,
        &columns.units as _,
        &columns.successes,
        &columns.sources,
        &columns.pairs,
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct Row {
    plan_id: Uuid,
    version: i32,
    result_id: Uuid,
    kind: String,
    scope: String,
    result_name: String,
    assigned_from: String,
    indicator_id: Option<Uuid>,
    aspect: Option<String>,
    name: Option<String>,
    polarity: Option<String>,
    target_min_e4: Option<i64>,
    target_max_e4: Option<i64>,
    target_unit: Option<String>,
    success: Option<String>,
    data_source: Option<String>,
    pair: Option<String>,
}

impl Row {
    fn result(&mut self) -> Result<WorkResult, sqlx::Error> {
        Ok(WorkResult {
            id: Id::from(self.result_id),
            kind: named(&self.kind)?,
            scope: named(&self.scope)?,
            name: std::mem::take(&mut self.result_name),
            assigned_from: std::mem::take(&mut self.assigned_from),
            indicators: Vec::new(),
        })
    }

    /// Nothing for a result without indicators.
    fn indicator(self) -> Result<Option<Indicator>, sqlx::Error> {
        let Some(id) = self.indicator_id else { return Ok(None) };
        let amount = |e4: i64| Amount::of(e4).ok_or_else(|| meaningless(e4.to_string()));
        let target = match (self.target_min_e4, self.target_max_e4, self.target_unit) {
            (Some(min), Some(max), Some(unit)) => {
                Some(Target { min: amount(min)?, max: amount(max)?, unit })
            }
            _ => None,
        };
        Ok(Some(Indicator {
            id: Id::from(id),
            aspect: named(&self.aspect.unwrap_or_default())?,
            name: self.name.unwrap_or_default(),
            polarity: named(&self.polarity.unwrap_or_default())?,
            target,
            success: self.success.unwrap_or_default(),
            data_source: self.data_source.unwrap_or_default(),
            pair: self.pair.filter(|pair| !pair.is_empty()),
        }))
    }
}

/// Reads the results of versions with their indicators, in the plan's order.
pub(super) async fn find_all(
    conn: &mut PgConnection,
    ids: &[Uuid],
    versions: &[i32],
) -> Result<HashMap<(PlanId, i32), Vec<WorkResult>>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT r.plan_id, r.version, r.result_id, r.kind, r.scope, r.name AS result_name, r.assigned_from,
            i.indicator_id AS "indicator_id?", i.aspect AS "aspect?", i.name AS "name?",
            i.polarity AS "polarity?", i.target_min_e4, i.target_max_e4, i.target_unit,
            i.success AS "success?", i.data_source AS "data_source?", i.pair AS "pair?"
        FROM unnest($1::uuid[], $2::integer[]) AS wanted (plan_id, version)
        JOIN work_results r ON r.plan_id = wanted.plan_id AND r.version = wanted.version
        LEFT JOIN indicators i
            ON i.tenant_id = r.tenant_id AND i.plan_id = r.plan_id AND i.version = r.version
                AND i.result_id = r.result_id
        ORDER BY r.plan_id, r.version, r.ordinal, i.ordinal
        "#,
        ids,
        versions,
    )
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<(PlanId, i32), Vec<WorkResult>> = HashMap::new();
    for mut row in rows {
        let results = found.entry((Id::from(row.plan_id), row.version)).or_default();
        if results.last().is_none_or(|last| last.id.uuid() != row.result_id) {
            results.push(row.result()?);
        }
        let result = results.last_mut().expect("pushed above");
        result.indicators.extend(row.indicator()?);
    }
    Ok(found)
}
