use std::collections::HashMap;

use jiff_sqlx::{Timestamp as SqlTimestamp, ToSqlx as _};
use sqlx::PgConnection;

use super::words;
use crate::domain::{Bilingual, Code, Competency, Kind, Level, Mastery, Ownership};

struct Row {
    code: String,
    name_id: String,
    name_en: String,
    definition_id: String,
    definition_en: String,
    created_at: Option<SqlTimestamp>,
    retired_at: Option<SqlTimestamp>,
    revision: Option<i64>,
}

impl Row {
    fn into_competency(self, levels: Vec<Mastery>) -> Result<Competency, sqlx::Error> {
        let code = words::code(self.code)?;
        let ownership = match (self.created_at, self.revision) {
            (Some(created_at), Some(revision)) => Ownership::Own {
                created_at: created_at.to_jiff(),
                retired_at: self.retired_at.map(SqlTimestamp::to_jiff),
                revision,
            },
            _ => Ownership::National,
        };
        Ok(Competency {
            kind: code.kind(),
            code,
            name: Bilingual { indonesian: self.name_id, english: self.name_en },
            definition: Bilingual { indonesian: self.definition_id, english: self.definition_en },
            levels,
            ownership,
        })
    }
}

/// Reads one entry, with its levels.
pub(crate) async fn get(
    conn: &mut PgConnection,
    code: &Code,
) -> Result<Option<Competency>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"
        SELECT code AS "code!", name_id AS "name_id!", name_en AS "name_en!",
            definition_id AS "definition_id!", definition_en AS "definition_en!",
            created_at, retired_at, revision
        FROM (
            SELECT code, name_id, name_en, definition_id, definition_en,
                NULL::timestamptz AS created_at, NULL::timestamptz AS retired_at, NULL::bigint AS revision
            FROM national_competencies
            UNION ALL
            SELECT code, name_id, name_en, definition_id, definition_en, created_at, retired_at, revision
            FROM technical_competencies
        ) AS entries
        WHERE code = $1
        "#,
        code.as_str(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let mut levels = masteries(conn, std::slice::from_ref(&row.code)).await?;
    let own = levels.remove(&row.code).unwrap_or_default();
    row.into_competency(own).map(Some)
}

/// Locks the row of a government's own entry until the transaction ends; a national one has none.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    code: &Code,
) -> Result<Option<Competency>, sqlx::Error> {
    sqlx::query!(
        "SELECT code FROM technical_competencies WHERE code = $1 FOR UPDATE",
        code.as_str()
    )
    .fetch_optional(&mut *conn)
    .await?;
    get(conn, code).await
}

/// Lists up to `limit` entries that come after the code `after`.
pub(crate) async fn list(
    conn: &mut PgConnection,
    kind: Option<Kind>,
    after: &str,
    limit: i64,
) -> Result<Vec<Competency>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT code AS "code!", name_id AS "name_id!", name_en AS "name_en!",
            definition_id AS "definition_id!", definition_en AS "definition_en!",
            created_at, retired_at, revision
        FROM (
            SELECT code, kind, name_id, name_en, definition_id, definition_en,
                NULL::timestamptz AS created_at, NULL::timestamptz AS retired_at, NULL::bigint AS revision
            FROM national_competencies
            UNION ALL
            SELECT code, 'TECHNICAL', name_id, name_en, definition_id, definition_en,
                created_at, retired_at, revision
            FROM technical_competencies
        ) AS entries
        WHERE code > $1 AND ($2::text IS NULL OR kind = $2)
        ORDER BY code
        LIMIT $3
        "#,
        after,
        kind.map(Kind::as_str),
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let codes: Vec<String> = rows.iter().map(|row| row.code.clone()).collect();
    let mut levels = masteries(conn, &codes).await?;
    let entry = |row: Row| {
        let own = levels.remove(&row.code).unwrap_or_default();
        row.into_competency(own)
    };
    rows.into_iter().map(entry).collect()
}

