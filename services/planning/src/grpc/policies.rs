use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_NAME, decimal, etag, instant},
    paging::Scope,
};
use kinerja_proto::planning::v1 as pb;
use tonic::{Request, Response, Status};

use crate::{
    app::{App, StoredPolicy},
    domain::{NotAPolicyId, Policy, PolicyId},
};

/// Percentages have two decimal places.
const SCALE: u32 = 2;
const MAX_CITATION: usize = 1000;

#[derive(Debug, Clone)]
pub(super) struct PolicyService {
    pub(super) app: App,
}

#[tonic::async_trait]
impl pb::policy_service_server::PolicyService for PolicyService {
    async fn create_policy(
        &self,
        request: Request<pb::CreatePolicyRequest>,
    ) -> Result<Response<pb::CreatePolicyResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let policy = policy(&mut fields, request.policy.as_ref());
        let key = fields.request_key(&caller, "CreatePolicy", &request.request_id, &request);
        fields.finish()?;
        let policy = policy.expect("a fault was noted in its place");
        let stored = self.app.create_policy(&caller, policy, key).await?;
        Ok(Response::new(pb::CreatePolicyResponse { policy: Some(stored.into()) }))
    }

    async fn get_policy(
        &self,
        request: Request<pb::GetPolicyRequest>,
    ) -> Result<Response<pb::GetPolicyResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let id = policy_id(&mut fields, "policy_id", &request.policy_id);
        fields.finish()?;
        let id = id.expect("a fault was noted in its place");
        let stored = self.app.get_policy(&caller, &id).await?;
        Ok(Response::new(pb::GetPolicyResponse { policy: Some(stored.into()) }))
    }

    async fn list_policies(
        &self,
        request: Request<pb::ListPoliciesRequest>,
    ) -> Result<Response<pb::ListPoliciesResponse>, Status> {
        let (caller, mut request) = (Caller::of(&request)?, request.into_inner());
        let (size, token) = (request.page_size, std::mem::take(&mut request.page_token));
        request.page_size = 0;
        let mut fields = Fields::default();
        let page = fields.page(size, &token, Scope::of("ListPolicies", &caller, &request));
        fields.finish()?;
        let page = self.app.list_policies(&caller, page).await?;
        Ok(Response::new(pb::ListPoliciesResponse {
            next_page_token: page.next_token,
            policies: page.items.into_iter().map(Into::into).collect(),
        }))
    }
}

fn policy_id(fields: &mut Fields, field: &str, text: &str) -> Option<PolicyId> {
    text.parse().map_err(|error: NotAPolicyId| fields.fault(field, error.to_string())).ok()
}

fn policy(fields: &mut Fields, given: Option<&pb::Policy>) -> Option<Policy> {
    let Some(given) = given else {
        fields.fault("policy", "must be set");
        return None;
    };
    let Some(parameters) = &given.parameters else {
        fields.fault("policy.parameters", "must be set");
        return None;
    };
    let id = policy_id(fields, "policy.policy_id", &given.policy_id);
    let supersedes = (!given.supersedes.is_empty())
        .then(|| policy_id(fields, "policy.supersedes", &given.supersedes))
        .flatten();
    let mut percent =
        |name: &str, text: &str| fields.decimal(&format!("policy.parameters.{name}"), text, SCALE);
    let (meets_from_e2, above_over_e2) = (
        percent("meets_from", &parameters.meets_from),
        percent("above_over", &parameters.above_over),
    );
    let name = fields.text("policy.name", &given.name, MAX_NAME);
    let valid_from = fields.date("policy.valid_from", &given.valid_from);
    let citation = fields.text("policy.citation", &given.citation, MAX_CITATION);
    let id = id?;
    let policy =
        Policy { id, supersedes, name, valid_from, meets_from_e2, above_over_e2, citation };
    for (field, fault) in policy.faults() {
        fields.fault(format!("policy.parameters.{field}"), fault);
    }
    Some(policy)
}

impl From<StoredPolicy> for pb::Policy {
    fn from(stored: StoredPolicy) -> Self {
        let policy = stored.policy;
        let percent = |e2| decimal(e2, SCALE);
        Self {
            policy_id: policy.id.to_string(),
            supersedes: policy.supersedes.map(|id| id.to_string()).unwrap_or_default(),
            name: policy.name,
            valid_from: policy.valid_from.to_string(),
            parameters: Some(pb::PolicyParameters {
                meets_from: percent(policy.meets_from_e2),
                above_over: percent(policy.above_over_e2),
            }),
            citation: policy.citation,
            create_time: Some(instant(stored.created_at)),
            etag: etag(stored.revision),
        }
    }
}
