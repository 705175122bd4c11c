use std::collections::HashMap;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use serde::Deserialize;
use sqlx::{PgConnection, types::Json};

use super::{count, meaningless, word};
use crate::domain::{
    matrix::{Cell, Matrix},
    objection::ObjectionRule,
    percent::Percent,
    policy::{Parameters, Policy, PolicyId, Rule},
};

/// A version as it is stored.
#[derive(Debug, Clone)]
pub struct Stored {
    pub policy: Policy,
    pub created_at: Timestamp,
    pub revision: i64,
}

#[derive(Debug, Deserialize)]
pub(super) struct CellRow {
    results: String,
    behaviour: String,
    predicate: String,
}

#[derive(Debug, Deserialize)]
struct RuleRow {
    rule: String,
    source: String,
    citation: String,
    indonesian: String,
    english: String,
}

struct Row {
    policy_id: String,
    supersedes: Option<String>,
    name: String,
    valid_from: jiff_sqlx::Date,
    shown_decimals: i16,
    above_over_e4: i64,
    meets_from_e4: i64,
    majority_over_e4: i64,
    mean_cap_e4: i64,
    behaviour_above_from: i16,
    objection_days: i16,
    objection_clock: String,
    created_at: jiff_sqlx::Timestamp,
    revision: i64,
    cells: Json<Vec<CellRow>>,
    rules: Json<Vec<RuleRow>>,
}

/// Adds a version; false if the tenant has one of this id.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    policy: &Policy,
    at: Timestamp,
) -> Result<bool, sqlx::Error> {
    let p = &policy.parameters;
    let inserted = sqlx::query!(
        r#"
        INSERT INTO policies
            (policy_id, supersedes, name, valid_from, shown_decimals, above_over_e4, meets_from_e4,
             majority_over_e4, mean_cap_e4, behaviour_above_from, objection_days, objection_clock,
             created_at, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)
        ON CONFLICT (tenant_id, policy_id) DO NOTHING
        "#,
        policy.id.as_str(),
        policy.supersedes.as_ref().map(PolicyId::as_str),
        policy.name,
        policy.valid_from.to_sqlx() as _,
        i16::from(p.shown_decimals),
        p.above_over.e4(),
        p.meets_from.e4(),
        p.majority_over.e4(),
        p.mean_cap.e4(),
        i16::from(p.behaviour_above_from),
        i16::try_from(p.objection.days).map_err(|_| meaningless("objection_days"))?,
        p.objection.clock.word(),
        at.to_sqlx() as _,
    )
    .execute(&mut *conn)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    insert_cells(conn, policy).await?;
    insert_rules(conn, policy).await?;
    Ok(true)
}

async fn insert_cells(conn: &mut PgConnection, policy: &Policy) -> Result<(), sqlx::Error> {
    let cells: Vec<Cell> = policy.matrix.cells().collect();
    let words = |of: fn(&Cell) -> &'static str| -> Vec<String> {
        cells.iter().map(|cell| of(cell).to_owned()).collect()
    };
    sqlx::query!(
        r#"
        INSERT INTO policy_cells (policy_id, results_rating, behaviour_rating, predicate)
        SELECT $1, results, behaviour, predicate
        FROM unnest($2::text[], $3::text[], $4::text[]) AS given (results, behaviour, predicate)
        "#,
        policy.id.as_str(),
        &words(|cell| cell.results.word()),
        &words(|cell| cell.behaviour.word()),
        &words(|cell| cell.predicate.word()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert_rules(conn: &mut PgConnection, policy: &Policy) -> Result<(), sqlx::Error> {
    let texts = |of: fn(&Rule) -> &str| -> Vec<String> {
        policy.rules.iter().map(|rule| of(rule).to_owned()).collect()
    };
    sqlx::query!(
        r#"
        INSERT INTO policy_rules (policy_id, rule, source, citation, indonesian, english)
        SELECT $1, rule, source, citation, indonesian, english
        FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
            AS given (rule, source, citation, indonesian, english)
        "#,
        policy.id.as_str(),
        &texts(|rule| &rule.rule),
        &texts(|rule| rule.source.word()),
        &texts(|rule| &rule.citation),
        &texts(|rule| &rule.indonesian),
        &texts(|rule| &rule.english),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn get(
    conn: &mut PgConnection,
    id: &PolicyId,
) -> Result<Option<Stored>, sqlx::Error> {
    let ids = [id.as_str().to_owned()];
    Ok(read(conn, &ids).await?.pop())
}

/// Which version rules a cycle that begins on `on`, unless another is named.
pub(crate) async fn in_force(
    conn: &mut PgConnection,
    on: jiff::civil::Date,
) -> Result<Option<PolicyId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT policy_id FROM policies
        WHERE valid_from <= $1
        ORDER BY valid_from DESC, policy_id DESC
        LIMIT 1
        "#,
        on.to_sqlx() as _,
    )
    .fetch_optional(conn)
    .await?
    .map(|id| word(&id))
    .transpose()
}

/// How these versions count the days of an objection.
pub(crate) async fn objection_rules(
    conn: &mut PgConnection,
    ids: &[String],
) -> Result<HashMap<PolicyId, ObjectionRule>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT policy_id, objection_days, objection_clock FROM policies WHERE policy_id = ANY($1)",
        ids,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let clock = word(&row.objection_clock)?;
            Ok((word(&row.policy_id)?, ObjectionRule { days: count(row.objection_days)?, clock }))
        })
        .collect()
}

