use std::{
    fs,
    io::Write as _,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{DirBuilderExt as _, OpenOptionsExt as _},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;
use nix::unistd::{Uid, User, chown};
use rand::distr::{Alphanumeric, SampleString as _};
use uuid::Uuid;

/// Where root's clusters lie.
const ROOTS: &str = "/var/lib/kinerja";

/// The folder of a cluster, and the user it belongs to when that is not oneself.
#[derive(Debug)]
pub(super) struct Home {
    folder: PathBuf,
    user: Option<User>,
}

impl Home {
    pub(super) fn prepare(folder: &Path) -> anyhow::Result<Self> {
        let home =
            if Uid::effective().is_root() { Self::of_root(folder)? } else { Self::own(folder)? };
        home.private(&home.folder)?;
        home.private(&home.sockets())?;
        Ok(home)
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

    pub(super) fn port_file(&self) -> PathBuf {
        self.folder.join("port")
    }

    pub(super) fn password_file(&self) -> PathBuf {
        self.folder.join("password")
    }

    /// A short path: a socket's may have about a hundred bytes.
    pub(super) fn sockets(&self) -> PathBuf {
        PathBuf::from(format!("/tmp/kinerja-{}", hash(&self.folder)))
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
        command.current_dir(&self.folder).env("LC_ALL", "C.UTF-8");
        if let Some(user) = &self.user {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }

    pub(super) fn remove(&self) -> anyhow::Result<()> {
        fs::remove_dir_all(self.sockets()).context("cannot delete the sockets' folder")?;
        fs::remove_dir_all(&self.folder).context("cannot delete the cluster")
    }

    fn private(&self, path: &Path) -> anyhow::Result<()> {
        private_folder(path)?;
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

fn private_folder(path: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make the folder {}", path.display()))
}
