//! Every SQL statement of the registry. Functions take an open connection; the caller owns the transaction.

pub(crate) mod arrivals;
pub(crate) mod assignments;
pub(crate) mod calendars;
pub(crate) mod corrections;
pub(crate) mod delegations;
pub(crate) mod discipline;
pub(crate) mod due_changes;
pub(crate) mod employee_history;
pub(crate) mod employee_lists;
pub(crate) mod employee_views;
pub(crate) mod employees;
pub(crate) mod exports;
pub(crate) mod imports;
pub(crate) mod licences;
mod line_rows;
pub(crate) mod name_words;
pub(crate) mod policies;
pub(crate) mod positions;
pub(crate) mod public_services;
pub(crate) mod recusals;
pub(crate) mod reporting_lines;
pub(crate) mod searches;
pub(crate) mod tenants;
pub(crate) mod unit_trees;
pub(crate) mod units;

use jiff::civil::Date;
use jiff_sqlx::{Date as SqlDate, ToSqlx as _};
use kinerja_kit::calendar::Week;

/// A stored value that this build cannot read is the database's fault, not the caller's.
pub(crate) fn decode<T, E>(read: Result<T, E>) -> Result<T, sqlx::Error>
where
    E: std::error::Error + Send + Sync + 'static,
{
    read.map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

fn sql_date(date: Option<Date>) -> Option<SqlDate> {
    date.map(|date| date.to_sqlx())
}

fn civil(date: Option<SqlDate>) -> Option<Date> {
    date.map(SqlDate::to_jiff)
}

fn week(days: i16) -> Week {
    if days == 6 { Week::Six } else { Week::Five }
}

fn week_days(week: Week) -> i16 {
    match week {
        Week::Five => 5,
        Week::Six => 6,
    }
}
