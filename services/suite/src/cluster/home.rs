use std::{
    fs,
    io::{ErrorKind, Write as _},
    os::unix::{
        ffi::OsStrExt as _,
        fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use nix::unistd::{Uid, User, chown};
use rand::distr::{Alphanumeric, SampleString as _};
use uuid::Uuid;

/// Where root's clusters lie.
const ROOTS: &str = "/var/lib/kinerja";
/// Where the sockets of all lie, each in a folder of its own.
const SOCKETS: &str = "/tmp";

/// The folder of a cluster, and the user it belongs to when that is not oneself.
#[derive(Debug)]
pub(super) struct Home {
    folder: PathBuf,
    user: Option<User>,
}

impl Home {
    /// In the sockets' folder of a throw-away cluster: leads to the cluster.
    pub(super) const LINK: &str = "home";

    pub(super) fn prepare(folder: &Path) -> anyhow::Result<Self> {
        let home =
            if Uid::effective().is_root() { Self::of_root(folder)? } else { Self::own(folder)? };
        home.private(&home.folder)?;
        home.private(&home.sockets())?;
        Ok(home)
    }

    /// Every cluster of this user that can be found: root's all, an ordinary user's by their link.
    pub(super) fn all() -> Vec<Self> {
        if Uid::effective().is_root() {
            let user = User::from_name("postgres").ok().flatten();
            let of = |folder| Self { folder, user: user.clone() };
            return entries(ROOTS).map(of).collect();
        }
        let own = |path: &PathBuf| {
            fs::symlink_metadata(path)
                .is_ok_and(|found| found.is_dir() && found.uid() == Uid::effective().as_raw())
        };
        let linked = |sockets: PathBuf| fs::read_link(sockets.join(Self::LINK)).ok();
        let folders = entries(SOCKETS).filter(own).filter_map(linked);
        folders.map(|folder| Self { folder, user: None }).collect()
    }

    fn own(folder: &Path) -> anyhow::Result<Self> {
        private_folder(folder)?;
        Ok(Self { folder: fs::canonicalize(folder)?.join("postgres"), user: None })
    }

    fn of_root(folder: &Path) -> anyhow::Result<Self> {
        private_folder(folder)?;
        let user = User::from_name("postgres")?.context(
            "PostgreSQL refuses to run as root, and there is no user `postgres` to run it as: \
             install the system's package `postgresql`, or run this as an ordinary user",
        )?;
        let cluster = Path::new(ROOTS).join(hash(&fs::canonicalize(folder)?));
        fs::create_dir_all(ROOTS).with_context(|| format!("cannot make {ROOTS}"))?;
        fs::write(folder.join("cluster"), format!("{}\n", cluster.display()))?;
        Ok(Self { folder: cluster, user: Some(user) })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Where a cluster is made, before it is moved to its place in one step.
    pub(super) fn unfinished(&self) -> PathBuf {
        self.folder.join("data.unfinished")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("postgres.log")
    }

    pub(super) fn lock_file(&self) -> PathBuf {
        self.folder.join("suite.lock")
    }

    /// There while the cluster is one to be thrown away.
    pub(super) fn mark(&self) -> PathBuf {
        self.folder.join("throw-away")
    }

    pub(super) fn port_file(&self) -> PathBuf {
        self.folder.join("port")
    }

    pub(super) fn password_file(&self) -> PathBuf {
        self.folder.join("password")
    }

    /// A short path: a socket's may have about a hundred bytes.
    pub(super) fn sockets(&self) -> PathBuf {
        Path::new(SOCKETS).join(format!("kinerja-{}", hash(&self.folder)))
    }

    /// The password of every role of this cluster, made when first asked for.
    pub(super) fn password(&self) -> anyhow::Result<String> {
        let path = self.password_file();
        if let Ok(password) = fs::read_to_string(&path)
            && !password.is_empty()
        {
            return Ok(password);
        }
        let password = Alphanumeric.sample_string(&mut rand::rng(), 32);
        let mut file = fs::OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&path)?;
        file.write_all(password.as_bytes())?;
        self.give(&path)?;
        Ok(password)
    }

    /// A command that runs as the cluster's user, in the cluster's folder.
    pub(super) fn command(&self, program: PathBuf) -> Command {
        let mut command = Command::new(program);
        // In a process group of its own: Ctrl-C reaches the suite alone, which ends things in order.
        command.current_dir(&self.folder).env("LC_ALL", "C.UTF-8").process_group(0);
        if let Some(user) = &self.user {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }

    pub(super) fn remove(&self) -> anyhow::Result<()> {
        gone(&self.sockets())?;
        gone(&self.folder)
    }

    /// What to do when there is no room for it.
    pub(super) fn way_out(&self) -> String {
        let folder = self.folder.display();
        let another = match self.user {
            Some(_) => "",
            None => ", or choose another folder with --data",
        };
        format!("the disk of {folder} is full: make room and run this again{another}")
    }

    fn private(&self, path: &Path) -> anyhow::Result<()> {
        private_folder(path)?;
        let owner = fs::symlink_metadata(path)?;
        let known = [Some(Uid::effective()), self.user.as_ref().map(|user| user.uid)];
        ensure!(
            owner.is_dir() && known.contains(&Some(Uid::from_raw(owner.uid()))),
            "{} belongs to somebody else: delete it, or choose another folder with --data",
            path.display()
        );
        self.give(path)
    }

    fn give(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(user) = &self.user {
            chown(path, Some(user.uid), Some(user.gid))
                .with_context(|| format!("cannot give {} to {}", path.display(), user.name))?;
        }
        Ok(())
    }
}

/// The same for the same path with every build, or a cluster would seem lost after an upgrade.
fn hash(path: &Path) -> String {
    let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, path.as_os_str().as_bytes());
    hash.simple().to_string()[..16].to_owned()
}

fn entries(folder: &str) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path())
}

fn gone(folder: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot delete {}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn private_folder(path: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make the folder {}", path.display()))
}
