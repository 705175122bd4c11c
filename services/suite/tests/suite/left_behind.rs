//! Clusters that nobody misses, and whose process was killed.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use kinerja_suite::cluster::Cluster;
use nix::sys::signal::Signal;

use crate::{
    Folder, home,
    processes::{Up, after_head, kinerja},
};

const LIMIT: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The fifth line of `postmaster.pid`.
fn sockets(home: &Path) -> anyhow::Result<PathBuf> {
    let server = fs::read_to_string(home.join("data/postmaster.pid"))?;
    Ok(server.lines().nth(4).context("the sockets' folder")?.into())
}

/// Another test of this run may be at it already.
fn gone(path: &Path) -> anyhow::Result<()> {
    let end = Instant::now() + LIMIT;
    while path.exists() {
        ensure!(Instant::now() < end, "{} is still there", path.display());
        std::thread::sleep(LOOK_AGAIN);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cluster_of_a_killed_demonstration_is_taken_away_by_whoever_makes_one_next()
-> anyhow::Result<()> {
    let living = Folder::new();
    Cluster::start(&living.0).await?.stop()?;

    let folder = Folder::new();
    let mut demo = Up::begin(kinerja(&folder.0, &["demo", "--only", "17.07"]))?;
    demo.says("2026-01-02 — governments come with their people")?;
    let left = home(&folder.0.join("demo"))?;
    let sockets = sockets(&left)?;
    demo.signal(Signal::SIGKILL)?;
    assert_eq!(demo.end()?.code, -(Signal::SIGKILL as i32));

    let _next = Folder::new();
    gone(&left)?;
    gone(&sockets)?;
    assert!(home(&living.0)?.join("data/PG_VERSION").exists(), "a living process keeps its own");
    Ok(())
}

#[test]
fn a_demonstration_that_nobody_reads_leaves_nothing() -> anyhow::Result<()> {
    let folder = Folder::new();
    let ended = after_head(kinerja(&folder.0, &["demo", "--only", "17.07"]), 1)?;
    assert_eq!(ended.status.code(), Some(141));
    assert_eq!(String::from_utf8(ended.stderr)?, "");
    assert!(!folder.0.join("demo").exists());
    Ok(())
}

#[test]
fn an_interrupted_demonstration_leaves_nothing() -> anyhow::Result<()> {
    let folder = Folder::new();
    let mut demo = Up::begin(kinerja(&folder.0, &["demo", "--only", "17.07"]))?;
    demo.says("2026-01-02 — governments come with their people")?;
    let left = home(&folder.0.join("demo"))?;
    demo.signal(Signal::SIGINT)?;
    let ended = demo.end()?;
    assert_eq!((ended.code, ended.complaints.as_str()), (1, "error: interrupted\n"));
    assert!(!left.exists() && !folder.0.join("demo").exists(), "{}", left.display());
    Ok(())
}
