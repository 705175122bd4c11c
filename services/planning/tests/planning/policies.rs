use kinerja_kit::auth::{Identity, Role};
use kinerja_planning::MIGRATOR;
use pb::{
    AchievementClass::Below, AchievementClass::Meets, policy_service_client::PolicyServiceClient,
};
use sqlx::PgPool;
use tonic::Code;

use crate::{
    faults, is, pb, refusal, sample,
    world::{HEAD, SITI, World, at, request_id, tenant},
};

/// From 95 percent on, from this day.
fn stricter(valid_from: &str) -> pb::CreatePolicyRequest {
    let policy = pb::Policy {
        policy_id: format!("TT-{valid_from}"),
        supersedes: "K1".into(),
        name: "Kebijakan sendiri".into(),
        valid_from: valid_from.into(),
        parameters: Some(pb::PolicyParameters {
            meets_from: "95.5".into(),
            above_over: "100".into(),
        }),
        citation: "Perwal 12/2026".into(),
        ..Default::default()
    };
    pb::CreatePolicyRequest { policy: Some(policy), request_id: request_id() }
}

async fn create(
    world: &World,
    request: pb::CreatePolicyRequest,
) -> Result<pb::Policy, tonic::Status> {
    let reply = PolicyServiceClient::new(world.officer()).create_policy(request).await?;
    Ok(reply.into_inner().policy.expect("policy"))
}

/// Which version measured 92 percent of a target, and as what.
fn measured(results: &pb::PlanResults) -> (&str, pb::AchievementClass) {
    let achievement = results.realisations[2].achievement.as_ref().expect("an achievement");
    (&results.policy_id, achievement.class())
}

/// The first and second quarter, open, with a plan of Siti's; May has come.
async fn quarters(world: &World) -> (pb::Plan, [pb::Period; 2]) {
    let year = world.year().await;
    let plan = world.approved(&year).await;
    let mut quarters = Vec::new();
    for ordinal in [1, 2] {
        let request = pb::CreatePeriodRequest {
            windows: vec![sample::window(pb::WindowKind::Realisation, "2026-01-01", "2026-12-31")],
            ..sample::period(pb::PeriodKind::Quarter, ordinal)
        };
        let made = world.periods().create_period(request).await.expect("quarter").into_inner();
        quarters.push(world.open(made.period.expect("period")).await);
    }
    world.clock.set(at("2026-05-10T01:00:00Z"));
    (plan, quarters.try_into().expect("two"))
}

