use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx as _;
use serde::Deserialize;
use sqlx::{PgConnection, types::Json};

use super::{decode, sql_date, week, week_days};
use crate::domain::{Clock, Eligibility, Policy};

struct Row {
    version: i32,
    from_on: jiff_sqlx::Date,
    lowest_rater_kind: String,
    delegation_allowed: bool,
    working_week: i16,
    clocks: Json<Vec<ClockRow>>,
}

#[derive(Deserialize, Debug)]
struct ClockRow {
    clock: String,
    counts: String,
    days: Option<i16>,
}

impl TryFrom<Row> for Policy {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        let clock = |row: ClockRow| {
            let (kind, counts) = (decode(row.clock.parse())?, decode(row.counts.parse())?);
            Ok(Clock { kind, counts, days: row.days })
        };
        Ok(Self {
            version: row.version,
            from_on: row.from_on.to_jiff(),
            eligibility: Eligibility {
                lowest: decode(row.lowest_rater_kind.parse())?,
                delegation_allowed: row.delegation_allowed,
            },
            week: week(row.working_week),
            clocks: row.clocks.0.into_iter().map(clock).collect::<Result<_, sqlx::Error>>()?,
        })
    }
}

pub(crate) async fn insert(
    conn: &mut PgConnection,
    policy: &Policy,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO policy_versions
            (from_on, version, lowest_rater_kind, delegation_allowed, working_week, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        "#,
        policy.from_on.to_sqlx() as _,
        policy.version,
        policy.eligibility.lowest.as_str(),
        policy.eligibility.delegation_allowed,
        week_days(policy.week),
        now.to_sqlx() as _,
    )
    .execute(&mut *conn)
    .await?;
    let kinds: Vec<_> = policy.clocks.iter().map(|clock| clock.kind.as_str().to_owned()).collect();
    let counts: Vec<_> =
        policy.clocks.iter().map(|clock| clock.counts.as_str().to_owned()).collect();
    let days: Vec<_> = policy.clocks.iter().map(|clock| clock.days).collect();
    sqlx::query!(
        r#"
        INSERT INTO policy_clocks (version, clock, counts, days)
        SELECT $1, clock, counts, days
        FROM unnest($2::text[], $3::text[], $4::smallint[]) AS given (clock, counts, days)
        "#,
        policy.version,
        &kinds,
        &counts,
        &days as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The day a call is about, today in the tenant's zone without one, and the policy that rules on it. The
/// first version rules what lies before it too. None for an unknown tenant.
pub(crate) async fn ruling(
    conn: &mut PgConnection,
    on: Option<Date>,
    now: Timestamp,
) -> Result<Option<(Date, Policy)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        WITH today AS MATERIALIZED (
            SELECT coalesce($1, ($2::timestamptz AT TIME ZONE time_zone)::date) AS day
            FROM tenants
            WHERE tenant_id = current_tenant()
        )
        SELECT today.day AS "day!", p.version, p.from_on, p.lowest_rater_kind, p.delegation_allowed, p.working_week,
            (SELECT jsonb_agg(to_jsonb(c) ORDER BY c.clock) FROM policy_clocks c
             WHERE c.tenant_id = p.tenant_id AND c.version = p.version) AS "clocks!: Json<Vec<ClockRow>>"
        FROM today
        CROSS JOIN policy_versions p
        WHERE p.from_on <= greatest(today.day, (SELECT min(first.from_on) FROM policy_versions first))
        ORDER BY p.from_on DESC
        LIMIT 1
        "#,
        sql_date(on) as _,
        now.to_sqlx() as _,
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let policy = Policy::try_from(Row {
            version: row.version,
            from_on: row.from_on,
            lowest_rater_kind: row.lowest_rater_kind,
            delegation_allowed: row.delegation_allowed,
            working_week: row.working_week,
            clocks: row.clocks,
        })?;
        Ok((row.day.to_jiff(), policy))
    })
    .transpose()
}

/// Up to `limit` versions before `before`, the newest first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    before: i32,
    limit: i64,
) -> Result<Vec<Policy>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT version, from_on, lowest_rater_kind, delegation_allowed, working_week,
            (SELECT jsonb_agg(to_jsonb(c) ORDER BY c.clock) FROM policy_clocks c
             WHERE c.tenant_id = p.tenant_id AND c.version = p.version) AS "clocks!: Json<Vec<ClockRow>>"
        FROM policy_versions p
        WHERE version < $1
        ORDER BY version DESC
        LIMIT $2
        "#,
        before,
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Policy::try_from)
    .collect()
}
