use kinerja_evaluation::MIGRATOR;
use sqlx::PgPool;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::{
    faults, is, outcome, pb, refusal, sample,
    world::{BUDI, CHIEF, HEAD, SITI, UNIT, World, request_id},
};

pub(crate) fn split(evaluation: &pb::Evaluation, on: &str) -> pb::SplitEvaluationRequest {
    pb::SplitEvaluationRequest {
        evaluation_id: evaluation.evaluation_id.clone(),
        split_on: on.into(),
        etag: evaluation.etag.clone(),
        request_id: request_id(),
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn preparing_stamps_the_rater_and_freezes_what_planning_told(pool: PgPool) {
    let world = World::new(pool).await;
    let prepared = world.prepared().await;
    assert_eq!(prepared.state(), pb::EvaluationState::Prepared);
    let rater = prepared.rater.expect("rater");
    assert_eq!(rater.employee_id, HEAD.to_string());
    assert_eq!((rater.as_of.as_str(), rater.basis.as_str()), ("2026-03-31", "HEAD_OF_UNIT"));
    assert_eq!(rater.superior_employee_id, CHIEF.to_string());
    let proposal = prepared.proposal.expect("proposal");
    assert_eq!(proposal.proposal(), pb::Proposal::Meets);
    let counts = (proposal.above, proposal.meets, proposal.below, proposal.unmeasured);
    assert_eq!(counts, (1, 1, 0, 0));
    // (107.142857... + 100 + 102.222...) / 3
    assert_eq!(proposal.mean_achievement, "103.12");
    assert_eq!((proposal.plan_version, proposal.source_etag.as_str()), (1, "\"3\""));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn preparing_again_takes_up_what_was_realised_since(pool: PgPool) {
    let world = World::new(pool).await;
    let prepared = world.prepared().await;
    let better = [(sample::SPEED, "6"), (sample::ACCURACY, "99"), (sample::PERMITS, "92")];
    world.neighbours.realise(sample::plan_of(SITI), 1, &better);
    let again = world.prepare(HEAD, &prepared).await;
    let proposal = again.proposal.expect("proposal");
    assert_eq!((proposal.number, proposal.proposal()), (2, pb::Proposal::Above));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_rater_and_officers_prepare_and_nobody_else(pool: PgPool) {
    let world = World::new(pool).await;
    let open = world.opened(SITI).await;
    for other in [SITI, BUDI, CHIEF] {
        let request = sample::prepare(&open);
        let status = world.person(other).ratings().prepare_rating(request).await;
        let status = status.expect_err("not the rater");
        assert_eq!(refusal(&status), is(Code::PermissionDenied, "NOT_THE_RATER"));
    }
    let budis = world.evaluations_of(BUDI).await.remove(0);
    let stale = pb::EvaluationRef { etag: "\"9\"".into(), ..sample::reference(&budis) };
    let request = pb::PrepareRatingsRequest {
        rows: vec![sample::reference(&open), stale],
        request_id: request_id(),
    };
    let mut ratings = world.officer().ratings();
    let reply = ratings.prepare_ratings(request.clone()).await.expect("answered").into_inner();
    let outcomes: Vec<_> = reply.results.into_iter().map(outcome).collect();
    assert_eq!(outcomes, ["PREPARED", "ABORTED/ETAG_MISMATCH"]);
    let again = ratings.prepare_ratings(request).await.expect("answered").into_inner();
    let outcomes: Vec<_> = again.results.into_iter().map(outcome).collect();
    assert_eq!(outcomes, ["PREPARED", "ABORTED/ETAG_MISMATCH"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn while_a_neighbour_is_away_preparing_waits_and_reading_goes_on(pool: PgPool) {
    let world = World::new(pool).await;
    let open = world.opened(SITI).await;
    let budis = world.evaluations_of(BUDI).await.remove(0);
    let prepared = world.prepare(HEAD, &budis).await;
    world.neighbours.lose_planning();
    let request = sample::prepare(&open);
    let status = world.person(HEAD).ratings().prepare_rating(request).await.expect_err("away");
    assert_eq!(refusal(&status), is(Code::Unavailable, "NEIGHBOUR_UNAVAILABLE"));
    assert!(status.get_details_retry_info().is_some());
    world.neighbours.lose_registry();
    let request = sample::prepare(&open);
    let status = world.person(HEAD).ratings().prepare_rating(request).await.expect_err("away");
    assert_eq!(refusal(&status), is(Code::Unavailable, "NEIGHBOUR_UNAVAILABLE"));

    world.person(SITI).evaluations().get_evaluation(sample::get(&open)).await.expect("read");
    // The registry answered for the same day when it was prepared.
    assert_eq!(world.rate(HEAD, &prepared).await.state(), pb::EvaluationState::Rated);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_was_prepared_is_told_again_while_the_neighbours_are_away(pool: PgPool) {
    let world = World::new(pool).await;
    let open = world.opened(SITI).await;
    let rows = vec![sample::reference(&open)];
    let request = pb::PrepareRatingsRequest { rows, request_id: request_id() };
    let mut ratings = world.person(HEAD).ratings();
    let first = ratings.prepare_ratings(request.clone()).await.expect("prepared").into_inner();
    world.neighbours.lose_registry();
    world.neighbours.lose_planning();
    let again = ratings.prepare_ratings(request).await.expect("told again").into_inner();
    assert_eq!(again, first);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_version_that_the_feed_has_not_told_of_is_waited_for(pool: PgPool) {
    let world = World::new(pool).await;
    let open = world.opened(SITI).await;
    world.neighbours.realise(sample::plan_of(SITI), 2, &sample::REALISED);
    let request = sample::prepare(&open);
    let status = world.person(HEAD).ratings().prepare_rating(request).await.expect_err("behind");
    assert_eq!(refusal(&status), is(Code::Unavailable, "NEIGHBOUR_UNAVAILABLE"));
    assert!(status.get_details_retry_info().is_some());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn nobody_rates_where_the_registry_names_nobody(pool: PgPool) {
    let world = World::new(pool).await;
    let alone = uuid::Uuid::from_u128(0x29);
    let plan = sample::plan(alone, HEAD);
    let approved = crate::world::event(crate::world::TENANT, sample::plan_of(alone), 2, &plan);
    world.planning_tells(&[approved]).await;
    let open = world.opened(alone).await;
    let request = sample::prepare(&open);
    let status = world.officer().ratings().prepare_rating(request).await.expect_err("no rater");
    assert_eq!(refusal(&status), is(Code::FailedPrecondition, "NO_RATER"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_employee_the_rater_and_who_stands_above_read_it(pool: PgPool) {
    let world = World::new(pool).await;
    let prepared = world.prepared().await;
    for reader in [SITI, HEAD, CHIEF] {
        let request = sample::get(&prepared);
        world.person(reader).evaluations().get_evaluation(request).await.expect("read");
    }
    let request = sample::get(&prepared);
    let status =
        world.person(BUDI).evaluations().get_evaluation(request).await.expect_err("nobody");
    assert_eq!(refusal(&status), is(Code::PermissionDenied, "NOT_YOUR_EVALUATION"));
    let request = sample::get(&prepared);
    let status =
        world.stranger().evaluations().get_evaluation(request).await.expect_err("another's");
    assert_eq!(refusal(&status), is(Code::NotFound, "EVALUATION_NOT_FOUND"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn lists_are_narrowed_and_show_what_the_caller_may_see(pool: PgPool) {
    let world = World::new(pool).await;
    let prepared = world.prepared().await;
    let by_rater = pb::ListEvaluationsRequest {
        rater_employee_id: HEAD.to_string(),
        state: pb::EvaluationState::Open.into(),
        ..Default::default()
    };
    let mut evaluations = world.person(HEAD).evaluations();
    let list = evaluations.list_evaluations(by_rater.clone()).await.expect("list").into_inner();
    let people: Vec<_> = list.evaluations.into_iter().map(|e| e.employee_name).collect();
    assert_eq!(people, ["Budi"]);
    let status = world.person(SITI).evaluations().list_evaluations(by_rater).await;
    assert_eq!(
        refusal(&status.expect_err("not hers")),
        is(Code::PermissionDenied, "NOT_YOUR_EVALUATION")
    );
    let by_unit = pb::ListEvaluationsRequest {
        unit_id: UNIT.to_string(),
        cycle_id: prepared.cycle_id.clone(),
        ..Default::default()
    };
    let mut evaluations = world.officer().evaluations();
    let list = evaluations.list_evaluations(by_unit.clone()).await.expect("list").into_inner();
    assert_eq!(list.evaluations.len(), 3);
    let mut strangers = world.stranger().evaluations();
    let list = strangers.list_evaluations(by_unit).await.expect("list").into_inner();
    assert!(list.evaluations.is_empty());
    let all = pb::ListEvaluationsRequest { page_size: 2, ..Default::default() };
    let page = evaluations.list_evaluations(all.clone()).await.expect("list").into_inner();
    let next = pb::ListEvaluationsRequest { page_token: page.next_page_token, ..all };
    let last = evaluations.list_evaluations(next).await.expect("list").into_inner();
    assert_eq!((page.evaluations.len(), last.evaluations.len()), (2, 1));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_list_without_an_index_is_refused(pool: PgPool) {
    let world = World::new(pool).await;
    let request = pb::ListEvaluationsRequest {
        unit_id: UNIT.to_string(),
        state: pb::EvaluationState::Open.into(),
        ..Default::default()
    };
    let status =
        world.officer().evaluations().list_evaluations(request).await.expect_err("too wide");
    assert_eq!(faults(&status), ["cycle_id", "state"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_change_of_superior_splits_and_each_part_has_its_rater(pool: PgPool) {
    let world = World::new(pool).await;
    let open = world.opened(SITI).await;
    let request = split(&open, "2026-02-10");
    let mut evaluations = world.officer().evaluations();
    let parts = evaluations.split_evaluation(request.clone()).await.expect("split").into_inner();
    let again = evaluations.split_evaluation(request).await.expect("again").into_inner();
    assert_eq!(parts, again);
    let (first, second) = (parts.first.expect("first"), parts.second.expect("second"));
    assert_eq!(
        (first.evaluation_id.as_str(), first.ends_on.as_str()),
        (&*open.evaluation_id, "2026-02-09")
    );
    assert_eq!((second.starts_on.as_str(), second.ends_on.as_str()), ("2026-02-10", "2026-03-31"));
    let prepared = world.prepare(HEAD, &first).await;
    assert_eq!(prepared.rater.expect("rater").as_of, "2026-02-09");
    let status = evaluations.split_evaluation(split(&second, "2026-04-01")).await;
    let status = status.expect_err("outside");
    assert_eq!(refusal(&status), is(Code::FailedPrecondition, "SPLIT_OUTSIDE_PART"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn reading_another_persons_evaluation_is_logged(pool: PgPool) {
    let world = World::new(pool).await;
    let prepared = world.prepared().await;
    for reader in [SITI, HEAD] {
        let request = sample::get(&prepared);
        world.person(reader).evaluations().get_evaluation(request).await.expect("read");
    }
    let World { served, pool, .. } = world;
    served.stop().await;
    let entries: Vec<(String, uuid::Uuid)> = sqlx::query_as(
        "SELECT caller, subject_employee_id FROM access_log WHERE method = 'GetEvaluation'",
    )
    .fetch_all(&pool)
    .await
    .expect("entries");
    assert_eq!(entries, [(format!("employee:{HEAD}"), SITI)]);
}
