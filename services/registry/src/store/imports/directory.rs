use sqlx::PgConnection;
use tokio_stream::StreamExt as _;
use uuid::Uuid;

use crate::domain::imports::directory::{Directory, NewUnit, Post};

fn bad(_: impl std::error::Error) -> sqlx::Error {
    sqlx::Error::Decode("unknown word in the directory of an import".into())
}

/// The open units and positions of the government, and those that the import has brought so far.
pub(crate) async fn load(
    conn: &mut PgConnection,
    import_id: Uuid,
    may_create: bool,
) -> Result<Directory, sqlx::Error> {
    let mut directory = Directory::new(may_create);
    let units = sqlx::query!(
        r#"
        SELECT u.unit_id AS "unit_id!", u.code, n.name AS "name!"
        FROM units AS u
        CROSS JOIN LATERAL (
            SELECT name FROM unit_names AS n
            WHERE n.tenant_id = u.tenant_id AND n.unit_id = u.unit_id
            ORDER BY from_on DESC LIMIT 1
        ) AS n
        WHERE u.closed_on IS NULL
        UNION ALL
        SELECT unit_id, code, name FROM import_units WHERE import_id = $1
        "#,
        import_id,
    )
    .fetch_all(&mut *conn)
    .await?;
    for unit in units {
        directory.add_unit(unit.unit_id, unit.code.as_deref(), &unit.name);
    }
    let mut posts = sqlx::query!(
        r#"
        SELECT position_id AS "position_id!", unit_id AS "unit_id!", name AS "name!", kind AS "kind!", level,
            class, heads_unit AS "heads_unit!"
        FROM positions
        WHERE closed_on IS NULL
        UNION ALL
        SELECT position_id, unit_id, name, kind, level, class, heads_unit
        FROM import_positions WHERE import_id = $1
        "#,
        import_id,
    )
    .fetch(conn);
    while let Some(post) = posts.try_next().await? {
        directory.add_post(Post {
            position_id: post.position_id,
            unit_id: post.unit_id,
            name: post.name,
            kind: post.kind.parse().map_err(bad)?,
            level: post.level.map(|level| level.parse()).transpose().map_err(bad)?,
            class: post.class,
            heads_unit: post.heads_unit,
        });
    }
    Ok(directory)
}

/// Stages what a batch brought.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    import_id: Uuid,
    units: &[NewUnit],
    posts: &[Post],
) -> Result<(), sqlx::Error> {
    if !units.is_empty() {
        insert_units(conn, import_id, units).await?;
    }
    if !posts.is_empty() {
        insert_posts(conn, import_id, posts).await?;
    }
    Ok(())
}

