//! The registry on a loopback port with the real middleware, on a database of its own, under a clock of
//! the test's.

mod arrivals;
mod assignments;
mod calendars;
mod catalogue;
mod corrections;
mod discipline;
mod employee_lists;
mod employees;
mod events;
mod exports;
mod import_demo;
mod import_effects;
mod import_streams;
mod imports;
mod licences;
mod line_events;
mod positions;
mod public_services;
mod raters;
mod reporting_lines;
mod searches;
mod tenancy;
mod units;
mod world;

use kinerja_proto::registry::v1 as pb;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Code and reason of a refusal.
fn refusal(status: &Status) -> (Code, String) {
    (status.code(), status.get_details_error_info().map(|info| info.reason).unwrap_or_default())
}

/// The fields a refusal names.
fn faults(status: &Status) -> Vec<String> {
    let bad = status.get_details_bad_request().map(|bad| bad.field_violations);
    bad.unwrap_or_default().into_iter().map(|violation| violation.field).collect()
}

fn is(code: Code, reason: &str) -> (Code, String) {
    (code, reason.to_owned())
}
