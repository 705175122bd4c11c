use jiff::{Timestamp, civil::Date};
use jiff_sqlx::{Date as SqlDate, ToSqlx as _};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::discipline::{Attendance, Sanction};

/// A month of one person.
#[derive(Debug, Clone)]
pub(crate) struct AttendanceRow {
    pub(crate) employee_id: Uuid,
    pub(crate) month_on: SqlDate,
    pub(crate) working_days: i16,
    pub(crate) present_days: i16,
    pub(crate) excused_days: i16,
    pub(crate) unexcused_days: i16,
    pub(crate) lost_minutes: i32,
}

#[derive(Debug, Clone)]
pub(crate) struct SanctionRow {
    pub(crate) sanction_id: Uuid,
    pub(crate) employee_id: Uuid,
    pub(crate) severity: String,
    pub(crate) kind: String,
    pub(crate) decree_number: String,
    pub(crate) decree_on: SqlDate,
    pub(crate) starts_on: SqlDate,
    pub(crate) ends_on: Option<SqlDate>,
}

/// Whose each of `numbers` is, in their order.
pub(crate) async fn people(
    conn: &mut PgConnection,
    numbers: &[String],
) -> Result<Vec<Option<Uuid>>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT i.employee_id AS "employee_id?"
        FROM unnest($1::text[]) WITH ORDINALITY AS wanted (number, nth)
        LEFT JOIN identity_numbers AS i ON i.number = wanted.number
        ORDER BY wanted.nth
        "#,
        numbers,
    )
    .fetch_all(conn)
    .await
}