/// Lists up to `limit` versions, the one that became valid last first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    after: Option<(jiff::civil::Date, &str)>,
    limit: i64,
) -> Result<Vec<Stored>, sqlx::Error> {
    let (on, id) = after.unzip();
    let ids = sqlx::query_scalar!(
        r#"
        SELECT policy_id FROM policies
        WHERE $1::date IS NULL OR (valid_from, policy_id) < ($1, $2)
        ORDER BY valid_from DESC, policy_id DESC
        LIMIT $3
        "#,
        on.map(|on| on.to_sqlx()) as _,
        id,
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    read(conn, &ids).await
}

/// In the order of [`list`].
async fn read(conn: &mut PgConnection, ids: &[String]) -> Result<Vec<Stored>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT p.policy_id, p.supersedes, p.name, p.valid_from, p.shown_decimals, p.above_over_e4,
            p.meets_from_e4, p.majority_over_e4, p.mean_cap_e4, p.behaviour_above_from,
            p.objection_days, p.objection_clock, p.created_at, p.revision,
            (SELECT coalesce(jsonb_agg(jsonb_build_object('results', c.results_rating,
                 'behaviour', c.behaviour_rating, 'predicate', c.predicate)), '[]')
             FROM policy_cells c
             WHERE c.tenant_id = p.tenant_id AND c.policy_id = p.policy_id) AS "cells!: Json<Vec<CellRow>>",
            (SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY length(r.rule), r.rule), '[]')
             FROM policy_rules r
             WHERE r.tenant_id = p.tenant_id AND r.policy_id = p.policy_id) AS "rules!: Json<Vec<RuleRow>>"
        FROM policies p
        WHERE p.policy_id = ANY($1)
        ORDER BY p.valid_from DESC, p.policy_id DESC
        "#,
        ids,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Stored::try_from)
    .collect()
}

pub(super) fn matrix(rows: &[CellRow]) -> Result<Matrix, sqlx::Error> {
    let cells: Vec<Cell> = rows.iter().map(Cell::try_from).collect::<Result<_, _>>()?;
    Matrix::try_from(cells.as_slice()).map_err(|error| meaningless(error.to_string()))
}

impl TryFrom<&CellRow> for Cell {
    type Error = sqlx::Error;

    fn try_from(row: &CellRow) -> Result<Self, Self::Error> {
        Ok(Self {
            results: word(&row.results)?,
            behaviour: word(&row.behaviour)?,
            predicate: word(&row.predicate)?,
        })
    }
}

impl TryFrom<RuleRow> for Rule {
    type Error = sqlx::Error;

    fn try_from(row: RuleRow) -> Result<Self, Self::Error> {
        Ok(Self {
            rule: row.rule,
            source: word(&row.source)?,
            citation: row.citation,
            indonesian: row.indonesian,
            english: row.english,
        })
    }
}

impl TryFrom<Row> for Stored {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        let small = |value: i16| u8::try_from(value).map_err(|_| meaningless(value.to_string()));
        let parameters = Parameters {
            shown_decimals: small(row.shown_decimals)?,
            above_over: Percent::from_e4(row.above_over_e4),
            meets_from: Percent::from_e4(row.meets_from_e4),
            majority_over: Percent::from_e4(row.majority_over_e4),
            mean_cap: Percent::from_e4(row.mean_cap_e4),
            behaviour_above_from: small(row.behaviour_above_from)?,
            objection: ObjectionRule {
                days: count(row.objection_days)?,
                clock: word(&row.objection_clock)?,
            },
        };
        let policy = Policy {
            id: word(&row.policy_id)?,
            supersedes: row.supersedes.as_deref().map(word).transpose()?,
            name: row.name,
            valid_from: row.valid_from.to_jiff(),
            parameters,
            matrix: matrix(&row.cells)?,
            rules: row.rules.0.into_iter().map(Rule::try_from).collect::<Result<_, _>>()?,
        };
        Ok(Self { policy, created_at: row.created_at.to_jiff(), revision: row.revision })
    }
}
