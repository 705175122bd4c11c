use kinerja_evaluation::{
    MIGRATOR,
    app::{EvaluationSnapshot, PlanningProjection},
};
use kinerja_kit::events::{Projection as _, Snapshot as _};
use kinerja_proto::events::v1 as events;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    pb, sample,
    world::{BUDI, CHIEF, HEAD, SITI, TENANT, World, event, tenant},
};

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_lower_revision_never_replaces_a_higher(pool: PgPool) {
    let world = World::new(pool).await;
    let open = world.opened(SITI).await;
    world.registry_tells(&[event(TENANT, SITI, 3, &sample::person(SITI, "Siti Aminah"))]).await;
    world.registry_tells(&[event(TENANT, SITI, 2, &sample::person(SITI, "Siti lama"))]).await;
    let request = sample::get(&open);
    let read = world.person(SITI).evaluations().get_evaluation(request).await.expect("read");
    assert_eq!(read.into_inner().evaluation.expect("evaluation").employee_name, "Siti Aminah");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_plan_approved_again_changes_what_is_not_prepared(pool: PgPool) {
    let world = World::new(pool).await;
    let prepared = world.prepared().await;
    for person in [SITI, BUDI] {
        let mut plan = sample::plan(person, CHIEF);
        plan.version = 2;
        world.planning_tells(&[event(TENANT, sample::plan_of(person), 5, &plan)]).await;
    }
    let budis = world.evaluations_of(BUDI).await.remove(0);
    assert_eq!(budis.rater.expect("rater").employee_id, CHIEF.to_string());
    let sitis = world.evaluations_of(SITI).await;
    assert_eq!(sitis, [prepared]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_plan_that_ends_shortens_what_is_not_prepared(pool: PgPool) {
    let world = World::new(pool).await;
    world.opened(SITI).await;
    let closed = events::PlanClosed {
        plan_id: sample::plan_of(SITI).to_string(),
        ends_on: "2026-02-28".into(),
        ..Default::default()
    };
    world.planning_tells(&[event(TENANT, sample::plan_of(SITI), 3, &closed)]).await;
    let evaluation = world.evaluations_of(SITI).await.remove(0);
    assert_eq!(evaluation.ends_on, "2026-02-28");
    world.cycle(pb::CycleKind::Quarter, 2).await;
    assert_eq!(world.evaluations_of(SITI).await.len(), 1);
    assert_eq!(world.evaluations_of(BUDI).await.len(), 2);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_rebuild_closes_what_planning_no_longer_knows_and_keeps_what_was_made_of_it(
    pool: PgPool,
) {
    let world = World::new(pool).await;
    let prepared = world.prepared().await;
    let projection = PlanningProjection { clock: world.clock.clone() };
    let kept = sample::plan(BUDI, HEAD);
    let facts = [event(TENANT, sample::plan_of(BUDI), 1, &kept)];
    let mut tx = world.db.begin(&tenant()).await.expect("begin");
    projection.forget(&mut tx, &tenant(), &facts).await.expect("forgets");
    projection.apply(&mut tx, &tenant(), &facts, &()).await.expect("applies");
    projection.close(&mut tx, &tenant(), &[sample::plan_of(BUDI)]).await.expect("closes");
    tx.commit().await.expect("commit");
    world.cycle(pb::CycleKind::Annual, 1).await;
    assert_eq!(world.evaluations_of(SITI).await, [prepared]);
    assert_eq!(world.evaluations_of(BUDI).await.len(), 2);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_snapshot_tells_what_the_feed_told(pool: PgPool) {
    let world = World::new(pool).await;
    let rated = world.rated().await;
    world.cycle(pb::CycleKind::Annual, 1).await;
    let annual = world.evaluations_of(SITI).await.remove(1);
    let annual = world.prepare(HEAD, &annual).await;
    let annual = world.rate(HEAD, &annual).await;
    let finalised = world.acknowledge(&rated).await;
    let finalised = world.finalise(&finalised).await;
    let request = sample::set_annual(sample::annual(SITI, &[&finalised, &annual]));
    let mut predicates = world.person(HEAD).annual_predicates();
    predicates.set_annual_predicate(request).await.expect("set");

    let snapshot = EvaluationSnapshot;
    let mut system = world.db.begin_system().await.expect("begin");
    assert_eq!(snapshot.tenants(&mut system).await.expect("tenants"), [tenant()]);
    let mut tx = world.db.begin(&tenant()).await.expect("begin");
    let mut counts = Vec::new();
    for kind in snapshot.types() {
        let page = snapshot.page(&mut tx, &kind, None, 10).await.expect("page");
        let last = snapshot.page(&mut tx, &kind, Some(Uuid::max()), 10).await.expect("page");
        counts.push((page.len(), last.len()));
    }
    assert_eq!(counts, [(1, 0), (1, 0)]);
}
