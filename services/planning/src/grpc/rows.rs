//! Bulk calls: rows in, a result per row out.

use std::collections::HashSet;

use kinerja_kit::fields::Fields;
use kinerja_proto::planning::v1 as pb;
use pb::plan_row_result::Outcome;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::MAX_ROWS;
use crate::{
    app::{Error, Seen},
    domain::Plan,
};

/// What a row that cannot be measured is told of it; `CheckPlan` names the rest.
const MAX_FAULTS: usize = 20;

pub(super) fn read(fields: &mut Fields, rows: &[pb::PlanRow]) -> Vec<Seen> {
    if rows.is_empty() || rows.len() > MAX_ROWS {
        fields.fault("rows", format!("must be from 1 to {MAX_ROWS}"));
    }
    let mut known = HashSet::new();
    let mut seen = Vec::new();
    for (at, row) in rows.iter().take(MAX_ROWS).enumerate() {
        let plan_id = fields.id(&format!("rows[{at}].plan_id"), &row.plan_id);
        let revision = fields.etag(&format!("rows[{at}].etag"), &row.etag);
        if !known.insert(plan_id) {
            fields.fault(format!("rows[{at}].plan_id"), "must not be that of another row");
        }
        seen.push(Seen { plan_id, revision });
    }
    seen
}

pub(super) fn results(seen: &[Seen], results: Vec<Result<Plan, Error>>) -> Vec<pb::PlanRowResult> {
    let each = seen.iter().zip(results);
    each.map(|(seen, result)| pb::PlanRowResult {
        plan_id: seen.plan_id.to_string(),
        outcome: Some(match result {
            Ok(plan) => Outcome::Plan(plan.into()),
            Err(error) => Outcome::Refusal(refusal(&error.into())),
        }),
    })
    .collect()
}

fn refusal(status: &Status) -> pb::PlanRefusal {
    let info = status.get_details_error_info();
    let bad = status.get_details_bad_request().map(|bad| bad.field_violations);
    let violations = bad.unwrap_or_default().into_iter().take(MAX_FAULTS);
    let faults = violations.map(|violation| pb::PlanFault {
        field: violation.field,
        description: violation.description,
    });
    pb::PlanRefusal {
        code: code_name(status.code()).to_owned(),
        reason: info.map(|info| info.reason).unwrap_or_default(),
        message: status.message().to_owned(),
        faults: faults.collect(),
    }
}

/// The names of the codes that a rule answers with.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::Unavailable => "UNAVAILABLE",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        _ => "INTERNAL",
    }
}
