use sqlx::PgConnection;

use crate::domain::{Bilingual, Category, Scheme};

pub(crate) async fn get(
    conn: &mut PgConnection,
    name: &str,
) -> Result<Option<Scheme>, sqlx::Error> {
    Ok(list(conn, Some(name)).await?.pop())
}

/// One scheme or all of them, by name, the highest category first. There are few: they are policy.
pub(crate) async fn list(
    conn: &mut PgConnection,
    name: Option<&str>,
) -> Result<Vec<Scheme>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT scheme, policy_version, category, name_id, name_en, from_e2
        FROM match_categories
        WHERE $1::text IS NULL OR scheme = $1
        ORDER BY scheme, from_e2 DESC
        "#,
        name,
    )
    .fetch_all(conn)
    .await?;
    let mut schemes: Vec<Scheme> = vec![];
    for row in rows {
        let category = Category {
            code: row.category,
            name: Bilingual { indonesian: row.name_id, english: row.name_en },
            from_e2: row.from_e2.unsigned_abs(),
        };
        match schemes.last_mut().filter(|scheme| scheme.name == row.scheme) {
            Some(scheme) => scheme.categories.push(category),
            None => schemes.push(Scheme {
                name: row.scheme,
                policy_version: row.policy_version,
                categories: vec![category],
            }),
        }
    }
    Ok(schemes)
}
