//! The two doors to a service's database: a tenant's, and the system's.

use std::{
    fmt, io,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, PgPool, Postgres,
    Transaction,
};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

/// What a database has to say that it is there.
const ANSWER: Duration = Duration::from_secs(1);
/// How long an answer, or the want of one, is good for everybody.
const GOOD_FOR: Duration = Duration::from_secs(1);
const TOO_MANY_CONNECTIONS: &str = "53300";

/// The Kemendagri code of a regional government: `12` a province's own, `12.76` a regency or city.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a Kemendagri code such as 12 or 12.76")]
pub struct NotATenantId;

impl TenantId {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code of the province the government lies in.
    pub fn province(&self) -> &str {
        &self.0[..2]
    }
}

impl FromStr for TenantId {
    type Err = NotATenantId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        match text.as_bytes() {
            [p1, p2] if digits(&[*p1, *p2]) => Ok(Self(text.to_owned())),
            [p1, p2, b'.', r1, r2] if digits(&[*p1, *p2, *r1, *r2]) => Ok(Self(text.to_owned())),
            _ => Err(NotATenantId),
        }
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An open transaction behind one of the doors.
pub type Tx = Transaction<'static, Postgres>;

/// A service's database. There is no third way to a connection.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
    service: &'static str,
    system: &'static str,
    /// Begins under way: those that wait for a connection, mostly.
    waiting: Arc<AtomicU64>,
    opened: Instant,
    /// When somebody last began, in milliseconds since it was opened.
    served: Arc<AtomicU64>,
    /// Whether the database was there when it was last asked, and when that was known. Who holds it
    /// may ask.
    asked: Arc<Mutex<Option<(Instant, bool)>>>,
}

/// How many connections do what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    pub in_use: u64,
    pub idle: u64,
    /// Transactions that are not begun yet.
    pub waiting: u64,
}

/// `SET LOCAL ROLE` of every service, as static text.
const SYSTEM_BEGINS: &[(&str, &str)] = &[
    ("kit", "BEGIN; SET LOCAL ROLE kit_system"),
    ("registry", "BEGIN; SET LOCAL ROLE registry_system"),
    ("planning", "BEGIN; SET LOCAL ROLE planning_system"),
    ("evaluation", "BEGIN; SET LOCAL ROLE evaluation_system"),
    ("competency", "BEGIN; SET LOCAL ROLE competency_system"),
];

impl Database {
    /// # Panics
    /// If `service` is none of the suite's.
    pub fn new(pool: PgPool, service: &str) -> Self {
        let &(service, system) = SYSTEM_BEGINS
            .iter()
            .find(|(name, _)| *name == service)
            .expect("a service of the suite");
        Self {
            pool,
            service,
            system,
            waiting: Arc::default(),
            opened: Instant::now(),
            served: Arc::default(),
            asked: Arc::default(),
        }
    }

    /// Whose database it is.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// Opens a transaction that sees and writes the rows of `tenant` alone.
    pub async fn begin(&self, tenant: &TenantId) -> Result<Tx, sqlx::Error> {
        // The form of a TenantId leaves nothing to quote.
        self.begin_with(format!("BEGIN; SET LOCAL kinerja.tenant_id = '{tenant}'")).await
    }

    /// Opens a transaction that reaches plumbing and shared tables only, across tenants.
    pub async fn begin_system(&self) -> Result<Tx, sqlx::Error> {
        self.begin_with(self.system.to_owned()).await
    }

    /// Waits for the connections in use, then closes them all.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// What its connections are doing.
    pub fn usage(&self) -> Usage {
        let (open, idle) = (u64::from(self.pool.size()), self.pool.num_idle() as u64);
        let waiting = self.waiting.load(Ordering::Relaxed);
        Usage { in_use: open.saturating_sub(idle), idle, waiting }
    }

