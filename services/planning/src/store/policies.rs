use jiff::{Timestamp, civil::Date};
use jiff_sqlx::{Date as SqlDate, Timestamp as SqlTimestamp, ToSqlx as _};
use sqlx::PgConnection;

use super::meaningless;
use crate::domain::{Policy, PolicyId};

/// A version as it is stored.
#[derive(Debug, Clone)]
pub struct Stored {
    pub policy: Policy,
    pub created_at: Timestamp,
    pub revision: i64,
}

struct Row {
    policy_id: String,
    supersedes: Option<String>,
    name: String,
    valid_from: SqlDate,
    meets_from_e2: i32,
    above_over_e2: i32,
    citation: String,
    created_at: SqlTimestamp,
    revision: i64,
}

/// Adds a version; false if the government has one of this id.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    policy: &Policy,
    at: Timestamp,
) -> Result<bool, sqlx::Error> {
    let percent = |e2: i64| i32::try_from(e2).map_err(|_| meaningless("a percentage"));
    let inserted = sqlx::query!(
        r#"
        INSERT INTO policies
            (policy_id, supersedes, name, valid_from, meets_from_e2, above_over_e2, citation, created_at,
             revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)
        ON CONFLICT DO NOTHING
        "#,
        policy.id.as_str(),
        policy.supersedes.as_ref().map(PolicyId::as_str),
        policy.name,
        policy.valid_from.to_sqlx() as _,
        percent(policy.meets_from_e2)?,
        percent(policy.above_over_e2)?,
        policy.citation,
        at.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub(crate) async fn get(
    conn: &mut PgConnection,
    id: &PolicyId,
) -> Result<Option<Stored>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT policy_id, supersedes, name, valid_from, meets_from_e2, above_over_e2, citation, created_at,
            revision
        FROM policies
        WHERE policy_id = $1
        "#,
        id.as_str(),
    )
    .fetch_optional(conn)
    .await?
    .map(Stored::try_from)
    .transpose()
}

/// The version that rules what ends on this day; before the first one, the first.
pub(crate) async fn as_of(conn: &mut PgConnection, day: Date) -> Result<Policy, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"
        SELECT policy_id, supersedes, name, valid_from, meets_from_e2, above_over_e2, citation, created_at,
            revision
        FROM policies
        ORDER BY valid_from <= $1 DESC, abs(valid_from - $1)
        LIMIT 1
        "#,
        day.to_sqlx() as _,
    )
    .fetch_one(conn)
    .await?;
    Ok(Stored::try_from(row)?.policy)
}

/// Lists up to `limit` versions that became valid before a day, the one that became valid last first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    before: Option<Date>,
    limit: i64,
) -> Result<Vec<Stored>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT policy_id, supersedes, name, valid_from, meets_from_e2, above_over_e2, citation, created_at,
            revision
        FROM policies
        WHERE $1::date IS NULL OR valid_from < $1
        ORDER BY valid_from DESC
        LIMIT $2
        "#,
        before.map(|before| before.to_sqlx()) as _,
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Stored::try_from)
    .collect()
}

/// Whether realisations were recorded for a period that ends on a day or later. None are from now on, until
/// the transaction ends: whoever records holds the period first.
pub(crate) async fn is_recorded_from(
    conn: &mut PgConnection,
    day: Date,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT revision FROM periods WHERE ends_on >= $1 ORDER BY period_id FOR UPDATE",
        day.to_sqlx() as _,
    )
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM periods
            JOIN result_sheets USING (tenant_id, period_id)
            WHERE periods.ends_on >= $1
        ) AS "exists!"
        "#,
        day.to_sqlx() as _,
    )
    .fetch_one(conn)
    .await
}

impl TryFrom<Row> for Stored {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        let id = |text: String| text.parse().map_err(|_| meaningless(text));
        let policy = Policy {
            id: id(row.policy_id)?,
            supersedes: row.supersedes.map(id).transpose()?,
            name: row.name,
            valid_from: row.valid_from.to_jiff(),
            meets_from_e2: row.meets_from_e2.into(),
            above_over_e2: row.above_over_e2.into(),
            citation: row.citation,
        };
        Ok(Self { policy, created_at: row.created_at.to_jiff(), revision: row.revision })
    }
}
