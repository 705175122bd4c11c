//! What an event leads to, it leads to once: also where its batch comes again, or everything is told again.

use kinerja_competency::MIGRATOR;
use kinerja_kit::testing::{commits_tried, crash_at_commit};
use sqlx::PgPool;
use uuid::Uuid;

use super::world::{OFFICER, UNIT, World};

const RATER_SAYS: &str = "Penjelasan penolakan perlu lebih mudah dipahami.";

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_batch_that_comes_again_after_a_crash_makes_its_needs_once(pool: PgPool) {
    let world = World::new(pool).await;
    world.assess("2026-03-01", &[("M.03", 1)]).await;
    crash_at_commit(&world.pool, "evaluation", 2).await;
    world.finalise(0x51, &[(RATER_SAYS, "M.03")]).await;
    assert_eq!(commits_tried(&world.pool).await, 3);
    let plan = world.plan().await;
    // Changed twice: by the rater's words, and by the gap.
    assert_eq!((plan.needs.len(), plan.etag.as_str()), (2, "\"2\""));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_rebuild_while_events_come_adds_what_is_new_and_nothing_else(pool: PgPool) {
    let world = World::new(pool).await;
    world.assess("2026-03-01", &[("M.03", 1)]).await;
    world.finalise(0x51, &[(RATER_SAYS, "M.03")]).await;
    world.finalise(0x52, &[("Lebih sering memberi kabar.", "")]).await;
    let before = world.plan().await;
    // Found out since; an evaluation that was looked at is not looked at again for it.
    world.assess("2026-04-01", &[("M.05", 0)]).await;
    world.evaluation.feed.restore_without(&[Uuid::from_u128(0x52)]);
    world.tell_final(2026, 0x53, &[(RATER_SAYS, "M.03")]);
    world.evaluation.feed.heard(&world.pool, "evaluation").await;
    let reasons = |plan: &kinerja_proto::competency::v1::DevelopmentPlan| -> Vec<String> {
        let gaps = plan.needs.iter().filter(|need| need.competency_code != "M.05");
        gaps.map(|need| need.id.clone()).collect()
    };
    let after = world.plan().await;
    assert_eq!(reasons(&after), reasons(&before));
    let of_05: Vec<_> = after.needs.iter().filter(|need| need.competency_code == "M.05").collect();
    let [need] = of_05.as_slice() else { panic!("{of_05:?}") };
    assert_eq!(need.evaluation_id, Uuid::from_u128(0x53).to_string());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_rebuild_leaves_a_plan_as_it_was_worked_on(pool: PgPool) {
    let world = World::new(pool).await;
    world.assess("2026-03-01", &[("M.03", 1)]).await;
    world.finalise(0x51, &[(RATER_SAYS, "M.03")]).await;
    let before = world.plan().await;
    world.assess("2026-04-01", &[("M.05", 0)]).await;
    world.evaluation.feed.restore_without(&[]);
    world.evaluation.feed.heard(&world.pool, "evaluation").await;
    assert_eq!(world.plan().await, before);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_gap_waits_for_the_zone_of_its_government(pool: PgPool) {
    let world = World::empty(pool).await;
    world.finalise(0x51, &[(RATER_SAYS, "")]).await;
    world.tell_employee(OFFICER, UNIT, false, ("FUNCTIONAL", "AHLI_PERTAMA"));
    world.registry.feed.heard(&world.pool, "registry").await;
    world.tell_government(super::world::TENANT);
    world.registry.feed.heard(&world.pool, "registry").await;
    let pending: bool = sqlx::query_scalar("SELECT bool_or(gap_pending) FROM evaluations")
        .fetch_one(&world.pool)
        .await
        .expect("evaluations");
    assert!(!pending);
}