/// Records months; one that is known is replaced. No month of a person comes twice.
pub(crate) async fn record_attendance(
    conn: &mut PgConnection,
    months: &[(Uuid, Date, Attendance)],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let people: Vec<_> = months.iter().map(|(employee, ..)| *employee).collect();
    let days: Vec<_> = months.iter().map(|(_, month, _)| month.to_sqlx()).collect();
    let of =
        |count: fn(&Attendance) -> i16| months.iter().map(|(.., a)| count(a)).collect::<Vec<_>>();
    let minutes: Vec<_> = months.iter().map(|(.., attendance)| attendance.lost_minutes).collect();
    sqlx::query!(
        r#"
        INSERT INTO attendance_months
            (employee_id, month_on, working_days, present_days, excused_days, unexcused_days, lost_minutes,
             recorded_at)
        SELECT given.*, $8
        FROM unnest($1::uuid[], $2::date[], $3::smallint[], $4::smallint[], $5::smallint[], $6::smallint[],
            $7::integer[]) AS given
        ON CONFLICT (tenant_id, employee_id, month_on) DO UPDATE
        SET working_days = excluded.working_days, present_days = excluded.present_days,
            excused_days = excluded.excused_days, unexcused_days = excluded.unexcused_days,
            lost_minutes = excluded.lost_minutes, recorded_at = excluded.recorded_at
        "#,
        &people,
        &days as _,
        &of(|a| a.working_days),
        &of(|a| a.present_days),
        &of(|a| a.excused_days),
        &of(|a| a.unexcused_days),
        &minutes,
        now.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Records sanctions under new ids; one whose decree is known of the person is replaced.
pub(crate) async fn record_sanctions(
    conn: &mut PgConnection,
    sanctions: &[(Uuid, Uuid, Sanction)],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let ids: Vec<_> = sanctions.iter().map(|(id, ..)| *id).collect();
    let people: Vec<_> = sanctions.iter().map(|(_, employee, _)| *employee).collect();
    let severities: Vec<_> = sanctions.iter().map(|(.., s)| s.severity.as_str()).collect();
    let kinds: Vec<_> = sanctions.iter().map(|(.., s)| s.kind.as_str()).collect();
    let decrees: Vec<_> = sanctions.iter().map(|(.., s)| s.decree_number.as_str()).collect();
    let decreed: Vec<_> = sanctions.iter().map(|(.., s)| s.decree_on.to_sqlx()).collect();
    let starts: Vec<_> = sanctions.iter().map(|(.., s)| s.starts_on.to_sqlx()).collect();
    let ends: Vec<_> = sanctions.iter().map(|(.., s)| super::sql_date(s.ends_on)).collect();
    sqlx::query!(
        r#"
        INSERT INTO sanctions
            (sanction_id, employee_id, severity, kind, decree_number, decree_on, starts_on, ends_on, recorded_at)
        SELECT given.*, $9
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[],
            $8::date[]) AS given
        ON CONFLICT (tenant_id, employee_id, decree_number) DO UPDATE
        SET severity = excluded.severity, kind = excluded.kind, decree_on = excluded.decree_on,
            starts_on = excluded.starts_on, ends_on = excluded.ends_on, recorded_at = excluded.recorded_at
        "#,
        &ids,
        &people,
        &severities as _,
        &kinds as _,
        &decrees as _,
        &decreed as _,
        &starts as _,
        &ends as _,
        now.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Up to `limit` months of a person before `before`, latest first.
pub(crate) async fn attendance(
    conn: &mut PgConnection,
    employee: Uuid,
    before: Option<Date>,
    limit: i64,
) -> Result<Vec<AttendanceRow>, sqlx::Error> {
    sqlx::query_as!(
        AttendanceRow,
        r#"
        SELECT employee_id, month_on, working_days, present_days, excused_days, unexcused_days, lost_minutes
        FROM attendance_months
        WHERE employee_id = $1 AND month_on < $2
        ORDER BY month_on DESC
        LIMIT $3
        "#,
        employee,
        before.unwrap_or(Date::MAX).to_sqlx() as _,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// Up to `limit` sanctions of a person before a place in the order, latest first.
pub(crate) async fn sanctions(
    conn: &mut PgConnection,
    employee: Uuid,
    before: Option<(Date, Uuid)>,
    limit: i64,
) -> Result<Vec<SanctionRow>, sqlx::Error> {
    let (day, id) = before.unwrap_or((Date::MAX, Uuid::max()));
    sqlx::query_as!(
        SanctionRow,
        r#"
        SELECT sanction_id, employee_id, severity, kind, decree_number, decree_on, starts_on, ends_on
        FROM sanctions
        WHERE employee_id = $1 AND (starts_on, sanction_id) < ($2, $3)
        ORDER BY starts_on DESC, sanction_id DESC
        LIMIT $4
        "#,
        employee,
        day.to_sqlx() as _,
        id,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// What the months that begin within two days add up to, and how many they are.
pub(crate) async fn attendance_sum(
    conn: &mut PgConnection,
    employee: Uuid,
    (from_on, until_on): (Date, Date),
) -> Result<(i64, [i64; 5]), sqlx::Error> {
    let sum = sqlx::query!(
        r#"
        SELECT count(*) AS "months!", coalesce(sum(working_days), 0) AS "working!",
            coalesce(sum(present_days), 0) AS "present!", coalesce(sum(excused_days), 0) AS "excused!",
            coalesce(sum(unexcused_days), 0) AS "unexcused!", coalesce(sum(lost_minutes), 0) AS "lost!"
        FROM attendance_months
        WHERE employee_id = $1 AND month_on BETWEEN $2 AND $3
        "#,
        employee,
        from_on.to_sqlx() as _,
        until_on.to_sqlx() as _,
    )
    .fetch_one(conn)
    .await?;
    Ok((sum.months, [sum.working, sum.present, sum.excused, sum.unexcused, sum.lost]))
}

/// Up to 100 sanctions that are in force on a day between two, latest first.
pub(crate) async fn sanctions_in_force(
    conn: &mut PgConnection,
    employee: Uuid,
    (from_on, until_on): (Date, Date),
) -> Result<Vec<SanctionRow>, sqlx::Error> {
    sqlx::query_as!(
        SanctionRow,
        r#"
        SELECT sanction_id, employee_id, severity, kind, decree_number, decree_on, starts_on, ends_on
        FROM sanctions
        WHERE employee_id = $1 AND starts_on <= $3 AND (ends_on IS NULL OR ends_on >= $2)
        ORDER BY starts_on DESC, sanction_id DESC
        LIMIT 100
        "#,
        employee,
        from_on.to_sqlx() as _,
        until_on.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await
}
