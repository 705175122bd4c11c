//! Evaluation's calls: one person's evaluation alone, another's in two parts and in bulk.

use kinerja_kit::auth::Role;
use kinerja_tests::papers;
use serde_json::{Value, json};

use super::scenario::{By, Elsewhere, Step, step};

const HR: By = By::Officer(Role::HrOfficer);
const RATER: By = By::Person("rater");
const SUPERIOR: By = By::Person("superior");

pub(super) fn steps() -> Vec<Step> {
    [policies(), cycles(), alone(), in_parts(), endings(), predicates()].concat()
}

fn policies() -> Vec<Step> {
    let cells = [
        ("ABOVE", "ABOVE", "VERY_GOOD"),
        ("ABOVE", "MEETS", "GOOD"),
        ("ABOVE", "BELOW", "POOR"),
        ("MEETS", "ABOVE", "GOOD"),
        ("MEETS", "MEETS", "GOOD"),
        ("MEETS", "BELOW", "POOR"),
        ("BELOW", "ABOVE", "NEEDS_IMPROVEMENT"),
        ("BELOW", "MEETS", "NEEDS_IMPROVEMENT"),
        ("BELOW", "BELOW", "VERY_POOR"),
    ];
    let cells = cells.map(|(results, behaviour, predicate)| {
        json!({"results": format!("RATING_{results}"), "behaviour": format!("RATING_{behaviour}"),
               "predicate": format!("PREDICATE_{predicate}")})
    });
    let policy = json!({
        "policyId": "TT-2027", "supersedes": "K1", "name": "Kebijakan Kota", "validFrom": "2027-01-01",
        "parameters": {
            "shownDecimals": 2, "aboveOver": "100.00", "meetsFrom": "90.00", "majorityOver": "50.00",
            "meanCap": "120.00", "behaviourAboveFrom": 4, "objectionDays": 14,
            "objectionClock": "OBJECTION_CLOCK_CALENDAR_DAYS"},
        "cells": cells,
        "rules": [{"rule": "K12", "source": "RULE_SOURCE_READING", "citation": "Perwali 1/2026",
                   "indonesian": "14 hari kalender", "english": "14 calendar days"}],
    });
    let mut later = policy.clone();
    later["policyId"] = json!("TT-2028");
    later["supersedes"] = json!("TT-2027");
    later["validFrom"] = json!("2028-01-01");
    vec![
        step(
            "evaluation.PolicyService/CreatePolicy",
            HR,
            json!({"policy": policy, "requestId": "$new"}),
        )
        .awaits(),
        step(
            "evaluation.PolicyService/CreatePolicy",
            HR,
            json!({"policy": later, "requestId": "$new"}),
        )
        .elsewhere(Elsewhere::NotFound),
        step("evaluation.PolicyService/GetPolicy", HR, json!({"policyId": "K1"})),
        step("evaluation.PolicyService/GetPolicy", HR, json!({"policyId": "TT-2027"}))
            .elsewhere(Elsewhere::NotFound),
        step("evaluation.PolicyService/ListPolicies", HR, json!({})),
    ]
}

fn cycles() -> Vec<Step> {
    let create_by = |by: By, kind: &str| {
        step(
            "evaluation.CycleService/CreateCycle",
            by,
            json!({"year": 2026, "kind": format!("CYCLE_KIND_{kind}"), "ordinal": 1,
                   "openTime": "2026-12-01T00:00:00Z", "closeTime": "2027-01-31T00:00:00Z", "requestId": "$new"}),
        )
        .awaits()
    };
    let open_by = |by: By, cycle: &str, etag: &str| {
        step(
            "evaluation.CycleService/OpenCycle",
            by,
            json!({"cycleId": cycle, "etag": etag, "requestId": "$new"}),
        )
    };
    let create = |kind: &str| create_by(HR, kind);
    let open = |cycle: &str, etag: &str| open_by(HR, cycle, etag);
    vec![
        create("ANNUAL").keeps("cycle", "/cycle/cycleId").keeps("cycle_etag", "/cycle/etag"),
        create("QUARTER").keeps("round", "/cycle/cycleId").keeps("round_etag", "/cycle/etag"),
        step(
            "evaluation.CycleService/SetCycleWindow",
            HR,
            json!({"cycleId": "$cycle", "openTime": "2026-12-01T00:00:00Z", "closeTime": "2027-01-30T00:00:00Z",
                   "etag": "$cycle_etag", "requestId": "$new"}),
        )
        .keeps("cycle_etag", "/cycle/etag"),
        open("$cycle", "$cycle_etag"),
        open("$round", "$round_etag").keeps("round_etag", "/cycle/etag"),
        step(
            "evaluation.CycleService/CreateCycle",
            HR,
            json!({"year": 2027, "kind": "CYCLE_KIND_ANNUAL", "ordinal": 1, "policyId": "TT-2027",
                   "openTime": "2027-12-01T00:00:00Z", "closeTime": "2028-01-31T00:00:00Z", "requestId": "$new"}),
        )
        .elsewhere(Elsewhere::NotFound),
        // Without one of theirs they would be refused for want of it.
        create_by(By::Neighbour(Role::HrOfficer), "ANNUAL")
            .keeps("their_cycle", "/cycle/cycleId")
            .keeps("their_cycle_etag", "/cycle/etag"),
        open_by(By::Neighbour(Role::HrOfficer), "$their_cycle", "$their_cycle_etag"),
        step("evaluation.CycleService/GetCycle", HR, json!({"cycleId": "$cycle"})),
        step("evaluation.CycleService/ListCycles", HR, json!({})),
    ]
}

