use kinerja_kit::events::{Projection as _, Snapshot as _};
use kinerja_planning::{MIGRATOR, app::PlanningSnapshot};
use kinerja_proto::events::v1 as events;
use sqlx::PgPool;
use tonic::Code;
use uuid::Uuid;

use crate::{
    is, pb, refusal, sample,
    world::{BUDI, CHIEF, CHILD_UNIT, HEAD, SITI, TENANT, UNIT, World, event, tenant},
};

async fn unit_of(world: &World, employee: Uuid) -> Vec<Uuid> {
    sqlx::query_scalar("SELECT unit_id FROM employees WHERE employee_id = $1")
        .bind(employee)
        .fetch_all(&world.pool)
        .await
        .expect("rows")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_lower_revision_never_replaces_a_higher(pool: PgPool) {
    let world = World::new(pool).await;
    world.employ(SITI, CHILD_UNIT, 3).await;
    world.employ(SITI, UNIT, 2).await;
    assert_eq!(unit_of(&world, SITI).await, [CHILD_UNIT]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_plan_keeps_the_post_it_was_begun_for(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    world.employ(SITI, CHILD_UNIT, 2).await;
    let read = world.plans(SITI).get_plan(sample::get(&draft, 0)).await.expect("read").into_inner();
    let assignment = read.plan.expect("plan").assignment.expect("assignment");
    assert_eq!(assignment.unit_id, UNIT.to_string());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_same_person_of_another_government_is_another_row(pool: PgPool) {
    let world = World::new(pool).await;
    let changed = events::EmployeeChanged {
        employee_id: SITI.to_string(),
        unit_id: CHILD_UNIT.to_string(),
        ..Default::default()
    };
    world.apply(&[event("12.76", SITI, 9, &changed)]).await;
    let mut tx = world.db.begin(&tenant()).await.expect("begin");
    let units: Vec<Uuid> =
        sqlx::query_scalar("SELECT unit_id FROM employees WHERE employee_id = $1")
            .bind(SITI)
            .fetch_all(&mut *tx)
            .await
            .expect("rows");
    assert_eq!(units, [UNIT], "only {TENANT} is seen");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_rebuild_reads_what_the_feed_told(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let approved = world.approved(&year).await;
    let request = sample::close(&approved, "2026-06-30");
    world.officers_plans().close_plan(request).await.expect("closed");
    let snapshot = PlanningSnapshot;
    let mut system = world.db.begin_system().await.expect("begin");
    assert_eq!(snapshot.tenants(&mut system).await.expect("tenants"), [tenant()]);

    let mut tx = world.db.begin(&tenant()).await.expect("begin");
    let mut counts = Vec::new();
    for kind in snapshot.types() {
        let page = snapshot.page(&mut tx, &kind, None, 10).await.expect("page");
        let last = snapshot.page(&mut tx, &kind, Some(Uuid::max()), 10).await.expect("page");
        counts.push((page.len(), last.len()));
    }
    assert_eq!(counts, [(1, 0), (1, 0), (1, 0)]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn who_is_gone_after_a_rebuild_begins_no_plan(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let mut tx = world.db.begin(&tenant()).await.expect("begin");
    let known = [SITI, UNIT, CHILD_UNIT];
    world.projection.close(&mut tx, &tenant(), &known).await.expect("closes");
    tx.commit().await.expect("commit");
    world.draft(SITI, &year).await;
    let request = || sample::create_plan(&year.period_id);
    let status = world.plans(BUDI).create_plan(request()).await.expect_err("gone");
    assert_eq!(refusal(&status), is(Code::NotFound, "EMPLOYEE_NOT_FOUND"));

    world.employ(BUDI, UNIT, 1).await;
    world.plans(BUDI).create_plan(request()).await.expect("back again");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_rebuild_brings_back_what_a_restore_took(pool: PgPool) {
    let world = World::new(pool).await;
    world.employ(SITI, CHILD_UNIT, 9).await;
    let fact = events::EmployeeChanged {
        employee_id: SITI.to_string(),
        unit_id: UNIT.to_string(),
        ..Default::default()
    };
    let facts = [event(TENANT, SITI, 4, &fact)];
    let mut tx = world.db.begin(&tenant()).await.expect("begin");
    world.projection.forget(&mut tx, &tenant(), &facts).await.expect("forgets");
    tx.commit().await.expect("commit");
    world.apply(&facts).await;
    assert_eq!(unit_of(&world, SITI).await, [UNIT]);
}

fn line_of(employee: Uuid) -> kinerja_kit::events::Event {
    let changed = events::ReportingLineChanged {
        employee_id: employee.to_string(),
        from_on: "2026-01-15".into(),
    };
    event(TENANT, employee, 2, &changed)
}

async fn waits_for(world: &World, authority: Uuid) -> usize {
    let request = pb::ListWaitingPlansRequest::default();
    let list = world.agreements(authority).list_waiting_plans(request).await.expect("list");
    list.into_inner().plans.len()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_plan_that_waits_follows_the_reporting_line(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    for employee in [SITI, BUDI] {
        let draft = world.draft(employee, &year).await;
        world.submit(employee, &draft).await;
    }
    world.registry.set_line(SITI, CHIEF, None);
    world.apply(&[line_of(SITI), line_of(BUDI)]).await;
    assert_eq!((waits_for(&world, HEAD).await, waits_for(&world, CHIEF).await), (1, 1));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_escalated_plan_follows_the_raters_superior(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let submitted = world.submit(SITI, &draft).await;
    let request = sample::escalate(&submitted);
    world.agreements(HEAD).escalate_plan(request).await.expect("escalated");
    world.registry.set_line(SITI, HEAD, Some(BUDI));
    world.apply(&[line_of(SITI)]).await;
    assert_eq!((waits_for(&world, CHIEF).await, waits_for(&world, BUDI).await), (0, 1));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_change_of_line_waits_for_the_registry_to_answer(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    world.submit(SITI, &draft).await;
    world.registry.go_away();
    let status = world.projection.prepare(&[line_of(SITI)]).await.expect_err("away");
    assert_eq!(refusal(&status), is(Code::Unavailable, "NEIGHBOUR_UNAVAILABLE"));
}
