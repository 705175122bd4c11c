//! Requests as most tests send them, and events as most tests need them.

use kinerja_kit::fields;
use kinerja_proto::events::v1 as events;
use uuid::Uuid;

use crate::{
    pb,
    world::{HEAD, UNIT, at, request_id},
};

pub(crate) const SPEED: Uuid = Uuid::from_u128(0x31);
pub(crate) const ACCURACY: Uuid = Uuid::from_u128(0x32);
pub(crate) const PERMITS: Uuid = Uuid::from_u128(0x33);
pub(crate) const TRAINING: Uuid = Uuid::from_u128(0x34);

/// Faster and as accurate as asked (one pair: MEETS), 92 permits of 80 to 90 (ABOVE): MEETS is proposed.
pub(crate) const REALISED: [(Uuid, &str); 3] = [(SPEED, "6.5"), (ACCURACY, "95"), (PERMITS, "92")];

pub(crate) fn plan_of(employee: Uuid) -> Uuid {
    Uuid::from_u128(employee.as_u128() + 0x1000)
}

pub(crate) fn unit(id: Uuid, name: &str) -> events::UnitChanged {
    events::UnitChanged { unit_id: id.to_string(), name: name.into(), ..Default::default() }
}

pub(crate) fn person(id: Uuid, name: &str) -> events::EmployeeChanged {
    events::EmployeeChanged { employee_id: id.to_string(), name: name.into(), ..Default::default() }
}

pub(crate) fn period(id: Uuid, kind: &str, ordinal: i32) -> events::PeriodChanged {
    events::PeriodChanged {
        period_id: id.to_string(),
        year: 2026,
        kind: kind.into(),
        ordinal,
        ..Default::default()
    }
}

/// Of the whole year 2026: one main result with a pair, one without, and an additional one.
pub(crate) fn plan(employee: Uuid, rater: Uuid) -> events::PlanApproved {
    events::PlanApproved {
        plan_id: plan_of(employee).to_string(),
        version: 1,
        employee_id: employee.to_string(),
        unit_id: UNIT.to_string(),
        heads_unit: employee == HEAD,
        year: 2026,
        starts_on: "2026-01-01".into(),
        ends_on: "2026-12-31".into(),
        rater_employee_id: rater.to_string(),
        results: vec![
            result(
                1,
                "MAIN",
                vec![
                    indicator(SPEED, "TIME", "LOWER", ("7", "8"), "izin"),
                    indicator(ACCURACY, "QUALITY", "HIGHER", ("95", "95"), "izin"),
                ],
            ),
            result(2, "MAIN", vec![indicator(PERMITS, "QUANTITY", "HIGHER", ("80", "90"), "")]),
            result(
                3,
                "ADDITIONAL",
                vec![indicator(TRAINING, "QUANTITY", "HIGHER", ("2", "2"), "")],
            ),
        ],
        ..Default::default()
    }
}

fn result(
    n: u128,
    kind: &str,
    indicators: Vec<events::plan_approved::Indicator>,
) -> events::plan_approved::Result {
    events::plan_approved::Result {
        result_id: Uuid::from_u128(0x40 + n).to_string(),
        kind: kind.into(),
        name: format!("Hasil {n}"),
        indicators,
        ..Default::default()
    }
}

fn indicator(
    id: Uuid,
    aspect: &str,
    polarity: &str,
    (min, max): (&str, &str),
    pair: &str,
) -> events::plan_approved::Indicator {
    events::plan_approved::Indicator {
        indicator_id: id.to_string(),
        aspect: aspect.into(),
        name: format!("Indikator {aspect}"),
        polarity: polarity.into(),
        target_min: min.into(),
        target_max: max.into(),
        pair: pair.into(),
        ..Default::default()
    }
}

pub(crate) fn instant(text: &str) -> Option<prost_types::Timestamp> {
    Some(fields::instant(at(text)))
}

