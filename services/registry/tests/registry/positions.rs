//! Posts, their levels, heads and seats.

use kinerja_registry::MIGRATOR;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    faults, is, pb, refusal,
    world::{World, definitive, head, post, request_id},
};

fn update(position: &pb::Position) -> pb::UpdatePositionRequest {
    pb::UpdatePositionRequest {
        position_id: position.position_id.clone(),
        code: position.code.clone(),
        name: position.name.clone(),
        kind: position.kind,
        level: position.level,
        class: position.class,
        heads_unit: position.heads_unit,
        seats: position.seats,
        technical_duties: position.technical_duties.clone(),
        etag: position.etag.clone(),
        request_id: request_id(),
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn each_kind_has_its_own_levels(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    let wrong = pb::CreatePositionRequest {
        level: pb::PositionLevel::AhliMuda.into(),
        class: 18,
        ..post(&unit, pb::PositionKind::Pengawas)
    };
    let refused = world.positions().create_position(wrong).await.expect_err("faults");
    assert_eq!(faults(&refused), ["class", "level"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_unit_has_one_head(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    world.position(head(&unit, pb::PositionKind::Jpt)).await;
    let second = world.positions().create_position(head(&unit, pb::PositionKind::Jpt)).await;
    let refused = second.expect_err("a second head");
    assert_eq!(refusal(&refused), is(Code::AlreadyExists, "UNIT_HAS_HEAD"));
    let two = pb::CreatePositionRequest { seats: 2, ..head(&unit, pb::PositionKind::Jpt) };
    let refused = world.positions().create_position(two).await.expect_err("two seats");
    assert_eq!(faults(&refused), ["seats"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_position_keeps_what_it_was_made_with(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Puskesmas", "").await;
    let request = pb::CreatePositionRequest {
        code: "PKM.01.PRW".into(),
        class: 8,
        seats: 12,
        technical_duties: vec!["Memberi asuhan keperawatan".into()],
        ..post(&unit, pb::PositionKind::Functional)
    };
    let made = world.position(request).await;
    let get = pb::GetPositionRequest { position_id: made.position_id.clone() };
    let found = world.positions().get_position(get).await.expect("found").into_inner();
    assert_eq!(found.position, Some(made.clone()));
    assert_eq!((made.level(), made.seats), (pb::PositionLevel::AhliPertama, 12));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn seats_are_never_fewer_than_holders(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    let request =
        pb::CreatePositionRequest { seats: 2, ..post(&unit, pb::PositionKind::Pelaksana) };
    let position = world.position(request).await;
    for nth in 1..=2 {
        let employee = world.employee(nth).await;
        world.assign(definitive(&employee, &position)).await;
    }
    let fewer = pb::UpdatePositionRequest { seats: 1, ..update(&position) };
    let refused = world.positions().update_position(fewer).await.expect_err("two hold it");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "SEATS_TAKEN"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_new_name_and_kind_reach_the_holders(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    let member = world.member(1, post(&unit, pb::PositionKind::Pelaksana)).await;
    let changed = pb::UpdatePositionRequest {
        name: "Analis".into(),
        kind: pb::PositionKind::Functional.into(),
        level: pb::PositionLevel::AhliPertama.into(),
        ..update(&member.position)
    };
    world.positions().update_position(changed).await.expect("changed");
    let placement = world.get(&member.employee_id).await.placement.expect("a placement");
    assert_eq!(
        (placement.position_name.as_str(), placement.position_kind()),
        ("Analis", pb::PositionKind::Functional)
    );
    let request = pb::ListEmployeesRequest {
        filter: Some(pb::list_employees_request::Filter::PositionKind(
            pb::PositionKind::Functional.into(),
        )),
        ..Default::default()
    };
    let listed = world.employees().list_employees(request).await.expect("listed").into_inner();
    assert_eq!(listed.employees.len(), 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_position_that_is_held_stays_open(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    let member = world.member(1, post(&unit, pb::PositionKind::Pelaksana)).await;
    let close = pb::ClosePositionRequest {
        position_id: member.position.position_id,
        closed_on: "2026-06-01".into(),
        etag: member.position.etag,
        request_id: request_id(),
    };
    let refused = world.positions().close_position(close).await.expect_err("held");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "POSITION_HELD"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn positions_are_listed_by_unit(pool: PgPool) {
    let world = World::new(pool).await;
    let (first, second) = (world.unit("A", "").await, world.unit("B", "").await);
    for unit in [&first, &first, &second] {
        world.position(post(unit, pb::PositionKind::Pelaksana)).await;
    }
    let request = pb::ListPositionsRequest { unit_id: first.unit_id, ..Default::default() };
    let listed = world.positions().list_positions(request).await.expect("listed").into_inner();
    assert_eq!(listed.positions.len(), 2);
    let all = world.positions().list_positions(pb::ListPositionsRequest::default()).await;
    assert_eq!(all.expect("all").into_inner().positions.len(), 3);
}
