use serde_json::json;

use super::*;

const ANI: &str = "0193b1f0-0000-7000-8000-000000000001";

fn caller(claims: Value) -> Result<Caller, Unmapped> {
    mapped(PeopleClaims::default(), claims)
}

fn mapped(people: PeopleClaims, claims: Value) -> Result<Caller, Unmapped> {
    let Value::Object(claims) = claims else { panic!("claims are an object") };
    Mapping::People(people).caller(&claims)
}

#[test]
fn an_employee_is_everybody_with_an_employee_id() {
    let ani =
        caller(json!({ "sub": "ani", "tenant": "12.76", "employee_id": ANI })).expect("a caller");
    assert_eq!(ani.roles, Roles::of(&[Role::Employee]));
    assert!(ani.is(ANI.parse().expect("uuid")));
    assert_eq!(ani.tenant().expect("tenant").as_str(), "12.76");

    let guest = caller(json!({ "sub": "g", "tenant": "12.76", "roles": ["employee"] }));
    assert_eq!(guest.expect("a caller").roles, Roles::default());
}

#[test]
fn roles_come_as_list_or_text_and_unknown_ones_give_nothing() {
    let expected = Roles::of(&[Role::HrOfficer, Role::Inspector]);
    for roles in [json!(["hr_officer", "inspector", "admin"]), json!("hr_officer inspector x")] {
        let caller = caller(json!({ "sub": "o", "tenant": "12", "roles": roles }));
        assert_eq!(caller.expect("a caller").roles, expected);
    }
}

#[test]
fn names_of_claims_and_values_are_configured() {
    let people = PeopleClaims {
        tenant: "kinerja.go.id/tenant".into(),
        roles: "realm_access.roles".into(),
        role_values: vec!["kepegawaian=hr_officer".parse().expect("a pair")],
        ..PeopleClaims::default()
    };
    let officer = mapped(
        people,
        json!({
            "sub": "o",
            "kinerja.go.id/tenant": ["15.04"],
            "realm_access": { "roles": ["kepegawaian", "operator"] },
        }),
    );
    let officer = officer.expect("a caller");
    assert_eq!(officer.roles, Roles::of(&[Role::HrOfficer]), "names no longer count");
    assert_eq!(officer.tenant().expect("tenant").as_str(), "15.04");
}

#[test]
fn a_role_value_must_name_a_role() {
    assert!("a=b=unit_leader".parse::<RoleValue>().is_ok_and(|pair| pair.value == "a=b"));
    for text in ["boss", "boss=king", "staff=employee"] {
        assert!(text.parse::<RoleValue>().is_err(), "{text}");
    }
}

#[test]
fn a_service_is_nothing_else() {
    let service = caller(json!({
        "sub": "planning", "roles": ["service", "hr_officer"], "tenant": "12.76", "employee_id": ANI,
    }));
    let service = service.expect("a caller");
    assert_eq!(service.scope, Scope::System(None));
    assert_eq!((service.roles, service.employee_id), (Roles::of(&[Role::Service]), None));
}

#[test]
fn where_services_have_their_own_issuer_people_cannot_be_one() {
    let people = PeopleClaims { services: false, ..PeopleClaims::default() };
    let caller = mapped(people, json!({ "sub": "x", "roles": ["service"], "tenant": "12.76" }));
    assert_eq!(caller.expect("a caller").roles, Roles::default());
}

#[test]
fn the_platforms_tokens_make_only_the_services_that_are_listed() {
    let planning = "system:serviceaccount:kinerja:planning";
    let mapping = Mapping::Services { subjects: vec![planning.into()] };
    let claims = |sub: &str| Claims::from_iter([("sub".to_owned(), json!(sub))]);
    assert!(mapping.caller(&claims(planning)).expect("a service").has(Role::Service));
    let other = mapping.caller(&claims("system:serviceaccount:default:default"));
    assert_eq!(other, Err(Unmapped::UnknownService));
}

#[test]
fn an_auditor_of_a_province_is_confined_to_it() {
    let both =
        json!({ "sub": "a", "roles": ["province_auditor"], "province": "12", "tenant": "12" });
    assert_eq!(caller(both).expect("a caller").scope, Scope::Province("12".into()));
    let role_missing = json!({ "sub": "a", "province": "12", "tenant": "12.76" });
    let tenant = "12.76".parse().expect("code");
    assert_eq!(caller(role_missing).expect("a caller").scope, Scope::Tenant(tenant));
}

#[test]
fn an_operator_without_tenant_has_the_deployment() {
    let operator = caller(json!({ "sub": "o", "roles": ["operator"] })).expect("a caller");
    assert_eq!(operator.scope, Scope::System(None));
}

#[test]
fn claims_that_make_no_sense_make_no_caller() {
    let auditor = json!(["province_auditor"]);
    for (claims, fault) in [
        (json!({ "tenant": "12.76" }), Unmapped::Subject),
        (json!({ "sub": "a\u{0}b", "tenant": "12.76" }), Unmapped::Subject),
        (json!({ "sub": "x".repeat(256), "tenant": "12.76" }), Unmapped::Subject),
        (json!({ "sub": "a", "tenant": "Medan" }), Unmapped::Tenant),
        (json!({ "sub": "a", "tenant": "12", "employee_id": "7" }), Unmapped::EmployeeId),
        (json!({ "sub": "a", "province": "1", "roles": auditor }), Unmapped::Province),
        (json!({ "sub": "a", "tenant": 12.76 }), Unmapped::NoScope),
        (json!({ "sub": "a", "tenant": ["12", "15"] }), Unmapped::NoScope),
    ] {
        assert_eq!(caller(claims.clone()), Err(fault), "{claims}");
    }
}
