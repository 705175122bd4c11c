//! Databases of sources beside the test's own, to be copied, dumped and restored.

use std::{ffi::OsString, path::PathBuf, process::Stdio};

use kinerja_kit::{tenant::Database, testing};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{io::AsyncWriteExt as _, process::Command};

/// A database by its name; [`Self::drop`] it at the end of the test.
pub(crate) struct Other {
    name: String,
    options: PgConnectOptions,
}

impl Other {
    /// An empty one, named after the test's own database.
    pub(crate) async fn create(test: &PgPool, suffix: &str) -> Self {
        let other = Self::named(test, suffix);
        other.administer("DROP DATABASE IF EXISTS {} WITH (FORCE)").await;
        other.administer("CREATE DATABASE {}").await;
        other
    }

    /// One with the tables of the feed.
    pub(crate) async fn migrated(test: &PgPool, suffix: &str) -> Self {
        let other = Self::create(test, suffix).await;
        let pool = other.pool().await;
        sqlx::migrate!("tests/feed_migrations").run(&pool).await.expect("migrate");
        pool.close().await;
        other
    }

    /// What a backup of now would be restored to. Nobody may be connected.
    pub(crate) async fn copy(&self, test: &PgPool, suffix: &str) -> Self {
        let copy = Self::named(test, suffix);
        copy.administer("DROP DATABASE IF EXISTS {} WITH (FORCE)").await;
        self.administer(&format!("CREATE DATABASE {} TEMPLATE {{}}", copy.name)).await;
        copy
    }

    /// Puts `older` in this one's place, whoever is connected.
    pub(crate) async fn replace_by(&self, older: Self) {
        self.administer("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false").await;
        let end = format!(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{}'",
            self.name
        );
        self.administer(&end).await;
        self.administer("DROP DATABASE {}").await;
        older.administer(&format!("ALTER DATABASE {{}} RENAME TO {}", self.name)).await;
    }

    /// Dumps this one and restores it into `other`, with the tools an operator has.
    pub(crate) async fn dump_into(&self, other: &Self) {
        let dump =
            Command::new(tool("pg_dump")).arg(self.url()).output().await.expect("pg_dump runs");
        assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
        let mut restore = Command::new(tool("psql"))
            .args(["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1"])
            .arg(other.url())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("psql runs");
        let mut input = restore.stdin.take().expect("piped");
        input.write_all(&dump.stdout).await.expect("write");
        drop(input);
        assert!(restore.wait().await.expect("psql ends").success());
    }

    /// As the superuser, for looking.
    pub(crate) async fn pool(&self) -> PgPool {
        let options = self.options.clone();
        PgPoolOptions::new().max_connections(4).connect_with(options).await.expect("connect")
    }

    /// As the role that serves.
    pub(crate) async fn app(&self) -> (PgPool, Database) {
        let pool = self.pool().await;
        let app = testing::app_pool(&pool, "kit", 8).await;
        pool.close().await;
        (app.clone(), Database::new(app, "kit"))
    }

    pub(crate) async fn drop(self) {
        self.administer("DROP DATABASE {} WITH (FORCE)").await;
    }

    fn named(test: &PgPool, suffix: &str) -> Self {
        let options = test.connect_options();
        let own = options.get_database().expect("the test's database").to_lowercase();
        let own: String = own.chars().filter(char::is_ascii_alphanumeric).collect();
        let name = format!("kit_{suffix}_{}", &own[own.len() - 24..]);
        Self { options: (*options).clone().database(&name), name }
    }

    async fn administer(&self, statement: &str) {
        let mut conn = self.options.clone().database("postgres").connect().await.expect("connect");
        let statement = statement.replace("{}", &self.name);
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut conn).await.expect("administer");
        conn.close().await.expect("close");
    }

    fn url(&self) -> String {
        let mut url = self.options.to_url_lossy();
        url.set_query(None);
        url.to_string()
    }
}

/// A program of the installed PostgreSQL.
fn tool(name: &str) -> OsString {
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        installed.map(|version| version.path().join("bin").join(name)).collect();
    found.retain(|path| path.exists());
    found.sort();
    found.pop().map_or_else(|| name.into(), Into::into)
}
