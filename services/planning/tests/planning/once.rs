//! What an event leads to, it leads to once: also where its batch comes again, or everything is told again.

use kinerja_kit::testing::{commits_tried, crash_at_commit};
use kinerja_planning::MIGRATOR;
use kinerja_proto::events::v1 as events;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    pb, sample,
    world::{CHIEF, HEAD, SITI, TENANT, UNIT, World},
};

/// A plan of Siti's that waits for the head.
async fn waiting(world: &World) -> pb::Plan {
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    world.submit(SITI, &draft).await
}

async fn read(world: &World, plan: &pb::Plan) -> pb::Plan {
    let request = sample::get(plan, 0);
    let read = world.plans(SITI).get_plan(request).await.expect("read").into_inner();
    read.plan.expect("plan")
}

fn rater(plan: &pb::Plan) -> String {
    let agreement = plan.agreement.as_ref().expect("an agreement");
    agreement.rater.as_ref().expect("a rater").employee_id.clone()
}

fn next(etag: &str) -> String {
    let revision: i64 = etag.trim_matches('"').parse().expect("an etag");
    format!("\"{}\"", revision + 1)
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_change_of_line_that_comes_again_after_a_crash_lays_a_plan_before_the_new_rater_once(
    pool: PgPool,
) {
    let world = World::new(pool).await;
    let plan = waiting(&world).await;
    world.registry.set_line(SITI, CHIEF, None);
    crash_at_commit(&world.pool, "registry", 2).await;
    let changed = events::ReportingLineChanged {
        employee_id: SITI.to_string(),
        from_on: "2026-01-10".into(),
    };
    world.registry.feed.tell(TENANT, SITI, 2, &changed);
    world.registry.feed.heard(&world.pool, "registry").await;
    assert_eq!(commits_tried(&world.pool).await, 3);
    let laid = read(&world, &plan).await;
    assert_eq!((rater(&laid), laid.etag), (CHIEF.to_string(), next(&plan.etag)));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn after_a_rebuild_a_plan_that_waits_lies_before_who_rates_now(pool: PgPool) {
    let world = World::new(pool).await;
    let plan = waiting(&world).await;
    let employed = |employee: Uuid| events::EmployeeChanged {
        employee_id: employee.to_string(),
        status: "ACTIVE".into(),
        unit_id: UNIT.to_string(),
        position_id: Uuid::from_u128(employee.as_u128() + 0x100).to_string(),
        position_kind: "PELAKSANA".into(),
        ..Default::default()
    };
    let feed = &world.registry.feed;
    feed.tell(TENANT, SITI, 1, &employed(SITI));
    feed.heard(&world.pool, "registry").await;
    assert_eq!(rater(&read(&world, &plan).await), HEAD.to_string());
    // The line changed, and the feed that told of it is lost.
    world.registry.set_line(SITI, CHIEF, None);
    feed.restore_without(&[]);
    feed.heard(&world.pool, "registry").await;
    let laid = read(&world, &plan).await;
    assert_eq!((rater(&laid), laid.etag), (CHIEF.to_string(), next(&plan.etag)));
}
