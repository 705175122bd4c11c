use kinerja_evaluation::MIGRATOR;
use kinerja_proto::events::v1 as events;
use sqlx::PgPool;
use tonic::Code;
use uuid::Uuid;

use crate::{
    is, pb, refusal, sample,
    world::{BUDI, CHIEF, HEAD, SITI, UNIT, World, at, request_id},
};

/// Siti's first quarter is rated, and the annual cycle is open; her annual part is not rated.
async fn year(world: &World) -> (pb::Evaluation, pb::Evaluation) {
    let quarter = world.rated().await;
    world.cycle(pb::CycleKind::Annual, 1).await;
    let annual = world.evaluations_of(SITI).await.remove(1);
    (quarter, annual)
}

/// The same, with every part rated.
async fn rated_year(world: &World) -> (pb::Evaluation, pb::Evaluation) {
    let (quarter, annual) = year(world).await;
    let prepared = world.prepare(HEAD, &annual).await;
    (quarter, world.rate(HEAD, &prepared).await)
}

async fn refused(world: &World, by: Uuid, predicate: pb::AnnualPredicate) -> (Code, String) {
    let request = sample::set_annual(predicate);
    let status = world.person(by).annual_predicates().set_annual_predicate(request).await;
    refusal(&status.expect_err("refused"))
}

