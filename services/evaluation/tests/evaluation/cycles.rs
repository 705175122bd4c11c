use kinerja_evaluation::MIGRATOR;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    faults, is, pb, refusal, sample,
    world::{BUDI, HEAD, SITI, TENANT, World, at, event, request_id},
};

fn set_window(cycle: &pb::Cycle, opens: &str, closes: &str) -> pb::SetCycleWindowRequest {
    pb::SetCycleWindowRequest {
        cycle_id: cycle.cycle_id.clone(),
        open_time: sample::instant(opens),
        close_time: sample::instant(closes),
        etag: cycle.etag.clone(),
        request_id: request_id(),
    }
}

fn close(cycle: &pb::Cycle) -> pb::CloseCycleRequest {
    pb::CloseCycleRequest {
        cycle_id: cycle.cycle_id.clone(),
        etag: cycle.etag.clone(),
        request_id: request_id(),
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_cycle_is_laid_out_under_the_policy_in_force(pool: PgPool) {
    let world = World::new(pool).await;
    let request = sample::create_cycle(pb::CycleKind::Quarter, 2);
    let mut cycles = world.officer().cycles();
    let made = cycles.create_cycle(request).await.expect("made").into_inner().cycle.expect("cycle");
    assert_eq!((made.starts_on.as_str(), made.ends_on.as_str()), ("2026-04-01", "2026-06-30"));
    assert_eq!((made.policy_id.as_str(), made.state()), ("K1", pb::CycleState::Planned));
    let request = pb::GetCycleRequest { cycle_id: made.cycle_id.clone() };
    let read = cycles.get_cycle(request).await.expect("read").into_inner().cycle.expect("cycle");
    assert_eq!(read, made);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_year_has_each_cycle_once(pool: PgPool) {
    let world = World::new(pool).await;
    world.cycle(pb::CycleKind::Annual, 1).await;
    let request = sample::create_cycle(pb::CycleKind::Annual, 1);
    let status = world.officer().cycles().create_cycle(request).await.expect_err("twice");
    assert_eq!(refusal(&status), is(Code::AlreadyExists, "CYCLE_TAKEN"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_repeated_request_makes_one_cycle(pool: PgPool) {
    let world = World::new(pool).await;
    let request = sample::create_cycle(pb::CycleKind::Month, 3);
    let mut cycles = world.officer().cycles();
    let first = cycles.create_cycle(request.clone()).await.expect("first").into_inner();
    let again = cycles.create_cycle(request.clone()).await.expect("again").into_inner();
    assert_eq!(first, again);
    let other = pb::CreateCycleRequest { ordinal: 4, ..request };
    let status = cycles.create_cycle(other).await.expect_err("reused");
    assert_eq!(refusal(&status), is(Code::InvalidArgument, "REQUEST_ID_REUSED"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_faulty_field_of_a_cycle_is_named(pool: PgPool) {
    let world = World::new(pool).await;
    let request = pb::CreateCycleRequest {
        ordinal: 5,
        policy_id: "k1".into(),
        close_time: None,
        request_id: "1".into(),
        ..sample::create_cycle(pb::CycleKind::Quarter, 5)
    };
    let status = world.officer().cycles().create_cycle(request).await.expect_err("faulty");
    assert_eq!(faults(&status), ["ordinal", "close_time", "policy_id", "request_id"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_policy_rules_no_cycle_that_begins_before_it(pool: PgPool) {
    let world = World::new(pool).await;
    let request =
        pb::CreateCycleRequest { year: 2025, ..sample::create_cycle(pb::CycleKind::Annual, 1) };
    for policy_id in ["", "K1"] {
        let request = pb::CreateCycleRequest {
            policy_id: policy_id.into(),
            request_id: request_id(),
            ..request.clone()
        };
        let status = world.officer().cycles().create_cycle(request).await.expect_err("too early");
        assert_eq!(refusal(&status), is(Code::FailedPrecondition, "POLICY_NOT_YET_VALID"));
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn opening_opens_an_evaluation_for_each_plan_of_the_cycles_days(pool: PgPool) {
    let world = World::new(pool).await;
    let cycle = world.cycle(pb::CycleKind::Quarter, 1).await;
    assert_eq!(cycle.state(), pb::CycleState::Open);
    for (person, rater) in [(SITI, HEAD), (BUDI, HEAD)] {
        let evaluations = world.evaluations_of(person).await;
        let [evaluation] = evaluations.as_slice() else { panic!("one, not {}", evaluations.len()) };
        assert_eq!(evaluation.state(), pb::EvaluationState::Open);
        let days = (evaluation.starts_on.as_str(), evaluation.ends_on.as_str());
        assert_eq!(days, ("2026-01-01", "2026-03-31"));
        assert_eq!(
            evaluation.rater.as_ref().map(|r| r.employee_id.clone()),
            Some(rater.to_string())
        );
        assert_eq!(evaluation.unit_name, "Dinas Penanaman Modal");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_plan_approved_later_gets_its_evaluation_on_approval_and_only_once(pool: PgPool) {
    let world = World::new(pool).await;
    world.cycle(pb::CycleKind::Quarter, 1).await;
    let newcomer = uuid::Uuid::from_u128(0x29);
    let mut plan = sample::plan(newcomer, HEAD);
    plan.starts_on = "2026-03-01".into();
    let approved = event(TENANT, sample::plan_of(newcomer), 2, &plan);
    world.planning_tells(std::slice::from_ref(&approved)).await;
    world.planning_tells(&[approved]).await;
    let evaluations = world.evaluations_of(newcomer).await;
    let days: Vec<_> = evaluations.iter().map(|e| (&*e.starts_on, &*e.ends_on)).collect();
    assert_eq!(days, [("2026-03-01", "2026-03-31")]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_plan_approved_while_a_cycle_opens_is_not_missed(pool: PgPool) {
    let world = World::new(pool).await;
    for month in 1..=6 {
        let newcomer = uuid::Uuid::from_u128(0x60 + month);
        let plan = sample::plan(newcomer, HEAD);
        let approved = [event(TENANT, sample::plan_of(newcomer), 2, &plan)];
        let ordinal = i32::try_from(month).expect("a month");
        let cycle = world.cycle(pb::CycleKind::Month, ordinal);
        tokio::join!(cycle, world.planning_tells(&approved));
        let months: Vec<_> = world.evaluations_of(newcomer).await;
        assert_eq!(months.len(), usize::try_from(month).expect("a month"), "month {month}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_cycle_opens_once_and_a_stale_etag_is_refused(pool: PgPool) {
    let world = World::new(pool).await;
    let open = world.cycle(pb::CycleKind::Quarter, 1).await;
    let mut cycles = world.officer().cycles();
    let status = cycles.open_cycle(sample::open_cycle(&open)).await.expect_err("open already");
    assert_eq!(refusal(&status), is(Code::FailedPrecondition, "CYCLE_STATE"));
    let stale = pb::Cycle { etag: "\"1\"".into(), ..open };
    let status = cycles.close_cycle(close(&stale)).await.expect_err("stale");
    assert_eq!(refusal(&status), is(Code::Aborted, "ETAG_MISMATCH"));
    let blind = pb::Cycle { etag: String::new(), ..stale };
    let status = cycles.close_cycle(close(&blind)).await.expect_err("no etag");
    assert_eq!(faults(&status), ["etag"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_rating_keeps_the_window_it_was_made_in(pool: PgPool) {
    let world = World::new(pool).await;
    let prepared = world.prepared().await;
    let rated = world.rate(HEAD, &prepared).await;
    let request = pb::GetCycleRequest { cycle_id: rated.cycle_id.clone() };
    let cycle = world.officer().cycles().get_cycle(request).await.expect("read").into_inner();
    let cycle = cycle.cycle.expect("cycle");
    let request = set_window(&cycle, "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z");
    let moved = world.officer().cycles().set_cycle_window(request).await.expect("moved");
    let moved = moved.into_inner().cycle.expect("cycle");
    let closed = world.officer().cycles().close_cycle(close(&moved)).await.expect("closed");
    let closed = closed.into_inner().cycle.expect("cycle");
    assert_eq!(closed.close_time, sample::instant("2026-04-02T01:00:00Z"));
    let read = world.evaluations_of(SITI).await.remove(0).rating.expect("rating");
    assert_eq!(read.window_close_time, sample::instant("2026-04-15T00:00:00Z"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_window_does_not_end_in_the_past(pool: PgPool) {
    let world = World::new(pool).await;
    let cycle = world.cycle(pb::CycleKind::Quarter, 1).await;
    let request = set_window(&cycle, "2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z");
    let status = world.officer().cycles().set_cycle_window(request).await.expect_err("past");
    assert_eq!(refusal(&status), is(Code::FailedPrecondition, "WINDOW_CLOSED"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn cycles_are_the_officers_to_open_and_of_one_government(pool: PgPool) {
    let world = World::new(pool).await;
    let cycle = world.cycle(pb::CycleKind::Quarter, 1).await;
    let request = sample::create_cycle(pb::CycleKind::Annual, 1);
    let status = world.person(HEAD).cycles().create_cycle(request).await.expect_err("no officer");
    assert_eq!(refusal(&status), is(Code::PermissionDenied, "PERMISSION_DENIED"));
    let request = pb::GetCycleRequest { cycle_id: cycle.cycle_id };
    let status = world.stranger().cycles().get_cycle(request).await.expect_err("another's");
    assert_eq!(refusal(&status), is(Code::NotFound, "CYCLE_NOT_FOUND"));
    let list = pb::ListCyclesRequest::default();
    let seen = world.stranger().cycles().list_cycles(list).await.expect("list").into_inner();
    assert!(seen.cycles.is_empty());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_government_that_is_not_known_yet_has_no_cycles(pool: PgPool) {
    let world = World::new(pool).await;
    let request = sample::create_cycle(pb::CycleKind::Annual, 1);
    let status = world.stranger().cycles().create_cycle(request).await.expect_err("unknown");
    assert_eq!(refusal(&status), is(Code::FailedPrecondition, "TENANT_UNKNOWN"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn pages_of_cycles_join_up_and_a_token_serves_its_own_request(pool: PgPool) {
    let world = World::new(pool).await;
    let mut made = Vec::new();
    for month in 1..=5 {
        made.insert(0, world.cycle(pb::CycleKind::Month, month).await.cycle_id);
    }
    world.clock.set(at("2026-04-03T00:00:00Z"));
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListCyclesRequest { page_size: 2, page_token };
        let page = world.officer().cycles().list_cycles(request).await.expect("list").into_inner();
        seen.extend(page.cycles.into_iter().map(|cycle| cycle.cycle_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
        let request = pb::ListPoliciesRequest { page_size: 2, page_token: page_token.clone() };
        let status = world.officer().policies().list_policies(request).await.expect_err("foreign");
        assert_eq!(faults(&status), ["page_token"]);
    }
    assert_eq!(seen, made);
}
