//! What a call is told that got no connection: that there is no room, or no database.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use kinerja_kit::{tenant::Database, testing};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{Instant, interval, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::tenancy::tenant;

/// What a call waits for a connection.
const WAIT: Duration = Duration::from_millis(300);

/// So many come one by one that the last do when the first have been told.
const CALLERS: usize = 30;
const STAGGER: Duration = Duration::from_millis(50);

/// One connection, for all who call.
fn one(options: PgConnectOptions) -> Database {
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(WAIT);
    Database::new(pool.test_before_acquire(false).connect_lazy_with(options), "kit")
}

async fn options(pool: &PgPool) -> PgConnectOptions {
    (*testing::app_pool(pool, "kit", 1).await.connect_options()).clone()
}

async fn refused(db: &Database) -> sqlx::Error {
    db.begin(&tenant("15.04")).await.expect_err("no connection")
}

#[sqlx::test(migrations = "tests/migrations")]
async fn work_that_takes_long_in_every_place_is_an_overload(pool: PgPool) {
    let db = one(options(&pool).await);
    let work = db.begin(&tenant("12.76")).await.expect("the only place");
    let refused = refused(&db).await;
    assert!(matches!(refused, sqlx::Error::PoolTimedOut), "{refused:?}");
    drop(work);
}

#[sqlx::test(migrations = "tests/migrations")]
async fn a_database_that_stands_still_under_the_work_in_every_place_is_away(pool: PgPool) {
    let options = options(&pool).await;
    let way = Way::to(&options).await;
    let db = one(options.host(&way.addr.ip().to_string()).port(way.addr.port()));
    let work = db.begin(&tenant("12.76")).await.expect("the only place");
    way.still.cancel();
    let refused = refused(&db).await;
    assert!(matches!(refused, sqlx::Error::Io(_)), "{refused:?}");
    drop(way);
    drop(work);
}

#[sqlx::test(migrations = "tests/migrations")]
async fn however_many_fail_a_silent_database_is_asked_once_a_second(pool: PgPool) {
    let refused = asked_by_many(&pool, None).await;
    let away = |error: &Option<_>| matches!(error, Some(sqlx::Error::Io(_)));
    assert!(refused.iter().all(away), "{refused:?}");
}

#[sqlx::test(migrations = "tests/migrations")]
async fn a_caller_that_gives_up_leaves_its_question_to_the_others(pool: PgPool) {
    let told = asked_by_many(&pool, Some(WAIT + STAGGER)).await;
    assert!(told.iter().any(Option::is_none), "{told:?}");
}

/// What callers are told that come one after the other, have `patience`, and find every place taken
/// and the database silent; at most one connection a second was made for them all.
async fn asked_by_many(pool: &PgPool, patience: Option<Duration>) -> Vec<Option<sqlx::Error>> {
    let options = options(pool).await;
    let way = Way::to(&options).await;
    let db = one(options.host(&way.addr.ip().to_string()).port(way.addr.port()));
    let work = db.begin(&tenant("12.76")).await.expect("the only place");
    way.still.cancel();
    let (before, began) = (way.made(), Instant::now());
    let (mut callers, mut ticks) = (JoinSet::new(), interval(STAGGER));
    for _ in 0..CALLERS {
        ticks.tick().await;
        let db = db.clone();
        let patience = patience.unwrap_or(Duration::from_secs(20));
        callers.spawn(async move { timeout(patience, refused(&db)).await.ok() });
    }
    let told = callers.join_all().await;
    let (made, seconds) = (way.made() - before, began.elapsed().as_secs());
    assert!((1..=1 + seconds).contains(&made), "{made} connections in {seconds} seconds");
    drop(work);
    told
}

#[sqlx::test(migrations = "tests/migrations")]
async fn a_database_that_lets_nobody_in_is_away(pool: PgPool) {
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let addr = nobody.local_addr().expect("an address");
    drop(nobody);
    let db = one(options(&pool).await.host(&addr.ip().to_string()).port(addr.port()));
    let refused = refused(&db).await;
    assert!(matches!(refused, sqlx::Error::Io(_)), "{refused:?}");
}

/// A way to a database on which, from a moment on, nothing goes any further and nobody hangs up.
struct Way {
    addr: SocketAddr,
    still: CancellationToken,
    made: Arc<AtomicU64>,
    _carrying: JoinSet<()>,
}

impl Way {
    async fn to(database: &PgConnectOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let there = format!("{}:{}", database.get_host(), database.get_port());
        let (mut carrying, still) = (JoinSet::new(), CancellationToken::new());
        let (stands, made) = (still.clone(), Arc::<AtomicU64>::default());
        let count = Arc::clone(&made);
        carrying.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                let far = TcpStream::connect(&there).await.expect("the database");
                open.spawn(carry(near, far, stands.clone()));
            }
        });
        Self { addr, still, made, _carrying: carrying }
    }

    /// The connections that were made on it.
    fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }
}

async fn carry(mut near: TcpStream, mut far: TcpStream, still: CancellationToken) {
    let _ = still.run_until_cancelled(copy_bidirectional(&mut near, &mut far)).await;
    if still.is_cancelled() {
        std::future::pending::<()>().await;
    }
}
