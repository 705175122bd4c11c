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
mod tests;
