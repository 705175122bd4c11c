use std::collections::HashMap;

use jiff_sqlx::{Date as SqlDate, Timestamp as SqlTimestamp, ToSqlx as _};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::words;
use crate::domain::{Code, Level, PostScope, Standard, StandardId};

#[derive(sqlx::FromRow)]
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

pub(crate) async fn get(
    conn: &mut PgConnection,
    id: StandardId,
) -> Result<Option<Standard>, sqlx::Error> {
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
pub(crate) async fn lock(
    conn: &mut PgConnection,
    id: StandardId,
) -> Result<Option<Standard>, sqlx::Error> {
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
    let mut query = QueryBuilder::<Postgres>::new(
        "SELECT standard_id, position_kind, position_level, position_id, valid_from, source, created_at,
             withdrawn_at, revision
         FROM standards WHERE standard_id > ",
    );
    query.push_bind(after);
    if let Some(kind) = kind {
        query.push(" AND position_kind = ").push_bind(kind);
    }
    query.push(" ORDER BY standard_id LIMIT ").push_bind(limit);
    let rows: Vec<Row> = query.build_query_as().fetch_all(&mut *conn).await?;
    with_levels(conn, rows).await
}

async fn with_levels(
    conn: &mut PgConnection,
    rows: Vec<Row>,
) -> Result<Vec<Standard>, sqlx::Error> {
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

pub(crate) async fn insert(
    conn: &mut PgConnection,
    standard: &Standard,
) -> Result<(), sqlx::Error> {
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
pub(crate) async fn withdraw(
    conn: &mut PgConnection,
    standard: &Standard,
) -> Result<(), sqlx::Error> {
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
