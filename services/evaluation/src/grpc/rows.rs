//! Bulk calls: rows in, a result per row out.

use std::collections::HashSet;

use kinerja_kit::fields::Fields;
use kinerja_proto::evaluation::v1 as pb;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    app::{Error, Outcome, Seen},
    domain::evaluation::EvaluationId,
};

/// How many rows a call has at most.
const MAX_ROWS: usize = 500;

/// An evaluation as the caller saw it. `path` names the row, and is empty for the request itself.
pub(super) fn seen(fields: &mut Fields, path: &str, id: &str, etag: &str) -> Seen {
    Seen {
        id: fields.id(&format!("{path}evaluation_id"), id),
        revision: fields.etag(&format!("{path}etag"), etag),
    }
}

pub(super) fn rows(fields: &mut Fields, refs: &[pb::EvaluationRef]) -> Vec<Seen> {
    let rows: Vec<Seen> = refs
        .iter()
        .enumerate()
        .map(|(n, row)| seen(fields, &format!("rows[{n}]."), &row.evaluation_id, &row.etag))
        .collect();
    check_rows(fields, rows.iter().map(|row| row.id));
    rows
}

/// Not too many, not none, and none twice.
pub(super) fn check_rows(fields: &mut Fields, ids: impl ExactSizeIterator<Item = EvaluationId>) {
    check_count(fields, "rows", ids.len());
    let mut known = HashSet::new();
    for (n, id) in ids.enumerate() {
        if !known.insert(id) {
            fields.fault(format!("rows[{n}].evaluation_id"), "is named before");
        }
    }
}

pub(super) fn check_count(fields: &mut Fields, field: &str, count: usize) {
    if !(1..=MAX_ROWS).contains(&count) {
        fields.fault(field, format!("must have 1 to {MAX_ROWS} rows"));
    }
}

/// One per row, in the order of the request.
pub(super) fn results(
    ids: impl Iterator<Item = EvaluationId>,
    outcomes: Vec<Outcome>,
) -> Vec<pb::EvaluationRowResult> {
    use pb::evaluation_row_result::Outcome;
    ids.zip(outcomes)
        .map(|(id, outcome)| pb::EvaluationRowResult {
            evaluation_id: id.to_string(),
            outcome: Some(match outcome {
                Ok(evaluation) => Outcome::Evaluation(without_words(evaluation.into())),
                Err(error) => Outcome::Refusal(refusal(error)),
            }),
        })
        .collect()
}

/// Leaves out what people wrote, which may be long: a reply holds hundreds.
fn without_words(evaluation: pb::Evaluation) -> pb::Evaluation {
    let results = |given: pb::ResultsRating| pb::ResultsRating {
        rating: given.rating,
        proposal: given.proposal,
        ..Default::default()
    };
    let behaviour = |given: pb::BehaviourRating| pb::BehaviourRating {
        rating: given.rating,
        proposal: given.proposal,
        ..Default::default()
    };
    let rating = evaluation.rating.map(|given| pb::GivenRating {
        results: given.results.map(results),
        behaviour: given.behaviour.map(behaviour),
        goes_well: Vec::new(),
        improvements: Vec::new(),
        ..given
    });
    let receipt = evaluation.receipt.map(|one| pb::Receipt { note: String::new(), ..one });
    pb::Evaluation { rating, receipt, ..evaluation }
}

/// What a call for this row alone would have answered.
pub(super) fn refusal(error: Error) -> pb::RowRefusal {
    let status = Status::from(error);
    let info = status.get_details_error_info().map(|info| (info.reason, info.domain));
    let (reason, domain) = info.unwrap_or_default();
    pb::RowRefusal {
        code: code_name(status.code()).to_owned(),
        reason,
        domain,
        message: status.message().to_owned(),
    }
}

/// The names of the codes that a row is answered with.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::Unavailable => "UNAVAILABLE",
        _ => "INTERNAL",
    }
}
