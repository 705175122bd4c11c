use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx as _;
use serde::Deserialize;
use sqlx::{PgConnection, types::Json};

use super::week;
use crate::domain::{
    UnitId,
    calendar::{Days, Override},
};

/// A holiday of a government.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct HolidayRow {
    pub(crate) holiday_on: Date,
    pub(crate) kind: String,
    pub(crate) name: String,
}

/// A day on which a unit does otherwise.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct UnitDayRow {
    pub(crate) day_on: Date,
    pub(crate) works: bool,
    pub(crate) name: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct UnitWeekRow {
    pub(crate) from_on: Date,
    pub(crate) working_week: i16,
}

#[derive(Debug)]
pub(crate) struct YearView {
    pub(crate) year: i16,
    pub(crate) holidays: Vec<HolidayRow>,
    pub(crate) revision: i64,
}

#[derive(Debug)]
pub(crate) struct UnitCalendarView {
    pub(crate) working_weeks: Vec<UnitWeekRow>,
    pub(crate) days: Vec<UnitDayRow>,
    pub(crate) revision: i64,
}

/// Begins a year or gives it one more revision, locking it; the revision before, 0 for none.
pub(crate) async fn touch_year(
    conn: &mut PgConnection,
    year: i16,
    now: Timestamp,
) -> Result<i64, sqlx::Error> {
    let revision = sqlx::query_scalar!(
        r#"
        INSERT INTO calendar_years AS known (year, created_at, revision)
        VALUES ($1, $2, 1)
        ON CONFLICT (tenant_id, year) DO UPDATE SET revision = known.revision + 1
        RETURNING revision
        "#,
        year,
        now.to_sqlx() as _,
    )
    .fetch_one(conn)
    .await?;
    Ok(revision - 1)
}

pub(crate) async fn replace_holidays(
    conn: &mut PgConnection,
    year: i16,
    holidays: &[HolidayRow],
) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM holidays WHERE year = $1", year).execute(&mut *conn).await?;
    let days: Vec<_> = holidays.iter().map(|day| day.holiday_on.to_sqlx()).collect();
    let kinds: Vec<_> = holidays.iter().map(|day| day.kind.clone()).collect();
    let names: Vec<_> = holidays.iter().map(|day| day.name.clone()).collect();
    sqlx::query!(
        r#"
        INSERT INTO holidays (holiday_on, year, kind, name)
        SELECT holiday_on, $1, kind, name
        FROM unnest($2::date[], $3::text[], $4::text[]) AS given (holiday_on, kind, name)
        "#,
        year,
        &days as _,
        &kinds,
        &names,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn year(
    conn: &mut PgConnection,
    year: i16,
) -> Result<Option<YearView>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT y.year, y.revision,
            (SELECT jsonb_agg(to_jsonb(h) ORDER BY h.holiday_on) FROM holidays h
             WHERE h.tenant_id = y.tenant_id AND h.year = y.year) AS "holidays?: Json<Vec<HolidayRow>>"
        FROM calendar_years y
        WHERE y.year = $1
        "#,
        year,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| YearView {
        year: row.year,
        holidays: row.holidays.map(|json| json.0).unwrap_or_default(),
        revision: row.revision,
    }))
}

/// Begins a unit's calendar or gives it one more revision, locking it; the revision before, 0 for none.
pub(crate) async fn touch_unit(
    conn: &mut PgConnection,
    unit: UnitId,
    now: Timestamp,
) -> Result<i64, sqlx::Error> {
    let revision = sqlx::query_scalar!(
        r#"
        INSERT INTO unit_calendars AS known (unit_id, created_at, revision)
        VALUES ($1, $2, 1)
        ON CONFLICT (tenant_id, unit_id) DO UPDATE SET revision = known.revision + 1
        RETURNING revision
        "#,
        unit.uuid(),
        now.to_sqlx() as _,
    )
    .fetch_one(conn)
    .await?;
    Ok(revision - 1)
}

