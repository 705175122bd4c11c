//! The stream of events, over a real connection.

use std::time::Duration;

use kinerja_kit::{
    clock::Clock,
    events::{self, FeedOptions, Retention},
    testing,
};
use kinerja_proto::events::v1 as pb;
use sqlx::PgPool;
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt as _;

use super::{
    LIMIT, eventually,
    source::{OURS, Served, THEIRS, commit, commit_many, key, noon, quick, stamped, unit},
};
use crate::tenancy::tenant;

async fn watch(
    source: &Served,
    after: Option<pb::Cursor>,
    types: &[String],
) -> Result<Streaming<pb::WatchResponse>, Status> {
    let request = pb::WatchRequest { after, types: types.to_vec() };
    Ok(source.stub().watch(kinerja_kit::client::stream(request)).await?.into_inner())
}

async fn next(stream: &mut Streaming<pb::WatchResponse>) -> Option<pb::WatchResponse> {
    let message = tokio::time::timeout(LIMIT, stream.message()).await;
    message.expect("a message or an end").expect("no failure")
}

/// Receives until so many events are there.
async fn receive(stream: &mut Streaming<pb::WatchResponse>, count: usize) -> Vec<pb::Event> {
    let mut events = Vec::new();
    while events.len() < count {
        events.extend(next(stream).await.expect("the stream goes on").events);
    }
    events
}

fn cursor(event: &pb::Event) -> Option<pb::Cursor> {
    Some(pb::Cursor { position: event.position, event_id: event.event_id.clone() })
}

fn reason(status: &Status) -> (Code, String) {
    (status.code(), status.get_details_error_info().expect("error info").reason)
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_watch_streams_what_was_and_what_comes(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    commit(&db, OURS, key(1), "before").await;
    eventually("stamped", async || stamped(&pool).await == 1).await;
    let mut stream = watch(&source, None, &[]).await.expect("watch");
    let first = receive(&mut stream, 1).await.remove(0);
    commit(&db, THEIRS, key(2), "after").await;
    let second = receive(&mut stream, 1).await.remove(0);

    assert_eq!((first.position, second.position), (1, 2));
    assert_eq!((first.tenant_id.as_str(), second.tenant_id.as_str()), (OURS, THEIRS));
    assert_eq!((second.key, second.revision), (key(2).to_string(), 1));
    assert_eq!(second.time.expect("time").seconds, noon().as_second());
    let payload = second.payload.expect("payload");
    assert_eq!(payload.to_msg::<pb::UnitChanged>().expect("unit"), unit("after"));
    drop(stream);
    source.stop().await;
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_watch_goes_on_behind_its_cursor(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    commit_many(&db, OURS, 1, 3000).await;
    let mut stream = watch(&source, None, &[]).await.expect("watch");
    let all = receive(&mut stream, 3000).await;
    let mut again = watch(&source, cursor(&all[1499]), &[]).await.expect("watch");
    assert_eq!(receive(&mut again, 1500).await, all[1500..]);
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn every_stream_gets_every_event_from_one_reader(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut stream = watch(&source, None, &[]).await.expect("watch");
        next(&mut stream).await;
        streams.push(stream);
    }
    for n in 1..=20 {
        commit(&db, OURS, key(n), "one").await;
    }
    for stream in &mut streams {
        let positions = receive(stream, 20).await.into_iter().map(|event| event.position);
        assert_eq!(positions.collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
    }
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn what_is_not_wanted_moves_the_cursor_all_the_same(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    let employees = [events::kind::<pb::EmployeeChanged>()];
    let mut stream = watch(&source, None, &employees).await.expect("watch");
    commit(&db, OURS, key(1), "a unit").await;
    loop {
        let message = next(&mut stream).await.expect("the stream goes on");
        assert_eq!(message.events, []);
        if message.through.expect("through").position == 1 {
            break;
        }
    }
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_heartbeat_tells_the_head(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    commit_many(&db, OURS, 1, 7).await;
    eventually("stamped", async || stamped(&pool).await == 7).await;
    let mut stream = watch(&source, None, &[]).await.expect("watch");
    receive(&mut stream, 7).await;
    let beat = next(&mut stream).await.expect("the stream goes on");
    assert_eq!((beat.events.len(), beat.head_position), (0, 7));
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_cursor_of_another_history_is_diverged(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    commit(&db, OURS, key(1), "one").await;
    eventually("stamped", async || stamped(&pool).await == 1).await;
    let event_id = key(77).to_string();
    for (position, event_id) in [(1, event_id.clone()), (2, event_id), (1, "none".to_owned())] {
        let strange = pb::Cursor { position, event_id };
        let refused = watch(&source, Some(strange), &[]).await.expect_err("diverged");
        assert_eq!(reason(&refused), (Code::OutOfRange, "FEED_DIVERGED".to_owned()));
    }
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_cursor_behind_the_horizon_is_truncated(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    commit_many(&db, OURS, 1, 10).await;
    let mut stream = watch(&source, None, &[]).await.expect("watch");
    let all = receive(&mut stream, 10).await;
    let old = Retention { events: Duration::ZERO, spare_events: 4, ..Retention::default() };
    let later = Clock::fixed(noon() + jiff::SignedDuration::from_secs(1));
    old.apply(&db, &later).await.expect("prune");

    for after in [None, cursor(&all[4])] {
        let refused = watch(&source, after, &[]).await.expect_err("truncated");
        assert_eq!(reason(&refused), (Code::OutOfRange, "FEED_TRUNCATED".to_owned()));
    }
    let mut at_horizon = watch(&source, cursor(&all[5]), &[]).await.expect("watch");
    assert_eq!(receive(&mut at_horizon, 4).await, all[6..]);
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn large_events_are_spread_over_messages(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    let name = "x".repeat(300 * 1024);
    let mut tx = db.begin(&tenant(OURS)).await.expect("begin");
    for n in 1..=20 {
        events::append(&mut tx, key(n), 1, noon(), &unit(&name)).await.expect("append");
    }
    tx.commit().await.expect("commit");
    let mut stream = watch(&source, None, &[]).await.expect("watch");
    assert_eq!(receive(&mut stream, 20).await.len(), 20);
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_stream_ends_at_the_age_of_connections(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let young = FeedOptions { max_age: Duration::from_millis(50), ..quick() };
    let source = Served::start(&db, young).await;
    let mut stream = watch(&source, None, &[]).await.expect("watch");
    while next(&mut stream).await.is_some() {}
}

#[sqlx::test(migrations = "tests/feed_migrations")]
async fn a_stream_ends_at_once_on_drain(pool: PgPool) {
    let db = testing::app(&pool, "kit").await;
    let source = Served::start(&db, quick()).await;
    let mut stream = watch(&source, None, &[]).await.expect("watch");
    next(&mut stream).await.expect("the watch is on");
    source.drain.cancel();
    while next(&mut stream).await.is_some() {}
    source.stop().await;
}
