use kinerja_planning::MIGRATOR;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    is, pb, refusal, sample,
    world::{HEAD, SITI, World, at},
};

async fn amended(world: &World, approved: &pb::Plan) -> pb::Plan {
    let reply = world.plans(SITI).amend_plan(sample::amend(approved)).await.expect("amended");
    reply.into_inner().plan.expect("plan")
}

async fn version(world: &World, plan: &pb::Plan, version: i32) -> pb::Plan {
    let reply = world.plans(SITI).get_plan(sample::get(plan, version)).await.expect("read");
    reply.into_inner().plan.expect("plan")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_approved_version_stands_until_the_next_one_is_approved(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let first = world.approved(&year).await;
    let second = amended(&world, &first).await;
    assert_eq!((second.version, second.state()), (2, pb::PlanState::Draft));
    assert_eq!(second.content, first.content);
    assert_eq!(version(&world, &first, 1).await, first);

    let content = pb::PlanContent { support: "tiga loket".into(), ..sample::content() };
    let request = sample::update(&second, content);
    let updated = world.plans(SITI).update_plan(request).await.expect("updated").into_inner();
    world.clock.set(at("2026-06-10T01:00:00Z"));
    let submitted = world.submit(SITI, &updated.plan.expect("plan")).await;
    world.approve(HEAD, &submitted).await;

    let old = version(&world, &first, 1).await;
    assert_eq!(old.state(), pb::PlanState::Superseded);
    assert_eq!((old.content, old.agreement), (first.content, first.agreement));
    let new = version(&world, &submitted, 0).await;
    assert_eq!((new.version, new.state()), (2, pb::PlanState::Approved));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_amendment_waits_for_its_window(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let first = world.approved(&year).await;
    let second = amended(&world, &first).await;
    let status = world.agreements(SITI).submit_plan(sample::submit(&second)).await;
    let status = status.expect_err("not open yet");
    assert_eq!(refusal(&status), is(Code::FailedPrecondition, "WINDOW_CLOSED"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn one_new_version_at_a_time_is_drawn_up(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let status = world.plans(SITI).amend_plan(sample::amend(&draft)).await.expect_err("a draft");
    assert_eq!(refusal(&status), is(Code::FailedPrecondition, "PLAN_NOT_APPROVED"));

    let submitted = world.submit(SITI, &draft).await;
    let first = world.approve(HEAD, &submitted).await;
    amended(&world, &first).await;
    let status = world.plans(SITI).amend_plan(sample::amend(&first)).await.expect_err("begun");
    assert_eq!(refusal(&status), is(Code::AlreadyExists, "VERSION_TAKEN"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_end_ends_the_version_in_the_making_too(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let first = world.approved(&year).await;
    let second = amended(&world, &first).await;
    let request = sample::close(&second, "2026-03-31");
    world.officers_plans().close_plan(request).await.expect("closed");
    for number in [1, 2] {
        assert_eq!(version(&world, &first, number).await.state(), pb::PlanState::Closed);
    }
}
