use kinerja_evaluation::MIGRATOR;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    is, pb, refusal, sample,
    world::{BUDI, SITI, World},
};

async fn explain(world: &World, evaluation: &pb::Evaluation) -> pb::Explanation {
    let request = pb::GetExplanationRequest { evaluation_id: evaluation.evaluation_id.clone() };
    let reply = world.person(SITI).evaluations().get_explanation(request).await.expect("explained");
    reply.into_inner().explanation.expect("explanation")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_term_of_a_result_is_shown(pool: PgPool) {
    let world = World::new(pool).await;
    let rated = world.rated().await;
    let explained = explain(&world, &rated).await;
    assert_eq!(explained.policy.as_ref().map(|policy| policy.policy_id.as_str()), Some("K1"));
    let results = explained.results.expect("results");
    let [pair, permits] = results.units.as_slice() else { panic!("two units") };
    let terms: Vec<_> = pair.indicators.iter().map(|one| one.working.as_str()).collect();
    let expected = [
        "max(0, 2 - 6.5 / 7) x 100 -> 107.14 % = ABOVE (> 100.00)",
        "95 = 95: 100 -> 100.00 % = MEETS (90.00 to 100.00)",
    ];
    assert_eq!((terms.as_slice(), pair.class()), (&expected[..], pb::Rating::Meets));
    let one = &permits.indicators[0];
    assert_eq!(
        (one.achievement_exact.as_str(), one.achievement_shown.as_str()),
        ("920/9", "102.22")
    );
    assert_eq!((results.above, results.meets, results.below, results.unmeasured), (1, 1, 0, 0));
    assert_eq!((results.mean_exact.as_str(), results.mean_shown.as_str()), ("19490/189", "103.12"));
    assert_eq!(results.additional[0].indicators[0].working, "no realisation: none, not 0");
    let sentence = results.sentence.expect("sentence");
    assert!(sentence.indonesian.starts_with("Dari 2: 1 di atas, 1 sesuai"), "{sentence:?}");
    assert_eq!((results.plan_version, results.source_etag.as_str()), (1, "\"3\""));
    let matrix = explained.matrix.expect("matrix");
    assert_eq!(matrix.predicate(), pb::Predicate::Good);
    assert_eq!(
        matrix.sentence.expect("sentence").english,
        "Results meets expectation and behaviour meets expectation: the predicate is good."
    );
    assert_eq!(explained.behaviour.expect("behaviour").core_values.len(), 7);
    assert_eq!(explained.not_used.len(), 2);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_was_frozen_is_explained_whatever_planning_says_now(pool: PgPool) {
    let world = World::new(pool).await;
    let rated = world.rated().await;
    let before = explain(&world, &rated).await;
    world.neighbours.realise(sample::plan_of(SITI), 2, &[(sample::PERMITS, "1")]);
    world.neighbours.lose_planning();
    assert_eq!(explain(&world, &rated).await, before);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn before_it_is_prepared_there_is_nothing_to_explain(pool: PgPool) {
    let world = World::new(pool).await;
    let open = world.opened(SITI).await;
    let request = pb::GetExplanationRequest { evaluation_id: open.evaluation_id.clone() };
    let mut evaluations = world.person(SITI).evaluations();
    let status = evaluations.get_explanation(request.clone()).await.expect_err("open");
    assert_eq!(refusal(&status), is(Code::FailedPrecondition, "EVALUATION_STATE"));
    let status = world.person(BUDI).evaluations().get_explanation(request).await;
    let status = status.expect_err("another's");
    assert_eq!(refusal(&status), is(Code::PermissionDenied, "NOT_YOUR_EVALUATION"));
}
