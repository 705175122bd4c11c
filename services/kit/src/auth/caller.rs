use http::HeaderMap;
use kinerja_proto::common::v1::Reason;
use tonic::{Code, Request, Status};
use tonic_types::FieldViolation;
use uuid::Uuid;

use super::{Role, Roles};
use crate::{
    errors::{invalid, refusal},
    tenant::TenantId,
};

/// Metadata by which a service names the tenant it acts for. Ignored from anyone else.
pub const TENANT_METADATA: &str = "kinerja-tenant";

/// Who calls, as the token says and the middleware verified. In the extensions of every request
/// but the public ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The `sub` of the token.
    pub subject: String,
    pub scope: Scope,
    pub employee_id: Option<Uuid>,
    pub roles: Roles,
}

/// Whose data a caller may be given at all; roles and rules narrow it further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    Tenant(TenantId),
    /// The two digits of a province, for its shared summaries only.
    Province(String),
    /// All of the deployment; a service names the tenant it acts for.
    System(Option<TenantId>),
}

impl Caller {
    /// The caller of a request that came through the middleware.
    pub fn of<T>(request: &Request<T>) -> Result<Self, Status> {
        request.extensions().get().cloned().ok_or_else(|| {
            refusal(Code::Unauthenticated, Reason::Unauthenticated, "the call has no caller")
        })
    }

    /// The tenant the call is for.
    pub fn tenant(&self) -> Result<&TenantId, Status> {
        let message = match &self.scope {
            Scope::Tenant(tenant) | Scope::System(Some(tenant)) => return Ok(tenant),
            Scope::Province(_) => "a province reads shared summaries only",
            Scope::System(None) => "the call names no tenant",
        };
        Err(denied(message))
    }

    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(role)
    }

    pub fn is(&self, employee: Uuid) -> bool {
        self.employee_id == Some(employee)
    }

    /// Takes the tenant from the metadata, if the caller is one who may name it.
    pub(super) fn acting_for(mut self, headers: &HeaderMap) -> Result<Self, Status> {
        let (true, Scope::System(_)) = (self.has(Role::Service), &self.scope) else {
            return Ok(self);
        };
        let Some(named) = headers.get(TENANT_METADATA) else {
            return Ok(self);
        };
        let tenant = named.to_str().ok().and_then(|code| code.parse().ok());
        if tenant.is_none() {
            let fault = "must be a Kemendagri code such as 12 or 12.76";
            return Err(invalid(vec![FieldViolation::new(TENANT_METADATA, fault)]));
        }
        self.scope = Scope::System(tenant);
        Ok(self)
    }
}

pub(super) fn denied(message: &str) -> Status {
    refusal(Code::PermissionDenied, Reason::PermissionDenied, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(scope: Scope, roles: &[Role]) -> Caller {
        Caller { subject: "s".into(), scope, employee_id: None, roles: Roles::of(roles) }
    }

    fn naming(tenant: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(TENANT_METADATA, tenant.parse().expect("header"));
        headers
    }

    #[test]
    fn a_service_acts_for_the_tenant_it_names() {
        let service = caller(Scope::System(None), &[Role::Service]);
        assert_eq!(service.tenant().expect_err("none named").code(), Code::PermissionDenied);
        let acting = service.acting_for(&naming("12.76")).expect("acting");
        assert_eq!(acting.tenant().expect("tenant").as_str(), "12.76");
    }

    #[test]
    fn a_service_must_name_a_tenant_rightly() {
        let service = caller(Scope::System(None), &[Role::Service]);
        let refused = service.acting_for(&naming("12,76")).expect_err("no code");
        assert_eq!(refused.code(), Code::InvalidArgument);
    }

    #[test]
    fn nobody_else_may_name_a_tenant() {
        let home: TenantId = "12.76".parse().expect("code");
        let officer = caller(Scope::Tenant(home.clone()), &[Role::HrOfficer]);
        let officer = officer.acting_for(&naming("15.04")).expect("ignored");
        assert_eq!(officer.tenant().expect("tenant"), &home);

        let operator = caller(Scope::System(None), &[Role::Operator]);
        let operator = operator.acting_for(&naming("15.04")).expect("ignored");
        assert_eq!(operator.scope, Scope::System(None));
    }

    #[test]
    fn a_province_has_no_tenant() {
        let auditor = caller(Scope::Province("12".into()), &[Role::ProvinceAuditor]);
        assert_eq!(auditor.tenant().expect_err("denied").code(), Code::PermissionDenied);
    }
}
