//! Reporting lines inside a transaction: looked up for people, and kept free of rings.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use kinerja_proto::registry::v1::Reason;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Error, day};
use crate::{
    domain::{EmployeeId, reporting_line::Lines},
    store,
};

/// The longest way from anybody to the top; more is a ring.
const LONGEST: usize = 64;

/// The lines of some people on a day, and of everybody their resolution asks for. Two statements. None
/// when none of the people exists.
pub(super) async fn around(
    conn: &mut PgConnection,
    ids: &[Uuid],
    on: Option<Date>,
    now: Timestamp,
) -> Result<Option<Lines>, Error> {
    let Some(mut lines) = store::reporting_lines::lines(conn, ids, on, false, now).await? else {
        return Ok(None);
    };
    complete(conn, &mut lines, now).await?;
    Ok(Some(lines))
}

/// Adds the lines of everybody that a resolution of `lines` asks for. One statement.
pub(super) async fn complete(
    conn: &mut PgConnection,
    lines: &mut Lines,
    now: Timestamp,
) -> Result<(), Error> {
    let missing: Vec<_> = lines.missing().into_iter().map(EmployeeId::uuid).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let day = Some(lines.day);
    if let Some(more) = store::reporting_lines::lines(conn, &missing, day, false, now).await? {
        lines.of.extend(more.of);
    }
    Ok(())
}

/// Refuses a change after which somebody would, step by step, rate themselves: on the day it takes effect
/// and, when that lies behind, today. Under the lock of the organisation.
pub(super) async fn refuse_ring(
    conn: &mut PgConnection,
    starts: &[Uuid],
    from_on: Date,
    now: Timestamp,
) -> Result<(), Error> {
    let today = day(conn, None, now).await?;
    for day in BTreeSet::from([from_on, from_on.max(today)]) {
        for start in starts {
            walk_up(conn, (*start).into(), day, now).await?;
        }
    }
    Ok(())
}

async fn walk_up(
    conn: &mut PgConnection,
    start: EmployeeId,
    day: Date,
    now: Timestamp,
) -> Result<(), Error> {
    let mut seen = vec![start];
    while let Some(current) = seen.last().copied() {
        let lines =
            store::reporting_lines::lines(conn, &[current.uuid()], Some(day), false, now).await?;
        let Some(rater) = lines.and_then(|lines| lines.rater(current)) else { break };
        if seen.contains(&rater) || seen.len() > LONGEST {
            return Err(ring());
        }
        seen.push(rater);
    }
    Ok(())
}

pub(super) fn ring() -> Error {
    Error::wrong_state(Reason::ReportingLineCycle, "the lines would lead back to the person")
}