    /// On a task of its own: cancelling sqlx 0.9.0 in the middle of a begin hands the connection back
    /// inside the open transaction, and the next borrower would act for another tenant. Nor is a
    /// question given up with the call that asked it, for the next call would ask it anew.
    async fn begin_with(&self, statement: String) -> Result<Tx, sqlx::Error> {
        let this = self.clone();
        #[expect(clippy::disallowed_methods, reason = "ends with the begin; nothing to wait for")]
        let begun = tokio::spawn(async move { this.begin_or_why(statement).await });
        begun.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }

    async fn begin_or_why(&self, statement: String) -> Result<Tx, sqlx::Error> {
        let began = Instant::now();
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let begun = self.pool.begin_with(AssertSqlSafe(statement)).await;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        match begun {
            Ok(tx) => {
                self.served.store(millis(self.opened.elapsed()), Ordering::Relaxed);
                Ok(tx)
            }
            Err(sqlx::Error::PoolTimedOut) if self.is_away(began).await => Err(sqlx::Error::Io(
                io::Error::new(io::ErrorKind::TimedOut, "no connection in time"),
            )),
            Err(error) => Err(error),
        }
    }

    /// Whether a wait for a connection was in vain for want of a database rather than of room. It was
    /// for want of a database where there was a place for one more, and for want of room where every
    /// place is taken and others got one lately, or do while the database is asked. Where nobody gets
    /// one, in every place may be work that takes long, or a statement that is never answered: the
    /// database is asked.
    ///
    /// A database that was away and came back just before the wait was over is told as want of room:
    /// afterwards nothing tells that wait from one for long work, and both answers say to come again.
    async fn is_away(&self, began: Instant) -> bool {
        let full = self.pool.size() >= self.pool.options().get_max_connections();
        if !full {
            return true;
        }
        let lately = || 2 * self.unserved() < began.elapsed();
        !(lately() || self.is_there().await || lately())
    }

    /// Asks outside of the pool, whose places may all be taken. One asks for all who want to know, and
    /// whatever comes of it is good for a while: failing calls must not take what connections are left.
    async fn is_there(&self) -> bool {
        let mut asked = self.asked.lock().await;
        if let Some((_, there)) = asked.filter(|(at, _)| at.elapsed() < GOOD_FOR) {
            return there;
        }
        let answer = timeout(ANSWER, question(&self.pool)).await;
        let there = match &answer {
            Ok(Ok(_)) => true,
            Ok(Err(error)) => is_full(error),
            Err(_) => false,
        };
        *asked = Some((Instant::now(), there));
        drop(asked);
        if let Ok(Ok(conn)) = answer {
            let _ = timeout(ANSWER, conn.close()).await;
        }
        there
    }

    fn unserved(&self) -> Duration {
        let served = Duration::from_millis(self.served.load(Ordering::Relaxed));
        self.opened.elapsed().saturating_sub(served)
    }
}

/// The connection that answered.
async fn question(pool: &PgPool) -> Result<PgConnection, sqlx::Error> {
    let mut conn = pool.connect_options().connect().await?;
    sqlx::raw_sql("SELECT 1").execute(&mut conn).await?;
    Ok(conn)
}

/// Whether the database is there and has no room for one more connection.
fn is_full(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.as_deref() == Some(TOO_MANY_CONNECTIONS)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Lets the rest of a transaction act for `tenant`: a batch of events holds many tenants.
pub(crate) async fn switch(tx: &mut Tx, tenant: &TenantId) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT set_config('kinerja.tenant_id', $1, true)")
        .bind(tenant.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_named_by_province_or_regency_code() {
        for code in ["12", "12.76"] {
            assert_eq!(code.parse::<TenantId>().map(|t| t.to_string()), Ok(code.to_owned()));
        }
    }

    #[test]
    fn anything_else_names_no_tenant() {
        for text in ["", "1", "127", "12.7", "12.766", "12,76", "1a", "12.76'", "１２"] {
            assert_eq!(text.parse::<TenantId>(), Err(NotATenantId), "{text}");
        }
    }
}