async fn set(world: &World, predicate: pb::AnnualPredicate) -> pb::AnnualPredicate {
    let request = sample::set_annual(predicate);
    let mut predicates = world.person(HEAD).annual_predicates();
    let reply = predicates.set_annual_predicate(request).await.expect("set").into_inner();
    reply.annual_predicate.expect("predicate")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_year_is_the_raters_review_of_its_parts_and_not_their_mean(pool: PgPool) {
    let world = World::new(pool).await;
    let (quarter, annual) = rated_year(&world).await;
    let set = set(&world, sample::annual(SITI, &[&quarter, &annual])).await;
    // Both parts are GOOD; the rater saw more in the whole.
    assert_eq!(set.predicate(), pb::Predicate::VeryGood);
    assert_eq!((set.parts.len(), set.unit_id.as_str()), (2, &*UNIT.to_string()));
    assert_eq!(set.rater.as_ref().map(|rater| rater.as_of.as_str()), Some("2026-04-02"));
    let request = pb::GetAnnualPredicateRequest { employee_id: SITI.to_string(), year: 2026 };
    for reader in [SITI, HEAD, CHIEF] {
        let mut predicates = world.person(reader).annual_predicates();
        let read = predicates.get_annual_predicate(request.clone()).await.expect("read");
        assert_eq!(read.into_inner().annual_predicate.as_ref(), Some(&set));
    }
    let status = world.person(BUDI).annual_predicates().get_annual_predicate(request).await;
    let status = status.expect_err("nobody");
    assert_eq!(refusal(&status), is(Code::PermissionDenied, "NOT_YOUR_EVALUATION"));
    let told = world.told::<events::AnnualPredicateSet>().await;
    let told: Vec<_> = told.iter().map(|one| (one.year, one.predicate())).collect();
    assert_eq!(told, [(2026, pb::Predicate::VeryGood)]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn there_is_one_for_a_person_and_year(pool: PgPool) {
    let world = World::new(pool).await;
    let (quarter, annual) = rated_year(&world).await;
    let request = sample::set_annual(sample::annual(SITI, &[&quarter, &annual]));
    let mut predicates = world.person(HEAD).annual_predicates();
    let first = predicates.set_annual_predicate(request.clone()).await.expect("first").into_inner();
    let again = predicates.set_annual_predicate(request).await.expect("replayed").into_inner();
    assert_eq!(first, again);
    let answer = refused(&world, HEAD, sample::annual(SITI, &[&quarter, &annual])).await;
    assert_eq!(answer, is(Code::AlreadyExists, "ANNUAL_PREDICATE_TAKEN"));
    assert_eq!(world.told::<events::AnnualPredicateSet>().await.len(), 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_repeat_is_answered_when_the_cycle_is_closed_too(pool: PgPool) {
    let world = World::new(pool).await;
    let (quarter, annual) = rated_year(&world).await;
    let request = sample::set_annual(sample::annual(SITI, &[&quarter, &annual]));
    let mut predicates = world.person(HEAD).annual_predicates();
    let first = predicates.set_annual_predicate(request.clone()).await.expect("set").into_inner();
    let mut cycles = world.officer().cycles();
    let all = cycles.list_cycles(pb::ListCyclesRequest::default()).await.expect("cycles");
    let yearly = all.into_inner().cycles.into_iter().find(|c| c.kind() == pb::CycleKind::Annual);
    let yearly = yearly.expect("the annual cycle");
    let close = pb::CloseCycleRequest {
        cycle_id: yearly.cycle_id,
        etag: yearly.etag,
        request_id: request_id(),
    };
    cycles.close_cycle(close).await.expect("closes");
    let again = predicates.set_annual_predicate(request).await.expect("replayed").into_inner();
    assert_eq!(first, again);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn one_person_written_in_two_ways_is_named_twice(pool: PgPool) {
    let world = World::new(pool).await;
    let (quarter, annual) = rated_year(&world).await;
    let first = sample::annual(SITI, &[&quarter, &annual]);
    let employee_id = SITI.simple().to_string();
    let second = pb::AnnualPredicate { employee_id, ..first.clone() };
    let request = pb::SetAnnualPredicatesRequest {
        annual_predicates: vec![first, second],
        request_id: request_id(),
    };
    let mut predicates = world.person(HEAD).annual_predicates();
    let refused = predicates.set_annual_predicates(request).await.expect_err("twice");
    assert_eq!(refusal(&refused), is(Code::InvalidArgument, "INVALID_FIELDS"));
    assert!(world.told::<events::AnnualPredicateSet>().await.is_empty());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_rated_part_must_have_been_read_as_it_stands(pool: PgPool) {
    let world = World::new(pool).await;
    let (quarter, annual) = rated_year(&world).await;
    let answer = refused(&world, HEAD, sample::annual(SITI, &[&annual])).await;
    assert_eq!(answer, is(Code::FailedPrecondition, "PARTS_NOT_READ"));
    world.acknowledge(&quarter).await;
    let answer = refused(&world, HEAD, sample::annual(SITI, &[&quarter, &annual])).await;
    assert_eq!(answer, is(Code::FailedPrecondition, "PARTS_NOT_READ"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_part_that_can_be_rated_still_holds_up_the_year(pool: PgPool) {
    let world = World::new(pool).await;
    let (quarter, _) = year(&world).await;
    let answer = refused(&world, HEAD, sample::annual(SITI, &[&quarter])).await;
    assert_eq!(answer, is(Code::FailedPrecondition, "PARTS_NOT_RATED"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn only_the_rater_sets_it_never_oneself_and_inside_the_window(pool: PgPool) {
    let world = World::new(pool).await;
    let (quarter, annual) = rated_year(&world).await;
    let predicate = || sample::annual(SITI, &[&quarter, &annual]);
    let answer = refused(&world, CHIEF, predicate()).await;
    assert_eq!(answer, is(Code::PermissionDenied, "NOT_THE_RATER"));
    let answer = refused(&world, SITI, predicate()).await;
    assert_eq!(answer, is(Code::PermissionDenied, "RATES_ONESELF"));
    world.clock.set(at("2026-04-15T00:00:00Z"));
    let answer = refused(&world, HEAD, predicate()).await;
    assert_eq!(answer, is(Code::FailedPrecondition, "WINDOW_CLOSED"));
    world.neighbours.lose_registry();
    let answer = refused(&world, HEAD, predicate()).await;
    assert_eq!(answer, is(Code::Unavailable, "NEIGHBOUR_UNAVAILABLE"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_year_needs_its_annual_cycle(pool: PgPool) {
    let world = World::new(pool).await;
    let quarter = world.rated().await;
    let answer = refused(&world, HEAD, sample::annual(SITI, &[&quarter])).await;
    assert_eq!(answer, is(Code::FailedPrecondition, "NO_ANNUAL_CYCLE"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn many_are_set_at_once_and_lists_page_by_unit_and_person(pool: PgPool) {
    let world = World::new(pool).await;
    world.cycle(pb::CycleKind::Annual, 1).await;
    let mut rated = Vec::new();
    for person in [SITI, BUDI] {
        let open = world.evaluations_of(person).await.remove(0);
        let prepared = world.prepare(HEAD, &open).await;
        rated.push(world.rate(HEAD, &prepared).await);
    }
    let request = pb::SetAnnualPredicatesRequest {
        annual_predicates: vec![
            sample::annual(SITI, &[&rated[0]]),
            sample::annual(BUDI, &[&rated[1]]),
            sample::annual(HEAD, &[]),
        ],
        request_id: request_id(),
    };
    let mut predicates = world.person(HEAD).annual_predicates();
    let reply = predicates.set_annual_predicates(request).await.expect("answered").into_inner();
    let outcomes: Vec<_> = reply.results.into_iter().map(outcome).collect();
    assert_eq!(outcomes, ["VERY_GOOD", "VERY_GOOD", "PERMISSION_DENIED/RATES_ONESELF"]);

    let list = pb::ListAnnualPredicatesRequest { year: 2026, page_size: 1, ..Default::default() };
    let mut predicates = world.officer().annual_predicates();
    let page = predicates.list_annual_predicates(list.clone()).await.expect("list").into_inner();
    let next = pb::ListAnnualPredicatesRequest { page_token: page.next_page_token, ..list.clone() };
    let last = predicates.list_annual_predicates(next).await.expect("list").into_inner();
    let people: Vec<_> = [page.annual_predicates, last.annual_predicates].concat();
    let people: Vec<_> = people.into_iter().map(|one| one.employee_id).collect();
    assert_eq!(people, [SITI.to_string(), BUDI.to_string()]);
    assert_eq!(last.next_page_token, "");
    let mut strangers = world.stranger().annual_predicates();
    let seen = strangers.list_annual_predicates(list.clone()).await.expect("list").into_inner();
    assert!(seen.annual_predicates.is_empty());
    let own =
        pb::ListAnnualPredicatesRequest { employee_id: SITI.to_string(), ..Default::default() };
    let seen = world.person(SITI).annual_predicates().list_annual_predicates(own).await;
    assert_eq!(seen.expect("list").into_inner().annual_predicates.len(), 1);
    let status = world.person(SITI).annual_predicates().list_annual_predicates(list).await;
    let status = status.expect_err("all of them");
    assert_eq!(refusal(&status), is(Code::PermissionDenied, "NOT_YOUR_EVALUATION"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_database_refuses_what_the_rules_forbid(pool: PgPool) {
    let world = World::new(pool).await;
    let (quarter, annual) = rated_year(&world).await;
    set(&world, sample::annual(SITI, &[&quarter, &annual])).await;
    let forbidden = [
        ("set_by = unit_id", "annual_predicates_only_by_the_rater"),
        (
            "set_by = employee_id, rater_employee_id = employee_id",
            "annual_predicates_never_oneself",
        ),
        ("set_at = window_closes_at", "annual_predicates_inside_the_window"),
        ("predicate = 'GOOD'", "annual_predicates_by_the_matrix"),
        ("cycle_kind = 'QUARTER'", "annual_predicates_cycle_is_annual"),
        ("year = 2027", "annual_predicates_cycle_exists"),
    ];
    for (change, constraint) in forbidden {
        sqlx::query("DELETE FROM annual_predicate_parts").execute(&world.pool).await.expect("free");
        let statement = sqlx::AssertSqlSafe(format!("UPDATE annual_predicates SET {change}"));
        let error = sqlx::query(statement).execute(&world.pool).await.expect_err(change);
        assert_eq!(kinerja_kit::errors::constraint(&error), Some(constraint), "{change}");
    }
    let twice = sqlx::query("INSERT INTO annual_predicates SELECT * FROM annual_predicates")
        .execute(&world.pool)
        .await
        .expect_err("a second one");
    assert_eq!(kinerja_kit::errors::constraint(&twice), Some("annual_predicates_one_a_year"));
}

pub(crate) fn outcome(result: pb::AnnualPredicateRowResult) -> String {
    use pb::annual_predicate_row_result::Outcome;
    match result.outcome.expect("an outcome") {
        Outcome::AnnualPredicate(set) => {
            set.predicate().as_str_name().trim_start_matches("PREDICATE_").to_owned()
        }
        Outcome::Refusal(refusal) => format!("{}/{}", refusal.code, refusal.reason),
    }
}
