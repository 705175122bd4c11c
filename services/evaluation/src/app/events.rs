//! What evaluation tells the others.

use kinerja_kit::fields::instant;
use kinerja_proto::{evaluation::v1 as wire, events::v1 as pb};

use crate::domain::{annual_predicate::AnnualPredicate, evaluation::Evaluation};

/// None of an evaluation that is not final.
pub(super) fn evaluation_finalised(evaluation: &Evaluation) -> Option<pb::EvaluationFinalised> {
    let (rating, at) = (evaluation.rating()?, evaluation.finalised_at()?);
    let said = &rating.submission;
    Some(pb::EvaluationFinalised {
        evaluation_id: evaluation.id.to_string(),
        employee_id: evaluation.employee_id.to_string(),
        plan_id: evaluation.plan_id.to_string(),
        year: evaluation.year.into(),
        cycle_id: evaluation.cycle_id.to_string(),
        results_rating: wire::Rating::from(said.results.rating).into(),
        behaviour_rating: wire::Rating::from(said.behaviour.rating).into(),
        predicate: wire::Predicate::from(rating.predicate).into(),
        improvements: said.improvements.iter().cloned().map(Into::into).collect(),
        unit_id: evaluation.unit_id.to_string(),
        starts_on: evaluation.days.starts_on.to_string(),
        ends_on: evaluation.days.ends_on.to_string(),
        policy_id: evaluation.policy_id.to_string(),
        rater_employee_id: rating.rater.rater_id.to_string(),
        finalise_time: Some(instant(at)),
    })
}

pub(super) fn annual_predicate_set(set: &AnnualPredicate) -> pb::AnnualPredicateSet {
    pb::AnnualPredicateSet {
        employee_id: set.employee_id.to_string(),
        year: set.year.into(),
        predicate: wire::Predicate::from(set.predicate).into(),
        annual_predicate_id: set.id.to_string(),
        results_rating: wire::Rating::from(set.review.results).into(),
        behaviour_rating: wire::Rating::from(set.review.behaviour).into(),
        policy_id: set.policy_id.to_string(),
        unit_id: set.unit_id.to_string(),
        set_time: Some(instant(set.set_at)),
    }
}
