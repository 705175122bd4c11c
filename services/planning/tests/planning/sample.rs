//! Requests that are right, for tests to spoil.

use crate::{pb, world::request_id};

pub(crate) fn period(kind: pb::PeriodKind, ordinal: i32) -> pb::CreatePeriodRequest {
    pb::CreatePeriodRequest {
        year: 2026,
        kind: kind.into(),
        ordinal,
        name: "Tahun 2026".into(),
        windows: Vec::new(),
        request_id: request_id(),
    }
}

pub(crate) fn window(kind: pb::WindowKind, opens_on: &str, closes_on: &str) -> pb::PeriodWindow {
    pb::PeriodWindow {
        kind: kind.into(),
        opens_on: opens_on.into(),
        closes_on: closes_on.into(),
        ..Default::default()
    }
}

pub(crate) fn create_plan(period_id: &str) -> pb::CreatePlanRequest {
    pb::CreatePlanRequest {
        period_id: period_id.into(),
        starts_on: String::new(),
        content: Some(content()),
        request_id: request_id(),
    }
}

/// A permit officer's plan: speed and accuracy as a pair, conduct beside it, and something additional.
pub(crate) fn content() -> pb::PlanContent {
    pb::PlanContent {
        approach: pb::PlanApproach::Quantitative.into(),
        results: vec![
            result(
                pb::WorkResultKind::Main,
                "Izin usaha terbit tepat waktu",
                vec![
                    indicator(pb::Aspect::Time, pb::Polarity::Lower, ("7", "8"), "izin"),
                    indicator(pb::Aspect::Quality, pb::Polarity::Higher, ("80", "90"), "izin"),
                    indicator(pb::Aspect::Quantity, pb::Polarity::Higher, ("1200", ""), ""),
                ],
            ),
            result(
                pb::WorkResultKind::Additional,
                "Membimbing pegawai baru",
                vec![indicator(pb::Aspect::Quantity, pb::Polarity::Range, ("2", "4"), "")],
            ),
        ],
        expectations: vec![pb::BehaviourExpectation {
            core_value: pb::CoreValue::ServiceOriented.into(),
            text: "ramah dan solutif di loket".into(),
        }],
        support: "dua loket".into(),
        accountability: "laporan triwulan".into(),
        consequences: "sesuai peraturan".into(),
    }
}

fn result(kind: pb::WorkResultKind, name: &str, indicators: Vec<pb::Indicator>) -> pb::WorkResult {
    pb::WorkResult {
        kind: kind.into(),
        scope: pb::WorkResultScope::Individual.into(),
        name: name.into(),
        indicators,
        ..Default::default()
    }
}

fn indicator(
    aspect: pb::Aspect,
    polarity: pb::Polarity,
    (min, max): (&str, &str),
    pair: &str,
) -> pb::Indicator {
    pb::Indicator {
        aspect: aspect.into(),
        name: "ukuran izin".into(),
        polarity: polarity.into(),
        target: Some(pb::Target { min: min.into(), max: max.into(), unit: "hari".into() }),
        data_source: "OSS".into(),
        pair: pair.into(),
        ..Default::default()
    }
}

pub(crate) fn submit(plan: &pb::Plan) -> pb::SubmitPlanRequest {
    pb::SubmitPlanRequest {
        plan_id: plan.plan_id.clone(),
        etag: plan.etag.clone(),
        request_id: request_id(),
    }
}

pub(crate) fn approve(plan: &pb::Plan) -> pb::ApprovePlanRequest {
    pb::ApprovePlanRequest {
        plan_id: plan.plan_id.clone(),
        etag: plan.etag.clone(),
        request_id: request_id(),
    }
}

pub(crate) fn send_back(plan: &pb::Plan) -> pb::ReturnPlanRequest {
    pb::ReturnPlanRequest {
        plan_id: plan.plan_id.clone(),
        reason: "target terlalu rendah".into(),
        etag: plan.etag.clone(),
        request_id: request_id(),
    }
}

pub(crate) fn escalate(plan: &pb::Plan) -> pb::EscalatePlanRequest {
    pb::EscalatePlanRequest {
        plan_id: plan.plan_id.clone(),
        dissent: "target itu tidak mungkin dengan dua loket".into(),
        etag: plan.etag.clone(),
        request_id: request_id(),
    }
}

pub(crate) fn decide(plan: &pb::Plan, approve: bool) -> pb::DecideEscalationRequest {
    pb::DecideEscalationRequest {
        plan_id: plan.plan_id.clone(),
        approve,
        reason: "beban sudah dihitung".into(),
        etag: plan.etag.clone(),
        request_id: request_id(),
    }
}

pub(crate) fn update(plan: &pb::Plan, content: pb::PlanContent) -> pb::UpdatePlanRequest {
    pb::UpdatePlanRequest {
        plan_id: plan.plan_id.clone(),
        content: Some(content),
        etag: plan.etag.clone(),
        request_id: request_id(),
    }
}

pub(crate) fn amend(plan: &pb::Plan) -> pb::AmendPlanRequest {
    pb::AmendPlanRequest {
        plan_id: plan.plan_id.clone(),
        etag: plan.etag.clone(),
        request_id: request_id(),
    }
}

pub(crate) fn close(plan: &pb::Plan, ends_on: &str) -> pb::ClosePlanRequest {
    pb::ClosePlanRequest {
        plan_id: plan.plan_id.clone(),
        ends_on: ends_on.into(),
        reason: "mutasi".into(),
        etag: plan.etag.clone(),
        request_id: request_id(),
    }
}

pub(crate) fn get(plan: &pb::Plan, version: i32) -> pb::GetPlanRequest {
    pb::GetPlanRequest { plan_id: plan.plan_id.clone(), version }
}

/// Records of the values given, in the order of the plan's indicators.
pub(crate) fn record(
    plan: &pb::Plan,
    period: &pb::Period,
    etag: &str,
    values: &[&str],
) -> pb::RecordRealisationsRequest {
    let content = plan.content.as_ref().expect("content");
    let indicators = content.results.iter().flat_map(|result| &result.indicators);
    let records = indicators.zip(values).map(|(indicator, value)| pb::RealisationRecord {
        indicator_id: indicator.indicator_id.clone(),
        value: (*value).into(),
        ..Default::default()
    });
    pb::RecordRealisationsRequest {
        plan_id: plan.plan_id.clone(),
        period_id: period.period_id.clone(),
        records: records.collect(),
        etag: etag.into(),
        request_id: request_id(),
    }
}
