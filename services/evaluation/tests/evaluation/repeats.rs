//! A bulk call that is made again shows nothing of people who are not the caller's.

use kinerja_evaluation::MIGRATOR;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    annual_predicates, evaluations, outcome, pb, sample,
    world::{BUDI, CHIEF, HEAD, SITI, World, request_id},
};

/// The head rates Siti; Budi is the chief's alone.
async fn two_raters(pool: PgPool, kind: pb::CycleKind) -> World {
    let world = World::new(pool).await;
    world.neighbours.set_line(BUDI, CHIEF, None);
    world.cycle(kind, 1).await;
    world
}

impl World {
    async fn only_evaluation(&self, employee: Uuid) -> pb::Evaluation {
        self.evaluations_of(employee).await.remove(0)
    }

    /// Who read whom by this method.
    async fn reads(self, method: &str) -> Vec<(String, Uuid)> {
        self.served.stop().await;
        sqlx::query_as("SELECT caller, subject_employee_id FROM access_log WHERE method = $1")
            .bind(method)
            .fetch_all(&self.pool)
            .await
            .expect("entries")
    }
}

fn outcomes(results: Vec<pb::EvaluationRowResult>) -> Vec<String> {
    results.into_iter().map(outcome).collect()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn preparing_again_shows_nothing_of_anothers_people(pool: PgPool) {
    let world = two_raters(pool, pb::CycleKind::Quarter).await;
    let (siti, budi) = (world.only_evaluation(SITI).await, world.only_evaluation(BUDI).await);
    world.prepare(CHIEF, &budi).await;
    let request = pb::PrepareRatingsRequest {
        rows: [&siti, &budi].map(sample::reference).into(),
        request_id: request_id(),
    };
    let mut ratings = world.person(HEAD).ratings();
    let first = ratings.prepare_ratings(request.clone()).await.expect("answered").into_inner();
    assert_eq!(outcomes(first.results), ["PREPARED", "ABORTED/ETAG_MISMATCH"]);
    let again = ratings.prepare_ratings(request).await.expect("answered").into_inner();
    assert_eq!(outcomes(again.results), ["PREPARED", "PERMISSION_DENIED/NOT_THE_RATER"]);
    assert_eq!(world.reads("PrepareRatings").await, [(format!("employee:{HEAD}"), SITI)]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn rating_again_shows_nothing_of_anothers_people(pool: PgPool) {
    let world = two_raters(pool, pb::CycleKind::Quarter).await;
    let siti = world.prepare(HEAD, &world.only_evaluation(SITI).await).await;
    let budi = world.prepare(CHIEF, &world.only_evaluation(BUDI).await).await;
    world.rate(CHIEF, &budi).await;
    let row = |evaluation: &pb::Evaluation| pb::RatingRow {
        evaluation_id: evaluation.evaluation_id.clone(),
        rating: Some(sample::rating()),
        etag: evaluation.etag.clone(),
    };
    let request =
        pb::SubmitRatingsRequest { rows: vec![row(&siti), row(&budi)], request_id: request_id() };
    let mut ratings = world.person(HEAD).ratings();
    let first = ratings.submit_ratings(request.clone()).await.expect("answered").into_inner();
    assert_eq!(outcomes(first.results), ["RATED", "ABORTED/ETAG_MISMATCH"]);
    let again = ratings.submit_ratings(request).await.expect("answered").into_inner();
    assert_eq!(outcomes(again.results), ["RATED", "PERMISSION_DENIED/NOT_THE_RATER"]);
    assert_eq!(world.reads("SubmitRatings").await, [(format!("employee:{HEAD}"), SITI)]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn setting_years_again_shows_nothing_of_anothers_people(pool: PgPool) {
    let world = two_raters(pool, pb::CycleKind::Annual).await;
    let mut years = Vec::new();
    for (rater, person) in [(HEAD, SITI), (CHIEF, BUDI)] {
        let prepared = world.prepare(rater, &world.only_evaluation(person).await).await;
        years.push(sample::annual(person, &[&world.rate(rater, &prepared).await]));
    }
    let budis = sample::set_annual(years[1].clone());
    world.person(CHIEF).annual_predicates().set_annual_predicate(budis).await.expect("set");
    let request =
        pb::SetAnnualPredicatesRequest { annual_predicates: years, request_id: request_id() };
    let mut predicates = world.person(HEAD).annual_predicates();
    for _ in 0..2 {
        let reply = predicates.set_annual_predicates(request.clone()).await.expect("answered");
        let results = reply.into_inner().results.into_iter().map(annual_predicates::outcome);
        let expected = ["VERY_GOOD", "PERMISSION_DENIED/NOT_THE_RATER"];
        assert_eq!(results.collect::<Vec<_>>(), expected);
    }
    assert_eq!(world.reads("SetAnnualPredicates").await, [(format!("employee:{HEAD}"), SITI)]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_parts_that_an_officer_is_told_again_are_in_the_access_log(pool: PgPool) {
    let world = World::new(pool).await;
    let request = evaluations::split(&world.opened(SITI).await, "2026-02-10");
    let mut evaluations = world.officer().evaluations();
    for _ in 0..2 {
        evaluations.split_evaluation(request.clone()).await.expect("parts");
    }
    let read = world.reads("SplitEvaluation").await;
    assert_eq!(read.into_iter().map(|(_, whom)| whom).collect::<Vec<_>>(), [SITI]);
}
