//! Who read whose data is written behind the calls, and not lost.

use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use kinerja_kit::{
    access_log::{AccessLog, Unwritten},
    auth::{Caller, Role, Roles, Scope},
    clock::Clock,
    server::Tasks,
    tenant::Database,
    testing,
};
use sqlx::{Connection as _, PgConnection, PgPool};
use uuid::Uuid;

use crate::tenancy::tenant;

const ANI: Uuid = Uuid::from_u128(1);
const BUDI: Uuid = Uuid::from_u128(2);

/// A log whose queue holds two entries, as many again being in the writer's hands.
struct Log {
    log: AccessLog,
    tasks: Tasks,
    db: Database,
    /// As superuser.
    pool: PgPool,
}

impl Log {
    async fn start(pool: &PgPool) -> Self {
        let (db, tasks) = (testing::app(pool, "kit").await, Tasks::new());
        let clock = Clock::fixed(Timestamp::UNIX_EPOCH);
        let log = AccessLog::with_queue(2, db.clone(), clock, &tasks);
        Self { log, tasks, db, pool: pool.clone() }
    }

    async fn written(&self) -> i64 {
        let count = sqlx::query_scalar("SELECT count(*) FROM access_log").fetch_one(&self.pool);
        count.await.expect("a count")
    }

    /// Asks until so many entries are written.
    async fn becomes(&self, entries: i64) {
        let written = async { while self.written().await != entries {} };
        tokio::time::timeout(Duration::from_secs(20), written).await.expect("entries in time");
    }

    /// Records reads until a call would have to wait, and says how many were taken.
    fn fill(&self, caller: &Caller) -> usize {
        let read = || self.log.record(caller, "GetEmployee", BUDI).now_or_never();
        (0..1_000).take_while(|_| read().is_some()).count()
    }

    /// Cuts the database off, as an outage does: no connection stays and none is made.
    async fn cut_off(&self, away: bool) {
        let (options, name) = (self.pool.connect_options(), self.database().await);
        let other = (*options).clone().database("postgres");
        let mut conn = PgConnection::connect_with(&other).await.expect("another database");
        let allow = format!("ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS {}", !away);
        sqlx::raw_sql(sqlx::AssertSqlSafe(allow)).execute(&mut conn).await.expect("alter");
        if away {
            self.close_connections(&mut conn, &name).await;
        }
    }

    async fn database(&self) -> String {
        self.pool.connect_options().get_database().expect("a database").to_owned()
    }

    async fn close_connections(&self, conn: &mut PgConnection, name: &str) {
        let close =
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1";
        sqlx::query(close).bind(name).execute(conn).await.expect("terminate");
    }
}

fn officer(code: &str) -> Caller {
    Caller {
        subject: "sari".into(),
        scope: Scope::Tenant(tenant(code)),
        employee_id: Some(ANI),
        roles: Roles::of(&[Role::Employee, Role::HrOfficer]),
    }
}

#[sqlx::test(migrations = "tests/migrations")]
async fn a_read_is_written_soon_by_itself(pool: PgPool) {
    let log = Log::start(&pool).await;
    log.log.record(&officer("12.76"), "GetEmployee", BUDI).await;
    log.becomes(1).await;
    let mut tx = log.db.begin(&tenant("12.76")).await.expect("begin");
    let entry: (String, String, Uuid, jiff_sqlx::Timestamp) =
        sqlx::query_as("SELECT caller, method, subject_employee_id, read_at FROM access_log")
            .fetch_one(&mut *tx)
            .await
            .expect("the entry");
    let (caller, method, subject, read_at) = entry;
    assert_eq!((caller.as_str(), method.as_str(), subject), ("sari", "GetEmployee", BUDI));
    assert_eq!(read_at.to_jiff(), Timestamp::UNIX_EPOCH, "by the service's clock");
}

#[sqlx::test(migrations = "tests/migrations")]
async fn ones_own_data_makes_no_entry(pool: PgPool) {
    let log = Log::start(&pool).await;
    log.log.record_all(&officer("12.76"), "ListEmployees", [ANI, BUDI]).await;
    log.log.flush().await.expect("written");
    assert_eq!(log.written().await, 1);
}

