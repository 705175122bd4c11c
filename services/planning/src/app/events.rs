//! What planning tells the others.

use kinerja_kit::fields::{decimal, instant};
use kinerja_proto::events::v1 as pb;

use crate::domain::{Amount, Indicator, Named as _, Period, Plan, PlanContent, WorkResult};

pub(super) fn period_changed(period: &Period) -> pb::PeriodChanged {
    let windows = period.windows.iter().map(|window| pb::period_changed::Window {
        kind: window.days.kind.name().to_owned(),
        open_time: Some(instant(window.opens_at)),
        close_time: Some(instant(window.closes_at)),
    });
    let annual = (!period.is_annual()).then(|| period.annual_id.to_string());
    pb::PeriodChanged {
        period_id: period.id.to_string(),
        year: period.span.year(),
        kind: period.span.kind().name().to_owned(),
        ordinal: period.span.ordinal(),
        name: period.name.clone(),
        starts_on: period.span.starts_on().to_string(),
        ends_on: period.span.ends_on().to_string(),
        annual_period_id: annual.unwrap_or_default(),
        state: period.state.name().to_owned(),
        windows: windows.collect(),
    }
}

/// Of a version that was approved.
pub(super) fn plan_approved(plan: &Plan, content: &PlanContent) -> pb::PlanApproved {
    let traces = plan.state.traces();
    let rater = traces.submission.map(|submission| submission.rater.employee_id.to_string());
    let decided_by = traces.decision.map(|decision| decision.by.to_string());
    let assignment = &plan.assignment;
    let expectations = content.expectations.iter().map(|expected| pb::plan_approved::Expectation {
        core_value: expected.core_value.name().to_owned(),
        text: expected.text.clone(),
    });
    pb::PlanApproved {
        plan_id: plan.id.to_string(),
        version: plan.version,
        employee_id: plan.employee_id.to_string(),
        unit_id: assignment.unit_id.to_string(),
        position_id: assignment.position_id.to_string(),
        position_kind: assignment.position_kind.clone(),
        position_level: assignment.position_level.clone(),
        position_name: assignment.position_name.clone(),
        heads_unit: assignment.heads_unit,
        period_id: plan.period_id.to_string(),
        year: plan.year,
        starts_on: plan.starts_on.to_string(),
        ends_on: plan.ends_on.to_string(),
        rater_employee_id: rater.unwrap_or_default(),
        approved_by_employee_id: decided_by.unwrap_or_default(),
        approach: content.approach.name().to_owned(),
        results: content.results.iter().map(result).collect(),
        expectations: expectations.collect(),
    }
}

pub(super) fn plan_closed(plan: &Plan) -> pb::PlanClosed {
    pb::PlanClosed {
        plan_id: plan.id.to_string(),
        employee_id: plan.employee_id.to_string(),
        period_id: plan.period_id.to_string(),
        year: plan.year,
        ends_on: plan.ends_on.to_string(),
    }
}

fn result(result: &WorkResult) -> pb::plan_approved::Result {
    pb::plan_approved::Result {
        result_id: result.id.to_string(),
        kind: result.kind.name().to_owned(),
        scope: result.scope.name().to_owned(),
        name: result.name.clone(),
        indicators: result.indicators.iter().map(indicator).collect(),
    }
}

fn indicator(indicator: &Indicator) -> pb::plan_approved::Indicator {
    let target = indicator.target.as_ref();
    let bound = |amount: Option<Amount>| amount.map(|amount| decimal(amount.e4(), Amount::SCALE));
    pb::plan_approved::Indicator {
        indicator_id: indicator.id.to_string(),
        aspect: indicator.aspect.name().to_owned(),
        name: indicator.name.clone(),
        polarity: indicator.polarity.name().to_owned(),
        target_min: bound(target.map(|target| target.min)).unwrap_or_default(),
        target_max: bound(target.map(|target| target.max)).unwrap_or_default(),
        target_unit: target.map(|target| target.unit.clone()).unwrap_or_default(),
        success: indicator.success.clone(),
        data_source: indicator.data_source.clone(),
        pair: indicator.pair.clone().unwrap_or_default(),
    }
}
