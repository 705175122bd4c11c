use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{Amount, Measured, Named as _, PeriodId, PlanId, Sheet};

pub(crate) async fn delete(
    conn: &mut PgConnection,
    plan: PlanId,
    period: PeriodId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM realisations WHERE plan_id = $1 AND period_id = $2",
        plan.uuid(),
        period.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores the realisations of a sheet that has none.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    sheet: &Sheet,
    measured: &[Measured],
) -> Result<(), sqlx::Error> {
    let told = || measured.iter().map(|measured| &measured.realisation);
    let reached = || measured.iter().map(|measured| measured.achievement);
    let ids: Vec<Uuid> = told().map(|told| told.indicator_id.uuid()).collect();
    let values: Vec<Option<i64>> = told().map(|told| told.value.map(Amount::e4)).collect();
    let narratives: Vec<String> = told().map(|told| told.narrative.clone()).collect();
    let evidence: Vec<String> = told().map(|told| told.evidence.clone()).collect();
    let urls: Vec<String> = told().map(|told| told.evidence_url.clone()).collect();
    let numerators: Vec<Option<i64>> = reached().map(|a| a.map(|a| a.share.numerator())).collect();
    let denominators: Vec<Option<i64>> =
        reached().map(|a| a.map(|a| a.share.denominator())).collect();
    let percents: Vec<Option<i64>> = reached().map(|a| a.map(|a| a.percent_e2)).collect();
    let classes: Vec<Option<String>> =
        reached().map(|a| a.map(|a| a.class.name().to_owned())).collect();
    sqlx::query!(
        r#"
        INSERT INTO realisations (plan_id, period_id, version, indicator_id, value_e4, narrative, evidence,
            evidence_url, share_numerator, share_denominator, percent_e2, class)
        SELECT $1, $2, $3, indicator_id, value_e4, narrative, evidence, evidence_url, share_numerator,
            share_denominator, percent_e2, class
        FROM unnest($4::uuid[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::bigint[],
                $10::bigint[], $11::bigint[], $12::text[])
            AS given (indicator_id, value_e4, narrative, evidence, evidence_url, share_numerator,
                share_denominator, percent_e2, class)
        "#,
        sheet.plan_id.uuid(),
        sheet.period_id.uuid(),
        sheet.version,
        &ids,
        &values as _,
        &narratives,
        &evidence,
        &urls,
        &numerators as _,
        &denominators as _,
        &percents as _,
        &classes as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}
