use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

/// The oldest PostgreSQL that has what our migrations use.
const OLDEST: u32 = 15;

/// Where packages put server binaries, each version in a folder of its own: `<parent>/<version>/bin`.
const PARENTS: [&str; 4] = ["/usr/lib/postgresql", "/usr", "/opt/homebrew/opt", "/usr/local/opt"];
/// Where PostgreSQL puts them when it is built by hand.
const BY_HAND: &str = "/usr/local/pgsql/bin";

/// The folder with `initdb`, `pg_ctl` and `postgres`.
#[derive(Debug)]
pub(super) struct Binaries(PathBuf);

impl Binaries {
    pub(super) fn find() -> anyhow::Result<Self> {
        let mut found: Vec<(u32, PathBuf)> =
            candidates().into_iter().filter_map(|dir| Some((version(&dir)?, dir))).collect();
        found.sort();
        match found.pop() {
            Some((version, dir)) if version >= OLDEST => Ok(Self(dir)),
            Some((version, dir)) => bail!(
                "the newest PostgreSQL here is {version} (in {}), and {OLDEST} or newer is needed: \
                 install it, for example with `make setup`",
                dir.display()
            ),
            None => bail!(
                "PostgreSQL is not installed: run `make setup`, or install your system's package \
                 `postgresql` (version {OLDEST} or newer)"
            ),
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

fn candidates() -> Vec<PathBuf> {
    let on_path = env::var_os("PATH").unwrap_or_default();
    let mut dirs: Vec<PathBuf> = env::split_paths(&on_path).collect();
    dirs.push(BY_HAND.into());
    for parent in PARENTS {
        let versions = fs::read_dir(parent).into_iter().flatten().flatten();
        dirs.extend(versions.map(|version| version.path().join("bin")));
    }
    dirs.retain(|dir| dir.join("initdb").is_file() && dir.join("postgres").is_file());
    dirs
}

/// The major version, from `postgres (PostgreSQL) 15.18 (…)`.
fn version(dir: &Path) -> Option<u32> {
    let output =
        Command::new(dir.join("postgres")).arg("--version").output().context("version").ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().nth(2)?.split('.').next()?.parse().ok()
}