#[sqlx::test(migrations = "tests/migrations")]
async fn each_tenants_entries_are_its_own(pool: PgPool) {
    let log = Log::start(&pool).await;
    for code in ["12.76", "15.04", "12.76"] {
        log.log.record(&officer(code), "GetEmployee", BUDI).await;
    }
    log.log.flush().await.expect("written");
    for (code, entries) in [("12.76", 2), ("15.04", 1), ("12", 0)] {
        let mut tx = log.db.begin(&tenant(code)).await.expect("begin");
        let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM access_log")
            .fetch_one(&mut *tx)
            .await
            .expect("a count");
        assert_eq!(seen, entries, "{code}");
    }
}

#[sqlx::test(migrations = "tests/migrations")]
async fn entries_are_kept_while_the_database_is_away(pool: PgPool) {
    let log = Log::start(&pool).await;
    log.log.record(&officer("12.76"), "GetEmployee", BUDI).await;
    log.log.flush().await.expect("written");

    log.cut_off(true).await;
    for code in ["12.76", "15.04"] {
        log.log.record(&officer(code), "GetEmployee", BUDI).await;
    }
    assert_eq!(log.log.flush().await, Err(Unwritten(2)));
    log.cut_off(false).await;
    log.becomes(3).await;
}

#[sqlx::test(migrations = "tests/migrations")]
async fn a_call_waits_while_the_queue_is_full(pool: PgPool) {
    let log = Log::start(&pool).await;
    log.cut_off(true).await;
    let caller = officer("12.76");
    let mut taken = log.fill(&caller);
    log.log.flush().await.expect_err("the database is away");
    taken += log.fill(&caller);
    assert!(taken <= 6, "two in the queue and two held, and a flush takes two more: {taken}");

    let waiting = log.log.record(&caller, "GetEmployee", BUDI);
    let back = async {
        log.cut_off(false).await;
        log.becomes(i64::try_from(taken).expect("few") + 1).await;
    };
    tokio::join!(waiting, back);
}

#[sqlx::test(migrations = "tests/migrations")]
async fn one_tenants_trouble_does_not_hold_up_anothers(pool: PgPool) {
    let log = Log::start(&pool).await;
    let block =
        "ALTER TABLE access_log ADD CONSTRAINT no_12 CHECK (tenant_id <> '12.76') NOT VALID";
    sqlx::raw_sql(block).execute(&pool).await.expect("a constraint");
    for code in ["12.76", "15.04"] {
        log.log.record(&officer(code), "GetEmployee", BUDI).await;
    }
    assert_eq!(log.log.flush().await, Err(Unwritten(1)));
    assert_eq!(log.written().await, 1);
    sqlx::raw_sql("ALTER TABLE access_log DROP CONSTRAINT no_12")
        .execute(&pool)
        .await
        .expect("drop");
    log.log.flush().await.expect("written");
    assert_eq!(log.written().await, 2);
}

#[sqlx::test(migrations = "tests/migrations")]
async fn nothing_is_lost_when_the_service_closes(pool: PgPool) {
    let log = Log::start(&pool).await;
    for _ in 0..50 {
        log.log.record(&officer("12.76"), "GetEmployee", BUDI).await;
    }
    log.tasks.closing().cancel();
    log.log.ended().await;
    assert_eq!(log.written().await, 50);
    assert_eq!(log.log.flush().await, Ok(()), "there is nothing left to write");
}

#[sqlx::test(migrations = "tests/migrations")]
async fn a_closing_service_waits_for_its_database(pool: PgPool) {
    let log = Log::start(&pool).await;
    log.cut_off(true).await;
    log.log.record(&officer("12.76"), "GetEmployee", BUDI).await;
    log.log.flush().await.expect_err("the database is away");
    log.tasks.closing().cancel();
    log.cut_off(false).await;
    log.log.ended().await;
    assert_eq!(log.written().await, 1);
}
