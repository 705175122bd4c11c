use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{EmployeeId, PostScope, UnitId};

/// A person as the registry told last, and whether a reader leads them.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// `None` without a definitive assignment.
    pub posts: Option<PostScope>,
    /// IANA name of the government's zone.
    pub time_zone: Option<String>,
    /// Whether the reader heads the person's unit, or one above it.
    pub is_led: bool,
}

/// The fact of one person, from the registry's feed.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub employee_id: EmployeeId,
    pub unit_id: Option<UnitId>,
    pub posts: Option<PostScope>,
    pub heads_unit: bool,
    pub revision: i64,
}

pub(crate) async fn subject(
    conn: &mut PgConnection,
    employee: EmployeeId,
    reader: Option<EmployeeId>,
) -> Result<Option<Subject>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT position_id, position_kind, position_level,
            (SELECT time_zone FROM governments) AS time_zone,
            EXISTS (
                WITH RECURSIVE above (unit_id, parent_unit_id) AS (
                    SELECT units.unit_id, units.parent_unit_id FROM units WHERE units.unit_id = employees.unit_id
                    UNION
                    SELECT units.unit_id, units.parent_unit_id
                    FROM above
                    JOIN units ON units.unit_id = above.parent_unit_id
                )
                SELECT FROM employees AS reader
                WHERE reader.employee_id = $2 AND reader.heads_unit AND NOT reader.is_gone
                    AND reader.unit_id IN (SELECT unit_id FROM above)
            ) AS "is_led!"
        FROM employees
        WHERE employee_id = $1 AND NOT is_gone
        "#,
        employee.uuid(),
        reader.map(|id| id.uuid()),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Subject {
        posts: posts(row.position_kind, row.position_level, row.position_id),
        time_zone: row.time_zone,
        is_led: row.is_led,
    }))
}

/// The posts of those of `ids` whom the registry has made known.
pub(crate) async fn posts_of(
    conn: &mut PgConnection,
    ids: &[EmployeeId],
) -> Result<HashMap<EmployeeId, Option<PostScope>>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"
        SELECT employee_id, position_id, position_kind, position_level
        FROM employees
        WHERE employee_id = ANY($1) AND NOT is_gone
        "#,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    let known = rows.into_iter().map(|row| {
        let posts = posts(row.position_kind, row.position_level, row.position_id);
        (row.employee_id.into(), posts)
    });
    Ok(known.collect())
}

fn posts(kind: Option<String>, level: Option<String>, id: Option<Uuid>) -> Option<PostScope> {
    Some(PostScope { kind: kind?, level: level?, position_id: id.map(Into::into) })
}

/// A unit as its reader sees it.
#[derive(Debug)]
pub(crate) struct SubjectUnit {
    /// The registry has made it known.
    pub is_known: bool,
    /// The reader heads it or one above it.
    pub is_led: bool,
    /// The government's.
    pub time_zone: Option<String>,
}

pub(crate) async fn unit_for(
    conn: &mut PgConnection,
    unit: UnitId,
    reader: Option<EmployeeId>,
) -> Result<SubjectUnit, sqlx::Error> {
    sqlx::query_as!(
        SubjectUnit,
        r#"
        WITH RECURSIVE above (unit_id, parent_unit_id) AS (
            SELECT unit_id, parent_unit_id FROM units WHERE unit_id = $2
            UNION
            SELECT units.unit_id, units.parent_unit_id
            FROM above
            JOIN units ON units.unit_id = above.parent_unit_id
        )
        SELECT (SELECT time_zone FROM governments) AS time_zone,
            EXISTS (SELECT FROM units WHERE unit_id = $2) AS "is_known!", EXISTS (
            SELECT FROM employees
            WHERE employee_id = $1 AND heads_unit AND NOT is_gone AND unit_id IN (SELECT unit_id FROM above)
        ) AS "is_led!"
        "#,
        reader.map(|id| id.uuid()),
        unit.uuid(),
    )
    .fetch_one(conn)
    .await
}