pub(crate) fn create_cycle(kind: pb::CycleKind, ordinal: i32) -> pb::CreateCycleRequest {
    pb::CreateCycleRequest {
        year: 2026,
        kind: kind.into(),
        ordinal,
        policy_id: String::new(),
        open_time: instant("2026-04-01T00:00:00Z"),
        close_time: instant("2026-04-15T00:00:00Z"),
        request_id: request_id(),
    }
}

pub(crate) fn open_cycle(cycle: &pb::Cycle) -> pb::OpenCycleRequest {
    pb::OpenCycleRequest {
        cycle_id: cycle.cycle_id.clone(),
        etag: cycle.etag.clone(),
        request_id: request_id(),
    }
}

pub(crate) fn get(evaluation: &pb::Evaluation) -> pb::GetEvaluationRequest {
    pb::GetEvaluationRequest { evaluation_id: evaluation.evaluation_id.clone() }
}

pub(crate) fn reference(evaluation: &pb::Evaluation) -> pb::EvaluationRef {
    pb::EvaluationRef {
        evaluation_id: evaluation.evaluation_id.clone(),
        etag: evaluation.etag.clone(),
    }
}

pub(crate) fn prepare(evaluation: &pb::Evaluation) -> pb::PrepareRatingRequest {
    pb::PrepareRatingRequest {
        evaluation_id: evaluation.evaluation_id.clone(),
        etag: evaluation.etag.clone(),
        request_id: request_id(),
    }
}

/// As proposed: results and every core value meet expectation.
pub(crate) fn rating() -> pb::GivenRating {
    let core_values = (1..=7).map(|core_value| pb::CoreValueRating {
        core_value,
        rating: pb::Rating::Meets.into(),
        reason: "seperti yang diharapkan".into(),
        fact: String::new(),
    });
    pb::GivenRating {
        results: Some(pb::ResultsRating {
            rating: pb::Rating::Meets.into(),
            reason: "izin terbit tepat waktu".into(),
            ..Default::default()
        }),
        behaviour: Some(pb::BehaviourRating {
            rating: pb::Rating::Meets.into(),
            reason: "ramah kepada pemohon".into(),
            core_values: core_values.collect(),
            ..Default::default()
        }),
        goes_well: vec!["cepat dan teliti".into()],
        improvements: vec![pb::Improvement {
            text: "komunikasi dengan pemohon".into(),
            competency_code: "MAN.03".into(),
        }],
        ..Default::default()
    }
}

pub(crate) fn submit(
    evaluation: &pb::Evaluation,
    rating: pb::GivenRating,
) -> pb::SubmitRatingRequest {
    pb::SubmitRatingRequest {
        evaluation_id: evaluation.evaluation_id.clone(),
        rating: Some(rating),
        etag: evaluation.etag.clone(),
        request_id: request_id(),
    }
}

pub(crate) fn acknowledge(evaluation: &pb::Evaluation) -> pb::AcknowledgeEvaluationRequest {
    pb::AcknowledgeEvaluationRequest {
        evaluation_id: evaluation.evaluation_id.clone(),
        note: "terima kasih".into(),
        etag: evaluation.etag.clone(),
        request_id: request_id(),
    }
}

pub(crate) fn finalise(evaluation: &pb::Evaluation) -> pb::FinaliseEvaluationRequest {
    pb::FinaliseEvaluationRequest {
        evaluation_id: evaluation.evaluation_id.clone(),
        etag: evaluation.etag.clone(),
        request_id: request_id(),
    }
}

pub(crate) fn annual(employee: Uuid, parts: &[&pb::Evaluation]) -> pb::AnnualPredicate {
    pb::AnnualPredicate {
        employee_id: employee.to_string(),
        year: 2026,
        results: pb::Rating::Above.into(),
        behaviour: pb::Rating::Above.into(),
        review: "membaik sepanjang tahun".into(),
        parts: parts.iter().map(|part| reference(part)).collect(),
        ..Default::default()
    }
}

pub(crate) fn set_annual(predicate: pb::AnnualPredicate) -> pb::SetAnnualPredicateRequest {
    pb::SetAnnualPredicateRequest { annual_predicate: Some(predicate), request_id: request_id() }
}
