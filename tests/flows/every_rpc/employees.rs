//! The registry's people: who they are, what they hold, who rates them.

use kinerja_kit::auth::Role;
use serde_json::json;

use super::scenario::{By, Elsewhere, Step, step};

const HR: By = By::Officer(Role::HrOfficer);
const SINCE: &str = "2026-01-02";

pub(super) fn steps() -> Vec<Step> {
    [employees(), assignments(), reporting_lines(), corrections()].concat()
}

fn employees() -> Vec<Step> {
    let employee = |name: &str, number: &str| {
        json!({"name": {"name": name, "backTitle": "S.AP."}, "employmentKind": "EMPLOYMENT_KIND_PNS",
               "identityNumber": number, "rank": "III/b", "status": "EMPLOYEE_STATUS_ACTIVE",
               "openedOn": SINCE, "requestId": "$new"})
    };
    let create = |message| step("registry.EmployeeService/CreateEmployee", HR, message);
    let change = |rpc: &str, field: &str, value: &str| {
        step(
            &format!("registry.EmployeeService/{rpc}"),
            HR,
            json!({"employeeId": "$leaving", field: value, "fromOn": "2026-02-01", "etag": "$leaving_etag",
                   "requestId": "$new"}),
        )
        .keeps("leaving_etag", "/employee/etag")
    };
    vec![
        create(employee("Hasan Harahap", "197004091998121001")).keeps("sekda", "/employee/employeeId"),
        create(employee("Ilham Rangkuti", "197604072005121001"))
            .keeps("superior", "/employee/employeeId"),
        create(employee("Parlin Siregar", "198011112006041002")).keeps("rater", "/employee/employeeId"),
        create(employee("Ratih Damayanti", "199205142019032001"))
            .keeps("employee", "/employee/employeeId")
            .keeps("employee_etag", "/employee/etag"),
        create(employee("Joko Saragih", "199306152019031002")).keeps("other", "/employee/employeeId"),
        create(employee("Wati Batubara", "199107012018012003"))
            .keeps("leaving", "/employee/employeeId")
            .keeps("leaving_etag", "/employee/etag"),
        step(
            "registry.EmployeeService/UpdateEmployee",
            HR,
            json!({"employeeId": "$employee", "name": {"name": "Ratih Damayanti Siregar", "backTitle": "S.AP."},
                   "employmentKind": "EMPLOYMENT_KIND_PNS", "etag": "$employee_etag", "requestId": "$new"}),
        )
        .keeps("employee_etag", "/employee/etag"),
        change("ChangeIdentityNumber", "identityNumber", "199107012018012004"),
        change("ChangeRank", "rank", "III/c"),
        change("ChangeStatus", "status", "EMPLOYEE_STATUS_STUDY_LEAVE"),
        step("registry.EmployeeService/GetEmployee", HR, json!({"employeeId": "$employee"})),
        step("registry.EmployeeService/ListEmployees", HR, json!({})),
        step("registry.EmployeeService/ListEmployees", HR, json!({"unit": {"unitId": "$section"}})),
        step("registry.EmployeeService/ListEmployeeHistory", HR, json!({"employeeId": "$leaving"})),
        step("registry.SearchService/SearchEmployees", HR, json!({"query": "Ratih"}))
            .elsewhere(Elsewhere::ShowsNothing),
    ]
}

fn assignments() -> Vec<Step> {
    let assign = |employee: &str, position: &str| {
        step(
            "registry.AssignmentService/CreateAssignment",
            HR,
            json!({"employeeId": employee, "positionId": position, "kind": "ASSIGNMENT_KIND_DEFINITIVE",
                   "fromOn": SINCE, "instrumentNumber": "SK/1", "requestId": "$new"}),
        )
    };
    vec![
        assign("$sekda", "$top"),
        assign("$superior", "$head"),
        assign("$rater", "$chief"),
        assign("$employee", "$post"),
        assign("$other", "$post")
            .keeps("assignment", "/assignment/assignmentId")
            .keeps("assignment_etag", "/assignment/etag"),
        step(
            "registry.AssignmentService/TransferEmployee",
            HR,
            json!({"assignmentId": "$assignment", "positionId": "$post", "fromOn": "2026-03-01",
                   "instrumentNumber": "SK/2", "etag": "$assignment_etag", "requestId": "$new"}),
        )
        .keeps("assignment", "/begun/assignmentId")
        .keeps("assignment_etag", "/begun/etag"),
        step(
            "registry.AssignmentService/GetAssignment",
            HR,
            json!({"assignmentId": "$assignment"}),
        ),
        step("registry.AssignmentService/ListAssignments", HR, json!({"employeeId": "$other"})),
    ]
}

