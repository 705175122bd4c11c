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

use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};
use tokio::time::Instant;

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
    /// When somebody last got a connection, in milliseconds since it was opened.
    served: Arc<AtomicU64>,
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
    /// inside the open transaction, and the next borrower would act for another tenant.
    async fn begin_with(&self, statement: String) -> Result<Tx, sqlx::Error> {
        let (pool, waiting) = (self.pool.clone(), Arc::clone(&self.waiting));
        let asked = Instant::now();
        #[expect(clippy::disallowed_methods, reason = "ends with the begin; nothing to wait for")]
        let begun = tokio::spawn(async move {
            waiting.fetch_add(1, Ordering::Relaxed);
            let begun = pool.begin_with(AssertSqlSafe(statement)).await;
            waiting.fetch_sub(1, Ordering::Relaxed);
            begun
        });
        match begun.await.map_err(|_| sqlx::Error::WorkerCrashed)? {
            Ok(tx) => {
                self.served.store(millis(self.opened.elapsed()), Ordering::Relaxed);
                Ok(tx)
            }
            Err(sqlx::Error::PoolTimedOut) if self.is_away(asked) => Err(sqlx::Error::Io(
                io::Error::new(io::ErrorKind::TimedOut, "no connection in time"),
            )),
            Err(error) => Err(error),
        }
    }

    /// Whether a wait for a connection was in vain for want of a database rather than of room: there
    /// was a place for one more, or nobody else got one of late either.
    fn is_away(&self, asked: Instant) -> bool {
        let served = Duration::from_millis(self.served.load(Ordering::Relaxed));
        let unserved = self.opened.elapsed().saturating_sub(served);
        let full = self.pool.size() >= self.pool.options().get_max_connections();
        !full || 2 * unserved >= asked.elapsed()
    }
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
