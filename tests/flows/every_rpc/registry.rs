//! The registry's calls: a government is built up, and then changed in every way.

use kinerja_kit::auth::{Identity, Role};
use serde_json::json;

use super::scenario::{By, Elsewhere, Step, step};

const HR: By = By::Officer(Role::HrOfficer);
const SINCE: &str = "2026-01-02";

pub(super) fn steps() -> Vec<Step> {
    [
        tenants(),
        calendars(),
        units(),
        positions(),
        employees(),
        assignments(),
        reporting_lines(),
        corrections(),
        public_services(),
        discipline(),
        licences(),
        imports(),
        arrivals(),
        endings(),
        feed(),
    ]
    .concat()
}

fn not_for_officers() -> Identity {
    Identity::officer(&"12.76".parse().expect("a code"), Role::Inspector)
}

fn tenants() -> Vec<Step> {
    let tenant = |code: &str, name: &str| json!({"tenantId": code, "name": name, "timeZone": "Asia/Jakarta", "requestId": "$new"});
    let policy = json!({
        "fromOn": "2027-01-01", "lowestRaterKind": "POLICY_RATER_KIND_PENGAWAS", "delegationAllowed": true,
        "workingWeek": 5,
        "clocks": [
            {"clock": "CLOCK_KIND_EVALUATION_HANDOVER", "counts": "DAY_COUNT_GOVERNMENT_WORKING_DAYS", "days": 14},
            {"clock": "CLOCK_KIND_EVALUATION_RETURN", "counts": "DAY_COUNT_GOVERNMENT_WORKING_DAYS", "days": 14},
            {"clock": "CLOCK_KIND_RATER_QUESTION", "counts": "DAY_COUNT_GOVERNMENT_WORKING_DAYS", "days": 5},
            {"clock": "CLOCK_KIND_COMPLAINT", "counts": "DAY_COUNT_GOVERNMENT_WORKING_DAYS"},
        ],
    });
    vec![
        step("registry.TenantService/CreateTenant", By::Operator, tenant("15.04", "Kabupaten Batanghari")),
        step("registry.TenantService/CreateTenant", By::Operator, tenant("12.76", "Kota Tebing Tinggi"))
            .keeps("tenant_etag", "/tenant/etag"),
        step(
            "registry.TenantService/UpdateTenant",
            By::Operator,
            json!({"tenantId": "12.76", "name": "Pemerintah Kota Tebing Tinggi", "timeZone": "Asia/Jakarta",
                   "etag": "$tenant_etag", "requestId": "$new"}),
        )
        .keeps("tenant_etag", "/tenant/etag"),
        step("registry.TenantService/GetTenant", HR, json!({})),
        step("registry.TenantService/ListTenants", By::Operator, json!({})).not_for(not_for_officers()),
        step(
            "registry.TenantService/SetTenantPolicy",
            HR,
            json!({"policy": policy, "etag": "$tenant_etag", "requestId": "$new"}),
        )
        .elsewhere(Elsewhere::Creates),
        step("registry.TenantService/GetTenantPolicy", HR, json!({})),
        step("registry.TenantService/ListTenantPolicies", HR, json!({})),
    ]
}

fn calendars() -> Vec<Step> {
    vec![
        step(
            "registry.CalendarService/SetCalendarYear",
            HR,
            json!({"year": 2026, "requestId": "$new", "holidays": [
                {"on": "2026-08-17", "kind": "HOLIDAY_KIND_NATIONAL", "name": "Proklamasi"}]}),
        ),
        step("registry.CalendarService/GetCalendarYear", HR, json!({"year": 2026}))
            .elsewhere(Elsewhere::Creates),
        step(
            "registry.CalendarService/GetCalendar",
            HR,
            json!({"fromOn": "2026-08-01", "untilOn": "2026-08-31"}),
        ),
        step(
            "registry.CalendarService/ResolveDueDay",
            HR,
            json!({"fromOn": "2026-08-14", "workingDays": 5}),
        ),
    ]
}