pub(crate) async fn replace_unit_days(
    conn: &mut PgConnection,
    unit: UnitId,
    weeks: &[UnitWeekRow],
    days: &[UnitDayRow],
) -> Result<(), sqlx::Error> {
    let id = unit.uuid();
    sqlx::query!("DELETE FROM unit_working_weeks WHERE unit_id = $1", id)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM unit_calendar_days WHERE unit_id = $1", id)
        .execute(&mut *conn)
        .await?;
    let starts: Vec<_> = weeks.iter().map(|week| week.from_on.to_sqlx()).collect();
    let lengths: Vec<_> = weeks.iter().map(|week| week.working_week).collect();
    sqlx::query!(
        r#"
        INSERT INTO unit_working_weeks (unit_id, from_on, working_week)
        SELECT $1, from_on, working_week
        FROM unnest($2::date[], $3::smallint[]) AS given (from_on, working_week)
        "#,
        id,
        &starts as _,
        &lengths,
    )
    .execute(&mut *conn)
    .await?;
    let dates: Vec<_> = days.iter().map(|day| day.day_on.to_sqlx()).collect();
    let works: Vec<_> = days.iter().map(|day| day.works).collect();
    let names: Vec<_> = days.iter().map(|day| day.name.clone()).collect();
    sqlx::query!(
        r#"
        INSERT INTO unit_calendar_days (unit_id, day_on, works, name)
        SELECT $1, day_on, works, name
        FROM unnest($2::date[], $3::boolean[], $4::text[]) AS given (day_on, works, name)
        "#,
        id,
        &dates as _,
        &works,
        &names,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn unit(
    conn: &mut PgConnection,
    unit: UnitId,
) -> Result<Option<UnitCalendarView>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT c.revision,
            (SELECT jsonb_agg(to_jsonb(w) ORDER BY w.from_on) FROM unit_working_weeks w
             WHERE w.tenant_id = c.tenant_id AND w.unit_id = c.unit_id) AS "weeks?: Json<Vec<UnitWeekRow>>",
            (SELECT jsonb_agg(to_jsonb(d) ORDER BY d.day_on) FROM unit_calendar_days d
             WHERE d.tenant_id = c.tenant_id AND d.unit_id = c.unit_id) AS "days?: Json<Vec<UnitDayRow>>"
        FROM unit_calendars c
        WHERE c.unit_id = $1
        "#,
        unit.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| UnitCalendarView {
        working_weeks: row.weeks.map(|json| json.0).unwrap_or_default(),
        days: row.days.map(|json| json.0).unwrap_or_default(),
        revision: row.revision,
    }))
}

/// The days of a span: the government's, and with a unit those of it and of the units above it.
pub(crate) async fn days(
    conn: &mut PgConnection,
    unit: Option<UnitId>,
    from_on: Date,
    until_on: Date,
) -> Result<Days, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT from_on AS "on!", working_week FROM policy_versions WHERE from_on <= $2
        UNION ALL
        SELECT holiday_on, NULL FROM holidays WHERE holiday_on BETWEEN $1 AND $2
        "#,
        from_on.to_sqlx() as _,
        until_on.to_sqlx() as _,
    )
    .fetch_all(&mut *conn)
    .await?;
    let (mut holidays, mut weeks) = (BTreeSet::new(), BTreeMap::new());
    for row in rows {
        match row.working_week {
            Some(length) => drop(weeks.insert(row.on.to_jiff(), week(length))),
            None => drop(holidays.insert(row.on.to_jiff())),
        }
    }
    let overrides = match unit {
        Some(unit) => overrides(conn, unit, from_on, until_on).await?,
        None => Vec::new(),
    };
    Ok(Days::new(holidays, weeks, overrides))
}

async fn overrides(
    conn: &mut PgConnection,
    unit: UnitId,
    from_on: Date,
    until_on: Date,
) -> Result<Vec<Override>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        WITH RECURSIVE path AS (
            SELECT $1::uuid AS unit_id, 0 AS depth
            UNION ALL
            SELECT above.parent_unit_id, path.depth + 1
            FROM path
            CROSS JOIN LATERAL (
                SELECT up.parent_unit_id FROM unit_parents up
                WHERE up.unit_id = path.unit_id AND up.from_on <= $2
                ORDER BY up.from_on DESC LIMIT 1) AS above
            WHERE above.parent_unit_id IS NOT NULL AND path.depth < 32
        )
        SELECT path.depth AS "depth!", w.from_on AS "on!", w.working_week AS "working_week?", NULL::boolean AS works
        FROM path JOIN unit_working_weeks w USING (unit_id) WHERE w.from_on <= $3
        UNION ALL
        SELECT path.depth, d.day_on, NULL, d.works
        FROM path JOIN unit_calendar_days d USING (unit_id) WHERE d.day_on BETWEEN $2 AND $3
        "#,
        unit.uuid(),
        from_on.to_sqlx() as _,
        until_on.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await?;
    let mut by_depth = BTreeMap::<i32, Override>::new();
    for row in rows {
        let unit = by_depth.entry(row.depth).or_default();
        if let Some(length) = row.working_week {
            unit.weeks.insert(row.on.to_jiff(), week(length));
        }
        if let Some(works) = row.works {
            unit.days.insert(row.on.to_jiff(), works);
        }
    }
    Ok(by_depth.into_values().collect())
}