async fn insert_units(
    conn: &mut PgConnection,
    import_id: Uuid,
    units: &[NewUnit],
) -> Result<(), sqlx::Error> {
    let ids: Vec<_> = units.iter().map(|unit| unit.unit_id).collect();
    let codes: Vec<_> = units.iter().map(|unit| unit.code.as_str()).collect();
    let names: Vec<_> = units.iter().map(|unit| unit.name.as_str()).collect();
    let kinds: Vec<_> = units.iter().map(|unit| unit.kind.as_str()).collect();
    let parents: Vec<_> = units.iter().map(|unit| unit.parent_code.as_deref()).collect();
    let rows: Vec<_> = units.iter().map(|unit| unit.row).collect();
    sqlx::query!(
        r#"
        INSERT INTO import_units (import_id, unit_id, code, name, kind, parent_code, row_no)
        SELECT $1, given.*
        FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[]) AS given
        "#,
        import_id,
        &ids,
        &codes as _,
        &names as _,
        &kinds as _,
        &parents as _,
        &rows,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert_posts(
    conn: &mut PgConnection,
    import_id: Uuid,
    posts: &[Post],
) -> Result<(), sqlx::Error> {
    let ids: Vec<_> = posts.iter().map(|post| post.position_id).collect();
    let units: Vec<_> = posts.iter().map(|post| post.unit_id).collect();
    let names: Vec<_> = posts.iter().map(|post| post.name.as_str()).collect();
    let kinds: Vec<_> = posts.iter().map(|post| post.kind.as_str()).collect();
    let levels: Vec<_> = posts.iter().map(|post| post.level.map(|level| level.as_str())).collect();
    let classes: Vec<_> = posts.iter().map(|post| post.class).collect();
    let heads: Vec<_> = posts.iter().map(|post| post.heads_unit).collect();
    sqlx::query!(
        r#"
        INSERT INTO import_positions (import_id, position_id, unit_id, name, kind, level, class, heads_unit)
        SELECT $1, given.*
        FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::smallint[], $8::boolean[])
            AS given
        "#,
        import_id,
        &ids,
        &units,
        &names as _,
        &kinds as _,
        &levels as _,
        &classes as _,
        &heads,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A unit that the import brings, and the unit above if the registry has it already.
#[derive(Debug, Clone)]
pub(crate) struct StagedUnit {
    pub(crate) unit_id: Uuid,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) parent_code: Option<String>,
    pub(crate) parent_unit_id: Option<Uuid>,
    pub(crate) row_no: i64,
}

pub(crate) async fn staged_units(
    conn: &mut PgConnection,
    import_id: Uuid,
) -> Result<Vec<StagedUnit>, sqlx::Error> {
    sqlx::query_as!(
        StagedUnit,
        r#"
        SELECT s.unit_id, s.code, s.name, s.kind, s.parent_code, known.unit_id AS "parent_unit_id?", s.row_no
        FROM import_units AS s
        LEFT JOIN units AS known
            ON known.tenant_id = s.tenant_id AND known.code = s.parent_code AND known.closed_on IS NULL
        WHERE s.import_id = $1
        ORDER BY s.row_no, s.unit_id
        "#,
        import_id,
    )
    .fetch_all(conn)
    .await
}

/// Makes the positions of the import, with as many seats as it brings holders. Units are there already.
pub(crate) async fn make_positions(
    conn: &mut PgConnection,
    import_id: Uuid,
    as_of: jiff_sqlx::Date,
    now: jiff_sqlx::Timestamp,
) -> Result<i64, sqlx::Error> {
    let made = sqlx::query!(
        r#"
        INSERT INTO positions
            (tenant_id, position_id, unit_id, name, kind, level, class, heads_unit, seats, technical_duties,
             opened_on, created_at, revision)
        SELECT p.tenant_id, p.position_id, p.unit_id, p.name, p.kind, p.level, p.class, p.heads_unit,
            CASE WHEN p.heads_unit THEN 1 ELSE least(greatest(held.holders, 1), 10000) END,
            '{}', coalesce(held.since, $2), $3, 1
        FROM (
            SELECT tenant_id, position_id, min(assignment_from) AS since,
                count(*) FILTER (WHERE assignment_kind = 'DEFINITIVE') AS holders
            FROM import_rows
            WHERE import_id = $1 AND NOT refused AND position_id IS NOT NULL
            GROUP BY tenant_id, position_id
        ) AS held
        -- Grouped once and each found by its key, whatever the planner thinks of the numbers.
        CROSS JOIN LATERAL (
            SELECT p.tenant_id, p.position_id, p.unit_id, p.name, p.kind, p.level, p.class, p.heads_unit
            FROM import_positions AS p
            WHERE p.tenant_id = held.tenant_id AND p.import_id = $1 AND p.position_id = held.position_id
            OFFSET 0
        ) AS p
        ON CONFLICT (tenant_id, position_id) DO NOTHING
        "#,
        import_id,
        as_of as _,
        now as _,
    )
    .execute(conn)
    .await?;
    Ok(i64::try_from(made.rows_affected()).unwrap_or(i64::MAX))
}

/// The first day that the import knows of each unit it names: of the posts in it.
pub(crate) async fn first_days(
    conn: &mut PgConnection,
    import_id: Uuid,
) -> Result<Vec<(Uuid, jiff::civil::Date)>, sqlx::Error> {
    let days = sqlx::query!(
        r#"
        SELECT unit_id AS "unit_id!", min(assignment_from) AS "since!: jiff_sqlx::Date"
        FROM import_rows
        WHERE import_id = $1 AND NOT refused AND unit_id IS NOT NULL
        GROUP BY unit_id
        "#,
        import_id,
    )
    .fetch_all(conn)
    .await?;
    Ok(days.into_iter().map(|day| (day.unit_id, day.since.to_jiff())).collect())
}

/// A unit to make, with the day from which on it is known.
#[derive(Debug)]
pub(crate) struct MadeUnit<'a> {
    pub(crate) unit: &'a StagedUnit,
    pub(crate) opened_on: jiff_sqlx::Date,
}

pub(crate) async fn make_units(
    conn: &mut PgConnection,
    units: &[MadeUnit<'_>],
    now: jiff_sqlx::Timestamp,
) -> Result<(), sqlx::Error> {
    let ids: Vec<_> = units.iter().map(|made| made.unit.unit_id).collect();
    let codes: Vec<_> = units.iter().map(|made| made.unit.code.as_str()).collect();
    let names: Vec<_> = units.iter().map(|made| made.unit.name.as_str()).collect();
    let kinds: Vec<_> = units.iter().map(|made| made.unit.kind.as_str()).collect();
    let parents: Vec<_> = units.iter().map(|made| made.unit.parent_unit_id).collect();
    let days: Vec<_> = units.iter().map(|made| made.opened_on).collect();
    sqlx::query!(
        r#"
        WITH given AS MATERIALIZED (
            SELECT *
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::date[])
                AS given (unit_id, code, name, kind, parent_unit_id, opened_on)
        ), made AS (
            INSERT INTO units (unit_id, code, kind, opened_on, created_at, revision)
            SELECT unit_id, code, kind, opened_on, $7, 1 FROM given
        ), named AS (
            INSERT INTO unit_names (unit_id, from_on, name)
            SELECT unit_id, opened_on, name FROM given
        )
        INSERT INTO unit_parents (unit_id, from_on, parent_unit_id)
        SELECT unit_id, opened_on, parent_unit_id FROM given
        "#,
        &ids,
        &codes as _,
        &names as _,
        &kinds as _,
        &parents as _,
        &days as _,
        now as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}