/// Up to `limit` people of a unit after `after`, with the posts they hold.
pub(crate) async fn holders(
    conn: &mut PgConnection,
    unit: UnitId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<(EmployeeId, PostScope)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT employee_id, position_id, position_kind, position_level
        FROM employees
        WHERE unit_id = $1 AND employee_id > $2 AND NOT is_gone
        ORDER BY employee_id
        LIMIT $3
        "#,
        unit.uuid(),
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let held = rows.into_iter().filter_map(|row| {
        let posts = posts(row.position_kind, row.position_level, row.position_id)?;
        Some((row.employee_id.into(), posts))
    });
    Ok(held.collect())
}

/// The IANA name of the government's time zone.
pub(crate) async fn time_zone(conn: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("SELECT time_zone FROM governments").fetch_optional(conn).await
}

pub(crate) async fn set_time_zone(
    conn: &mut PgConnection,
    time_zone: &str,
    revision: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO governments (time_zone, revision)
        VALUES ($1, $2)
        ON CONFLICT (tenant_id) DO UPDATE
        SET time_zone = excluded.time_zone, revision = excluded.revision
        WHERE governments.revision < excluded.revision
        "#,
        time_zone,
        revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes over what the registry told, each person once; a lower revision changes nothing.
pub(crate) async fn tell(conn: &mut PgConnection, people: &[Told]) -> Result<(), sqlx::Error> {
    let employees: Vec<Uuid> = people.iter().map(|told| told.employee_id.uuid()).collect();
    let units: Vec<Option<Uuid>> =
        people.iter().map(|told| told.unit_id.map(|id| id.uuid())).collect();
    let positions: Vec<Option<Uuid>> = people
        .iter()
        .map(|told| told.posts.as_ref().and_then(|post| post.position_id).map(|id| id.uuid()))
        .collect();
    let word = |of: fn(&PostScope) -> &String| -> Vec<Option<String>> {
        people.iter().map(|told| told.posts.as_ref().map(|post| of(post).clone())).collect()
    };
    let (kinds, levels) = (word(|post| &post.kind), word(|post| &post.level));
    let heads: Vec<bool> = people.iter().map(|told| told.heads_unit).collect();
    let revisions: Vec<i64> = people.iter().map(|told| told.revision).collect();
    sqlx::query!(
        r#"
        INSERT INTO employees
            (employee_id, unit_id, position_id, position_kind, position_level, heads_unit, is_gone, revision)
        SELECT employee_id, unit_id, position_id, position_kind, position_level, heads_unit, false, revision
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::boolean[], $7::bigint[])
            AS told (employee_id, unit_id, position_id, position_kind, position_level, heads_unit, revision)
        ON CONFLICT (tenant_id, employee_id) DO UPDATE
        SET unit_id = excluded.unit_id, position_id = excluded.position_id,
            position_kind = excluded.position_kind, position_level = excluded.position_level,
            heads_unit = excluded.heads_unit, is_gone = false, revision = excluded.revision
        WHERE employees.revision < excluded.revision
        "#,
        &employees,
        &units as &[Option<Uuid>],
        &positions as &[Option<Uuid>],
        &kinds as &[Option<String>],
        &levels as &[Option<String>],
        &heads,
        &revisions,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets the next fact of each key count, however low its revision.
pub(crate) async fn forget(conn: &mut PgConnection, keys: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE employees SET revision = 0 WHERE employee_id = ANY($1)", keys)
        .execute(&mut *conn)
        .await?;
    // A government's key is derived from its code: there is one row, and it is told anew.
    sqlx::query!("UPDATE governments SET revision = 0").execute(conn).await?;
    Ok(())
}

/// Marks as gone whom the source no longer knows.
pub(crate) async fn close(conn: &mut PgConnection, known: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE employees SET is_gone = true, revision = 0 WHERE NOT is_gone AND employee_id <> ALL($1)",
        known,
    )
    .execute(conn)
    .await?;
    Ok(())
}
