use std::collections::HashMap;

use jiff::civil::Date;
use jiff_sqlx::{Date as SqlDate, Timestamp as SqlTimestamp, ToSqlx as _};
use sqlx::PgConnection;
use uuid::Uuid;

use super::words;
use crate::domain::{Code, Level, PostScope, Requirement, Standard, StandardId};

struct Row {
    standard_id: Uuid,
    position_kind: String,
    position_level: String,
    position_id: Option<Uuid>,
    valid_from: SqlDate,
    source: String,
    created_at: SqlTimestamp,
    withdrawn_at: Option<SqlTimestamp>,
    revision: i64,
}

impl Row {
    fn into_standard(self, levels: Vec<(Code, Level)>) -> Standard {
        Standard {
            id: self.standard_id.into(),
            posts: PostScope {
                kind: self.position_kind,
                level: self.position_level,
                position_id: self.position_id.map(Into::into),
            },
            valid_from: self.valid_from.to_jiff(),
            source: self.source,
            levels,
            created_at: self.created_at.to_jiff(),
            withdrawn_at: self.withdrawn_at.map(SqlTimestamp::to_jiff),
            revision: self.revision,
        }
    }
}

/// What is asked of each of some posts on a date, by the place of the post in `posts`, by code.
///
/// For each competency the narrowest standard decides, of equally narrow ones the latest.
pub(crate) async fn resolve(
    conn: &mut PgConnection,
    posts: &[(PostScope, Date)],
) -> Result<Vec<Vec<Requirement>>, sqlx::Error> {
    let kinds: Vec<String> = posts.iter().map(|(post, _)| post.kind.clone()).collect();
    let levels: Vec<String> = posts.iter().map(|(post, _)| post.level.clone()).collect();
    let positions: Vec<Option<Uuid>> =
        posts.iter().map(|(post, _)| post.position_id.map(|id| id.uuid())).collect();
    let dates: Vec<SqlDate> = posts.iter().map(|(_, on)| on.to_sqlx()).collect();
    let rows = sqlx::query!(
        r#"
        SELECT nth AS "nth!", code AS "code!", required_level AS "required_level!", source AS "source!",
            policy_version, standard_id, valid_from AS "valid_from!"
        FROM (
            SELECT DISTINCT ON (nth, code) nth, asked.*
            FROM unnest($1::text[], $2::text[], $3::uuid[], $4::date[]) WITH ORDINALITY
                AS posts (kind, level, position_id, on_date, nth)
            CROSS JOIN LATERAL (
                SELECT l.code, l.required_level, s.source, NULL::text AS policy_version, s.standard_id,
                    s.valid_from, 1 AS width
                FROM standards AS s
                JOIN standard_levels AS l USING (tenant_id, standard_id)
                WHERE s.position_kind = posts.kind AND s.position_level IN (posts.level, '')
                    AND s.position_id = posts.position_id AND s.valid_from <= posts.on_date
                    AND s.withdrawn_at IS NULL
                UNION ALL
                SELECT l.code, l.required_level, s.source, NULL, s.standard_id, s.valid_from,
                    CASE s.position_level WHEN '' THEN 3 ELSE 2 END
                FROM standards AS s
                JOIN standard_levels AS l USING (tenant_id, standard_id)
                WHERE s.position_kind = posts.kind AND s.position_level IN (posts.level, '')
                    AND s.position_id IS NULL AND s.valid_from <= posts.on_date
                    AND s.withdrawn_at IS NULL
                UNION ALL
                SELECT n.code, n.required_level, n.source, n.policy_version, NULL, n.valid_from,
                    CASE n.position_level WHEN '' THEN 5 ELSE 4 END
                FROM national_standards AS n
                WHERE n.position_kind = posts.kind AND n.position_level IN (posts.level, '')
                    AND n.valid_from <= posts.on_date
            ) AS asked
            ORDER BY nth, code, width, valid_from DESC
        ) AS decided
        WHERE required_level > 0
        ORDER BY nth, code
        "#,
        &kinds,
        &levels,
        &positions as &[Option<Uuid>],
        &dates as &[SqlDate],
    )
    .fetch_all(conn)
    .await?;
    let mut asked = vec![vec![]; posts.len()];
    for row in rows {
        let nth = usize::try_from(row.nth - 1).unwrap_or_default();
        asked[nth].push(Requirement {
            code: words::code(row.code)?,
            level: words::level(row.required_level)?,
            source: row.source,
            policy_version: row.policy_version,
            standard_id: row.standard_id.map(Into::into),
            valid_from: row.valid_from.to_jiff(),
        });
    }
    Ok(asked)
}

