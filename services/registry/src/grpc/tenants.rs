use jiff_sqlx::Timestamp as SqlTimestamp;
use kinerja_kit::{
    auth::Caller,
    calendar::Week,
    fields::{Fields, MAX_NAME, etag, instant},
    paging::Scope,
    tenant::TenantId,
};
use kinerja_proto::registry::v1 as pb;
use tonic::{Request, Response, Status};

use super::words;
use crate::{
    app::{App, Mutation, tenants::TenantTraits},
    domain::{
        Clock, Eligibility, Policy, PositionKind,
        policy::{ClockKind, DayCount, check_clocks},
    },
    store::tenants::TenantView,
};

/// Of the three zones of the country, WIB by two names.
const TIME_ZONES: [&str; 4] = ["Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura"];

#[derive(Debug, Clone)]
pub(super) struct Tenants(App);

impl Tenants {
    pub(super) fn new(app: &App) -> Self {
        Self(app.clone())
    }
}

#[tonic::async_trait]
impl pb::tenant_service_server::TenantService for Tenants {
    async fn create_tenant(
        &self,
        request: Request<pb::CreateTenantRequest>,
    ) -> Result<Response<pb::CreateTenantResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = tenant_id(&mut fields, "tenant_id", &request.tenant_id);
        let traits = traits(&mut fields, &request.name, &request.time_zone);
        let key = fields.request_key(&caller, "CreateTenant", &request.request_id, &request);
        fields.finish()?;
        let id = id.expect("its fault was reported");
        let tenant = self.0.create_tenant(&caller, &id, traits, key).await?;
        Ok(Response::new(pb::CreateTenantResponse { tenant: Some(tenant.into()) }))
    }

    async fn update_tenant(
        &self,
        request: Request<pb::UpdateTenantRequest>,
    ) -> Result<Response<pb::UpdateTenantResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = tenant_id(&mut fields, "tenant_id", &request.tenant_id);
        let traits = traits(&mut fields, &request.name, &request.time_zone);
        let mutation = Mutation {
            key: fields.request_key(&caller, "UpdateTenant", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        fields.finish()?;
        let id = id.expect("its fault was reported");
        let tenant = self.0.update_tenant(&caller, &id, traits, mutation).await?;
        Ok(Response::new(pb::UpdateTenantResponse { tenant: Some(tenant.into()) }))
    }

    async fn get_tenant(
        &self,
        request: Request<pb::GetTenantRequest>,
    ) -> Result<Response<pb::GetTenantResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let named = (!request.tenant_id.is_empty())
            .then(|| tenant_id(&mut fields, "tenant_id", &request.tenant_id));
        fields.finish()?;
        let tenant = self.0.get_tenant(&caller, named.flatten()).await?;
        Ok(Response::new(pb::GetTenantResponse { tenant: Some(tenant.into()) }))
    }

    async fn list_tenants(
        &self,
        request: Request<pb::ListTenantsRequest>,
    ) -> Result<Response<pb::ListTenantsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let scope = Scope::of("ListTenants", &caller, &pb::ListTenantsRequest::default());
        let page = fields.page(request.page_size, &request.page_token, scope);
        fields.finish()?;
        let page = self.0.list_tenants(&caller, page).await?;
        Ok(Response::new(pb::ListTenantsResponse {
            tenants: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn set_tenant_policy(
        &self,
        request: Request<pb::SetTenantPolicyRequest>,
    ) -> Result<Response<pb::SetTenantPolicyResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let policy = policy(&mut fields, request.policy.as_ref());
        let mutation = Mutation {
            key: fields.request_key(&caller, "SetTenantPolicy", &request.request_id, &request),
            revision: fields.etag("etag", &request.etag),
        };
        fields.finish()?;
        let (policy, tenant) = self.0.set_tenant_policy(&caller, policy, mutation).await?;
        Ok(Response::new(pb::SetTenantPolicyResponse {
            policy: Some(policy.into()),
            tenant: Some(tenant.into()),
        }))
    }

    async fn get_tenant_policy(
        &self,
        request: Request<pb::GetTenantPolicyRequest>,
    ) -> Result<Response<pb::GetTenantPolicyResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let on = fields.opt_date("on", &request.on);
        fields.finish()?;
        let policy = self.0.get_tenant_policy(&caller, on).await?;
        Ok(Response::new(pb::GetTenantPolicyResponse { policy: Some(policy.into()) }))
    }

    async fn list_tenant_policies(
        &self,
        request: Request<pb::ListTenantPoliciesRequest>,
    ) -> Result<Response<pb::ListTenantPoliciesResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let scoped = pb::ListTenantPoliciesRequest::default();
        let scope = Scope::of("ListTenantPolicies", &caller, &scoped);
        let page = fields.page(request.page_size, &request.page_token, scope);
        fields.finish()?;
        let page = self.0.list_tenant_policies(&caller, page).await?;
        Ok(Response::new(pb::ListTenantPoliciesResponse {
            policies: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }
}

/// A government named in a request.
pub(super) fn tenant_id(fields: &mut Fields, field: &str, text: &str) -> Option<TenantId> {
    text.parse::<TenantId>().map_err(|fault| fields.fault(field, fault.to_string())).ok()
}

fn traits(fields: &mut Fields, name: &str, time_zone: &str) -> TenantTraits {
    if !TIME_ZONES.contains(&time_zone) {
        fields.fault("time_zone", format!("must be one of {}", TIME_ZONES.join(", ")));
    }
    TenantTraits { name: fields.text("name", name, MAX_NAME), time_zone: time_zone.to_owned() }
}

fn policy(fields: &mut Fields, policy: Option<&pb::TenantPolicy>) -> Policy {
    let empty = pb::TenantPolicy::default();
    let policy = policy.unwrap_or(&empty);
    let lowest = fields.one_of(
        "policy.lowest_rater_kind",
        policy.lowest_rater_kind,
        |kind: pb::PolicyRaterKind| words::read(kind.as_str_name(), "POLICY_RATER_KIND_"),
    );
    if !matches!(policy.working_week, 5 | 6) {
        fields.fault("policy.working_week", "must be 5 or 6");
    }
    let clocks: Vec<_> = policy.clocks.iter().map(|line| clock(fields, line)).collect();
    if let Err(fault) = check_clocks(&clocks) {
        fields.fault("policy.clocks", fault.to_string());
    }
    Policy {
        version: 0,
        from_on: fields.date("policy.from_on", &policy.from_on),
        eligibility: Eligibility {
            lowest: lowest.unwrap_or(PositionKind::Pengawas),
            delegation_allowed: policy.delegation_allowed,
        },
        week: if policy.working_week == 6 { Week::Six } else { Week::Five },
        clocks,
    }
}

fn clock(fields: &mut Fields, line: &pb::PolicyClock) -> Clock {
    let kind = fields.one_of("policy.clocks.clock", line.clock, |kind: pb::ClockKind| {
        words::read(kind.as_str_name(), "CLOCK_KIND_")
    });
    let counts = fields.one_of("policy.clocks.counts", line.counts, |counts: pb::DayCount| {
        words::read(counts.as_str_name(), "DAY_COUNT_")
    });
    Clock {
        kind: kind.unwrap_or(ClockKind::Complaint),
        counts: counts.unwrap_or(DayCount::CalendarDays),
        days: i16::try_from(line.days).ok().filter(|days| *days != 0),
    }
}

impl From<TenantView> for pb::Tenant {
    fn from(view: TenantView) -> Self {
        Self {
            tenant_id: view.tenant_id,
            name: view.name,
            time_zone: view.time_zone,
            create_time: Some(instant(SqlTimestamp::to_jiff(view.created_at))),
            etag: etag(view.revision),
        }
    }
}

impl From<Policy> for pb::TenantPolicy {
    fn from(policy: Policy) -> Self {
        let lowest = match policy.eligibility.lowest {
            PositionKind::Administrator => pb::PolicyRaterKind::Administrator,
            PositionKind::Jpt => pb::PolicyRaterKind::Jpt,
            _ => pb::PolicyRaterKind::Pengawas,
        };
        Self {
            version: policy.version,
            from_on: policy.from_on.to_string(),
            lowest_rater_kind: lowest.into(),
            delegation_allowed: policy.eligibility.delegation_allowed,
            working_week: if policy.week == Week::Six { 6 } else { 5 },
            clocks: policy.clocks.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Clock> for pb::PolicyClock {
    fn from(clock: Clock) -> Self {
        let kind = match clock.kind {
            ClockKind::EvaluationHandover => pb::ClockKind::EvaluationHandover,
            ClockKind::EvaluationReturn => pb::ClockKind::EvaluationReturn,
            ClockKind::RaterQuestion => pb::ClockKind::RaterQuestion,
            ClockKind::Complaint => pb::ClockKind::Complaint,
        };
        let counts = match clock.counts {
            DayCount::CalendarDays => pb::DayCount::CalendarDays,
            DayCount::GovernmentWorkingDays => pb::DayCount::GovernmentWorkingDays,
            DayCount::UnitWorkingDays => pb::DayCount::UnitWorkingDays,
        };
        Self {
            clock: kind.into(),
            counts: counts.into(),
            days: clock.days.map(i32::from).unwrap_or_default(),
        }
    }
}
