//! What an import does to positions that are full, and to the lines of people it does not name.

use kinerja_proto::events::v1 as public;
use kinerja_registry::MIGRATOR;
use pb::{ImportFaultCode as Fault, ImportState as State};
use sqlx::PgPool;

use crate::{
    events::facts,
    imports::{CLERK, HEAD, counts, fault, faults, import, rows},
    pb,
    world::{World, at},
};

/// Colleagues of the clerk, in the same position.
fn clerk(nth: u8) -> String {
    CLERK.replace("199003122022211004", &format!("1990031220222110{nth:02}"))
}

async fn holders(pool: &PgPool) -> (i32, i64) {
    sqlx::query_as(
        "SELECT p.seats, count(*) FROM positions p JOIN assignments a USING (tenant_id, position_id)
         WHERE p.name = 'Pengelola Data' AND a.until_on IS NULL GROUP BY p.seats",
    )
    .fetch_one(pool)
    .await
    .expect("the position")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_position_that_an_import_makes_has_as_many_seats_as_holders(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    let done = import(&world, rows(&[&clerk(4), &clerk(5)])).await;
    assert_eq!(faults(&world, &done).await, []);
    assert_eq!(holders(&pool).await, (2, 2));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_row_beyond_the_seats_goes_in_and_is_told(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    import(&world, rows(&[&clerk(4), &clerk(5)])).await;
    let told = [fault(2, "JABATAN", Fault::SeatsExceeded)];
    let file = || rows(&[&clerk(4), &clerk(6)]);
    assert_eq!(faults(&world, &import(&world, file().dry()).await).await, told);
    let done = import(&world, file().all_or_nothing()).await;
    assert_eq!((done.state(), counts(&done)), (State::Done, (1, 0, 1, 0)));
    assert_eq!(faults(&world, &done).await, told);
    assert_eq!(holders(&pool).await, (2, 3));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn who_leaves_a_position_in_the_same_file_frees_a_seat(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    import(&world, rows(&[&clerk(4), &clerk(5)])).await;
    let leaves = clerk(5)
        .replace("Pengelola Data", "Analis")
        .replace("DEFINITIF;01-03-2022", "DEFINITIF;01-02-2026");
    let done = import(&world, rows(&[&leaves, &clerk(6)])).await;
    assert_eq!(faults(&world, &done).await, []);
    assert_eq!(holders(&pool).await, (2, 2));
}

async fn person(pool: &PgPool, number: &str) -> String {
    sqlx::query_scalar("SELECT employee_id::text FROM identity_numbers WHERE number = $1")
        .bind(number)
        .fetch_one(pool)
        .await
        .expect("a person")
}

async fn told(pool: &PgPool, number: &str) -> Vec<String> {
    let lines = facts::<public::ReportingLineChanged>(pool, &person(pool, number).await).await;
    lines.into_iter().map(|(_, line)| line.from_on).collect()
}

/// The clerk is there before the head comes, and stays when the head goes.
#[sqlx::test(migrator = "MIGRATOR")]
async fn an_import_that_brings_or_takes_a_head_is_told_of_those_below(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    import(&world, rows(&[CLERK])).await;
    let (clerk, head) = ("199003122022211004", "197111181995031001");
    assert_eq!(told(&pool, clerk).await, Vec::<String>::new());
    world.clock.set(at("2026-03-03T01:00:00Z"));
    import(&world, rows(&[HEAD])).await;
    assert_eq!(told(&pool, clerk).await, ["2025-07-01"]);
    world.clock.set(at("2026-03-04T01:00:00Z"));
    let gone = HEAD
        .replace("Kepala Dinas;JPT_PRATAMA;;14;Y", "Staf Ahli;JPT_PRATAMA;;14;T")
        .replace("01-07-2025", "01-03-2026");
    import(&world, rows(&[&gone])).await;
    assert_eq!(told(&pool, clerk).await, ["2025-07-01", "2026-03-01"]);
    assert_eq!(told(&pool, head).await.last().map(String::as_str), Some("2026-03-01"));
}
