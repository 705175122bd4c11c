//! Calls about many evaluations: rows in, an outcome for each out.

use std::collections::HashSet;

use kinerja_kit::fields::Fields;
use kinerja_proto::evaluation::v1 as pb;
use tonic::Status;
use tonic_types::StatusExt as _;

use crate::{
    app::{Error, Outcome, Seen},
    domain::evaluation::EvaluationId,
};

/// How many rows a call has at most.
const MAX_ROWS: usize = 200;

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

pub(super) fn outcomes(outcomes: Vec<Outcome>) -> Vec<pb::EvaluationOutcome> {
    use pb::evaluation_outcome::Outcome;
    let wire = |outcome| match outcome {
        Ok(evaluation) => Outcome::Evaluation(pb::Evaluation::from(evaluation)),
        Err(error) => Outcome::Refusal(refusal(error)),
    };
    let outcomes = outcomes.into_iter().map(wire);
    outcomes.map(|outcome| pb::EvaluationOutcome { outcome: Some(outcome) }).collect()
}

/// What a call for this row alone would have answered.
pub(super) fn refusal(error: Error) -> pb::RowRefusal {
    let status = Status::from(error);
    let info = status.get_details_error_info().map(|info| (info.reason, info.domain));
    let (reason, domain) = info.unwrap_or_default();
    pb::RowRefusal {
        code: status.code().into(),
        reason,
        domain,
        message: status.message().to_owned(),
    }
}