/// Waits for somebody's evaluation in the annual cycle.
fn find(employee: &str, evaluation: &'static str, etag: &'static str) -> Step {
    step(
        "evaluation.EvaluationService/ListEvaluations",
        HR,
        json!({"employeeId": employee, "cycleId": "$cycle"}),
    )
    .awaits()
    .keeps(evaluation, "/evaluations/0/evaluationId")
    .keeps(etag, "/evaluations/0/etag")
    .elsewhere(Elsewhere::AsOfNobodys)
}

fn alone() -> Vec<Step> {
    let act = |rpc: &str, by: By, mut message: Value| {
        message["evaluationId"] = json!("$evaluation");
        message["etag"] = json!("$evaluation_etag");
        message["requestId"] = json!("$new");
        step(&format!("evaluation.{rpc}"), by, message).keeps("evaluation_etag", "/evaluation/etag")
    };
    let read = |rpc: &str| {
        step(
            &format!("evaluation.{rpc}"),
            By::Person("employee"),
            json!({"evaluationId": "$evaluation"}),
        )
    };
    vec![
        find("$employee", "evaluation", "evaluation_etag"),
        act("RatingService/PrepareRating", RATER, json!({})),
        act("RatingService/SubmitRating", RATER, json!({"rating": papers::rating()})),
        read("EvaluationService/GetEvaluation"),
        read("EvaluationService/GetExplanation"),
        read("RatingService/ListRatings"),
        act(
            "EvaluationService/AcknowledgeEvaluation",
            By::Person("employee"),
            json!({"note": "Terima kasih"}),
        ),
        act("EvaluationService/FinaliseEvaluation", HR, json!({})),
    ]
}

fn in_parts() -> Vec<Step> {
    let both = json!([{"evaluationId": "$first", "etag": "$first_etag"},
                      {"evaluationId": "$second", "etag": "$second_etag"}]);
    let bulk = |rpc: &str, by: By, mut message: Value| {
        message["requestId"] = json!("$new");
        step(&format!("evaluation.{rpc}"), by, message)
            .keeps("first_etag", "/results/0/evaluation/etag")
            .keeps("second_etag", "/results/1/evaluation/etag")
            .elsewhere(Elsewhere::NoRowFound)
    };
    let rated = json!([{"evaluationId": "$first", "etag": "$first_etag", "rating": papers::rating()},
                       {"evaluationId": "$second", "etag": "$second_etag", "rating": papers::rating()}]);
    vec![
        find("$other", "first", "first_etag"),
        step(
            "evaluation.EvaluationService/SplitEvaluation",
            HR,
            json!({"evaluationId": "$first", "splitOn": "2026-07-01", "etag": "$first_etag", "requestId": "$new"}),
        )
        .keeps("first_etag", "/first/etag")
        .keeps("second", "/second/evaluationId")
        .keeps("second_etag", "/second/etag"),
        bulk("RatingService/PrepareRatings", SUPERIOR, json!({"rows": both})),
        bulk("RatingService/SubmitRatings", SUPERIOR, json!({"rows": rated})),
        bulk("EvaluationService/RecordReceipts", HR, json!({"rows": both, "note": "Diserahkan langsung"})),
        bulk("EvaluationService/FinaliseEvaluations", HR, json!({"rows": both})),
    ]
}

fn predicates() -> Vec<Step> {
    let annual = |employee: &str, parts: Value| {
        json!({"employeeId": employee, "year": 2026, "results": "RATING_ABOVE", "behaviour": "RATING_MEETS",
               "review": "Tinjauan atas seluruh tahun", "parts": parts})
    };
    let alone = json!([{"evaluationId": "$evaluation", "etag": "$evaluation_etag"}]);
    let both = json!([{"evaluationId": "$first", "etag": "$first_etag"},
                      {"evaluationId": "$second", "etag": "$second_etag"}]);
    vec![
        step(
            "evaluation.AnnualPredicateService/SetAnnualPredicate",
            RATER,
            json!({"annualPredicate": annual("$employee", alone), "requestId": "$new"}),
        )
        .elsewhere(Elsewhere::AsOfNobodys),
        step(
            "evaluation.AnnualPredicateService/SetAnnualPredicates",
            SUPERIOR,
            json!({"annualPredicates": [annual("$other", both)], "requestId": "$new"}),
        )
        .keeps("set_time", "/results/0/annualPredicate/setTime")
        .elsewhere(Elsewhere::AsOfNobodys),
        step(
            "evaluation.AnnualPredicateService/GetAnnualPredicate",
            HR,
            json!({"employeeId": "$employee", "year": 2026}),
        ),
        step("evaluation.AnnualPredicateService/ListAnnualPredicates", HR, json!({"year": 2026})),
        step(
            "evaluation.AnnualPredicateService/ListAnnualPredicates",
            HR,
            json!({"employeeId": "$employee"}),
        )
        .elsewhere(Elsewhere::AsOfNobodys),
    ]
}

/// A year is not set while the window of one of its parts is open.
fn endings() -> Vec<Step> {
    vec![step(
        "evaluation.CycleService/CloseCycle",
        HR,
        json!({"cycleId": "$round", "etag": "$round_etag", "requestId": "$new"}),
    )]
}
