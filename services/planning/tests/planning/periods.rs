use kinerja_planning::MIGRATOR;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    faults, is, pb, refusal, sample,
    world::{SITI, World, request_id},
};

fn timestamp(instant: &str) -> prost_types::Timestamp {
    kinerja_kit::fields::instant(crate::world::at(instant))
}

fn close(period: &pb::Period) -> pb::ClosePeriodRequest {
    pb::ClosePeriodRequest {
        period_id: period.period_id.clone(),
        etag: period.etag.clone(),
        request_id: request_id(),
    }
}

fn set(period: &pb::Period, window: pb::PeriodWindow) -> pb::SetPeriodWindowRequest {
    pb::SetPeriodWindowRequest {
        period_id: period.period_id.clone(),
        window: Some(window),
        etag: period.etag.clone(),
        request_id: request_id(),
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn windows_open_and_close_at_midnight_of_the_government(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    assert_eq!((year.starts_on.as_str(), year.ends_on.as_str()), ("2026-01-01", "2026-12-31"));
    assert_eq!(year.time_zone, "Asia/Makassar");
    let planning = &year.windows[0];
    assert_eq!(planning.open_time, Some(timestamp("2025-12-31T16:00:00Z")));
    assert_eq!(planning.close_time, Some(timestamp("2026-01-31T16:00:00Z")));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_quarter_lies_in_a_year_that_is_laid_out(pool: PgPool) {
    let world = World::new(pool).await;
    let quarter = || sample::period(pb::PeriodKind::Quarter, 2);
    let early = world.periods().create_period(quarter()).await.expect_err("no year");
    assert_eq!(refusal(&early), is(Code::FailedPrecondition, "YEAR_MISSING"));

    let year = world.year().await;
    let made = world.periods().create_period(quarter()).await.expect("quarter").into_inner();
    let made = made.period.expect("period");
    assert_eq!(made.annual_period_id, year.period_id);
    assert_eq!((made.starts_on.as_str(), made.ends_on.as_str()), ("2026-04-01", "2026-06-30"));
    let again = world.periods().create_period(quarter()).await.expect_err("taken");
    assert_eq!(refusal(&again), is(Code::AlreadyExists, "PERIOD_TAKEN"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_period_opens_once_and_closes_after_its_parts(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let request = sample::period(pb::PeriodKind::Quarter, 1);
    let quarter = world.periods().create_period(request).await.expect("quarter").into_inner();
    let quarter = world.open(quarter.period.expect("period")).await;

    let request = pb::OpenPeriodRequest {
        period_id: year.period_id.clone(),
        etag: year.etag.clone(),
        request_id: request_id(),
    };
    let twice = world.periods().open_period(request).await.expect_err("open already");
    assert_eq!(refusal(&twice), is(Code::FailedPrecondition, "PERIOD_STATE"));
    let early = world.periods().close_period(close(&year)).await.expect_err("a quarter is open");
    assert_eq!(refusal(&early), is(Code::FailedPrecondition, "PERIOD_HAS_OPEN_PARTS"));

    world.periods().close_period(close(&quarter)).await.expect("closes");
    let closed = world.periods().close_period(close(&year)).await.expect("closes").into_inner();
    assert_eq!(closed.period.expect("period").state(), pb::PeriodState::Closed);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn no_part_opens_of_a_year_that_is_closed(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let request = sample::period(pb::PeriodKind::Quarter, 1);
    let quarter = world.periods().create_period(request).await.expect("quarter").into_inner();
    let quarter = quarter.period.expect("period");
    world.periods().close_period(close(&year)).await.expect("closes");
    let request = pb::OpenPeriodRequest {
        period_id: quarter.period_id,
        etag: quarter.etag,
        request_id: request_id(),
    };
    let late = world.periods().open_period(request).await.expect_err("the year is over");
    assert_eq!(refusal(&late), is(Code::FailedPrecondition, "PERIOD_STATE"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_window_never_leaves_behind_what_was_done_in_it(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    world.submit(SITI, &draft).await;

    let before = sample::window(pb::WindowKind::Planning, "2026-01-01", "2026-01-14");
    let early = world.periods().set_period_window(set(&year, before)).await.expect_err("in use");
    assert_eq!(refusal(&early), is(Code::FailedPrecondition, "WINDOW_IN_USE"));

    let longer = sample::window(pb::WindowKind::Planning, "2026-01-01", "2026-02-14");
    world.periods().set_period_window(set(&year, longer)).await.expect("extended");
    let carried: Vec<bool> = sqlx::query_scalar(
        "SELECT p.closes_at = w.closes_at FROM plans p
         JOIN period_windows w ON w.period_id = p.period_id AND w.kind = p.window_kind",
    )
    .fetch_all(&world.pool)
    .await
    .expect("rows");
    assert_eq!(carried, [true]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_stale_etag_is_refused(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let request = pb::ClosePeriodRequest { etag: "\"1\"".into(), ..close(&year) };
    let stale = world.periods().close_period(request).await.expect_err("stale");
    assert_eq!(refusal(&stale), is(Code::Aborted, "ETAG_MISMATCH"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_repeated_request_makes_one_period(pool: PgPool) {
    let world = World::new(pool).await;
    let request = sample::period(pb::PeriodKind::Annual, 1);
    let first = world.periods().create_period(request.clone()).await.expect("first").into_inner();
    let second = world.periods().create_period(request.clone()).await.expect("second").into_inner();
    assert_eq!(first, second);
    let other = pb::CreatePeriodRequest { year: 2027, ..request };
    let reused = world.periods().create_period(other).await.expect_err("reused");
    assert_eq!(refusal(&reused), is(Code::InvalidArgument, "REQUEST_ID_REUSED"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_faulty_field_is_named(pool: PgPool) {
    let world = World::new(pool).await;
    let request = pb::CreatePeriodRequest {
        ordinal: 5,
        name: " ".into(),
        windows: vec![
            sample::window(pb::WindowKind::Planning, "2026-02-01", "2026-01-31"),
            sample::window(pb::WindowKind::Planning, "1/1/2026", "2026-01-31"),
        ],
        ..sample::period(pb::PeriodKind::Quarter, 1)
    };
    let status = world.periods().create_period(request).await.expect_err("invalid");
    assert_eq!(
        faults(&status),
        ["name", "ordinal", "windows[0].closes_on", "windows[1].opens_on", "windows[1].kind"]
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn periods_are_listed_in_the_order_of_their_days(pool: PgPool) {
    let world = World::new(pool).await;
    world.year().await;
    for ordinal in [3, 1, 2] {
        let request = sample::period(pb::PeriodKind::Quarter, ordinal);
        world.periods().create_period(request).await.expect("quarter");
    }
    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListPeriodsRequest { year: 2026, page_size: 3, page_token };
        let page = world.periods().list_periods(request).await.expect("page").into_inner();
        seen.extend(page.periods.into_iter().map(|period| (period.kind(), period.ordinal)));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let quarter = |ordinal| (pb::PeriodKind::Quarter, ordinal);
    assert_eq!(seen, [(pb::PeriodKind::Annual, 1), quarter(1), quarter(2), quarter(3)]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn only_officers_lay_out_periods(pool: PgPool) {
    let world = World::new(pool).await;
    let identity = kinerja_kit::auth::Identity::employee(&crate::world::tenant(), SITI);
    let mut periods = pb::period_service_client::PeriodServiceClient::new(world.channel(&identity));
    let request = sample::period(pb::PeriodKind::Annual, 1);
    let status = periods.create_period(request).await.expect_err("not an officer");
    assert_eq!(refusal(&status), is(Code::PermissionDenied, "PERMISSION_DENIED"));
}