/// The levels of some entries, by code.
async fn masteries(
    conn: &mut PgConnection,
    codes: &[String],
) -> Result<HashMap<String, Vec<Mastery>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT seen.code AS "code!", level AS "level!", level_names.name_id AS "name_id!",
            level_names.name_en AS "name_en!", behaviour_id AS "behaviour_id!", behaviour_en AS "behaviour_en!"
        FROM (
            SELECT code, level, ordinal, behaviour_id, behaviour_en FROM national_behaviours
            UNION ALL
            SELECT code, level, ordinal, behaviour_id, behaviour_en FROM technical_behaviours
        ) AS seen
        JOIN proficiency_levels AS level_names USING (level)
        WHERE seen.code = ANY($1)
        ORDER BY seen.code, level, ordinal
        "#,
        codes,
    )
    .fetch_all(conn)
    .await?;
    let mut masteries: HashMap<String, Vec<Mastery>> = HashMap::new();
    for row in rows {
        let level = words::level(row.level)?;
        let of_entry = masteries.entry(row.code).or_default();
        if of_entry.last().is_none_or(|last| last.level != level) {
            let name = Bilingual { indonesian: row.name_id, english: row.name_en };
            of_entry.push(Mastery { level, name, behaviours: vec![] });
        }
        if let Some(last) = of_entry.last_mut() {
            last.behaviours
                .push(Bilingual { indonesian: row.behaviour_id, english: row.behaviour_en });
        }
    }
    Ok(masteries)
}

/// Which of `codes` the dictionary has, and whether they are retired.
pub(crate) async fn known(
    conn: &mut PgConnection,
    codes: &[String],
) -> Result<HashMap<String, bool>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT code AS "code!", false AS "is_retired!" FROM national_competencies WHERE code = ANY($1)
        UNION ALL
        SELECT code, retired_at IS NOT NULL FROM technical_competencies WHERE code = ANY($1)
        "#,
        codes,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.code, row.is_retired)).collect())
}

pub(crate) async fn insert(conn: &mut PgConnection, entry: &Competency) -> Result<(), sqlx::Error> {
    let Ownership::Own { created_at, revision, .. } = entry.ownership else { return Ok(()) };
    sqlx::query!(
        r#"
        INSERT INTO technical_competencies
            (code, name_id, name_en, definition_id, definition_en, created_at, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        "#,
        entry.code.as_str(),
        entry.name.indonesian,
        entry.name.english,
        entry.definition.indonesian,
        entry.definition.english,
        created_at.to_sqlx() as _,
        revision,
    )
    .execute(&mut *conn)
    .await?;
    insert_behaviours(conn, entry).await
}

/// Writes an entry that was locked before.
pub(crate) async fn update(conn: &mut PgConnection, entry: &Competency) -> Result<(), sqlx::Error> {
    let Ownership::Own { retired_at, revision, .. } = entry.ownership else { return Ok(()) };
    sqlx::query!(
        r#"
        UPDATE technical_competencies
        SET name_id = $2, name_en = $3, definition_id = $4, definition_en = $5, retired_at = $6, revision = $7
        WHERE code = $1
        "#,
        entry.code.as_str(),
        entry.name.indonesian,
        entry.name.english,
        entry.definition.indonesian,
        entry.definition.english,
        retired_at.map(|at| at.to_sqlx()) as _,
        revision,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("DELETE FROM technical_behaviours WHERE code = $1", entry.code.as_str())
        .execute(&mut *conn)
        .await?;
    insert_behaviours(conn, entry).await
}

async fn insert_behaviours(conn: &mut PgConnection, entry: &Competency) -> Result<(), sqlx::Error> {
    let seen: Vec<(Level, i16, &Bilingual)> = entry
        .levels
        .iter()
        .flat_map(|mastery| {
            (1..).zip(&mastery.behaviours).map(|(nth, text)| (mastery.level, nth, text))
        })
        .collect();
    let levels: Vec<i16> = seen.iter().map(|(level, ..)| words::number(*level)).collect();
    let ordinals: Vec<i16> = seen.iter().map(|(_, nth, _)| *nth).collect();
    let indonesian: Vec<String> = seen.iter().map(|(.., text)| text.indonesian.clone()).collect();
    let english: Vec<String> = seen.iter().map(|(.., text)| text.english.clone()).collect();
    sqlx::query!(
        r#"
        INSERT INTO technical_behaviours (code, level, ordinal, behaviour_id, behaviour_en)
        SELECT $1, level, ordinal, behaviour_id, behaviour_en
        FROM unnest($2::smallint[], $3::smallint[], $4::text[], $5::text[])
            AS seen (level, ordinal, behaviour_id, behaviour_en)
        "#,
        entry.code.as_str(),
        &levels,
        &ordinals,
        &indonesian,
        &english,
    )
    .execute(conn)
    .await?;
    Ok(())
}
