//! The dated tree of units.

use kinerja_registry::MIGRATOR;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    faults, is, pb, refusal,
    world::{World, create_unit, post, request_id},
};

fn move_below(unit: &pb::Unit, parent: &pb::Unit, from_on: &str) -> pb::MoveUnitRequest {
    pb::MoveUnitRequest {
        unit_id: unit.unit_id.clone(),
        parent_unit_id: parent.unit_id.clone(),
        from_on: from_on.into(),
        etag: unit.etag.clone(),
        request_id: request_id(),
    }
}

fn rename(unit: &pb::Unit, name: &str, from_on: &str) -> pb::RenameUnitRequest {
    pb::RenameUnitRequest {
        unit_id: unit.unit_id.clone(),
        name: name.into(),
        from_on: from_on.into(),
        etag: unit.etag.clone(),
        request_id: request_id(),
    }
}

fn close(unit: &pb::Unit, closed_on: &str) -> pb::CloseUnitRequest {
    pb::CloseUnitRequest {
        unit_id: unit.unit_id.clone(),
        closed_on: closed_on.into(),
        etag: unit.etag.clone(),
        request_id: request_id(),
    }
}

async fn get(world: &World, unit: &pb::Unit, on: &str) -> pb::Unit {
    let request = pb::GetUnitRequest { unit_id: unit.unit_id.clone(), on: on.into() };
    let found = world.units().get_unit(request).await.expect("a unit").into_inner();
    found.unit.expect("unit")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_name_rules_from_its_day_on(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas Pendidikan", "").await;
    world.units().rename_unit(rename(&unit, "Dinas Dikbud", "2026-02-01")).await.expect("renamed");
    assert_eq!(get(&world, &unit, "2026-01-31").await.name, "Dinas Pendidikan");
    assert_eq!(get(&world, &unit, "").await.name, "Dinas Dikbud");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_unit_moves_with_all_below_it(pool: PgPool) {
    let world = World::new(pool).await;
    let (first, second) = (world.unit("A", "").await, world.unit("B", "").await);
    let child = world.unit("C", &first.unit_id).await;
    let grandchild = world.unit("D", &child.unit_id).await;
    world.units().move_unit(move_below(&child, &second, "2026-03-01")).await.expect("moved");

    let below = |unit: &pb::Unit, on: &str| pb::ListSubtreeRequest {
        unit_id: unit.unit_id.clone(),
        on: on.into(),
        ..pb::ListSubtreeRequest::default()
    };
    let ids = |reply: pb::ListSubtreeResponse| -> Vec<(String, i32)> {
        let units = reply.units.into_iter();
        units.map(|below| (below.unit.expect("unit").name, below.depth)).collect()
    };
    let now = world.units().list_subtree(below(&second, "")).await.expect("now").into_inner();
    assert_eq!(ids(now), [("B".into(), 0), ("C".into(), 1), ("D".into(), 2)]);
    let then = world.units().list_subtree(below(&first, "2026-02-28")).await.expect("then");
    assert_eq!(ids(then.into_inner()).len(), 3);
    assert_eq!(get(&world, &grandchild, "").await.parent_unit_id, child.unit_id);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn pages_of_a_tree_have_every_unit_once_before_those_below_it(pool: PgPool) {
    let world = World::new(pool).await;
    let root = world.unit("A", "").await;
    for department in ["B", "F"] {
        let department = world.unit(department, &root.unit_id).await;
        for section in 1..=3 {
            let name = format!("{}{section}", department.name);
            world.unit(&name, &department.unit_id).await;
        }
    }
    let (mut names, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListSubtreeRequest {
            unit_id: root.unit_id.clone(),
            page_size: 2,
            page_token,
            ..pb::ListSubtreeRequest::default()
        };
        let page = world.units().list_subtree(request).await.expect("a page").into_inner();
        names.extend(page.units.into_iter().map(|below| below.unit.expect("unit").name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names, ["A", "B", "B1", "B2", "B3", "F", "F1", "F2", "F3"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_unit_never_lies_below_itself(pool: PgPool) {
    let world = World::new(pool).await;
    let top = world.unit("A", "").await;
    let middle = world.unit("B", &top.unit_id).await;
    let bottom = world.unit("C", &middle.unit_id).await;
    for parent in [&top, &middle, &bottom] {
        let refused = world.units().move_unit(move_below(&top, parent, "2026-03-01")).await;
        let refused = refused.expect_err("a ring");
        assert_eq!(
            refusal(&refused),
            is(Code::FailedPrecondition, "UNIT_CYCLE"),
            "{}",
            parent.name
        );
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_ring_that_a_later_move_would_close_is_refused(pool: PgPool) {
    let world = World::new(pool).await;
    let (first, second) = (world.unit("A", "").await, world.unit("B", "").await);
    world.units().move_unit(move_below(&first, &second, "2026-09-01")).await.expect("planned");
    let refused = world.units().move_unit(move_below(&second, &first, "2026-03-01")).await;
    let refused = refused.expect_err("a ring from September on");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "UNIT_CYCLE"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn two_moves_at_once_never_close_a_ring(pool: PgPool) {
    let world = World::new(pool).await;
    let replica = world.replica().await;
    for round in 0..5 {
        let first = world.unit(&format!("A{round}"), "").await;
        let second = world.unit(&format!("B{round}"), "").await;
        let (mut here, mut there) = (world.units(), replica.units());
        let (one, other) = tokio::join!(
            here.move_unit(move_below(&first, &second, "2026-03-01")),
            there.move_unit(move_below(&second, &first, "2026-03-01")),
        );
        assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|ok| **ok).count(), 1);
        let refused = one.err().or(other.err()).expect("one is refused");
        assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "UNIT_CYCLE"));
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn only_an_empty_unit_is_closed(pool: PgPool) {
    let world = World::new(pool).await;
    let top = world.unit("A", "").await;
    let child = world.unit("B", &top.unit_id).await;
    let refused = world.units().close_unit(close(&top, "2026-04-01")).await.expect_err("a child");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "UNIT_NOT_EMPTY"));
    let position = world.position(post(&child, pb::PositionKind::Pelaksana)).await;
    let refused = world.units().close_unit(close(&child, "2026-04-01")).await.expect_err("a post");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "UNIT_NOT_EMPTY"));

    let request = pb::ClosePositionRequest {
        position_id: position.position_id,
        closed_on: "2026-04-01".into(),
        etag: position.etag,
        request_id: request_id(),
    };
    world.positions().close_position(request).await.expect("the post is closed");
    let closed = world.units().close_unit(close(&child, "2026-04-01")).await.expect("closed");
    assert_eq!(closed.into_inner().unit.expect("unit").closed_on, "2026-04-01");
    let late = pb::CreateUnitRequest {
        opened_on: "2026-05-01".into(),
        ..create_unit("C", &child.unit_id)
    };
    let refused = world.units().create_unit(late).await.expect_err("below a closed unit");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "UNIT_CLOSED"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_code_names_one_unit(pool: PgPool) {
    let world = World::new(pool).await;
    let coded =
        |name: &str| pb::CreateUnitRequest { code: "DPMPTSP".into(), ..create_unit(name, "") };
    world.units().create_unit(coded("A")).await.expect("first");
    let refused = world.units().create_unit(coded("B")).await.expect_err("second");
    assert_eq!(refusal(&refused), is(Code::AlreadyExists, "UNIT_CODE_TAKEN"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_stale_etag_and_none_are_refused(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("A", "").await;
    world.units().rename_unit(rename(&unit, "B", "2026-02-01")).await.expect("renamed");
    let refused = world.units().rename_unit(rename(&unit, "C", "2026-02-01")).await;
    assert_eq!(refusal(&refused.expect_err("stale")), is(Code::Aborted, "ETAG_MISMATCH"));
    let without = pb::RenameUnitRequest { etag: String::new(), ..rename(&unit, "C", "2026-02-01") };
    let refused = world.units().rename_unit(without).await.expect_err("none");
    assert_eq!(faults(&refused), ["etag"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_repeated_request_changes_once(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("A", "").await;
    let request = rename(&unit, "B", "2026-02-01");
    let first = world.units().rename_unit(request.clone()).await.expect("first").into_inner();
    let second = world.units().rename_unit(request).await.expect("second").into_inner();
    assert_eq!(first, second);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn pages_join_up_without_gaps(pool: PgPool) {
    let world = World::new(pool).await;
    let top = world.unit("top", "").await;
    let mut made = vec![top.unit_id.clone()];
    for nth in 0..5 {
        made.push(world.unit(&format!("unit {nth}"), &top.unit_id).await.unit_id);
    }
    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListUnitsRequest { page_size: 2, page_token, ..Default::default() };
        let page = world.units().list_units(request).await.expect("a page").into_inner();
        seen.extend(page.units.into_iter().map(|unit| unit.unit_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, made);
    let children = pb::ListUnitsRequest { parent_unit_id: top.unit_id, ..Default::default() };
    let children = world.units().list_units(children).await.expect("children").into_inner();
    assert_eq!(children.units.len(), 5);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_page_token_serves_its_own_request_alone(pool: PgPool) {
    let world = World::new(pool).await;
    for name in ["A", "B"] {
        world.unit(name, "").await;
    }
    let request = pb::ListUnitsRequest { page_size: 1, ..Default::default() };
    let page = world.units().list_units(request).await.expect("a page").into_inner();
    let other = pb::ListUnitsRequest {
        on: "2026-01-01".into(),
        page_token: page.next_page_token,
        ..Default::default()
    };
    let refused = world.units().list_units(other).await.expect_err("another request");
    assert_eq!(faults(&refused), ["page_token"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn history_tells_names_and_places_the_newest_first(pool: PgPool) {
    let world = World::new(pool).await;
    let (top, unit) = (world.unit("top", "").await, world.unit("A", "").await);
    let renamed = world.units().rename_unit(rename(&unit, "B", "2026-02-01")).await.expect("name");
    let renamed = renamed.into_inner().unit.expect("unit");
    world.units().move_unit(move_below(&renamed, &top, "2026-02-15")).await.expect("moved");
    let request =
        pb::ListUnitHistoryRequest { unit_id: unit.unit_id, page_size: 3, ..Default::default() };
    let page = world.units().list_unit_history(request.clone()).await.expect("page").into_inner();
    let days: Vec<_> = page.changes.iter().map(|change| change.from_on.as_str()).collect();
    assert_eq!(days, ["2026-02-15", "2026-02-01", "2015-01-01"]);
    let rest = pb::ListUnitHistoryRequest { page_token: page.next_page_token, ..request };
    let rest = world.units().list_unit_history(rest).await.expect("rest").into_inner();
    assert_eq!(rest.changes.len(), 1);
}
