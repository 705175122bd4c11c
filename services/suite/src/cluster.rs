//! A private PostgreSQL cluster, made from the installed server binaries.
//!
//! An ordinary user's lies in the given folder. PostgreSQL refuses root, and its user cannot enter
//! a folder that is private to root: root's lies in `/var/lib/kinerja/<hash of the folder>`, belongs
//! to the user `postgres`, and is named in `<folder>/cluster`.

mod binaries;
mod home;
mod provision;
mod server;
mod throw_away;

use std::{fs, io::Write as _, path::Path};

use anyhow::{Context as _, anyhow, bail};
use nix::fcntl::{Flock, FlockArg};
use sqlx::postgres::PgConnectOptions;

use binaries::Binaries;
use home::Home;

/// The services that have a database of their own.
pub const SERVICES: [&str; 4] = ["registry", "planning", "evaluation", "competency"];

/// Settings of a cluster whose data nobody will miss.
pub const THROW_AWAY: [&str; 3] = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/// A running cluster. It keeps running when this value is dropped, so that its services can drain
/// first: call [`Cluster::stop`].
#[derive(Debug)]
pub struct Cluster {
    home: Home,
    binaries: Binaries,
    port: u16,
    password: String,
    /// Of the server, beside those of every cluster: `shared_buffers=1GB`.
    settings: Vec<String>,
    _lock: Flock<fs::File>,
}

impl Cluster {
    /// Makes the cluster if need be, or adopts the one that a killed suite left running.
    pub async fn start(folder: &Path) -> anyhow::Result<Self> {
        Self::start_with(folder, &[]).await
    }

    /// The same with more settings of the server, such as `shared_buffers=1GB`.
    pub async fn start_with(folder: &Path, settings: &[&str]) -> anyhow::Result<Self> {
        let (binaries, home) = (Binaries::find()?, Home::prepare(folder)?);
        let full = |error| told(&home, error);
        let settings: Vec<String> = settings.iter().map(|&setting| setting.to_owned()).collect();
        let lock = lock(&home).map_err(full)?;
        let password = home.password().map_err(full)?;
        server::make(&home, &binaries).map_err(full)?;
        let port = server::start(&home, &binaries, &settings).map_err(full)?;
        let cluster = Self { home, binaries, port, password, settings, _lock: lock };
        match provision::run(&cluster).await {
            Ok(()) => Ok(cluster),
            Err(error) => Err(cluster.give_up(error)),
        }
    }

    /// Refuses a folder whose cluster another process uses.
    pub fn ensure_unused(folder: &Path) -> anyhow::Result<()> {
        let home = Home::prepare(folder)?;
        lock(&home).map(drop).map_err(|error| told(&home, error))
    }

    /// Makes whatever cluster will be in `folder` one that nobody misses when this process is gone: if
    /// it is killed before it has called [`Self::remove`], the next process that claims one does that.
    pub fn claim(folder: &Path) -> anyhow::Result<()> {
        throw_away::sweep(&Binaries::find()?);
        throw_away::claim(&Home::prepare(folder)?)
    }

    /// Stops the server because of `error`, and says what to do about it.
    pub fn give_up(self, error: anyhow::Error) -> anyhow::Error {
        // What went wrong first is what counts.
        let _ = server::stop(&self.home, &self.binaries, "fast");
        told(&self.home, error)
    }

    /// Takes away what is left of a cluster in `folder`, running or not, if nobody is using it.
    pub fn discard(folder: &Path) -> anyhow::Result<()> {
        let (binaries, home) = (Binaries::find()?, Home::prepare(folder)?);
        let _lock = lock(&home)?;
        throw_away::remove(&home, &binaries)
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        self.home.folder()
    }

    /// Connects as `<service>_owner`, for migrations.
    pub fn owner(&self, service: &str) -> PgConnectOptions {
        self.connect(&format!("{service}_owner"), service)
    }

    /// Connects as `<service>_app`, for serving.
    pub fn app(&self, service: &str) -> PgConnectOptions {
        self.connect(&format!("{service}_app"), service)
    }

    /// The same as text.
    pub fn url(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// Kills the server as it stands, for tests of what a crash leaves behind.
    pub fn kill(&self) -> anyhow::Result<()> {
        server::kill(&self.home)
    }

    /// Starts the server again after it was killed, where it was.
    pub fn revive(&self) -> anyhow::Result<()> {
        let port = server::start(&self.home, &self.binaries, &self.settings)?;
        anyhow::ensure!(port == self.port, "port {} was taken meanwhile", self.port);
        Ok(())
    }

    /// Stops the server, after everybody who uses it.
    pub fn stop(self) -> anyhow::Result<()> {
        server::stop(&self.home, &self.binaries, "fast")
    }

    /// Stops the server and deletes everything.
    pub fn remove(self) -> anyhow::Result<()> {
        server::stop(&self.home, &self.binaries, "fast")?;
        self.home.remove()
    }

    /// Connects as the cluster's administrator, whom row-level security does not bind.
    pub fn administrator(&self, database: &str) -> PgConnectOptions {
        self.connect("postgres", database)
    }

    fn connect(&self, role: &str, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username(role)
            .password(&self.password)
            .database(database)
    }
}

/// Keeps two suites off one cluster; the file says which process has it.
fn lock(home: &Home) -> anyhow::Result<Flock<fs::File>> {
    let path = home.lock_file();
    let file = fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    let Ok(mut lock) = Flock::lock(file, FlockArg::LockExclusiveNonblock) else {
        let holder = holder(&fs::read_to_string(&path).unwrap_or_default());
        bail!(
            "another suite is running on the cluster in {}{holder}: stop it, or choose another folder \
             with --data",
            home.folder().display()
        );
    };
    let line = format!("{}\n", std::process::id());
    lock.set_len(0)
        .and_then(|()| lock.write_all(line.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(lock)
}

/// Who says in a lock file to have it. It is not said yet where the line has no end.
fn holder(text: &str) -> String {
    text.strip_suffix('\n').map_or_else(String::new, |process| format!(" (process {process})"))
}

/// The error, or the way out where a full disk is behind it.
fn told(home: &Home, error: anyhow::Error) -> anyhow::Error {
    if is_full(&error) { anyhow!(home.way_out()) } else { error }
}

/// Whether a disk had no room left, as the system and PostgreSQL say it.
fn is_full(error: &anyhow::Error) -> bool {
    let text = format!("{error:#}");
    ["No space left on device", "could not extend file"].iter().any(|said| text.contains(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_that_has_not_yet_said_its_number_is_named_without_one() {
        assert_eq!(holder("4711\n"), " (process 4711)");
        for begun in ["", "4", "4711"] {
            assert_eq!(holder(begun), "", "{begun:?}");
        }
    }
}
