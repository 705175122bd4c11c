use jiff::{Timestamp, civil::Date};
use jiff_sqlx::{Date as SqlDate, ToSqlx as _};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::public_service::{Promise, PublicService, PublicServiceId};

struct Row {
    public_service_id: Uuid,
    name: String,
    product: String,
    promised_working_days: Option<i32>,
    promised_minutes: Option<i32>,
    fee: String,
    requirements: String,
    opens_on: SqlDate,
    closes_on: Option<SqlDate>,
    revision: i64,
}

impl TryFrom<Row> for PublicService {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        let promise = match (row.promised_working_days, row.promised_minutes) {
            (Some(days), None) => Promise::WorkingDays(days),
            (None, Some(minutes)) => Promise::Minutes(minutes),
            _ => return Err(sqlx::Error::Decode("a public service has one promise".into())),
        };
        Ok(Self {
            id: row.public_service_id.into(),
            name: row.name,
            product: row.product,
            promise,
            fee: row.fee,
            requirements: row.requirements,
            opens_on: row.opens_on.to_jiff(),
            closes_on: row.closes_on.map(SqlDate::to_jiff),
            revision: row.revision,
        })
    }
}

pub(crate) async fn insert(
    conn: &mut PgConnection,
    service: &PublicService,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO public_services
            (public_service_id, name, product, promised_working_days, promised_minutes, fee, requirements,
             opens_on, closes_on, created_at, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        "#,
        service.id.uuid(),
        service.name,
        service.product,
        service.promise.working_days(),
        service.promise.minutes(),
        service.fee,
        service.requirements,
        service.opens_on.to_sqlx() as _,
        super::sql_date(service.closes_on) as _,
        now.to_sqlx() as _,
        service.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn update(
    conn: &mut PgConnection,
    service: &PublicService,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE public_services
        SET name = $2, product = $3, promised_working_days = $4, promised_minutes = $5, fee = $6,
            requirements = $7, closes_on = $8, revision = $9
        WHERE public_service_id = $1
        "#,
        service.id.uuid(),
        service.name,
        service.product,
        service.promise.working_days(),
        service.promise.minutes(),
        service.fee,
        service.requirements,
        super::sql_date(service.closes_on) as _,
        service.revision,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Reads one service and locks its row until the transaction ends.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    id: PublicServiceId,
) -> Result<Option<PublicService>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT public_service_id, name, product, promised_working_days, promised_minutes, fee, requirements,
            opens_on, closes_on, revision
        FROM public_services
        WHERE public_service_id = $1
        FOR UPDATE
        "#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?
    .map(PublicService::try_from)
    .transpose()
}

pub(crate) async fn get(
    conn: &mut PgConnection,
    id: PublicServiceId,
) -> Result<Option<PublicService>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT public_service_id, name, product, promised_working_days, promised_minutes, fee, requirements,
            opens_on, closes_on, revision
        FROM public_services
        WHERE public_service_id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?
    .map(PublicService::try_from)
    .transpose()
}

/// Up to `limit` services that are offered on a day, by name after `after`.
pub(crate) async fn list(
    conn: &mut PgConnection,
    day: Date,
    after: &str,
    limit: i64,
) -> Result<Vec<PublicService>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT public_service_id, name, product, promised_working_days, promised_minutes, fee, requirements,
            opens_on, closes_on, revision
        FROM public_services
        WHERE name > $2 AND opens_on <= $1 AND (closes_on IS NULL OR closes_on > $1)
        ORDER BY name
        LIMIT $3
        "#,
        day.to_sqlx() as _,
        after,
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(PublicService::try_from)
    .collect()
}

/// Makes a post answer from a day on; another one from the same day is replaced.
pub(crate) async fn set_post(
    conn: &mut PgConnection,
    id: PublicServiceId,
    from_on: Date,
    position: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO public_service_posts (public_service_id, from_on, position_id)
        VALUES ($1, $2, $3)
        ON CONFLICT (tenant_id, public_service_id, from_on) DO UPDATE SET position_id = excluded.position_id
        "#,
        id.uuid(),
        from_on.to_sqlx() as _,
        position,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The post that answers for a service on a day, and who holds it then: the acting official before the holder.
#[derive(Debug, Clone)]
pub(crate) struct PostView {
    pub(crate) public_service_id: Uuid,
    pub(crate) from_on: SqlDate,
    pub(crate) unit_id: Uuid,
    pub(crate) unit_name: String,
    pub(crate) position_id: Uuid,
    pub(crate) position_name: String,
    pub(crate) employee_id: Option<Uuid>,
    pub(crate) official_name: Option<String>,
    pub(crate) acting: Option<bool>,
}

pub(crate) async fn posts(
    conn: &mut PgConnection,
    services: &[Uuid],
    day: Date,
) -> Result<Vec<PostView>, sqlx::Error> {
    sqlx::query_as!(
        PostView,
        r#"
        SELECT wanted.public_service_id AS "public_service_id!", post.from_on, p.unit_id, un.name AS unit_name,
            p.position_id, p.name AS position_name, held.employee_id AS "employee_id?",
            held.name AS "official_name?", held.acting AS "acting?"
        FROM unnest($1::uuid[]) AS wanted (public_service_id)
        CROSS JOIN LATERAL (
            SELECT tenant_id, from_on, position_id FROM public_service_posts AS s
            WHERE s.public_service_id = wanted.public_service_id AND s.from_on <= $2
            ORDER BY from_on DESC LIMIT 1
        ) AS post
        JOIN positions AS p ON p.tenant_id = post.tenant_id AND p.position_id = post.position_id
        CROSS JOIN LATERAL (
            SELECT name FROM unit_names AS n
            WHERE n.tenant_id = p.tenant_id AND n.unit_id = p.unit_id
            ORDER BY n.from_on <= $2 DESC, n.from_on DESC LIMIT 1
        ) AS un
        LEFT JOIN LATERAL (
            SELECT a.employee_id, a.kind <> 'DEFINITIVE' AS acting,
                display_name(e.front_title, e.name, e.back_title) AS name
            FROM assignments AS a
            JOIN employees AS e ON e.tenant_id = a.tenant_id AND e.employee_id = a.employee_id
            WHERE a.tenant_id = p.tenant_id AND a.position_id = p.position_id
                AND a.from_on <= $2 AND (a.until_on IS NULL OR a.until_on > $2)
            ORDER BY a.kind = 'DEFINITIVE', a.from_on, a.employee_id
            LIMIT 1
        ) AS held ON true
        "#,
        services,
        day.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await
}
