use kinerja_evaluation::MIGRATOR;
use kinerja_proto::events::v1 as events;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    faults, is, outcome, pb, refusal, sample,
    world::{BUDI, CHIEF, HEAD, SITI, TENANT, World, at, event, request_id},
};

async fn refused(
    world: &World,
    by: uuid::Uuid,
    request: pb::SubmitRatingRequest,
) -> (Code, String) {
    let status = world.person(by).ratings().submit_rating(request).await.expect_err("refused");
    refusal(&status)
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_rater_rates_and_the_matrix_gives_the_predicate(pool: PgPool) {
    let world = World::new(pool).await;
    let prepared = world.prepared().await;
    let rated = world.rate(HEAD, &prepared).await;
    assert_eq!(rated.state(), pb::EvaluationState::Rated);
    let rating = rated.rating.clone().expect("rating");
    assert_eq!((rating.predicate(), rating.number), (pb::Predicate::Good, 1));
    assert_eq!(rating.behaviour.as_ref().map(|b| b.core_values.len()), Some(7));
    assert_eq!(rating.rater.as_ref().map(|r| r.employee_id.clone()), Some(HEAD.to_string()));
    let request = sample::get(&rated);
    let read = world.person(SITI).evaluations().get_evaluation(request).await.expect("read");
    assert_eq!(read.into_inner().evaluation, Some(rated));
    // Once to prepare; the day in question is the same when it is rated.
    assert_eq!(world.neighbours.times_asked(), 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn nobody_but_the_rater_of_the_date_rates_and_never_oneself(pool: PgPool) {
    let world = World::new(pool).await;
    let prepared = world.prepared().await;
    for other in [BUDI, CHIEF] {
        let request = sample::submit(&prepared, sample::rating());
        let answer = refused(&world, other, request).await;
        assert_eq!(answer, is(Code::PermissionDenied, "NOT_THE_RATER"));
    }
    let request = sample::submit(&prepared, sample::rating());
    assert_eq!(refused(&world, SITI, request).await, is(Code::PermissionDenied, "RATES_ONESELF"));
    let request = sample::submit(&prepared, sample::rating());
    let status = world.officer().ratings().submit_rating(request).await.expect_err("no rater");
    assert_eq!(refusal(&status), is(Code::PermissionDenied, "PERMISSION_DENIED"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn ratings_are_given_inside_the_window_only(pool: PgPool) {
    let world = World::new(pool).await;
    let prepared = world.prepared().await;
    for outside in ["2026-03-31T23:59:59Z", "2026-04-15T00:00:00Z"] {
        world.clock.set(at(outside));
        let request = sample::submit(&prepared, sample::rating());
        let answer = refused(&world, HEAD, request).await;
        assert_eq!(answer, is(Code::FailedPrecondition, "WINDOW_CLOSED"), "{outside}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_must_be_said_must_be_said(pool: PgPool) {
    let world = World::new(pool).await;
    let prepared = world.prepared().await;
    let mut departing = sample::rating();
    departing.results.as_mut().expect("results").rating = pb::Rating::Above.into();
    let request = sample::submit(&prepared, departing);
    let answer = refused(&world, HEAD, request).await;
    assert_eq!(answer, is(Code::InvalidArgument, "DEPARTURE_NEEDS_REASON"));
    let mut below = sample::rating();
    below.behaviour.as_mut().expect("behaviour").core_values[1].rating = pb::Rating::Below.into();
    let request = sample::submit(&prepared, below);
    let answer = refused(&world, HEAD, request).await;
    assert_eq!(answer, is(Code::InvalidArgument, "BELOW_NEEDS_FACT"));
    let heads = world.evaluations_of(HEAD).await.remove(0);
    let heads = world.prepare(CHIEF, &heads).await;
    let request = sample::submit(&heads, sample::rating());
    let answer = refused(&world, CHIEF, request).await;
    assert_eq!(answer, is(Code::InvalidArgument, "UNIT_RESULT_MISSING"));
    let mut whole = sample::rating();
    whole.results.as_mut().expect("results").unit_result = "capaian organisasi Baik".into();
    let request = sample::submit(&heads, whole);
    world.person(CHIEF).ratings().submit_rating(request).await.expect("rated");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_departure_is_kept_with_its_reason(pool: PgPool) {
    let world = World::new(pool).await;
    let prepared = world.prepared().await;
    let mut said = sample::rating();
    let results = said.results.as_mut().expect("results");
    results.rating = pb::Rating::Above.into();
    results.departure = "mengganti rekan yang sakit selama dua bulan".into();
    let behaviour = said.behaviour.as_mut().expect("behaviour");
    behaviour.rating = pb::Rating::Above.into();
    for value in &mut behaviour.core_values {
        value.rating = pb::Rating::Above.into();
    }
    let request = sample::submit(&prepared, said);
    let reply = world.person(HEAD).ratings().submit_rating(request).await.expect("rated");
    let rating = reply.into_inner().evaluation.expect("evaluation").rating.expect("rating");
    assert_eq!(rating.predicate(), pb::Predicate::VeryGood);
    let (results, behaviour) =
        (rating.results.expect("results"), rating.behaviour.expect("behaviour"));
    assert_eq!(results.proposal(), pb::Proposal::Meets);
    assert_eq!(results.departure, "mengganti rekan yang sakit selama dua bulan");
    assert_eq!(behaviour.proposal(), pb::Proposal::Above);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_faulty_field_of_a_rating_is_named(pool: PgPool) {
    let world = World::new(pool).await;
    let prepared = world.prepared().await;
    let mut said = sample::rating();
    said.results.as_mut().expect("results").reason = " ".into();
    said.behaviour.as_mut().expect("behaviour").core_values[6].core_value = 1;
    said.goes_well.clear();
    let request = sample::submit(&prepared, said);
    let status = world.person(HEAD).ratings().submit_rating(request).await.expect_err("faulty");
    let expected = ["rating.results.reason", "rating.behaviour.core_values", "rating.goes_well"];
    assert_eq!(faults(&status), expected);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_evaluation_is_rated_after_it_is_prepared_and_not_by_a_stale_etag(pool: PgPool) {
    let world = World::new(pool).await;
    let open = world.opened(SITI).await;
    let request = sample::submit(&open, sample::rating());
    let answer = refused(&world, HEAD, request).await;
    assert_eq!(answer, is(Code::FailedPrecondition, "EVALUATION_STATE"));
    world.prepare(HEAD, &open).await;
    let request = sample::submit(&open, sample::rating());
    assert_eq!(refused(&world, HEAD, request).await, is(Code::Aborted, "ETAG_MISMATCH"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_rating_given_again_keeps_the_earlier_one(pool: PgPool) {
    let world = World::new(pool).await;
    let rated = world.rated().await;
    let mut better = sample::rating();
    better.goes_well.push("membantu rekan".into());
    let request = sample::submit(&rated, better);
    let mut ratings = world.person(HEAD).ratings();
    let again = ratings.submit_rating(request.clone()).await.expect("again").into_inner();
    let replayed = ratings.submit_rating(request.clone()).await.expect("replayed").into_inner();
    assert_eq!(again, replayed);
    let other = pb::SubmitRatingRequest { rating: Some(sample::rating()), ..request };
    assert_eq!(refused(&world, HEAD, other).await, is(Code::InvalidArgument, "REQUEST_ID_REUSED"));
    let list = pb::ListRatingsRequest {
        evaluation_id: rated.evaluation_id.clone(),
        page_size: 1,
        ..Default::default()
    };
    let mut ratings = world.person(SITI).ratings();
    let page = ratings.list_ratings(list.clone()).await.expect("first").into_inner();
    let next = pb::ListRatingsRequest { page_token: page.next_page_token, ..list };
    let last = ratings.list_ratings(next).await.expect("second").into_inner();
    let goes_well: Vec<_> = [page.ratings, last.ratings].concat();
    let counts: Vec<_> = goes_well.iter().map(|r| (r.number, r.goes_well.len())).collect();
    assert_eq!((counts, last.next_page_token.as_str()), (vec![(1, 1), (2, 2)], ""));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_reporting_line_that_changes_makes_the_registry_be_asked_again(pool: PgPool) {
    let world = World::new(pool).await;
    let prepared = world.prepared().await;
    world.neighbours.set_line(SITI, CHIEF, None);
    let changed = events::ReportingLineChanged {
        employee_id: SITI.to_string(),
        from_on: "2026-03-01".into(),
    };
    world.registry_tells(&[event(TENANT, SITI, 2, &changed)]).await;
    let request = sample::submit(&prepared, sample::rating());
    assert_eq!(refused(&world, HEAD, request).await, is(Code::Aborted, "ETAG_MISMATCH"));
    let fresh = world.evaluations_of(SITI).await.remove(0);
    let request = sample::submit(&fresh, sample::rating());
    assert_eq!(refused(&world, HEAD, request).await, is(Code::PermissionDenied, "NOT_THE_RATER"));
    let rated = world.rate(CHIEF, &fresh).await;
    assert_eq!(rated.rater.expect("rater").employee_id, CHIEF.to_string());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_registry_is_asked_again_once_another_day_is_in_question(pool: PgPool) {
    let world = World::new(pool).await;
    // The second quarter goes on: until its end the day in question is today.
    world.cycle(pb::CycleKind::Quarter, 2).await;
    let open = world.evaluations_of(SITI).await.remove(0);
    let prepared = world.prepare(HEAD, &open).await;
    world.clock.set(at("2026-04-03T01:00:00Z"));
    let rated = world.rate(HEAD, &prepared).await;
    assert_eq!(rated.rater.expect("rater").as_of, "2026-04-03");
    assert_eq!(world.neighbours.times_asked(), 2);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn many_are_rated_at_once_and_each_row_has_its_answer(pool: PgPool) {
    let world = World::new(pool).await;
    let siti = world.prepared().await;
    let budi = world.evaluations_of(BUDI).await.remove(0);
    let row = |evaluation: &pb::Evaluation| pb::RatingRow {
        evaluation_id: evaluation.evaluation_id.clone(),
        rating: Some(sample::rating()),
        etag: evaluation.etag.clone(),
    };
    let nowhere = pb::RatingRow { evaluation_id: uuid::Uuid::max().to_string(), ..row(&siti) };
    let request = pb::SubmitRatingsRequest {
        rows: vec![row(&siti), row(&budi), nowhere],
        request_id: request_id(),
    };
    let mut ratings = world.person(HEAD).ratings();
    let reply = ratings.submit_ratings(request.clone()).await.expect("answered").into_inner();
    let outcomes: Vec<_> = reply.results.into_iter().map(outcome).collect();
    let expected =
        ["RATED", "FAILED_PRECONDITION/EVALUATION_STATE", "NOT_FOUND/EVALUATION_NOT_FOUND"];
    assert_eq!(outcomes, expected);
    let again = ratings.submit_ratings(request).await.expect("answered").into_inner();
    assert_eq!(outcome(again.results[0].clone()), "RATED");
    let twice =
        pb::SubmitRatingsRequest { rows: vec![row(&budi), row(&budi)], request_id: request_id() };
    let status = ratings.submit_ratings(twice).await.expect_err("twice the same");
    assert_eq!(faults(&status), ["rows[1].evaluation_id"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn of_two_ratings_at_once_one_stands(pool: PgPool) {
    let world = World::new(pool).await;
    let prepared = world.prepared().await;
    let (mut one, mut other) = (world.person(HEAD).ratings(), world.person(HEAD).ratings());
    let (first, second) = tokio::join!(
        one.submit_rating(sample::submit(&prepared, sample::rating())),
        other.submit_rating(sample::submit(&prepared, sample::rating())),
    );
    let refused = match (first, second) {
        (Ok(_), Err(status)) | (Err(status), Ok(_)) => status,
        both => panic!("one rating stands, not {both:?}"),
    };
    assert_eq!(refusal(&refused), is(Code::Aborted, "ETAG_MISMATCH"));
    let rated = world.evaluations_of(SITI).await.remove(0);
    assert_eq!(rated.rating.map(|rating| rating.number), Some(1));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_database_refuses_what_the_rules_forbid(pool: PgPool) {
    let world = World::new(pool).await;
    world.rated().await;
    let forbidden = [
        ("ratings", "rated_by = cycle_id", "ratings_only_by_the_rater"),
        (
            "ratings",
            "rated_by = employee_id, rater_employee_id = employee_id",
            "ratings_never_oneself",
        ),
        ("ratings", "rated_at = window_closes_at", "ratings_inside_the_window"),
        (
            "ratings",
            "rated_at = window_opens_at - interval '1 second'",
            "ratings_inside_the_window",
        ),
        (
            "ratings",
            "window_closes_at = window_closes_at + interval '1 day'",
            "ratings_window_exists",
        ),
        ("ratings", "results_rating = 'ABOVE'", "ratings_results_departure_has_reason"),
        ("ratings", "behaviour_rating = 'ABOVE'", "ratings_behaviour_departure_has_reason"),
        (
            "ratings",
            "behaviour_rating = 'BELOW', behaviour_departure = 'x'",
            "ratings_behaviour_below_names_a_fact",
        ),
        ("ratings", "behaviour_proposal = 'BELOW'", "ratings_behaviour_below_is_never_proposed"),
        (
            "ratings",
            "results_proposal = 'ABOVE', results_departure = 'x'",
            "ratings_proposal_exists",
        ),
        ("ratings", "predicate = 'VERY_GOOD'", "ratings_predicate_by_the_matrix"),
        ("ratings", "heads_unit = true", "ratings_head_names_the_units_result"),
        ("core_value_ratings", "rating = 'BELOW'", "core_value_ratings_below_names_a_fact"),
        ("evaluations", "rater_employee_id = employee_id", "evaluations_never_oneself"),
        ("evaluations", "state = 'ACKNOWLEDGED'", "evaluations_acknowledged_has_receipt"),
        ("evaluations", "state = 'PREPARED'", "evaluations_rated_has_rating"),
    ];
    for (table, change, constraint) in forbidden {
        let statement = format!("UPDATE {table} SET {change} WHERE rating_number = 1");
        let statement = sqlx::AssertSqlSafe(statement);
        let error = sqlx::query(statement).execute(&world.pool).await.expect_err(change);
        assert_eq!(kinerja_kit::errors::constraint(&error), Some(constraint), "{change}");
    }
}
