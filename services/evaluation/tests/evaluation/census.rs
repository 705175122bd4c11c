//! What operators are told of the work of a government.

use kinerja_evaluation::{MIGRATOR, take_census};
use kinerja_kit::census::Finding;
use sqlx::PgPool;

use crate::world::{BUDI, HEAD, World, at, tenant};

/// When the next time to object ends, and of how many ratings it has not ended.
async fn objections(world: &World) -> Option<(String, i64)> {
    let mut tx = world.db.begin(&tenant()).await.expect("begin");
    let findings = take_census(&mut tx, world.clock.now()).await.expect("counted");
    findings.into_iter().find_map(|finding| match finding {
        Finding::Window { window, closes_at, unfinished } if window == "OBJECTION" => {
            Some((closes_at.to_string(), unfinished))
        }
        _ => None,
    })
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_next_end_of_the_time_to_object_is_told_with_the_ratings_that_may_be_objected_to(
    pool: PgPool,
) {
    let world = World::new(pool).await;
    let siti = world.rated().await;
    assert_eq!(objections(&world).await, None, "nobody has received a rating");
    let siti = world.acknowledge(&siti).await;
    world.clock.set(at("2026-04-03T01:00:00Z"));
    let budi = world.evaluations_of(BUDI).await.remove(0);
    let budi = world.prepare(HEAD, &budi).await;
    let budi = world.rate(HEAD, &budi).await;
    world.acknowledge(&budi).await;
    let first = Some(("2026-04-16T16:00:00Z".to_owned(), 2));
    assert_eq!(objections(&world).await, first);
    world.finalise(&siti).await;
    assert_eq!(objections(&world).await, first, "one may object to what is final");

    world.clock.set(at("2026-04-16T16:00:00Z"));
    assert_eq!(objections(&world).await, Some(("2026-04-17T16:00:00Z".to_owned(), 1)));
    world.clock.set(at("2026-04-17T16:00:00Z"));
    assert_eq!(objections(&world).await, None, "the time to object is over");
}
