//! What is as large as it may be is still read by a stock client, which takes four MiB.

use kinerja_evaluation::MIGRATOR;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    pb, sample,
    world::{BUDI, HEAD, SITI, TENANT, World, event, request_id},
};

/// So many of the characters that are longest on the wire.
fn long(characters: usize) -> String {
    "𝄞".repeat(characters)
}

/// A rating of which nothing may be longer.
fn longest_rating() -> pb::GivenRating {
    let mut rating = sample::rating();
    let results = rating.results.as_mut().expect("results");
    (results.reason, results.departure, results.unit_result) = (long(4000), long(4000), long(4000));
    let behaviour = rating.behaviour.as_mut().expect("behaviour");
    (behaviour.reason, behaviour.departure, behaviour.fact) = (long(4000), long(4000), long(4000));
    for value in &mut behaviour.core_values {
        (value.reason, value.fact) = (long(4000), long(4000));
    }
    rating.goes_well = vec![long(4000); 20];
    rating.improvements = vec![pb::Improvement { text: long(4000), competency_code: long(32) }; 20];
    rating
}

async fn rate_at_length(world: &World, evaluation: &pb::Evaluation) -> pb::Evaluation {
    let prepared = world.prepare(HEAD, evaluation).await;
    let request = sample::submit(&prepared, longest_rating());
    let reply = world.person(HEAD).ratings().submit_rating(request).await.expect("rated");
    reply.into_inner().evaluation.expect("evaluation")
}

/// Siti's and Budi's evaluations of three cycles, six MiB of ratings.
async fn rated_at_length(world: &World) -> Vec<pb::Evaluation> {
    for (kind, ordinal) in
        [(pb::CycleKind::Quarter, 1), (pb::CycleKind::Quarter, 2), (pb::CycleKind::Annual, 1)]
    {
        world.cycle(kind, ordinal).await;
    }
    let mut rated = Vec::new();
    for employee in [SITI, BUDI] {
        for evaluation in world.evaluations_of(employee).await {
            rated.push(rate_at_length(world, &evaluation).await);
        }
    }
    rated
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn long_evaluations_are_listed_in_pages_that_a_client_takes(pool: PgPool) {
    let world = World::new(pool).await;
    let mut rated = rated_at_length(&world).await;
    rated.sort_by(|one, other| one.evaluation_id.cmp(&other.evaluation_id));
    let mut request = pb::ListEvaluationsRequest {
        rater_employee_id: HEAD.to_string(),
        page_size: 500,
        ..Default::default()
    };
    let (mut listed, mut pages) = (Vec::new(), 0);
    loop {
        let page = world.officer().evaluations().list_evaluations(request.clone()).await;
        let page = page.expect("a page").into_inner();
        listed.extend(page.evaluations);
        pages += 1;
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(listed, rated);
    assert!(pages > 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn many_long_evaluations_are_answered_at_once_without_their_words(pool: PgPool) {
    let world = World::new(pool).await;
    let rated = rated_at_length(&world).await;
    let rows = rated.iter().map(sample::reference).collect();
    let request =
        pb::RecordReceiptsRequest { rows, note: "diserahkan".into(), request_id: request_id() };
    let mut evaluations = world.officer().evaluations();
    let reply = evaluations.record_receipts(request).await.expect("answered").into_inner();
    for result in reply.results {
        let Some(pb::evaluation_row_result::Outcome::Evaluation(shown)) = result.outcome else {
            panic!("{result:?}")
        };
        let rating = shown.rating.expect("a rating");
        assert_eq!((rating.predicate(), rating.number), (pb::Predicate::Good, 1));
        assert_eq!((rating.goes_well.len(), rating.improvements.len()), (0, 0));
        assert_eq!(rating.results.expect("results").reason, "");
    }
}

/// A policy of which nothing may be longer.
async fn longest_policy(world: &World) {
    let get = pb::GetPolicyRequest { policy_id: "K1".into() };
    let k1 = world.officer().policies().get_policy(get).await.expect("K1").into_inner();
    let k1 = k1.policy.expect("policy");
    let rule = pb::PolicyRule {
        citation: long(1000),
        indonesian: long(1000),
        english: long(1000),
        ..k1.rules[0].clone()
    };
    let rules = (0..50).map(|n| pb::PolicyRule { rule: format!("K{n}"), ..rule.clone() });
    let policy = pb::Policy {
        policy_id: "LONG".into(),
        supersedes: "K1".into(),
        name: long(200),
        rules: rules.collect(),
        ..k1
    };
    let request = pb::CreatePolicyRequest { policy: Some(policy), request_id: request_id() };
    world.officer().policies().create_policy(request).await.expect("created");
}

/// Siti's plan is approved again with as many and as long indicators as a plan may have.
async fn approve_at_length(world: &World) {
    let mut plan = sample::plan(SITI, HEAD);
    plan.version = 2;
    let (mut result, indicator) = (plan.results[1].clone(), plan.results[1].indicators[0].clone());
    result.name = long(1000);
    plan.results = (0..10)
        .map(|nth| {
            let mut result = result.clone();
            result.result_id = Uuid::from_u128(0x900 + nth).to_string();
            result.indicators = (0..20)
                .map(|of| {
                    let mut indicator = indicator.clone();
                    indicator.indicator_id = Uuid::from_u128(0x1000 + nth * 20 + of).to_string();
                    indicator.name = long(1000);
                    indicator.target_unit = long(50);
                    indicator
                })
                .collect();
            result
        })
        .collect();
    let values: Vec<_> =
        (0..200).map(|nth| (Uuid::from_u128(0x1000 + nth), "999999999.9999")).collect();
    world.neighbours.realise(sample::plan_of(SITI), 2, &values);
    world.planning_tells(&[event(TENANT, sample::plan_of(SITI), 5, &plan)]).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_longest_evaluation_is_explained(pool: PgPool) {
    let world = World::new(pool).await;
    longest_policy(&world).await;
    approve_at_length(&world).await;
    let create = pb::CreateCycleRequest {
        policy_id: "LONG".into(),
        ..sample::create_cycle(pb::CycleKind::Quarter, 1)
    };
    let made = world.officer().cycles().create_cycle(create).await.expect("cycle").into_inner();
    let open = sample::open_cycle(&made.cycle.expect("cycle"));
    world.officer().cycles().open_cycle(open).await.expect("opens");
    let evaluation = world.evaluations_of(SITI).await.remove(0);
    let rated = rate_at_length(&world, &evaluation).await;
    let request = pb::GetExplanationRequest { evaluation_id: rated.evaluation_id };
    let reply = world.person(SITI).evaluations().get_explanation(request).await.expect("explained");
    let explained = reply.into_inner().explanation.expect("explanation");
    assert_eq!(explained.results.expect("results").units.len(), 200);
}