fn units() -> Vec<Step> {
    let unit = |code: &str, parent: &str| {
        json!({"code": code, "name": format!("Unit {code}"), "kind": "UNIT_KIND_DEPARTMENT",
               "parentUnitId": parent, "openedOn": SINCE, "requestId": "$new"})
    };
    vec![
        step("registry.UnitService/CreateUnit", HR, unit("PEMDA", ""))
            .keeps("root", "/unit/unitId"),
        step("registry.UnitService/CreateUnit", HR, unit("DINAS", "$root"))
            .keeps("unit", "/unit/unitId")
            .keeps("unit_etag", "/unit/etag"),
        step("registry.UnitService/CreateUnit", HR, unit("SEKSI", "$unit"))
            .keeps("section", "/unit/unitId")
            .keeps("section_etag", "/unit/etag"),
        step("registry.UnitService/CreateUnit", HR, unit("SEMENTARA", "$root"))
            .keeps("passing", "/unit/unitId")
            .keeps("passing_etag", "/unit/etag"),
        step(
            "registry.UnitService/RenameUnit",
            HR,
            json!({"unitId": "$unit", "name": "Dinas Perizinan", "fromOn": "2026-02-01",
                   "etag": "$unit_etag", "requestId": "$new"}),
        ),
        step(
            "registry.UnitService/MoveUnit",
            HR,
            json!({"unitId": "$passing", "parentUnitId": "$unit", "fromOn": "2026-03-01",
                   "etag": "$passing_etag", "requestId": "$new"}),
        )
        .keeps("passing_etag", "/unit/etag"),
        step(
            "registry.UnitService/CloseUnit",
            HR,
            json!({"unitId": "$passing", "closedOn": "2026-06-01", "etag": "$passing_etag", "requestId": "$new"}),
        ),
        step("registry.UnitService/GetUnit", HR, json!({"unitId": "$unit"})),
        step("registry.UnitService/ListUnits", HR, json!({})),
        step("registry.UnitService/ListSubtree", HR, json!({"unitId": "$root"})),
        step("registry.UnitService/ListUnitHistory", HR, json!({"unitId": "$unit"})),
        step(
            "registry.CalendarService/SetUnitCalendar",
            HR,
            json!({"unitId": "$unit", "workingWeeks": [{"fromOn": SINCE, "workingWeek": 6}], "requestId": "$new"}),
        ),
        step("registry.CalendarService/GetUnitCalendar", HR, json!({"unitId": "$unit"})),
    ]
}

fn positions() -> Vec<Step> {
    let position = |unit: &str, name: &str, kind: &str, head: bool| {
        let level = match kind {
            "JPT" => "POSITION_LEVEL_PRATAMA",
            "FUNCTIONAL" => "POSITION_LEVEL_AHLI_PERTAMA",
            _ => "POSITION_LEVEL_UNSPECIFIED",
        };
        json!({"unitId": unit, "name": name, "kind": format!("POSITION_KIND_{kind}"), "level": level,
               "class": 9, "headsUnit": head, "seats": if head { 1 } else { 4 },
               "technicalDuties": ["Melayani permohonan izin"], "openedOn": SINCE, "requestId": "$new"})
    };
    let create = |message| step("registry.PositionService/CreatePosition", HR, message);
    vec![
        create(position("$root", "Sekretaris Daerah", "JPT", true))
            .keeps("top", "/position/positionId"),
        create(position("$unit", "Kepala Dinas", "JPT", true))
            .keeps("head", "/position/positionId"),
        create(position("$section", "Kepala Seksi", "PENGAWAS", true))
            .keeps("chief", "/position/positionId"),
        create(position("$section", "Penata Perizinan", "FUNCTIONAL", false))
            .keeps("post", "/position/positionId")
            .keeps("post_etag", "/position/etag"),
        create(position("$section", "Jabatan Sementara", "FUNCTIONAL", false))
            .keeps("passing_post", "/position/positionId")
            .keeps("passing_post_etag", "/position/etag"),
        step(
            "registry.PositionService/UpdatePosition",
            HR,
            json!({"positionId": "$post", "name": "Penata Perizinan", "kind": "POSITION_KIND_FUNCTIONAL",
                   "level": "POSITION_LEVEL_AHLI_PERTAMA", "class": 8, "seats": 5,
                   "etag": "$post_etag", "requestId": "$new"}),
        ),
        step(
            "registry.PositionService/ClosePosition",
            HR,
            json!({"positionId": "$passing_post", "closedOn": "2026-06-01", "etag": "$passing_post_etag",
                   "requestId": "$new"}),
        ),
        step("registry.PositionService/GetPosition", HR, json!({"positionId": "$post"})),
        step("registry.PositionService/ListPositions", HR, json!({"unitId": "$section"})),
    ]
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
            .elsewhere(Elsewhere::Creates),
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
    vec![
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
        )
        .elsewhere(Elsewhere::Creates),
        step("registry.PublicServiceService/ListPublicServices", By::Public, json!({"tenantId": "12.76"}))
            .elsewhere(Elsewhere::Creates),
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
        .elsewhere(Elsewhere::Creates)
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
            .keeps("arrival_etag", "/arrivals/0/etag")
            .elsewhere(Elsewhere::Creates),
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

/// The feed and the clock are the same in every service.
fn feed() -> Vec<Step> {
    let clock = |rpc: &str| step(&format!("common.ClockService/{rpc}"), By::Operator, json!({}));
    vec![
        step("events.EventFeedService/GetHead", By::Service, json!({}))
            .elsewhere(Elsewhere::Creates),
        step("events.EventFeedService/Watch", By::Service, json!({})).elsewhere(Elsewhere::Creates),
        step(
            "events.EventFeedService/ListSnapshot",
            By::Service,
            json!({"types": ["kinerja.events.v1.UnitChanged"]}),
        )
        .elsewhere(Elsewhere::Creates),
        clock("GetClock").not_for(not_for_officers()).keeps("now", "/now"),
        step("common.ClockService/SetClock", By::Operator, json!({"now": "$now"}))
            .not_for(not_for_officers()),
    ]
}
