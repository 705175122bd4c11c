use std::str::FromStr;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Caller, Role, Roles, Scope};
use crate::tenant::TenantId;

/// The claims of a verified token.
pub(super) type Claims = Map<String, Value>;

/// How the claims of one issuer's tokens become a caller.
#[derive(Debug, Clone)]
pub enum Mapping {
    People(PeopleClaims),
    /// Tokens of the platform, which know no claims of ours: these subjects are services.
    Services {
        subjects: Vec<String>,
    },
}

/// Which claim says what. A name is looked up as it stands, then as a path with dots into objects
/// (`realm_access.roles`).
#[derive(Debug, Clone)]
pub struct PeopleClaims {
    pub tenant: String,
    pub province: String,
    pub employee_id: String,
    /// A list of text, or one text with blanks or commas between.
    pub roles: String,
    /// Which value of the roles claim gives which role.
    pub role_values: Vec<RoleValue>,
    /// Whether the issuer may make a service; not where services have an issuer of their own.
    pub services: bool,
}

/// A value of the roles claim and the role it gives, written `value=role`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleValue {
    pub value: String,
    pub role: Role,
}

/// Why a genuine token makes no caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unmapped {
    #[error("the token has no usable subject")]
    Subject,
    #[error("the token's tenant is not a Kemendagri code")]
    Tenant,
    #[error("the token's province is not the code of one")]
    Province,
    #[error("the token's employee id is not a UUID")]
    EmployeeId,
    #[error("the token names neither a tenant nor a province")]
    NoScope,
    #[error("the token's subject is not a service of the suite")]
    UnknownService,
}

/// Longer subjects are nobody's.
const MAX_SUBJECT: usize = 255;

impl Default for PeopleClaims {
    /// Claims `tenant`, `province`, `employee_id` and `roles`, roles by their own names.
    fn default() -> Self {
        Self {
            tenant: "tenant".into(),
            province: "province".into(),
            employee_id: "employee_id".into(),
            roles: "roles".into(),
            role_values: RoleValue::names(),
            services: true,
        }
    }
}

impl RoleValue {
    /// Every role by its own name, except employee, which is had by having an employee id.
    pub fn names() -> Vec<Self> {
        let named = Role::ALL.into_iter().filter(|role| *role != Role::Employee);
        named.map(|role| Self { value: role.name().to_owned(), role }).collect()
    }
}

impl FromStr for RoleValue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (value, role) = text.rsplit_once('=').ok_or("must be written value=role")?;
        match role.parse() {
            Ok(Role::Employee) => Err("employee is had by having an employee id".to_owned()),
            Ok(role) => Ok(Self { value: value.to_owned(), role }),
            Err(unknown) => Err(unknown.to_string()),
        }
    }
}

impl Mapping {
    pub(super) fn caller(&self, claims: &Claims) -> Result<Caller, Unmapped> {
        let subject = subject(claims).ok_or(Unmapped::Subject)?;
        match self {
            Self::People(people) => people.caller(subject, claims),
            Self::Services { subjects } if subjects.contains(&subject) => Ok(service(subject)),
            Self::Services { .. } => Err(Unmapped::UnknownService),
        }
    }
}

impl PeopleClaims {
    fn caller(&self, subject: String, claims: &Claims) -> Result<Caller, Unmapped> {
        let mut roles = self.roles(claims);
        if roles.contains(Role::Service) {
            return Ok(service(subject));
        }
        let employee_id = text(claims, &self.employee_id)
            .map(|id| Uuid::try_parse(id).map_err(|_| Unmapped::EmployeeId))
            .transpose()?;
        if employee_id.is_some() {
            roles = roles.with(Role::Employee);
        }
        Ok(Caller { subject, scope: self.scope(roles, claims)?, employee_id, roles })
    }

    fn roles(&self, claims: &Claims) -> Roles {
        let values: Vec<&str> = match find(claims, &self.roles) {
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(text)) => text.split([' ', ',']).collect(),
            _ => Vec::new(),
        };
        let given = self.role_values.iter().filter(|known| values.contains(&known.value.as_str()));
        let roles: Roles = given.map(|known| known.role).collect();
        if self.services { roles } else { roles.without(Role::Service) }
    }

    /// A province's auditor is confined to the province, even one with a home tenant. An operator
    /// without tenant has the deployment for scope.
    fn scope(&self, roles: Roles, claims: &Claims) -> Result<Scope, Unmapped> {
        let province =
            text(claims, &self.province).filter(|_| roles.contains(Role::ProvinceAuditor));
        if let Some(code) = province {
            let is_code = code.len() == 2 && code.bytes().all(|digit| digit.is_ascii_digit());
            return if is_code {
                Ok(Scope::Province(code.into()))
            } else {
                Err(Unmapped::Province)
            };
        }
        match text(claims, &self.tenant) {
            Some(code) => {
                let tenant = code.parse::<TenantId>().map_err(|_| Unmapped::Tenant)?;
                Ok(Scope::Tenant(tenant))
            }
            None if roles.contains(Role::Operator) => Ok(Scope::System(None)),
            None => Err(Unmapped::NoScope),
        }
    }
}

/// A service is nothing but a service, whatever else its token says.
fn service(subject: String) -> Caller {
    let roles = Roles::of(&[Role::Service]);
    Caller { subject, scope: Scope::System(None), employee_id: None, roles }
}

fn subject(claims: &Claims) -> Option<String> {
    let subject = claims.get("sub")?.as_str()?;
    let usable = !subject.is_empty()
        && subject.len() <= MAX_SUBJECT
        && !subject.chars().any(char::is_control);
    usable.then(|| subject.to_owned())
}

/// A claim's text; some issuers make a list of everything, so a list of one text will do.
fn text<'c>(claims: &'c Claims, name: &str) -> Option<&'c str> {
    let text = match find(claims, name)? {
        Value::String(text) => text,
        Value::Array(list) => match list.as_slice() {
            [Value::String(text)] => text,
            _ => return None,
        },
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn find<'c>(claims: &'c Claims, name: &str) -> Option<&'c Value> {
    claims.get(name).or_else(|| {
        let (first, rest) = name.split_once('.')?;
        rest.split('.').try_fold(claims.get(first)?, |value, part| value.get(part))
    })
}

#[cfg(test)]
mod tests {
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
        let ani = caller(json!({ "sub": "ani", "tenant": "12.76", "employee_id": ANI }))
            .expect("a caller");
        assert_eq!(ani.roles, Roles::of(&[Role::Employee]));
        assert!(ani.is(ANI.parse().expect("uuid")));
        assert_eq!(ani.tenant().expect("tenant").as_str(), "12.76");

        let guest = caller(json!({ "sub": "g", "tenant": "12.76", "roles": ["employee"] }));
        assert_eq!(guest.expect("a caller").roles, Roles::default());
    }

    #[test]
    fn roles_come_as_list_or_text_and_unknown_ones_give_nothing() {
        let expected = Roles::of(&[Role::HrOfficer, Role::Inspector]);
        for roles in [json!(["hr_officer", "inspector", "admin"]), json!("hr_officer inspector x")]
        {
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
}
