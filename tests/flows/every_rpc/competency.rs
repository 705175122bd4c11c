//! Competency's calls: what a post asks for, what a person shows, and what is to be learnt.

use kinerja_kit::auth::Role;
use serde_json::{Value, json};

use super::scenario::{By, Elsewhere, Step, step};

const HR: By = By::Officer(Role::HrOfficer);
const EMPLOYEE: By = By::Person("employee");
const RATER: By = By::Person("rater");

pub(super) fn steps() -> Vec<Step> {
    [dictionary(), standards(), assessments(), development_plans()].concat()
}

fn both(text: &str) -> Value {
    json!({"indonesian": text, "english": text})
}

fn dictionary() -> Vec<Step> {
    let level =
        |level: i32| json!({"level": level, "behaviours": [both("Melayani sesuai tingkat")]});
    let levels: Vec<Value> = (1..=5).map(level).collect();
    let create = |code: &str| {
        step(
            "competency.CompetencyService/CreateCompetency",
            HR,
            json!({"code": code, "name": both("Perizinan"), "definition": both("Melayani izin"),
                   "levels": levels, "requestId": "$new"}),
        )
    };
    vec![
        create("T.IZN.01").keeps("competency_etag", "/competency/etag"),
        create("T.TMP.01").keeps("passing_competency_etag", "/competency/etag"),
        step(
            "competency.CompetencyService/UpdateCompetency",
            HR,
            json!({"code": "T.IZN.01", "name": both("Pelayanan perizinan"), "definition": both("Melayani izin"),
                   "levels": levels, "etag": "$competency_etag", "requestId": "$new"}),
        ),
        step(
            "competency.CompetencyService/RetireCompetency",
            HR,
            json!({"code": "T.TMP.01", "etag": "$passing_competency_etag", "requestId": "$new"}),
        ),
        step("competency.CompetencyService/GetCompetency", HR, json!({"code": "M.03"})),
        step("competency.CompetencyService/GetCompetency", HR, json!({"code": "T.IZN.01"}))
            .elsewhere(Elsewhere::NotFound),
        step("competency.CompetencyService/ListCompetencies", HR, json!({})),
    ]
}

fn standards() -> Vec<Step> {
    let posts = json!({"positionKind": "FUNCTIONAL", "positionLevel": "AHLI_PERTAMA"});
    let post = json!({"positionKind": "FUNCTIONAL", "positionLevel": "AHLI_PERTAMA", "positionId": "$post"});
    let of_one_post = json!({"posts": post, "validFrom": "2026-03-02", "source": "Perwali 3/2026",
                             "levels": [{"competencyCode": "M.08", "level": 1}], "requestId": "$new"});
    let create = |level: i32, from: &str| {
        step(
            "competency.StandardService/CreateStandard",
            HR,
            json!({"posts": posts, "validFrom": from, "source": "Perwali 2/2026",
                   "levels": [{"competencyCode": "T.IZN.01", "level": level}], "requestId": "$new"}),
        )
        .keeps("standard", "/standard/id")
        .keeps("standard_etag", "/standard/etag")
    };
    vec![
        create(4, "2026-02-02"),
        step(
            "competency.StandardService/WithdrawStandard",
            HR,
            json!({"standardId": "$standard", "etag": "$standard_etag", "requestId": "$new"}),
        ),
        create(3, "2026-01-02"),
        step("competency.StandardService/GetStandard", HR, json!({"standardId": "$standard"})),
        step("competency.StandardService/ListStandards", HR, json!({})),
        step("competency.StandardService/ResolveStandard", HR, json!({"posts": posts})),
        step("competency.StandardService/ResolveStandard", HR, json!({"posts": post}))
            .elsewhere(Elsewhere::AsOfNobodys),
        step("competency.StandardService/CreateStandard", HR, of_one_post)
            .elsewhere(Elsewhere::AsOfNobodys),
    ]
}

fn assessments() -> Vec<Step> {
    let record = |level: i32| {
        step(
            "competency.AssessmentService/RecordAssessment",
            HR,
            json!({"employeeId": "$employee", "source": "ASSESSMENT_SOURCE_ASSESSMENT_CENTRE",
                   "assessedOn": "2026-10-14", "levels": [{"competencyCode": "M.03", "level": level}],
                   "note": "Uji kompetensi", "requestId": "$new"}),
        )
        .awaits()
        .keeps("assessment", "/assessment/id")
        .keeps("assessment_etag", "/assessment/etag")
    };
    vec![
        record(4),
        step(
            "competency.AssessmentService/WithdrawAssessment",
            HR,
            json!({"assessmentId": "$assessment", "reason": "Salah orang", "etag": "$assessment_etag",
                   "requestId": "$new"}),
        ),
        record(1),
        step(
            "competency.AssessmentService/GetAssessment",
            HR,
            json!({"assessmentId": "$assessment"}),
        ),
        step(
            "competency.AssessmentService/ListAssessments",
            HR,
            json!({"employeeId": "$employee"}),
        ),
        step("competency.GapService/GetGap", HR, json!({"employeeId": "$employee"})),
        step("competency.GapService/ListUnitCoverage", HR, json!({"unitId": "$section"})),
        step("competency.GapService/ListMatchSchemes", HR, json!({})),
    ]
}

fn development_plans() -> Vec<Step> {
    let act = |rpc: &str, by: By, mut message: Value| {
        message["planId"] = json!("$development");
        message["etag"] = json!("$development_etag");
        message["requestId"] = json!("$new");
        step(&format!("competency.DevelopmentPlanService/{rpc}"), by, message)
            .keeps("development_etag", "/plan/etag")
    };
    vec![
        step(
            "competency.DevelopmentPlanService/ListEmployeeDevelopmentPlans",
            EMPLOYEE,
            json!({"employeeId": "$employee"}),
        )
        .awaits()
        .keeps("development", "/plans/0/id")
        .keeps("development_etag", "/plans/0/etag")
        .keeps("need", "/plans/0/needs/0/id")
        .elsewhere(Elsewhere::AsOfNobodys),
        step(
            "competency.DevelopmentPlanService/ListEmployeeDevelopmentPlans",
            HR,
            json!({"employeeId": "$employee"}),
        ),
        act(
            "AddDevelopmentNeed",
            EMPLOYEE,
            json!({"competencyCode": "M.08", "reason": "Ingin lebih tegas", "activity": "Lokakarya", "dueOn": "2027-06-30"}),
        )
        .keeps("added", "/plan/needs/1/id"),
        act(
            "UpdateDevelopmentNeed",
            EMPLOYEE,
            json!({"needId": "$need", "activity": "Pelatihan menulis", "dueOn": "2027-05-31"}),
        ),
        act("AgreeDevelopmentPlan", EMPLOYEE, json!({})),
        act("AgreeDevelopmentPlan", RATER, json!({})),
        act("StartDevelopmentNeed", EMPLOYEE, json!({"needId": "$need"})),
        act("CompleteDevelopmentNeed", EMPLOYEE, json!({"needId": "$need", "outcome": "Lulus"})),
        act("DropDevelopmentNeed", RATER, json!({"needId": "$added", "reason": "Tidak ada anggaran"})),
        step("competency.DevelopmentPlanService/GetDevelopmentPlan", EMPLOYEE, json!({"planId": "$development"})),
        step("competency.DevelopmentPlanService/ListDevelopmentPlans", HR, json!({})),
        step(
            "competency.DevelopmentPlanService/ListDevelopmentPlans",
            HR,
            json!({"unitId": "$section"}),
        ),
    ]
}
