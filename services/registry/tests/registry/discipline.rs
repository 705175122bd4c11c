//! Facts of discipline: imported per person, shown where they matter.

use kinerja_kit::client::Channel;
use kinerja_registry::MIGRATOR;
use pb::discipline_service_client::DisciplineServiceClient;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    is, pb, refusal,
    world::{BATANG, TEBING, World, number, request_id},
};

fn officer(world: &World) -> DisciplineServiceClient<Channel> {
    DisciplineServiceClient::new(world.officer_of(TEBING))
}

fn month(nth: u16, month: &str, present: i32) -> pb::AttendanceRow {
    pb::AttendanceRow {
        identity_number: number(nth),
        month: month.into(),
        working_days: 20,
        present_days: present,
        unexcused_days: 20 - present,
        lost_minutes: 35,
        ..pb::AttendanceRow::default()
    }
}

fn sanction(nth: u16, decree: &str, starts_on: &str, ends_on: &str) -> pb::SanctionRow {
    pb::SanctionRow {
        identity_number: number(nth),
        severity: pb::SanctionSeverity::Medium.into(),
        kind: "Pemotongan tunjangan kinerja".into(),
        decree_number: decree.into(),
        decree_on: "2025-01-02".into(),
        starts_on: starts_on.into(),
        ends_on: ends_on.into(),
    }
}

async fn attend(world: &World, rows: Vec<pb::AttendanceRow>) -> pb::ImportAttendanceResponse {
    let request = pb::ImportAttendanceRequest { rows, request_id: request_id() };
    officer(world).import_attendance(request).await.expect("recorded").into_inner()
}

fn list(employee_id: &str) -> pb::ListAttendanceRequest {
    pb::ListAttendanceRequest { employee_id: employee_id.into(), ..Default::default() }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn good_rows_go_in_and_faulty_ones_are_named(pool: PgPool) {
    let world = World::new(pool).await;
    let employee = world.employee(1).await;
    let odd = pb::AttendanceRow { working_days: 25, ..month(1, "2026-02", 20) };
    let reply = attend(
        &world,
        vec![month(1, "2026-01", 19), odd, month(2, "2026-01", 20), month(1, "2026-13", 20)],
    );
    let reply = reply.await;
    assert_eq!(reply.recorded, 1);
    let named: Vec<_> = reply.faults.iter().map(|f| (f.row, f.field.as_str())).collect();
    assert_eq!(named, [(1, "working_days"), (2, "identity_number"), (3, "month")]);
    let months =
        officer(&world).list_attendance(list(&employee.employee_id)).await.expect("months");
    assert_eq!(months.into_inner().months.len(), 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_month_is_replaced_and_an_old_request_does_not_bring_it_back(pool: PgPool) {
    let world = World::new(pool).await;
    let employee = world.employee(1).await;
    let first = pb::ImportAttendanceRequest {
        rows: vec![month(1, "2026-01", 15)],
        request_id: request_id(),
    };
    officer(&world).import_attendance(first.clone()).await.expect("recorded");
    attend(&world, vec![month(1, "2026-01", 18)]).await;
    let replay = officer(&world).import_attendance(first).await.expect("replayed").into_inner();
    assert_eq!(replay.recorded, 1);
    let months =
        officer(&world).list_attendance(list(&employee.employee_id)).await.expect("months");
    assert_eq!(months.into_inner().months[0].present_days, 18);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn facts_are_summed_between_two_days(pool: PgPool) {
    let world = World::new(pool).await;
    let employee = world.employee(1).await;
    attend(&world, vec![month(1, "2025-12", 20), month(1, "2026-01", 18), month(1, "2026-02", 19)])
        .await;
    let request = pb::ImportSanctionsRequest {
        rows: vec![
            sanction(1, "SK/1", "2025-02-01", "2025-12-31"),
            sanction(1, "SK/2", "2025-03-01", "2026-01-15"),
            sanction(1, "SK/3", "2025-04-01", ""),
        ],
        request_id: request_id(),
    };
    officer(&world).import_sanctions(request).await.expect("recorded");
    let request = pb::GetDisciplineFactsRequest {
        employee_id: employee.employee_id,
        from_on: "2026-01-01".into(),
        until_on: "2026-12-31".into(),
    };
    let facts = officer(&world).get_discipline_facts(request).await.expect("facts").into_inner();
    let sums = (
        facts.months,
        facts.working_days,
        facts.present_days,
        facts.unexcused_days,
        facts.lost_minutes,
    );
    assert_eq!(sums, (2, 40, 37, 3, 70));
    let decrees: Vec<_> = facts.sanctions.iter().map(|s| s.decree_number.as_str()).collect();
    assert_eq!(decrees, ["SK/3", "SK/2"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_sanction_is_known_by_its_decree(pool: PgPool) {
    let world = World::new(pool).await;
    let employee = world.employee(1).await;
    for ends_on in ["2026-06-30", "2026-12-31"] {
        let rows = vec![sanction(1, "SK/1", "2026-01-01", ends_on)];
        let request = pb::ImportSanctionsRequest { rows, request_id: request_id() };
        officer(&world).import_sanctions(request).await.expect("recorded");
    }
    let request =
        pb::ListSanctionsRequest { employee_id: employee.employee_id, ..Default::default() };
    let sanctions =
        officer(&world).list_sanctions(request).await.expect("a list").into_inner().sanctions;
    assert_eq!((sanctions.len(), sanctions[0].ends_on.as_str()), (1, "2026-12-31"));
    assert_eq!(sanctions[0].severity(), pb::SanctionSeverity::Medium);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_sanction_begins_after_its_decree_and_ends_after_it_began(pool: PgPool) {
    let world = World::new(pool).await;
    world.employee(1).await;
    let rows = vec![
        sanction(1, "SK/1", "2024-12-31", ""),
        sanction(1, "SK/2", "2026-01-01", "2025-12-31"),
        pb::SanctionRow { severity: 0, ..sanction(1, "", "2026-01-01", "") },
    ];
    let request = pb::ImportSanctionsRequest { rows, request_id: request_id() };
    let reply = officer(&world).import_sanctions(request).await.expect("a report").into_inner();
    let named: Vec<_> = reply.faults.iter().map(|f| (f.row, f.field.as_str())).collect();
    assert_eq!(named, [(0, "starts_on"), (1, "ends_on"), (2, "severity"), (2, "decree_number")]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn facts_are_the_persons_own_and_hrs(pool: PgPool) {
    let world = World::new(pool).await;
    let (one, other) = (world.employee(1).await, world.employee(2).await);
    let mut own = DisciplineServiceClient::new(world.person(&one.employee_id));
    own.list_attendance(list(&one.employee_id)).await.expect("the own");
    let refused = own.list_attendance(list(&other.employee_id)).await.expect_err("another's");
    assert_eq!(refusal(&refused), is(Code::PermissionDenied, "NOT_YOUR_RECORD"));
    let mut elsewhere = DisciplineServiceClient::new(world.officer_of(BATANG));
    let unseen = elsewhere.list_attendance(list(&one.employee_id)).await.expect_err("unseen");
    assert_eq!(refusal(&unseen), is(Code::NotFound, "EMPLOYEE_NOT_FOUND"));
}
