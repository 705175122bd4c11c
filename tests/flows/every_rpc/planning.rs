//! Planning's calls: three people's plans, agreed on in three ways.

use kinerja_kit::auth::Role;
use kinerja_tests::papers;
use serde_json::{Value, json};

use super::scenario::{By, Elsewhere, Step, step};

const HR: By = By::Officer(Role::HrOfficer);

pub(super) fn steps() -> Vec<Step> {
    [
        policies(),
        periods(),
        agreed_at_once(),
        agreed_after_all(),
        agreed_in_bulk(),
        lists(),
        realisations(),
        endings(),
    ]
    .concat()
}

fn policies() -> Vec<Step> {
    let policy = json!({
        "policyId": "TT-2027", "supersedes": "K1", "name": "Kebijakan 2027", "validFrom": "2027-01-01",
        "parameters": {"meetsFrom": "85.00", "aboveOver": "100.00"}, "citation": "Perwal 12/2027",
    });
    let mut later = policy.clone();
    later["policyId"] = json!("TT-2028");
    later["supersedes"] = json!("TT-2027");
    later["validFrom"] = json!("2028-01-01");
    vec![
        step(
            "planning.PolicyService/CreatePolicy",
            HR,
            json!({"policy": policy, "requestId": "$new"}),
        )
        .awaits(),
        step(
            "planning.PolicyService/CreatePolicy",
            HR,
            json!({"policy": later, "requestId": "$new"}),
        )
        .elsewhere(Elsewhere::NotFound),
        step("planning.PolicyService/GetPolicy", HR, json!({"policyId": "K1"})),
        step("planning.PolicyService/GetPolicy", HR, json!({"policyId": "TT-2027"}))
            .elsewhere(Elsewhere::NotFound),
        step("planning.PolicyService/ListPolicies", HR, json!({})),
    ]
}

fn window(kind: &str) -> Value {
    json!({"kind": format!("WINDOW_KIND_{kind}"), "opensOn": "2026-01-05", "closesOn": "2027-01-31"})
}

fn periods() -> Vec<Step> {
    let create = |kind: &str, windows: Value| {
        step(
            "planning.PeriodService/CreatePeriod",
            HR,
            json!({"year": 2026, "kind": format!("PERIOD_KIND_{kind}"), "ordinal": 1, "name": kind,
                   "windows": windows, "requestId": "$new"}),
        )
        .awaits()
    };
    let open = |period: &str, etag: &str| {
        step(
            "planning.PeriodService/OpenPeriod",
            HR,
            json!({"periodId": period, "etag": etag, "requestId": "$new"}),
        )
    };
    vec![
        create("ANNUAL", json!([window("PLANNING"), window("REALISATION")]))
            .keeps("period", "/period/periodId")
            .keeps("period_etag", "/period/etag"),
        create("QUARTER", json!([]))
            .keeps("quarter", "/period/periodId")
            .keeps("quarter_etag", "/period/etag"),
        step(
            "planning.PeriodService/SetPeriodWindow",
            HR,
            json!({"periodId": "$period", "window": window("AMENDMENT"), "etag": "$period_etag", "requestId": "$new"}),
        )
        .keeps("period_etag", "/period/etag"),
        open("$period", "$period_etag"),
        open("$quarter", "$quarter_etag").keeps("quarter_etag", "/period/etag"),
        step("planning.PeriodService/GetPeriod", HR, json!({"periodId": "$period"})),
        step("planning.PeriodService/ListPeriods", HR, json!({"year": 2026})),
    ]
}

/// A plan of `who`, kept under that person's name.
fn create(who: &'static str, plan: &'static str, etag: &'static str) -> Step {
    step(
        "planning.PlanService/CreatePlan",
        By::Person(who),
        json!({"periodId": "$period", "content": papers::plan(), "requestId": "$new"}),
    )
    .awaits()
    .keeps(plan, "/plan/planId")
    .keeps(etag, "/plan/etag")
}

fn act(rpc: &str, by: &'static str, plan: &str, etag: &'static str, more: Value) -> Step {
    let mut message = json!({"planId": plan, "etag": format!("${etag}"), "requestId": "$new"});
    if let (Some(message), Some(more)) = (message.as_object_mut(), more.as_object()) {
        message.extend(more.clone());
    }
    step(&format!("planning.PlanAgreementService/{rpc}"), By::Person(by), message)
        .keeps(etag, "/plan/etag")
}

