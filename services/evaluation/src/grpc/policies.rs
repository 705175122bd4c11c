use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_NAME, decimal, etag, instant},
    paging::Scope,
};
use kinerja_proto::evaluation::v1 as pb;
use tonic::{Request, Response, Status};

use super::{Api, words};
use crate::{
    app::StoredPolicy,
    domain::{
        matrix::{Cell, Matrix},
        objection::ObjectionRule,
        percent::Percent,
        policy::{Parameters, Policy, PolicyId, Rule},
    },
};

/// Percentages are kept with four decimal places.
const SCALE: u32 = 4;
const MAX_RULES: usize = 50;
/// A rule is said in a few sentences.
const MAX_RULE: usize = 1000;

#[tonic::async_trait]
impl pb::policy_service_server::PolicyService for Api {
    async fn create_policy(
        &self,
        request: Request<pb::CreatePolicyRequest>,
    ) -> Result<Response<pb::CreatePolicyResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let policy = policy(&mut fields, request.policy.as_ref());
        let key = fields.request_key(&caller, "CreatePolicy", &request.request_id, &request);
        fields.finish()?;
        let policy = policy.expect("a fault was named if not");
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
        let id = id.expect("a fault was named if not");
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
        let scope = Scope::of("ListPolicies", &caller, &request);
        let mut fields = Fields::default();
        let page = fields.page(size, &token, scope);
        fields.finish()?;
        let page = self.app.list_policies(&caller, page).await?;
        Ok(Response::new(pb::ListPoliciesResponse {
            policies: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }
}

fn policy_id(fields: &mut Fields, field: &str, text: &str) -> Option<PolicyId> {
    text.parse()
        .map_err(|error: crate::domain::policy::NotAPolicyId| {
            fields.fault(field, error.to_string());
        })
        .ok()
}

pub(super) fn opt_policy_id(fields: &mut Fields, field: &str, text: &str) -> Option<PolicyId> {
    if text.is_empty() { None } else { policy_id(fields, field, text) }
}

fn policy(fields: &mut Fields, given: Option<&pb::Policy>) -> Option<Policy> {
    let Some(given) = given else {
        fields.fault("policy", "must be set");
        return None;
    };
    let id = policy_id(fields, "policy.policy_id", &given.policy_id);
    let supersedes = opt_policy_id(fields, "policy.supersedes", &given.supersedes);
    let name = fields.text("policy.name", &given.name, MAX_NAME);
    let valid_from = fields.date("policy.valid_from", &given.valid_from);
    let parameters = parameters(fields, given.parameters.as_ref());
    let matrix = matrix(fields, &given.cells);
    let rules = rules(fields, &given.rules);
    Some(Policy {
        id: id?,
        supersedes,
        name,
        valid_from,
        parameters: parameters?,
        matrix: matrix?,
        rules: rules?,
    })
}

fn parameters(fields: &mut Fields, given: Option<&pb::PolicyParameters>) -> Option<Parameters> {
    let Some(given) = given else {
        fields.fault("policy.parameters", "must be set");
        return None;
    };
    let mut percent = |name: &str, text: &str| {
        Percent::from_e4(fields.decimal(&format!("policy.parameters.{name}"), text, SCALE))
    };
    let (above_over, meets_from) =
        (percent("above_over", &given.above_over), percent("meets_from", &given.meets_from));
    let (majority_over, mean_cap) =
        (percent("majority_over", &given.majority_over), percent("mean_cap", &given.mean_cap));
    let clock = given.objection_clock;
    let clock = fields.one_of("policy.parameters.objection_clock", clock, words::objection_clock);
    // What does not fit is out of range, which is named as such.
    let small = |value: i32| u8::try_from(value).unwrap_or(u8::MAX);
    let days = u16::try_from(given.objection_days).unwrap_or_default();
    let parameters = Parameters {
        shown_decimals: small(given.shown_decimals),
        above_over,
        meets_from,
        majority_over,
        mean_cap,
        behaviour_above_from: small(given.behaviour_above_from),
        objection: ObjectionRule { days, clock: clock? },
    };
    for (field, fault) in parameters.faults() {
        fields.fault(format!("policy.parameters.{field}"), fault);
    }
    Some(parameters)
}

fn matrix(fields: &mut Fields, given: &[pb::MatrixCell]) -> Option<Matrix> {
    let mut cells = Vec::new();
    for (n, cell) in given.iter().enumerate() {
        let at = |name: &str| format!("policy.cells[{n}].{name}");
        let results = fields.one_of(&at("results"), cell.results, words::rating);
        let behaviour = fields.one_of(&at("behaviour"), cell.behaviour, words::rating);
        let predicate = fields.one_of(&at("predicate"), cell.predicate, words::predicate);
        cells.push(Cell { results: results?, behaviour: behaviour?, predicate: predicate? });
    }
    Matrix::try_from(cells.as_slice())
        .map_err(|error| fields.fault("policy.cells", error.to_string()))
        .ok()
}

fn rules(fields: &mut Fields, given: &[pb::PolicyRule]) -> Option<Vec<Rule>> {
    if !(1..=MAX_RULES).contains(&given.len()) {
        fields.fault("policy.rules", format!("must have 1 to {MAX_RULES} rules"));
    }
    let read: Vec<_> =
        given.iter().enumerate().map(|(n, one)| rule(fields, n, given, one)).collect();
    read.into_iter().collect()
}

fn rule(
    fields: &mut Fields,
    n: usize,
    all: &[pb::PolicyRule],
    given: &pb::PolicyRule,
) -> Option<Rule> {
    let at = |name: &str| format!("policy.rules[{n}].{name}");
    let number = given.rule.strip_prefix('K').filter(|number| {
        (1..=2).contains(&number.len()) && number.bytes().all(|digit| digit.is_ascii_digit())
    });
    if number.is_none() {
        fields.fault(at("rule"), "must be a rule such as K3");
    }
    if all[..n].iter().any(|before| before.rule == given.rule) {
        fields.fault(at("rule"), "is named before");
    }
    let source = fields.one_of(&at("source"), given.source, words::source);
    Some(Rule {
        rule: given.rule.clone(),
        citation: fields.text(&at("citation"), &given.citation, MAX_RULE),
        indonesian: fields.text(&at("indonesian"), &given.indonesian, MAX_RULE),
        english: fields.text(&at("english"), &given.english, MAX_RULE),
        source: source?,
    })
}

impl From<StoredPolicy> for pb::Policy {
    fn from(stored: StoredPolicy) -> Self {
        Self {
            create_time: Some(instant(stored.created_at)),
            etag: etag(stored.revision),
            ..stored.policy.into()
        }
    }
}

impl From<Policy> for pb::Policy {
    fn from(policy: Policy) -> Self {
        Self {
            policy_id: policy.id.to_string(),
            supersedes: policy.supersedes.map(|id| id.to_string()).unwrap_or_default(),
            name: policy.name,
            valid_from: policy.valid_from.to_string(),
            parameters: Some(policy.parameters.into()),
            cells: policy.matrix.cells().map(Into::into).collect(),
            rules: policy.rules.into_iter().map(Into::into).collect(),
            create_time: None,
            etag: String::new(),
        }
    }
}

impl From<Parameters> for pb::PolicyParameters {
    fn from(parameters: Parameters) -> Self {
        let text = |percent: Percent| decimal(percent.e4(), SCALE);
        Self {
            shown_decimals: parameters.shown_decimals.into(),
            above_over: text(parameters.above_over),
            meets_from: text(parameters.meets_from),
            majority_over: text(parameters.majority_over),
            mean_cap: text(parameters.mean_cap),
            behaviour_above_from: parameters.behaviour_above_from.into(),
            objection_days: parameters.objection.days.into(),
            objection_clock: pb::ObjectionClock::from(parameters.objection.clock).into(),
        }
    }
}

impl From<Cell> for pb::MatrixCell {
    fn from(cell: Cell) -> Self {
        Self {
            results: pb::Rating::from(cell.results).into(),
            behaviour: pb::Rating::from(cell.behaviour).into(),
            predicate: pb::Predicate::from(cell.predicate).into(),
        }
    }
}

impl From<Rule> for pb::PolicyRule {
    fn from(rule: Rule) -> Self {
        Self {
            rule: rule.rule,
            source: pb::RuleSource::from(rule.source).into(),
            citation: rule.citation,
            indonesian: rule.indonesian,
            english: rule.english,
        }
    }
}
