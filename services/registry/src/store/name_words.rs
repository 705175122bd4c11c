use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::name_words::tails;

/// A person whose name, without titles, changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Renamed<'a> {
    pub(crate) employee_id: Uuid,
    /// Empty for a new person.
    pub(crate) old: &'a str,
    pub(crate) new: &'a str,
}

/// Makes a new person findable by name.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    employee_id: Uuid,
    name: &str,
) -> Result<(), sqlx::Error> {
    replace_all(conn, &[Renamed { employee_id, old: "", new: name }]).await
}

/// Makes a person findable by the new name, and no more by the old one.
pub(crate) async fn replace(
    conn: &mut PgConnection,
    employee_id: Uuid,
    old: &str,
    new: &str,
) -> Result<(), sqlx::Error> {
    replace_all(conn, &[Renamed { employee_id, old, new }]).await
}

pub(crate) async fn replace_all(
    conn: &mut PgConnection,
    renamed: &[Renamed<'_>],
) -> Result<(), sqlx::Error> {
    let (ids, firsts, keys) = keys(renamed, |renamed| renamed.old);
    if !ids.is_empty() {
        sqlx::query!(
            r#"
            DELETE FROM name_words AS w
            USING unnest($1::uuid[], $2::boolean[], $3::text[]) AS given (employee_id, is_first, tail)
            WHERE w.is_first = given.is_first AND w.tail = given.tail AND w.employee_id = given.employee_id
            "#,
            &ids,
            &firsts,
            &keys,
        )
        .execute(&mut *conn)
        .await?;
    }
    let (ids, firsts, keys) = self::keys(renamed, |renamed| renamed.new);
    sqlx::query!(
        r#"
        INSERT INTO name_words (employee_id, is_first, tail)
        SELECT * FROM unnest($1::uuid[], $2::boolean[], $3::text[])
        ON CONFLICT DO NOTHING
        "#,
        &ids,
        &firsts,
        &keys,
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn keys<'a>(
    renamed: &[Renamed<'a>],
    name: impl Fn(&Renamed<'a>) -> &'a str,
) -> (Vec<Uuid>, Vec<bool>, Vec<String>) {
    let (mut ids, mut firsts, mut keys) = (vec![], vec![], vec![]);
    for person in renamed {
        for (nth, tail) in tails(name(person)).into_iter().enumerate() {
            ids.push(person.employee_id);
            firsts.push(nth == 0);
            keys.push(tail);
        }
    }
    (ids, firsts, keys)
}
