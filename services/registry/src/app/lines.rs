//! Reporting lines inside a transaction: looked up for people, and kept free of rings.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use kinerja_proto::registry::v1::Reason;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Error;
use crate::{
    domain::{EmployeeId, reporting_line::Lines},
    store,
};

/// Days of change that a change of lines is looked through for. Each is a few statements under the lock that
/// every other change of the government waits for, so there is an end to it; and half a thousand dated changes
/// around one person's superiors are more than careers bring, even recorded for decades back.
const DAYS_LOOKED_AT: usize = 500;

/// The lines of some people on a day, and of everybody their resolution asks for. Two statements. None
/// when none of the people exists.
pub(super) async fn around(
    conn: &mut PgConnection,
    ids: &[Uuid],
    on: Option<Date>,
    now: Timestamp,
) -> Result<Option<Lines>, Error> {
    let Some(mut lines) = store::reporting_lines::lines(conn, ids, on, now).await? else {
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
    if let Some(more) = store::reporting_lines::lines(conn, &missing, day, now).await? {
        lines.of.extend(more.of);
    }
    Ok(())
}

/// Refuses a change after which one of `starts` would, step by step, rate themselves, on whatever day from
/// `from_on` on: each day is looked at on which something changes that their lines rest on. Whatever line a
/// change makes another begins or ends at one of `starts`. One with more days to look at than it may have is
/// refused as well. Under the lock of the organisation.
pub(super) async fn refuse_ring(
    conn: &mut PgConnection,
    starts: &[Uuid],
    from_on: Date,
    now: Timestamp,
) -> Result<(), Error> {
    let mut next = Some(from_on);
    for _ in 0..DAYS_LOOKED_AT {
        let Some(day) = next else { return Ok(()) };
        let Some(lines) = above(conn, starts, day, now).await? else { return Ok(()) };
        if starts.iter().any(|start| lines.lead_back((*start).into())) {
            return Err(ring());
        }
        let people: Vec<_> = lines.of.keys().copied().map(EmployeeId::uuid).collect();
        let steps = lines.of.values().flat_map(|line| &line.path);
        let units: BTreeSet<_> = steps.map(|step| step.unit.uuid()).collect();
        let units: Vec<_> = units.into_iter().collect();
        next = store::reporting_lines::next_change(conn, &people, &units, day).await?;
    }
    if next.is_none() { Ok(()) } else { Err(too_many_changes()) }
}

/// The lines of some people on a day and of everybody above them, a statement for each step that no line
/// before has looked ahead to.
async fn above(
    conn: &mut PgConnection,
    ids: &[Uuid],
    day: Date,
    now: Timestamp,
) -> Result<Option<Lines>, Error> {
    let lines = store::reporting_lines::lines(conn, ids, Some(day), now).await?;
    let Some(mut lines) = lines else { return Ok(None) };
    let mut known = 0;
    while known < lines.of.len() {
        known = lines.of.len();
        complete(conn, &mut lines, now).await?;
    }
    Ok(Some(lines))
}

pub(super) fn ring() -> Error {
    Error::wrong_state(Reason::ReportingLineCycle, "the lines would lead back to the person")
}

fn too_many_changes() -> Error {
    let message =
        "too many changes follow to see whether the lines lead back: a later day has fewer";
    Error::wrong_state(Reason::TooManyChanges, message)
}
