//! Working days of a government and of units that do otherwise.

use kinerja_registry::MIGRATOR;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    faults, is, pb, refusal,
    world::{World, request_id},
};

fn holiday(on: &str, kind: pb::HolidayKind) -> pb::Holiday {
    pb::Holiday { on: on.into(), kind: kind.into(), name: "libur".into() }
}

/// Of March 2026: Nyepi, Idul Fitri and the collective leave around them.
fn march() -> pb::SetCalendarYearRequest {
    use pb::HolidayKind::{CollectiveLeave, National};
    let days = [
        ("2026-03-18", CollectiveLeave),
        ("2026-03-19", National),
        ("2026-03-20", CollectiveLeave),
        ("2026-03-21", National),
        ("2026-03-22", National),
        ("2026-03-23", CollectiveLeave),
        ("2026-03-24", CollectiveLeave),
    ];
    pb::SetCalendarYearRequest {
        year: 2026,
        holidays: days.into_iter().map(|(on, kind)| holiday(on, kind)).collect(),
        etag: String::new(),
        request_id: request_id(),
    }
}

async fn due(world: &World, unit_id: &str, from_on: &str, working_days: i32) -> String {
    let request =
        pb::ResolveDueDayRequest { unit_id: unit_id.into(), from_on: from_on.into(), working_days };
    world.calendars().resolve_due_day(request).await.expect("a day").into_inner().due_on
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn holidays_and_collective_leave_do_not_count(pool: PgPool) {
    let world = World::new(pool).await;
    assert_eq!(due(&world, "", "2026-03-17", 1).await, "2026-03-18");
    world.calendars().set_calendar_year(march()).await.expect("set");
    assert_eq!(due(&world, "", "2026-03-17", 1).await, "2026-03-25");
    assert_eq!(due(&world, "", "2026-03-09", 5).await, "2026-03-16");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_year_is_set_again_with_its_etag_alone(pool: PgPool) {
    let world = World::new(pool).await;
    let mut api = world.calendars();
    let set = api.set_calendar_year(march()).await.expect("set").into_inner();
    let set = set.calendar_year.expect("year");
    let refused = api.set_calendar_year(march()).await.expect_err("set before");
    assert_eq!(refusal(&refused), is(Code::Aborted, "ETAG_MISMATCH"));
    let fewer = pb::SetCalendarYearRequest {
        holidays: vec![holiday("2026-01-01", pb::HolidayKind::National)],
        etag: set.etag,
        ..march()
    };
    api.set_calendar_year(fewer).await.expect("set again");
    let year = api.get_calendar_year(pb::GetCalendarYearRequest { year: 2026 }).await;
    assert_eq!(year.expect("year").into_inner().calendar_year.expect("year").holidays.len(), 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_holiday_lies_in_its_year_and_comes_once(pool: PgPool) {
    let world = World::new(pool).await;
    let national = pb::HolidayKind::National;
    let wrong = pb::SetCalendarYearRequest {
        holidays: vec![
            holiday("2025-01-01", national),
            holiday("2026-05-01", national),
            holiday("2026-05-01", pb::HolidayKind::Unspecified),
        ],
        ..march()
    };
    let refused = world.calendars().set_calendar_year(wrong).await.expect_err("faults");
    assert_eq!(faults(&refused), ["holidays[0].on", "holidays[2].kind", "holidays"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_unit_follows_those_above_it_until_it_does_otherwise(pool: PgPool) {
    let world = World::new(pool).await;
    world.calendars().set_calendar_year(march()).await.expect("set");
    let hospital = world.unit("RSUD", "").await;
    let ward = world.unit("IGD", &hospital.unit_id).await;
    let six = pb::SetUnitCalendarRequest {
        unit_id: hospital.unit_id.clone(),
        working_weeks: vec![pb::UnitWorkingWeek { from_on: "2026-01-01".into(), working_week: 6 }],
        request_id: request_id(),
        ..Default::default()
    };
    world.calendars().set_unit_calendar(six).await.expect("six days");
    let open = pb::SetUnitCalendarRequest {
        unit_id: ward.unit_id.clone(),
        days: vec![pb::UnitCalendarDay {
            on: "2026-03-19".into(),
            works: true,
            name: "siaga".into(),
        }],
        request_id: request_id(),
        ..Default::default()
    };
    world.calendars().set_unit_calendar(open).await.expect("open on Nyepi");
    assert_eq!(due(&world, "", "2026-03-13", 1).await, "2026-03-16");
    assert_eq!(due(&world, &hospital.unit_id, "2026-03-13", 1).await, "2026-03-14");
    assert_eq!(due(&world, &ward.unit_id, "2026-03-17", 1).await, "2026-03-19");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_calendar_tells_what_the_week_does_not(pool: PgPool) {
    let world = World::new(pool).await;
    world.calendars().set_calendar_year(march()).await.expect("set");
    let request = pb::GetCalendarRequest {
        unit_id: String::new(),
        from_on: "2026-03-16".into(),
        until_on: "2026-03-31".into(),
    };
    let found = world.calendars().get_calendar(request).await.expect("days").into_inner();
    let calendar = found.calendar.expect("calendar");
    assert_eq!(calendar.working_week, 5);
    let off = ["2026-03-18", "2026-03-19", "2026-03-20", "2026-03-23", "2026-03-24"];
    assert_eq!(calendar.days_off, off);
    assert_eq!(calendar.days_on, Vec::<String>::new());
}