fn reporting_lines() -> Vec<Step> {
    vec![
        step("registry.ReportingLineService/ResolveRater", HR, json!({"employeeId": "$employee"})),
        step("registry.ReportingLineService/ResolveRaters", HR, json!({"employeeIds": ["$employee", "$rater"]}))
            .elsewhere(Elsewhere::NoRowFound),
        step("registry.EmployeeService/GetEmployee", HR, json!({"employeeId": "$other"}))
            .keeps("other_etag", "/employee/etag"),
        step(
            "registry.ReportingLineService/SetReportingLine",
            HR,
            json!({"employeeId": "$other", "raterEmployeeId": "$superior", "fromOn": "2026-04-01",
                   "etag": "$other_etag", "requestId": "$new"}),
        ),
        step("registry.ReportingLineService/ListReportingLines", HR, json!({"employeeId": "$other"})),
        step(
            "registry.DelegationService/CreateDelegation",
            HR,
            json!({"employeeId": "$employee", "instrumentNumber": "800/1", "instrumentOn": SINCE,
                   "fromOn": SINCE, "untilOn": "2026-12-31", "requestId": "$new"}),
        )
        .keeps("delegation", "/delegation/delegationId")
        .keeps("delegation_etag", "/delegation/etag"),
        step("registry.DelegationService/ListDelegations", HR, json!({})),
        step(
            "registry.DelegationService/EndDelegation",
            HR,
            json!({"delegationId": "$delegation", "untilOn": "2026-02-01", "etag": "$delegation_etag",
                   "requestId": "$new"}),
        ),
        step(
            "registry.DelegationService/CreateRecusal",
            HR,
            json!({"employeeId": "$other", "raterEmployeeId": "$superior", "reason": "Hubungan keluarga",
                   "fromOn": "2026-05-01", "requestId": "$new"}),
        )
        .keeps("recusal", "/recusal/recusalId")
        .keeps("recusal_etag", "/recusal/etag"),
        step("registry.DelegationService/ListRecusals", HR, json!({"employeeId": "$other"})),
        step(
            "registry.DelegationService/EndRecusal",
            HR,
            json!({"recusalId": "$recusal", "untilOn": "2026-06-01", "etag": "$recusal_etag", "requestId": "$new"}),
        ),
    ]
}

fn corrections() -> Vec<Step> {
    let file = |name: &str| {
        step(
            "registry.CorrectionService/FileCorrection",
            By::Person("employee"),
            json!({"name": {"name": name}, "grounds": "Nama di ijazah", "requestId": "$new"}),
        )
        .keeps("correction", "/correction/correctionId")
        .keeps("correction_etag", "/correction/etag")
    };
    let line = json!({"fromOn": "2027-01-04", "raterEmployeeId": "$superior"});
    vec![
        step(
            "registry.CorrectionService/FileCorrection",
            By::Person("employee"),
            json!({"reportingLine": line, "grounds": "Pindah tim", "requestId": "$new"}),
        )
        .elsewhere(Elsewhere::AsOfNobodys),
        file("Ratih D. Siregar"),
        step(
            "registry.CorrectionService/GetCorrection",
            HR,
            json!({"correctionId": "$correction"}),
        ),
        step(
            "registry.CorrectionService/WithdrawCorrection",
            By::Person("employee"),
            json!({"correctionId": "$correction", "etag": "$correction_etag", "requestId": "$new"}),
        ),
        file("Ratih Damayanti Siregar"),
        step(
            "registry.CorrectionService/PreviewCorrection",
            HR,
            json!({"correctionId": "$correction"}),
        ),
        step(
            "registry.CorrectionService/DecideCorrection",
            HR,
            json!({"correctionId": "$correction", "accept": true, "reason": "Sesuai ijazah",
                   "etag": "$correction_etag", "requestId": "$new"}),
        ),
        step(
            "registry.CorrectionService/ListCorrections",
            HR,
            json!({"state": "CORRECTION_STATE_ACCEPTED"}),
        ),
    ]
}