pub(crate) async fn get(conn: &mut PgConnection, id: StandardId) -> Result<Option<Standard>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"
        SELECT standard_id, position_kind, position_level, position_id, valid_from, source,
            created_at, withdrawn_at, revision
        FROM standards
        WHERE standard_id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    Ok(with_levels(conn, row.into_iter().collect()).await?.pop())
}

/// Reads one standard and locks its row until the transaction ends.
pub(crate) async fn lock(conn: &mut PgConnection, id: StandardId) -> Result<Option<Standard>, sqlx::Error> {
    sqlx::query!("SELECT standard_id FROM standards WHERE standard_id = $1 FOR UPDATE", id.uuid())
        .fetch_optional(&mut *conn)
        .await?;
    get(conn, id).await
}

/// Lists up to `limit` standards, of one kind of position or of all, that come after `after`.
pub(crate) async fn list(
    conn: &mut PgConnection,
    kind: Option<&str>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Standard>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT standard_id, position_kind, position_level, position_id, valid_from, source,
            created_at, withdrawn_at, revision
        FROM standards
        WHERE standard_id > $2 AND ($1::text IS NULL OR position_kind = $1)
        ORDER BY standard_id
        LIMIT $3
        "#,
        kind,
        after,
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    with_levels(conn, rows).await
}

async fn with_levels(conn: &mut PgConnection, rows: Vec<Row>) -> Result<Vec<Standard>, sqlx::Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.standard_id).collect();
    let asked = sqlx::query!(
        r#"
        SELECT standard_id, code, required_level
        FROM standard_levels
        WHERE standard_id = ANY($1)
        ORDER BY standard_id, code
        "#,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    let mut levels: HashMap<Uuid, Vec<(Code, Level)>> = HashMap::new();
    for row in asked {
        let level = (words::code(row.code)?, words::level(row.required_level)?);
        levels.entry(row.standard_id).or_default().push(level);
    }
    let standard = |row: Row| {
        let own = levels.remove(&row.standard_id).unwrap_or_default();
        row.into_standard(own)
    };
    Ok(rows.into_iter().map(standard).collect())
}

pub(crate) async fn insert(conn: &mut PgConnection, standard: &Standard) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO standards
            (standard_id, position_kind, position_level, position_id, valid_from, source, created_at, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        standard.id.uuid(),
        standard.posts.kind,
        standard.posts.level,
        standard.posts.position_id.map(|id| id.uuid()),
        standard.valid_from.to_sqlx() as _,
        standard.source,
        standard.created_at.to_sqlx() as _,
        standard.revision,
    )
    .execute(&mut *conn)
    .await?;
    let codes: Vec<String> = standard.levels.iter().map(|(code, _)| code.to_string()).collect();
    let levels: Vec<i16> = standard.levels.iter().map(|(_, level)| words::number(*level)).collect();
    sqlx::query!(
        r#"
        INSERT INTO standard_levels (standard_id, code, required_level)
        SELECT $1, code, required_level
        FROM unnest($2::text[], $3::smallint[]) AS asked (code, required_level)
        "#,
        standard.id.uuid(),
        &codes,
        &levels,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the withdrawal of a standard that was locked before.
pub(crate) async fn withdraw(conn: &mut PgConnection, standard: &Standard) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE standards SET withdrawn_at = $2, revision = $3 WHERE standard_id = $1",
        standard.id.uuid(),
        standard.withdrawn_at.map(|at| at.to_sqlx()) as _,
        standard.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}