fn agreed_at_once() -> Vec<Step> {
    vec![
        create("employee", "plan", "plan_etag"),
        step(
            "planning.PlanService/UpdatePlan",
            By::Person("employee"),
            json!({"planId": "$plan", "content": papers::plan(), "etag": "$plan_etag", "requestId": "$new"}),
        )
        .keeps("plan_etag", "/plan/etag"),
        step("planning.PlanService/CheckPlan", By::Person("employee"), json!({"planId": "$plan"})),
        act("SubmitPlan", "employee", "$plan", "plan_etag", json!({})),
        act("ApprovePlan", "rater", "$plan", "plan_etag", json!({})),
        step("planning.PlanService/GetPlan", By::Person("employee"), json!({"planId": "$plan"}))
            .keeps("indicator", "/plan/content/results/0/indicators/0/indicatorId"),
    ]
}

fn agreed_after_all() -> Vec<Step> {
    vec![
        create("other", "disputed", "disputed_etag"),
        act("SubmitPlan", "other", "$disputed", "disputed_etag", json!({})),
        act(
            "ReturnPlan",
            "superior",
            "$disputed",
            "disputed_etag",
            json!({"reason": "Target terlalu rendah"}),
        ),
        act(
            "EscalatePlan",
            "other",
            "$disputed",
            "disputed_etag",
            json!({"dissent": "Beban kerja tetap"}),
        ),
        act(
            "DecideEscalation",
            "sekda",
            "$disputed",
            "disputed_etag",
            json!({"approve": true, "reason": "Target wajar"}),
        ),
    ]
}

fn agreed_in_bulk() -> Vec<Step> {
    let rows = json!([{"planId": "$bulk", "etag": "$bulk_etag"}]);
    vec![
        create("rater", "bulk", "bulk_etag"),
        step(
            "planning.PlanAgreementService/SubmitPlans",
            By::Person("rater"),
            json!({"rows": rows, "requestId": "$new"}),
        )
        .keeps("bulk_etag", "/results/0/plan/etag")
        .elsewhere(Elsewhere::NoRowFound),
        act("RefreshPlanRater", "rater", "$bulk", "bulk_etag", json!({})),
        step("planning.PlanAgreementService/ListWaitingPlans", By::Person("superior"), json!({})),
        step(
            "planning.PlanAgreementService/ApprovePlans",
            By::Person("superior"),
            json!({"rows": rows, "requestId": "$new"}),
        )
        .keeps("bulk_etag", "/results/0/plan/etag")
        .elsewhere(Elsewhere::NoRowFound),
    ]
}

fn lists() -> Vec<Step> {
    vec![
        step("planning.PlanAgreementService/ListPlanSteps", HR, json!({"planId": "$disputed"})),
        step(
            "planning.PlanService/ListPlans",
            HR,
            json!({"periodId": "$period", "unitIds": ["$section"]}),
        ),
        step("planning.PlanService/ListEmployeePlans", HR, json!({"employeeId": "$employee"}))
            .elsewhere(Elsewhere::AsOfNobodys),
    ]
}

fn realisations() -> Vec<Step> {
    vec![
        step(
            "planning.RealisationService/RecordRealisations",
            By::Person("employee"),
            json!({"planId": "$plan", "periodId": "$period",
                   "records": [{"indicatorId": "$indicator", "value": "252", "evidence": "Rekap OSS"}],
                   "requestId": "$new"}),
        ),
        step(
            "planning.RealisationService/GetPlanResults",
            By::Person("employee"),
            json!({"planId": "$plan"}),
        ),
    ]
}

fn endings() -> Vec<Step> {
    vec![
        step(
            "planning.PlanService/AmendPlan",
            By::Person("employee"),
            json!({"planId": "$plan", "etag": "$plan_etag", "requestId": "$new"}),
        ),
        step(
            "planning.PlanService/ClosePlan",
            HR,
            json!({"planId": "$bulk", "endsOn": "2026-12-10", "reason": "Mutasi", "etag": "$bulk_etag", "requestId": "$new"}),
        ),
        step(
            "planning.PeriodService/ClosePeriod",
            HR,
            json!({"periodId": "$quarter", "etag": "$quarter_etag", "requestId": "$new"}),
        ),
    ]
}
