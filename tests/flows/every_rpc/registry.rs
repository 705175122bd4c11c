//! The registry's calls about a government itself: its settings and calendars, its units and positions.

use kinerja_kit::auth::{Identity, Role};
use serde_json::json;

use super::scenario::{By, Elsewhere, Step, step};

const HR: By = By::Officer(Role::HrOfficer);
const SINCE: &str = "2026-01-02";

pub(super) fn steps() -> Vec<Step> {
    [tenants(), calendars(), units(), positions()].concat()
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
            .keeps("tenant_etag", "/tenant/etag")
            .elsewhere(Elsewhere::NotFound),
        step(
            "registry.TenantService/UpdateTenant",
            By::Operator,
            json!({"tenantId": "12.76", "name": "Pemerintah Kota Tebing Tinggi", "timeZone": "Asia/Jakarta",
                   "etag": "$tenant_etag", "requestId": "$new"}),
        )
        .keeps("tenant_etag", "/tenant/etag"),
        step("registry.TenantService/GetTenant", HR, json!({})),
        step("registry.TenantService/GetTenant", HR, json!({"tenantId": "12.76"}))
            .elsewhere(Elsewhere::NotFound),
        step("registry.TenantService/ListTenants", By::Operator, json!({})).not_for(not_for_officers()),
        step(
            "registry.TenantService/SetTenantPolicy",
            HR,
            json!({"policy": policy, "etag": "$tenant_etag", "requestId": "$new"}),
        )
        .elsewhere(Elsewhere::Untried),
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
            .elsewhere(Elsewhere::NotFound),
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
        step("registry.UnitService/ListUnits", HR, json!({"parentUnitId": "$root"}))
            .elsewhere(Elsewhere::AsOfNobodys),
        step("registry.UnitService/ListSubtree", HR, json!({"unitId": "$root"})),
        step("registry.UnitService/ListUnitHistory", HR, json!({"unitId": "$unit"})),
        step(
            "registry.CalendarService/SetUnitCalendar",
            HR,
            json!({"unitId": "$unit", "workingWeeks": [{"fromOn": SINCE, "workingWeek": 6}], "requestId": "$new"}),
        ),
        step("registry.CalendarService/GetUnitCalendar", HR, json!({"unitId": "$unit"})),
        step(
            "registry.CalendarService/GetCalendar",
            HR,
            json!({"unitId": "$unit", "fromOn": "2026-08-01", "untilOn": "2026-08-31"}),
        ),
        step(
            "registry.CalendarService/ResolveDueDay",
            HR,
            json!({"unitId": "$unit", "fromOn": "2026-08-14", "workingDays": 5}),
        ),
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
