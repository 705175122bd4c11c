//! The service on a loopback port with the real middleware, on a database of its own, under a clock of
//! the test's and beside a registry that answers as the test says.

mod agreements;
mod amendments;
mod catalogue;
mod lists;
mod once;
mod periods;
mod plans;
mod policies;
mod projection;
mod realisations;
mod registry;
mod repeats;
mod sample;
mod sizes;
mod world;

use kinerja_proto::planning::v1 as pb;
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
