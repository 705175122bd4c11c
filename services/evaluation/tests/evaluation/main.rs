//! The service on a loopback port with the real middleware, on a database of its own, under a clock of
//! the test's and beside neighbours that answer as the test says.

mod annual_predicates;
mod catalogue;
mod census;
mod cycles;
mod evaluations;
mod explanations;
mod neighbours;
mod once;
mod policies;
mod projections;
mod ratings;
mod receipts;
mod repeats;
mod sample;
mod sizes;
mod world;

use kinerja_proto::evaluation::v1 as pb;
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

/// What became of a row: the state it is in, or why it was refused.
fn outcome(result: pb::EvaluationRowResult) -> String {
    use pb::evaluation_row_result::Outcome;
    match result.outcome.expect("an outcome") {
        Outcome::Evaluation(evaluation) => {
            evaluation.state().as_str_name().trim_start_matches("EVALUATION_STATE_").to_owned()
        }
        Outcome::Refusal(refusal) => format!("{}/{}", refusal.code, refusal.reason),
    }
}
