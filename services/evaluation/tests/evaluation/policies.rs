use kinerja_evaluation::MIGRATOR;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    faults, is, pb, refusal, sample,
    world::{SITI, World, request_id},
};

async fn k1(world: &World) -> pb::Policy {
    let request = pb::GetPolicyRequest { policy_id: "K1".into() };
    let read = world.person(SITI).policies().get_policy(request).await.expect("K1").into_inner();
    read.policy.expect("policy")
}

/// A stricter reading of K3 for 2027.
async fn stricter(world: &World) -> pb::Policy {
    let k1 = k1(world).await;
    let parameters = pb::PolicyParameters {
        meets_from: "95.00".into(),
        ..k1.parameters.clone().expect("numbers")
    };
    pb::Policy {
        policy_id: "MTR-2027".into(),
        supersedes: "K1".into(),
        name: "Peraturan Wali Kota 7/2026".into(),
        valid_from: "2027-01-01".into(),
        parameters: Some(parameters),
        ..k1
    }
}

fn create(policy: pb::Policy) -> pb::CreatePolicyRequest {
    pb::CreatePolicyRequest { policy: Some(policy), request_id: request_id() }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_government_has_the_shipped_policy_with_its_sources(pool: PgPool) {
    let world = World::new(pool).await;
    let k1 = k1(&world).await;
    assert_eq!((k1.valid_from.as_str(), k1.cells.len()), ("2026-01-01", 9));
    let numbers = k1.parameters.expect("numbers");
    assert_eq!((numbers.above_over.as_str(), numbers.meets_from.as_str()), ("100", "90"));
    let clock = (numbers.objection_days, numbers.objection_clock());
    assert_eq!(clock, (14, pb::ObjectionClock::CalendarDays));
    let sources: Vec<_> = k1.rules.iter().map(|rule| (rule.rule.as_str(), rule.source())).collect();
    assert_eq!(sources[1], ("K2", pb::RuleSource::Law));
    assert_eq!(sources[2], ("K3", pb::RuleSource::Reading));
    assert!(k1.rules.iter().all(|rule| !rule.citation.is_empty() && !rule.english.is_empty()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_government_supersedes_by_a_new_version_and_the_old_one_stays(pool: PgPool) {
    let world = World::new(pool).await;
    let before = k1(&world).await;
    let policy = stricter(&world).await;
    let mut policies = world.officer().policies();
    let made = policies.create_policy(create(policy)).await.expect("made").into_inner();
    let made = made.policy.expect("policy");
    assert_eq!(made.parameters.expect("numbers").meets_from, "95");
    let list = policies.list_policies(pb::ListPoliciesRequest::default()).await.expect("list");
    let ids: Vec<_> = list.into_inner().policies.into_iter().map(|one| one.policy_id).collect();
    assert_eq!(ids, ["MTR-2027", "K1"]);
    assert_eq!(k1(&world).await, before);
    let cycle =
        pb::CreateCycleRequest { year: 2027, ..sample::create_cycle(pb::CycleKind::Annual, 1) };
    let cycle = world.officer().cycles().create_cycle(cycle).await.expect("cycle").into_inner();
    assert_eq!(cycle.cycle.expect("cycle").policy_id, "MTR-2027");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_version_never_changes(pool: PgPool) {
    let world = World::new(pool).await;
    let again = pb::Policy { policy_id: "K1".into(), ..stricter(&world).await };
    let status = world.officer().policies().create_policy(create(again)).await.expect_err("taken");
    assert_eq!(refusal(&status), is(Code::AlreadyExists, "POLICY_TAKEN"));
    let orphan = pb::Policy { supersedes: "K9".into(), ..stricter(&world).await };
    let status = world.officer().policies().create_policy(create(orphan)).await.expect_err("none");
    assert_eq!(refusal(&status), is(Code::NotFound, "POLICY_NOT_FOUND"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_repeated_request_makes_one_version(pool: PgPool) {
    let world = World::new(pool).await;
    let request = create(stricter(&world).await);
    let mut policies = world.officer().policies();
    let first = policies.create_policy(request.clone()).await.expect("first").into_inner();
    let again = policies.create_policy(request).await.expect("again").into_inner();
    assert_eq!(first, again);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_faulty_field_of_a_version_is_named(pool: PgPool) {
    let world = World::new(pool).await;
    let mut policy = stricter(&world).await;
    policy.policy_id = "kebijakan".into();
    policy.cells.pop();
    policy.rules[1].rule = "K1".into();
    if let Some(numbers) = &mut policy.parameters {
        numbers.above_over = "80".into();
        numbers.behaviour_above_from = 8;
    }
    let status =
        world.officer().policies().create_policy(create(policy)).await.expect_err("faulty");
    assert_eq!(
        faults(&status),
        [
            "policy.policy_id",
            "policy.parameters.above_over",
            "policy.parameters.behaviour_above_from",
            "policy.cells",
            "policy.rules[1].rule",
        ]
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn versions_are_the_officers_to_make_and_of_one_government(pool: PgPool) {
    let world = World::new(pool).await;
    let policy = stricter(&world).await;
    let mut policies = world.person(SITI).policies();
    let status = policies.create_policy(create(policy.clone())).await.expect_err("no officer");
    assert_eq!(refusal(&status), is(Code::PermissionDenied, "PERMISSION_DENIED"));
    world.officer().policies().create_policy(create(policy)).await.expect("made");
    let request = pb::GetPolicyRequest { policy_id: "MTR-2027".into() };
    let status = world.stranger().policies().get_policy(request).await.expect_err("another's");
    assert_eq!(refusal(&status), is(Code::NotFound, "POLICY_NOT_FOUND"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_government_that_is_not_known_yet_makes_no_version(pool: PgPool) {
    let world = World::new(pool).await;
    let policy = stricter(&world).await;
    let made = world.stranger().policies().create_policy(create(policy)).await;
    let refused = made.expect_err("not known yet");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "TENANT_UNKNOWN"));
}
