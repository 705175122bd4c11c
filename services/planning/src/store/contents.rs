use std::collections::HashMap;

use kinerja_kit::id::Id;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{named, work_results};
use crate::domain::{Expectation, Named as _, Plan, PlanContent, PlanId, WorkResult};

/// Stores results, indicators and expectations of a version that has none.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    plan: &Plan,
    content: &PlanContent,
) -> Result<(), sqlx::Error> {
    work_results::insert(&mut *conn, plan, &content.results).await?;
    let values: Vec<String> =
        content.expectations.iter().map(|e| e.core_value.name().to_owned()).collect();
    let texts: Vec<String> = content.expectations.iter().map(|e| e.text.clone()).collect();
    sqlx::query!(
        r#"
        INSERT INTO expectations (plan_id, version, core_value, text)
        SELECT $1, $2, core_value, text FROM unnest($3::text[], $4::text[]) AS given (core_value, text)
        "#,
        plan.id.uuid(),
        plan.version,
        &values,
        &texts,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes away results, indicators and expectations of a version.
pub(crate) async fn delete(conn: &mut PgConnection, plan: &Plan) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        WITH gone_expectations AS (DELETE FROM expectations WHERE plan_id = $1 AND version = $2),
            gone_indicators AS (DELETE FROM indicators WHERE plan_id = $1 AND version = $2)
        DELETE FROM work_results WHERE plan_id = $1 AND version = $2
        "#,
        plan.id.uuid(),
        plan.version,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn find(
    conn: &mut PgConnection,
    id: PlanId,
    version: i32,
) -> Result<Option<PlanContent>, sqlx::Error> {
    Ok(find_all(conn, &[(id, version)]).await?.remove(&(id, version)))
}

/// Reads the results of one version, with their indicators.
pub(crate) async fn results_of(
    conn: &mut PgConnection,
    id: PlanId,
    version: i32,
) -> Result<Vec<WorkResult>, sqlx::Error> {
    let mut found = work_results::find_all(conn, &[id.uuid()], &[version]).await?;
    Ok(found.remove(&(id, version)).unwrap_or_default())
}

/// Reads the contents of versions, by version.
pub(crate) async fn find_all(
    conn: &mut PgConnection,
    keys: &[(PlanId, i32)],
) -> Result<HashMap<(PlanId, i32), PlanContent>, sqlx::Error> {
    let (ids, versions): (Vec<Uuid>, Vec<i32>) =
        keys.iter().map(|key| (key.0.uuid(), key.1)).unzip();
    let rows = sqlx::query!(
        r#"
        SELECT p.plan_id, p.version, p.approach, p.support, p.accountability, p.consequences,
            ARRAY(
                SELECT e.core_value FROM expectations e
                WHERE e.plan_id = p.plan_id AND e.version = p.version ORDER BY e.core_value
            ) AS "core_values!",
            ARRAY(
                SELECT e.text FROM expectations e
                WHERE e.plan_id = p.plan_id AND e.version = p.version ORDER BY e.core_value
            ) AS "texts!"
        FROM unnest($1::uuid[], $2::integer[]) AS wanted (plan_id, version)
        JOIN plans p ON p.plan_id = wanted.plan_id AND p.version = wanted.version
        "#,
        &ids,
        &versions,
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut results = work_results::find_all(conn, &ids, &versions).await?;
    rows.into_iter()
        .map(|row| {
            let key = (Id::from(row.plan_id), row.version);
            let content = PlanContent {
                approach: named(&row.approach)?,
                results: results.remove(&key).unwrap_or_default(),
                expectations: expectations(&row.core_values, row.texts)?,
                support: row.support,
                accountability: row.accountability,
                consequences: row.consequences,
            };
            Ok((key, content))
        })
        .collect()
}

fn expectations(values: &[String], texts: Vec<String>) -> Result<Vec<Expectation>, sqlx::Error> {
    let each = values.iter().zip(texts);
    let expectation =
        |(value, text): (&String, _)| Ok(Expectation { core_value: named(value)?, text });
    let mut expectations: Vec<_> = each.map(expectation).collect::<Result<_, sqlx::Error>>()?;
    expectations.sort_by_key(|expectation| expectation.core_value);
    Ok(expectations)
}
