//! Clusters that nobody misses once the process that made them is gone: they end with it, or, when it
//! was killed, with the next one that makes such a cluster.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    mem,
    os::unix::fs::{MetadataExt as _, symlink},
};

use anyhow::Context as _;
use nix::fcntl::{Flock, FlockArg};

use super::{binaries::Binaries, home::Home, lock, server};

/// Marks the cluster as this process's, for as long as it lives: who finds the mark without a lock on
/// it finds what a killed process left.
pub(super) fn claim(home: &Home) -> anyhow::Result<()> {
    let path = home.mark();
    let mark = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let mark = mark.with_context(|| format!("cannot write {}", path.display()))?;
    // Locked already: this process has claimed it before.
    let Ok(mut mark) = Flock::lock(mark, FlockArg::LockExclusiveNonblock) else { return Ok(()) };
    mark.set_len(0)?;
    writeln!(mark, "Of process {}: may be deleted when that is gone.", std::process::id())?;
    // Held until the process ends, however it does.
    mem::forget(mark);
    let link = home.sockets().join(Home::LINK);
    if !link.is_symlink() {
        symlink(home.folder(), link)?;
    }
    Ok(())
}

/// Takes away what killed processes left.
pub(super) fn sweep(binaries: &Binaries) {
    for home in Home::all() {
        if let Some(_locks) = left_behind(&home)
            && let Err(error) = remove(&home, binaries)
        {
            let folder = home.folder().display().to_string();
            tracing::warn!(folder, error = format!("{error:#}"), "an old cluster stays");
        }
    }
}

/// Stops the server if there is one, and deletes everything.
pub(super) fn remove(home: &Home, binaries: &Binaries) -> anyhow::Result<()> {
    if server::runs(home) {
        server::stop(home, binaries, "immediate")?;
    }
    home.remove()
}

/// The mark and the cluster, locked, if no process has either.
fn left_behind(home: &Home) -> Option<[Flock<File>; 2]> {
    let mark = OpenOptions::new().write(true).open(home.mark()).ok()?;
    // Empty: its owner is about to lock it.
    let written = mark.metadata().ok()?.len() > 0;
    let mark = written.then(|| Flock::lock(mark, FlockArg::LockExclusiveNonblock).ok())??;
    // Without a name: somebody else has swept here.
    let named = mark.metadata().ok()?.nlink() > 0;
    // A suite that its dead owner has started may live on.
    let cluster = named.then(|| lock(home).ok())??;
    Some([mark, cluster])
}
