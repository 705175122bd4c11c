//! What the registry keeps beside people: services, facts, licences, imports, and who leaves for another government.

use kinerja_kit::auth::Role;
use serde_json::json;

use super::scenario::{By, Elsewhere, Step, step};

const HR: By = By::Officer(Role::HrOfficer);
const SINCE: &str = "2026-01-02";

pub(super) fn steps() -> Vec<Step> {
    [public_services(), discipline(), licences(), imports(), arrivals(), endings()].concat()
}

fn public_services() -> Vec<Step> {
    vec![
        step(
            "registry.PublicServiceService/CreatePublicService",
            HR,
            json!({"name": "Izin usaha", "product": "Izin", "promisedWorkingDays": 5, "fee": "Tidak dipungut biaya",
                   "opensOn": SINCE, "positionId": "$post", "requestId": "$new"}),
        )
        .keeps("service", "/publicService/id")
        .keeps("service_etag", "/publicService/etag"),
        step(
            "registry.PublicServiceService/UpdatePublicService",
            HR,
            json!({"publicServiceId": "$service", "name": "Izin usaha", "product": "Izin usaha",
                   "promisedMinutes": 45, "fee": "Tidak dipungut biaya", "etag": "$service_etag", "requestId": "$new"}),
        )
        .keeps("service_etag", "/publicService/etag"),
        step(
            "registry.PublicServiceService/AssignPublicService",
            HR,
            json!({"publicServiceId": "$service", "positionId": "$chief", "fromOn": "2026-02-01",
                   "etag": "$service_etag", "requestId": "$new"}),
        )
        .keeps("service_etag", "/publicService/etag"),
        step(
            "registry.PublicServiceService/GetPublicService",
            By::Public,
            json!({"tenantId": "12.76", "publicServiceId": "$service"}),
        ),
        step("registry.PublicServiceService/ListPublicServices", By::Public, json!({"tenantId": "12.76"})),
        step(
            "registry.PublicServiceService/ResolveOfficial",
            HR,
            json!({"publicServiceId": "$service"}),
        ),
        step(
            "registry.PublicServiceService/ClosePublicService",
            HR,
            json!({"publicServiceId": "$service", "closesOn": "2026-12-31", "etag": "$service_etag",
                   "requestId": "$new"}),
        ),
    ]
}

fn discipline() -> Vec<Step> {
    vec![
        step(
            "registry.DisciplineService/ImportAttendance",
            HR,
            json!({"rows": [{"identityNumber": "199205142019032001", "month": "2026-01", "workingDays": 20,
                             "presentDays": 20}], "requestId": "$new"}),
        ),
        step(
            "registry.DisciplineService/ImportSanctions",
            HR,
            json!({"rows": [{"identityNumber": "199306152019031002", "severity": "SANCTION_SEVERITY_LIGHT",
                             "kind": "Teguran lisan", "decreeNumber": "SK/9", "decreeOn": "2026-02-01",
                             "startsOn": "2026-02-01", "endsOn": "2026-08-01"}], "requestId": "$new"}),
        ),
        step("registry.DisciplineService/ListAttendance", HR, json!({"employeeId": "$employee"})),
        step("registry.DisciplineService/ListSanctions", HR, json!({"employeeId": "$other"})),
        step(
            "registry.DisciplineService/GetDisciplineFacts",
            HR,
            json!({"employeeId": "$employee", "fromOn": "2026-01-01", "untilOn": "2026-12-31"}),
        ),
    ]
}

fn licences() -> Vec<Step> {
    vec![
        step(
            "registry.LicenceService/CreateLicence",
            HR,
            json!({"employeeId": "$employee", "kind": "LICENCE_KIND_STR", "number": "STR-1", "issuer": "KTKI",
                   "issuedOn": SINCE, "expiresOn": "2027-01-01", "requestId": "$new"}),
        )
        .keeps("licence", "/licence/id")
        .keeps("licence_etag", "/licence/etag"),
        step(
            "registry.LicenceService/ImportLicences",
            HR,
            json!({"rows": [{"identityNumber": "199306152019031002", "kind": "LICENCE_KIND_SIP", "number": "SIP-1",
                             "issuer": "Dinas Kesehatan", "issuedOn": SINCE, "expiresOn": "2027-01-01"}],
                   "requestId": "$new"}),
        ),
        step(
            "registry.LicenceService/UpdateLicence",
            HR,
            json!({"licenceId": "$licence", "number": "STR-1", "issuer": "KTKI", "issuedOn": SINCE,
                   "expiresOn": "2028-01-01", "etag": "$licence_etag", "requestId": "$new"}),
        ),
        step("registry.LicenceService/GetLicence", HR, json!({"licenceId": "$licence"})),
        step("registry.LicenceService/ListLicences", HR, json!({"employeeId": "$employee"})),
        step(
            "registry.LicenceService/ListExpiringLicences",
            HR,
            json!({"fromOn": "2026-01-01", "untilOn": "2028-12-31"}),
        ),
    ]
}

fn imports() -> Vec<Step> {
    let import = |id: &str| {
        step(
            "registry.ImportService/ImportEmployees",
            HR,
            json!({"header": {"requestId": id, "dryRun": true, "mode": "IMPORT_MODE_GOOD_ROWS",
                              "createUnits": true, "asOf": SINCE}}),
        )
        .then(json!({"rows": {"rows": [{"identityNumber": "199004052015031003", "name": "Budi", "employmentKind": "PNS"}]}}))
        .then(json!({"end": {}}))
        .elsewhere(Elsewhere::Untried)
    };
    vec![
        import("$new").keeps("import", "/import/id"),
        step("registry.ImportService/GetImport", HR, json!({"importId": "$import"})),
        step("registry.ImportService/ListImports", HR, json!({})),
        step("registry.ImportService/ListImportFaults", HR, json!({"importId": "$import"})),
        step(
            "registry.ImportService/DeleteImport",
            HR,
            json!({"importId": "$import", "requestId": "$new"}),
        ),
        step(
            "registry.ExportService/ExportEmployees",
            HR,
            json!({"separator": "EXPORT_SEPARATOR_COMMA"}),
        )
        .elsewhere(Elsewhere::ShowsNothing),
        step(
            "registry.ExportService/ExportEmployees",
            HR,
            json!({"separator": "EXPORT_SEPARATOR_COMMA", "unitId": "$unit"}),
        ),
    ]
}

fn arrivals() -> Vec<Step> {
    vec![
        step(
            "registry.ArrivalService/ReleaseEmployee",
            HR,
            json!({"employeeId": "$leaving", "destinationTenantId": "15.04", "leftOn": "2026-09-01",
                   "etag": "$leaving_etag", "requestId": "$new"}),
        ),
        step("registry.ArrivalService/ListArrivals", By::Neighbour(Role::HrOfficer), json!({}))
            .keeps("arrival", "/arrivals/0/arrivalId")
            .keeps("arrival_etag", "/arrivals/0/etag"),
        step(
            "registry.ArrivalService/GetArrival",
            By::Neighbour(Role::HrOfficer),
            json!({"arrivalId": "$arrival"}),
        ),
        step(
            "registry.ArrivalService/AdmitEmployee",
            By::Neighbour(Role::HrOfficer),
            json!({"arrivalId": "$arrival", "openedOn": "2026-09-01", "etag": "$arrival_etag", "requestId": "$new"}),
        ),
    ]
}

fn endings() -> Vec<Step> {
    vec![step(
        "registry.AssignmentService/EndAssignment",
        HR,
        json!({"assignmentId": "$assignment", "untilOn": "2026-12-31", "etag": "$assignment_etag", "requestId": "$new"}),
    )]
}
