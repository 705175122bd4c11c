//! Every SQL statement of the service. Functions take an open connection; the caller owns the
//! transaction.

pub(crate) mod annual_predicate_lists;
pub(crate) mod annual_predicates;
pub(crate) mod census;
pub(crate) mod cycles;
pub(crate) mod employees;
pub(crate) mod evaluation_changes;
pub(crate) mod evaluation_lists;
pub(crate) mod evaluations;
pub(crate) mod governments;
pub(crate) mod openings;
pub(crate) mod periods;
pub(crate) mod plans;
pub(crate) mod policies;
pub(crate) mod proposals;
pub(crate) mod ratings;
pub(crate) mod submissions;
pub(crate) mod units;

use std::str::FromStr;

use jiff::tz::TimeZone;

/// A row that the constraints should have kept out.
pub(crate) fn meaningless(what: impl Into<String>) -> sqlx::Error {
    sqlx::Error::Decode(what.into().into())
}

/// The value of a word of a closed list.
fn word<T: FromStr>(text: &str) -> Result<T, sqlx::Error> {
    text.parse().map_err(|_| meaningless(text))
}

fn year(year: i32) -> Result<i16, sqlx::Error> {
    i16::try_from(year).map_err(|_| meaningless(year.to_string()))
}

fn count(value: i16) -> Result<u16, sqlx::Error> {
    u16::try_from(value).map_err(|_| meaningless(value.to_string()))
}

fn zone(name: &str) -> Result<TimeZone, sqlx::Error> {
    TimeZone::get(name).map_err(|_| meaningless(name))
}
