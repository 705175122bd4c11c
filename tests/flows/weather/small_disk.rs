//! A disk that is full soon. Making one needs a right to mount.

use std::{
    ffi::OsStr,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use nix::unistd::User;

/// A real file system of a few MiB, which PostgreSQL may write to. It goes with this value: make it before
/// the cluster that lies on it.
pub(super) struct SmallDisk {
    folder: PathBuf,
    mib: usize,
}

impl SmallDisk {
    /// None, and a word about it, where one may not mount.
    pub(super) fn mount(mib: usize) -> anyhow::Result<Option<Self>> {
        let Some(user) = User::from_name("postgres")? else {
            return Ok(skipped("there is no user postgres"));
        };
        let folder = nix::unistd::mkdtemp(&std::env::temp_dir().join("kinerja-disk-XXXXXX"))?;
        let options = format!("size={mib}m,mode=0700,uid={},gid={}", user.uid, user.gid);
        if let Err(error) = run("mount", ["-t", "tmpfs", "-o", &options, "tmpfs"], &folder) {
            fs::remove_dir(&folder)?;
            return Ok(skipped(&format!("{error:#}")));
        }
        Ok(Some(Self { folder, mib }))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Copies what is in a folder, with its owners, to the top of this disk.
    pub(super) fn take_in(&self, folder: &Path) -> anyhow::Result<()> {
        run("cp", ["-a", &format!("{}/.", folder.display())], &self.folder)
    }

    /// Takes all the room there is.
    pub(super) fn fill(&self) -> anyhow::Result<()> {
        let mut ballast = fs::File::create(self.ballast())?;
        let piece = vec![0; 4096];
        for _ in 0..=self.mib << 8 {
            if let Err(error) = ballast.write_all(&piece) {
                ensure!(error.kind() == std::io::ErrorKind::StorageFull, "{error}");
                return Ok(());
            }
        }
        anyhow::bail!("the disk holds more than {} MiB", self.mib)
    }

    /// Undoes [`Self::fill`].
    pub(super) fn make_room(&self) -> anyhow::Result<()> {
        fs::remove_file(self.ballast()).context("no ballast")
    }

    /// Makes it twice as large, while it is in use.
    pub(super) fn grow(&self) -> anyhow::Result<()> {
        run("mount", ["-o", &format!("remount,size={}m", 2 * self.mib)], &self.folder)
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted =
            run("umount", [], &self.folder).and_then(|()| Ok(fs::remove_dir(&self.folder)?));
        if let Err(error) = unmounted {
            eprintln!("{} is left: {error:#}", self.folder.display());
        }
    }
}

fn skipped<T>(why: &str) -> Option<T> {
    eprintln!("SKIPPED: no right to mount a small disk here ({why}); run this test as root");
    None
}

fn run<const N: usize>(program: &str, args: [&str; N], folder: &Path) -> anyhow::Result<()> {
    let args = args.iter().map(OsStr::new).chain([folder.as_os_str()]);
    let output = Command::new(program).args(args).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program}: {}", said.trim());
    Ok(())
}
