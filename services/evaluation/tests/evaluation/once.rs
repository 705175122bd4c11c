//! What an event leads to, it leads to once: also where its batch comes again, or everything is told again.

use kinerja_evaluation::MIGRATOR;
use kinerja_kit::testing::{commits_tried, crash_at_commit};
use sqlx::PgPool;
use tonic::Code;
use uuid::Uuid;

use crate::{
    is, pb, refusal, sample,
    world::{BUDI, CHIEF, HEAD, SITI, TENANT, World},
};

const NEW: Uuid = Uuid::from_u128(0x25);
const LATE: Uuid = Uuid::from_u128(0x26);

impl World {
    fn approve(&self, employee: Uuid, revision: i64) {
        let plan = sample::plan(employee, if employee == HEAD { CHIEF } else { HEAD });
        self.neighbours.feed.tell(TENANT, sample::plan_of(employee), revision, &plan);
    }

    async fn counted(&self, people: &[Uuid]) -> Vec<usize> {
        let mut counts = Vec::new();
        for person in people {
            counts.push(self.evaluations_of(*person).await.len());
        }
        counts
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_batch_that_comes_again_after_a_crash_opens_its_evaluations_once(pool: PgPool) {
    let world = World::new(pool).await;
    world.cycle(pb::CycleKind::Quarter, 1).await;
    world.cycle(pb::CycleKind::Annual, 1).await;
    crash_at_commit(&world.pool, "planning", 2).await;
    world.approve(NEW, 2);
    world.neighbours.feed.heard(&world.pool, "planning").await;
    assert_eq!(commits_tried(&world.pool).await, 3);
    assert_eq!(world.counted(&[NEW]).await, [2]);
    // The same fact told again opens nothing either.
    world.approve(NEW, 2);
    world.neighbours.feed.heard(&world.pool, "planning").await;
    assert_eq!(world.counted(&[NEW]).await, [2]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_rebuild_while_events_come_opens_what_is_new_and_nothing_twice(pool: PgPool) {
    let world = World::new(pool).await;
    world.cycle(pb::CycleKind::Quarter, 1).await;
    for (employee, revision) in [(SITI, 2), (BUDI, 2), (NEW, 2)] {
        world.approve(employee, revision);
    }
    world.neighbours.feed.heard(&world.pool, "planning").await;
    let prepared = world.prepare(HEAD, &world.evaluations_of(SITI).await[0]).await;
    world.neighbours.feed.restore_without(&[sample::plan_of(NEW)]);
    world.approve(LATE, 2);
    world.cycle(pb::CycleKind::Annual, 1).await;
    world.neighbours.feed.heard(&world.pool, "planning").await;
    assert_eq!(world.counted(&[SITI, BUDI, LATE]).await, [2, 2, 2]);
    assert_eq!(world.evaluations_of(SITI).await[0], prepared);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn after_a_rebuild_the_registry_is_asked_again_who_rates(pool: PgPool) {
    let world = World::new(pool).await;
    let prepared = world.prepared().await;
    let feed = &world.neighbours.feed;
    feed.tell(TENANT, SITI, 1, &sample::person(SITI, "Siti"));
    feed.heard(&world.pool, "registry").await;
    // The line changed, and the feed that told of it is lost.
    world.neighbours.set_line(SITI, CHIEF, None);
    feed.restore_without(&[]);
    feed.heard(&world.pool, "registry").await;
    let known = world.evaluations_of(SITI).await.remove(0);
    assert_ne!(known.etag, prepared.etag);
    let request = sample::submit(&known, sample::rating());
    let refused = world.person(HEAD).ratings().submit_rating(request).await.expect_err("no more");
    assert_eq!(refusal(&refused), is(Code::PermissionDenied, "NOT_THE_RATER"));
    assert_eq!(world.rate(CHIEF, &known).await.state(), pb::EvaluationState::Rated);
}
