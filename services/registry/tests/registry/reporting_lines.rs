//! Lines that are set for a person.

use kinerja_registry::MIGRATOR;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    is, pb, refusal,
    world::{Member, TEBING, World, definitive, head, post, request_id},
};

async fn set(
    world: &World,
    employee: &str,
    rater: &str,
    from_on: &str,
) -> Result<pb::SetReportingLineResponse, tonic::Status> {
    let request = pb::SetReportingLineRequest {
        employee_id: employee.into(),
        rater_employee_id: rater.into(),
        from_on: from_on.into(),
        etag: world.get(employee).await.etag,
        request_id: request_id(),
    };
    world.lines().set_reporting_line(request).await.map(tonic::Response::into_inner)
}

/// A unit without a head, with supervisors and a clerk.
async fn office(world: &World, supervisors: u16) -> (Vec<Member>, Member) {
    let unit = world.unit("Dinas", "").await;
    let mut officials = Vec::new();
    for nth in 0..supervisors {
        officials.push(world.member(nth, post(&unit, pb::PositionKind::Pengawas)).await);
    }
    let clerk = world.member(100, post(&unit, pb::PositionKind::Pelaksana)).await;
    (officials, clerk)
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_line_rules_from_its_day_on_until_it_follows_the_units_again(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    let leader = world.member(1, head(&unit, pb::PositionKind::Jpt)).await;
    let official = world.member(2, post(&unit, pb::PositionKind::Pengawas)).await;
    let clerk = world.member(3, post(&unit, pb::PositionKind::Pelaksana)).await;
    set(&world, &clerk.employee_id, &official.employee_id, "2026-02-01").await.expect("set");
    set(&world, &clerk.employee_id, "", "2026-06-01").await.expect("cleared");
    for (day, expected, basis) in [
        ("2026-01-31", &leader, pb::RaterBasis::HeadOfUnit),
        ("2026-02-01", &official, pb::RaterBasis::ExplicitLine),
        ("2026-06-01", &leader, pb::RaterBasis::HeadOfUnit),
    ] {
        let found = world.rater(&clerk.employee_id, day).await;
        assert_eq!(found.rater.clone().expect("rater").employee_id, expected.employee_id, "{day}");
        assert_eq!(found.basis(), basis);
    }
    let request = pb::ListReportingLinesRequest {
        employee_id: clerk.employee_id.clone(),
        ..Default::default()
    };
    let lines = world.lines().list_reporting_lines(request).await.expect("lines").into_inner();
    let days: Vec<_> = lines.reporting_lines.iter().map(|line| line.from_on.as_str()).collect();
    assert_eq!(days, ["2026-06-01", "2026-02-01"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn nobody_rates_oneself(pool: PgPool) {
    let world = World::new(pool).await;
    let (officials, _) = office(&world, 1).await;
    let own = &officials[0].employee_id;
    let refused = set(&world, own, own, "2026-02-01").await.expect_err("oneself");
    assert_eq!(refusal(&refused), is(Code::InvalidArgument, "NEVER_ONESELF"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_rater_holds_a_position_that_lets_them_rate(pool: PgPool) {
    let world = World::new(pool).await;
    let (officials, clerk) = office(&world, 1).await;
    let rated = &officials[0].employee_id;
    let refused = set(&world, rated, &clerk.employee_id, "2026-02-01").await.expect_err("a clerk");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "RATER_NOT_ELIGIBLE"));
    let idle = world.employee(50).await.employee_id;
    let refused = set(&world, rated, &idle, "2026-02-01").await.expect_err("no position");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "RATER_NOT_IN_OFFICE"));
    let refused = set(&world, rated, &request_id(), "2026-02-01").await.expect_err("nobody");
    assert_eq!(refusal(&refused), is(Code::NotFound, "EMPLOYEE_NOT_FOUND"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn lines_never_lead_back(pool: PgPool) {
    let world = World::new(pool).await;
    let (officials, _) = office(&world, 3).await;
    let [first, second, third] = [0, 1, 2].map(|nth| officials[nth].employee_id.as_str());
    set(&world, first, second, "2026-02-01").await.expect("first");
    set(&world, second, third, "2026-02-01").await.expect("second");
    let refused = set(&world, third, first, "2026-02-01").await.expect_err("a ring of three");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "REPORTING_LINE_CYCLE"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn lines_that_begin_later_lead_back_on_no_day(pool: PgPool) {
    let world = World::new(pool).await;
    let (officials, _) = office(&world, 3).await;
    let [first, second, third] = [0, 1, 2].map(|nth| officials[nth].employee_id.as_str());
    set(&world, first, second, "2026-06-01").await.expect("first");
    set(&world, second, third, "2026-07-01").await.expect("second");
    let refused = set(&world, third, first, "2026-05-01").await.expect_err("a ring in July");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "REPORTING_LINE_CYCLE"));
    set(&world, first, "", "2026-06-15").await.expect("cleared");
    set(&world, third, first, "2026-05-01").await.expect("no ring on any day");
    let refused = set(&world, first, second, "2026-08-01").await.expect_err("a ring in August");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "REPORTING_LINE_CYCLE"));
}

/// Gives a person so many lines to the same rater, a day apart, from a day on.
async fn lines_a_day_apart(world: &World, employee: &str, rater: &str, from_on: &str, days: i32) {
    let text = "INSERT INTO reporting_lines (tenant_id, employee_id, from_on, rater_employee_id, created_at)
         SELECT $1, $2::uuid, $4::date + day, $3::uuid, '2026-01-01' FROM generate_series(0, $5 - 1) AS day";
    let insert = sqlx::query(text).bind(TEBING).bind(employee).bind(rater).bind(from_on).bind(days);
    insert.execute(&world.pool).await.expect("lines");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_change_that_too_many_others_follow_is_refused(pool: PgPool) {
    let world = World::new(pool).await;
    let (officials, clerk) = office(&world, 2).await;
    let [first, second] = [0, 1].map(|nth| officials[nth].employee_id.as_str());
    lines_a_day_apart(&world, first, second, "2026-02-02", 500).await;
    let set_on = async |day| set(&world, &clerk.employee_id, first, day).await;
    let refused = set_on("2026-02-01").await.expect_err("501 days to look at");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "TOO_MANY_CHANGES"));
    set_on("2026-02-02").await.expect("500 days to look at");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn no_line_is_set_that_a_head_who_comes_later_would_close(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    let member = world.member(1, post(&unit, pb::PositionKind::Pengawas)).await;
    let position = world.position(head(&unit, pb::PositionKind::Jpt)).await;
    let coming = world.employee(2).await;
    let from_may = pb::CreateAssignmentRequest {
        from_on: "2026-05-01".into(),
        ..definitive(&coming, &position)
    };
    world.assign(from_may).await;
    let refused = set(&world, &coming.employee_id, &member.employee_id, "2026-04-01").await;
    let refused = refused.expect_err("the head rates that member from May on");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "REPORTING_LINE_CYCLE"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_recusal_does_not_end_where_the_line_it_uncovers_leads_back(pool: PgPool) {
    let world = World::new(pool).await;
    let (officials, _) = office(&world, 3).await;
    let [first, second, third] = [0, 1, 2].map(|nth| officials[nth].employee_id.as_str());
    set(&world, first, second, "2026-02-01").await.expect("first");
    let recuse = pb::CreateRecusalRequest {
        employee_id: first.into(),
        rater_employee_id: second.into(),
        delegate_employee_id: third.into(),
        instrument_number: "800/31/2026".into(),
        instrument_on: "2026-02-01".into(),
        reason: "keluarga".into(),
        from_on: "2026-02-01".into(),
        request_id: request_id(),
        ..Default::default()
    };
    let made = world.delegations().create_recusal(recuse).await.expect("recused").into_inner();
    set(&world, second, first, "2026-02-01").await.expect("no ring while the rater stands aside");
    let recusal = made.recusal.expect("recusal");
    let end = pb::EndRecusalRequest {
        recusal_id: recusal.recusal_id,
        until_on: "2026-06-01".into(),
        etag: recusal.etag,
        request_id: request_id(),
    };
    let refused = world.delegations().end_recusal(end).await.expect_err("a ring in June");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "REPORTING_LINE_CYCLE"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_head_is_never_rated_by_a_member_of_the_unit(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    let leader = world.member(1, head(&unit, pb::PositionKind::Jpt)).await;
    let member = world.member(2, post(&unit, pb::PositionKind::Pengawas)).await;
    let refused = set(&world, &leader.employee_id, &member.employee_id, "2026-02-01").await;
    let refused = refused.expect_err("the head rates that member");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "REPORTING_LINE_CYCLE"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn two_lines_at_once_never_close_a_ring(pool: PgPool) {
    let world = World::new(pool).await;
    let replica = world.replica().await;
    let (officials, _) = office(&world, 2).await;
    let [first, second] = [0, 1].map(|nth| officials[nth].employee_id.as_str());
    let (one, other) = tokio::join!(
        set(&world, first, second, "2026-02-01"),
        set(&replica, second, first, "2026-02-01"),
    );
    assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|ok| **ok).count(), 1);
    let refused = one.err().or(other.err()).expect("one is refused");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "REPORTING_LINE_CYCLE"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_etag_of_a_line_is_the_persons(pool: PgPool) {
    let world = World::new(pool).await;
    let (officials, clerk) = office(&world, 1).await;
    let set = set(&world, &clerk.employee_id, &officials[0].employee_id, "2026-02-01").await;
    assert_eq!(set.expect("set").etag, world.get(&clerk.employee_id).await.etag);
}
