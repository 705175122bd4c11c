use std::collections::HashMap;

use jiff::civil::Date;
use sqlx::PgConnection;
use uuid::Uuid;

use super::sql_date;
use crate::domain::name_words::end_of;

/// What a search found: the key it lies under, and whose it is.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) key: String,
    pub(crate) employee_id: Uuid,
}

/// Whose name begins with `prefix`, after a key; the first page starts at the prefix itself.
pub(crate) async fn by_name(
    conn: &mut PgConnection,
    prefix: &str,
    after: Option<&(String, Uuid)>,
    limit: i64,
) -> Result<Vec<Found>, sqlx::Error> {
    let (key, id) = start(prefix, after);
    sqlx::query_as!(
        Found,
        r#"
        SELECT tail AS key, employee_id
        FROM name_words
        WHERE is_first AND (tail, employee_id) > ($1, $2) AND tail < $3
        ORDER BY tail, employee_id
        LIMIT $4
        "#,
        key,
        id,
        end_of(prefix),
        limit,
    )
    .fetch_all(conn)
    .await
}

/// Whose name has a word from which on it begins with `prefix`, in the order of what follows.
pub(crate) async fn by_word(
    conn: &mut PgConnection,
    prefix: &str,
    after: Option<&(String, Uuid)>,
    limit: i64,
) -> Result<Vec<Found>, sqlx::Error> {
    let (key, id) = start(prefix, after);
    sqlx::query_as!(
        Found,
        r#"
        SELECT key AS "key!", employee_id AS "employee_id!"
        FROM (
            (SELECT tail AS key, employee_id
             FROM name_words
             WHERE is_first AND (tail, employee_id) > ($1, $2) AND tail < $3
             ORDER BY tail, employee_id
             LIMIT $4)
            UNION ALL
            (SELECT tail, employee_id
             FROM name_words
             WHERE NOT is_first AND (tail, employee_id) > ($1, $2) AND tail < $3
             ORDER BY tail, employee_id
             LIMIT $4)
        ) AS found
        ORDER BY key, employee_id
        LIMIT $4
        "#,
        key,
        id,
        end_of(prefix),
        limit,
    )
    .fetch_all(conn)
    .await
}

/// Whose identity number, the present or an earlier one, begins with `prefix`.
pub(crate) async fn by_number(
    conn: &mut PgConnection,
    prefix: &str,
    after: Option<&(String, Uuid)>,
    limit: i64,
) -> Result<Vec<Found>, sqlx::Error> {
    // Callers hold the key in a page token, and see no number whole: it is the day the number began.
    let (from_on, id) =
        after.map(|(key, id)| (key.parse::<Date>().ok(), Some(*id))).unwrap_or_default();
    sqlx::query_as!(
        Found,
        r#"
        SELECT from_on::text AS "key!", employee_id
        FROM identity_numbers
        WHERE number >= $1 AND number < $2 AND number > coalesce(
            (SELECT last.number FROM identity_numbers last
             WHERE last.employee_id = $3 AND last.from_on = $4), '')
        ORDER BY number
        LIMIT $5
        "#,
        prefix,
        end_of(prefix),
        id,
        sql_date(from_on) as _,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// What units are called now.
pub(crate) async fn unit_names(
    conn: &mut PgConnection,
    units: &[Uuid],
) -> Result<HashMap<Uuid, String>, sqlx::Error> {
    let names = sqlx::query!(
        r#"
        SELECT wanted.unit_id AS "unit_id!", n.name
        FROM (SELECT DISTINCT unit_id FROM unnest($1::uuid[]) AS given (unit_id)) AS wanted
        CROSS JOIN LATERAL (
            SELECT name FROM unit_names
            WHERE unit_names.unit_id = wanted.unit_id
            ORDER BY from_on DESC LIMIT 1
        ) AS n
        "#,
        units,
    )
    .fetch_all(conn)
    .await?;
    Ok(names.into_iter().map(|unit| (unit.unit_id, unit.name)).collect())
}

fn start<'a>(prefix: &'a str, after: Option<&'a (String, Uuid)>) -> (&'a str, Uuid) {
    // No id is nil, so that the first page begins with the prefix itself.
    after.map_or((prefix, Uuid::nil()), |(key, id)| (key.as_str(), *id))
}