async fn record(world: &World, plan: &pb::Plan, period: &pb::Period) -> pb::PlanResults {
    let request = sample::record(plan, period, "", &["8", "85", "1104"]);
    let reply = world.realisations(SITI).record_realisations(request).await.expect("recorded");
    reply.into_inner().results.expect("results")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_version_rules_the_periods_that_end_once_it_is_valid(pool: PgPool) {
    let world = World::new(pool).await;
    let (plan, [first, second]) = quarters(&world).await;
    let results = record(&world, &plan, &first).await;
    assert_eq!(measured(&results), ("K1", Meets));

    let made = create(&world, stricter("2026-04-01")).await.expect("created");
    let results = record(&world, &plan, &second).await;
    assert_eq!(measured(&results), (made.policy_id.as_str(), Below));
    // What was measured before keeps its version.
    let get = pb::GetPlanResultsRequest { plan_id: plan.plan_id, period_id: first.period_id };
    let kept = world.realisations(SITI).get_plan_results(get).await.expect("read").into_inner();
    assert_eq!(measured(&kept.results.expect("results")), ("K1", Meets));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn everybody_of_a_period_is_measured_alike(pool: PgPool) {
    let world = World::new(pool).await;
    let (plan, [_, second]) = quarters(&world).await;
    record(&world, &plan, &second).await;
    let refused = create(&world, stricter("2026-06-30")).await.expect_err("measured already");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "POLICY_IN_USE"));
    create(&world, stricter("2026-07-01")).await.expect("nothing was measured since");
    let refused = create(&world, stricter("2026-06-30")).await.expect_err("not the latest");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "POLICY_NOT_LATER"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_version_never_changes_and_all_are_kept(pool: PgPool) {
    let world = World::new(pool).await;
    let request = stricter("2027-01-01");
    let made = create(&world, request.clone()).await.expect("created");
    assert_eq!(create(&world, request.clone()).await.expect("told again"), made);
    let again = pb::CreatePolicyRequest { request_id: request_id(), ..request };
    let refused = create(&world, again).await.expect_err("there is one");
    assert_eq!(refusal(&refused), is(Code::AlreadyExists, "POLICY_TAKEN"));

    let mut policies =
        PolicyServiceClient::new(world.channel(&Identity::employee(&tenant(), HEAD)));
    let list = pb::ListPoliciesRequest { page_size: 1, ..Default::default() };
    let page = policies.list_policies(list.clone()).await.expect("a page").into_inner();
    let next = pb::ListPoliciesRequest { page_token: page.next_page_token, ..list };
    let last = policies.list_policies(next).await.expect("a page").into_inner();
    let known = [page.policies, last.policies].concat();
    let ids: Vec<_> = known.iter().map(|policy| policy.policy_id.as_str()).collect();
    assert_eq!((ids, last.next_page_token), (vec![made.policy_id.as_str(), "K1"], String::new()));
    let get = pb::GetPolicyRequest { policy_id: "K1".into() };
    let k1 = policies.get_policy(get).await.expect("K1").into_inner().policy.expect("policy");
    let parameters = k1.parameters.expect("parameters");
    assert_eq!((parameters.meets_from.as_str(), parameters.above_over.as_str()), ("90", "100"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_faulty_field_of_a_version_is_named(pool: PgPool) {
    let world = World::new(pool).await;
    let mut request = stricter("tomorrow");
    let policy = request.policy.as_mut().expect("policy");
    (policy.name, policy.citation) = (String::new(), String::new());
    policy.parameters =
        Some(pb::PolicyParameters { meets_from: "101".into(), above_over: "0".into() });
    let refused = create(&world, request).await.expect_err("faulty");
    assert_eq!(
        faults(&refused),
        ["policy.policy_id", "policy.name", "policy.valid_from", "policy.citation",]
    );
    let mut request = stricter("2027-01-01");
    let policy = request.policy.as_mut().expect("policy");
    policy.parameters =
        Some(pb::PolicyParameters { meets_from: "101".into(), above_over: "0".into() });
    let refused = create(&world, request).await.expect_err("faulty");
    let field = "policy.parameters.above_over";
    assert_eq!(faults(&refused), [field, field]);
    let mut request = stricter("2027-01-01");
    request.policy.as_mut().expect("policy").supersedes = "K0".into();
    let refused = create(&world, request).await.expect_err("there is none");
    assert_eq!(refusal(&refused), is(Code::NotFound, "POLICY_NOT_FOUND"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn versions_are_the_officers_to_make_and_of_one_government(pool: PgPool) {
    let world = World::new(pool).await;
    let mut policies =
        PolicyServiceClient::new(world.channel(&Identity::employee(&tenant(), HEAD)));
    let refused = policies.create_policy(stricter("2027-01-01")).await.expect_err("no officer");
    assert_eq!(refused.code(), Code::PermissionDenied);
    create(&world, stricter("2027-01-01")).await.expect("created");
    let elsewhere = "12.76".parse().expect("a tenant");
    let channel = world.channel(&Identity::officer(&elsewhere, Role::HrOfficer));
    let get = pb::GetPolicyRequest { policy_id: "TT-2027-01-01".into() };
    let refused = PolicyServiceClient::new(channel).get_policy(get).await.expect_err("theirs");
    assert_eq!(refusal(&refused), is(Code::NotFound, "POLICY_NOT_FOUND"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_government_that_is_not_known_yet_makes_no_version(pool: PgPool) {
    let world = World::new(pool).await;
    let elsewhere = "12.76".parse().expect("a tenant");
    let channel = world.channel(&Identity::officer(&elsewhere, Role::HrOfficer));
    let made = PolicyServiceClient::new(channel).create_policy(stricter("2027-01-01")).await;
    let refused = made.expect_err("not known yet");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "TENANT_UNKNOWN"));
}
