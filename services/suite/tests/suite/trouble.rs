//! What is said when there is no way to go on, and which way out is named.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use kinerja_suite::cluster::Cluster;
use nix::{sys::signal::Signal, unistd::Uid};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::{
    Folder, home,
    processes::{UP, Up, complaint, kinerja},
};

/// A shell that may mount what only it sees, for `script` with the words after it; none where the
/// system does not let us.
fn with_own_mounts(script: &str, words: &[&Path]) -> Option<Command> {
    let mut unshare = Command::new("unshare");
    unshare.arg("--mount");
    if !Uid::effective().is_root() {
        unshare.args(["--user", "--map-current-user", "--keep-caps"]);
    }
    let mut allowed = again(&unshare);
    allowed.args(["mount", "-t", "tmpfs", "tmpfs", "/mnt"]).stderr(Stdio::null());
    if !allowed.status().is_ok_and(|status| status.success()) {
        println!("left out: mounting is not allowed here");
        return None;
    }
    unshare.args(["sh", "-euc", script, "sh"]).args(words).stdin(Stdio::null());
    Some(unshare)
}

fn again(command: &Command) -> Command {
    let mut again = Command::new(command.get_program());
    again.args(command.get_args());
    again
}

const BINARY: &str = env!("CARGO_BIN_EXE_kinerja");

#[test]
fn a_missing_postgresql_is_told_with_the_command_that_installs_it() -> anyhow::Result<()> {
    let folder = Folder::new();
    let script = "mount -t tmpfs tmpfs /usr/lib/postgresql
        PATH=/nowhere exec \"$1\" --data \"$2\" up --port 0 --health-port 0";
    let words = [Path::new(BINARY), &folder.0];
    let Some(command) = with_own_mounts(script, &words) else { return Ok(()) };
    assert_eq!(
        complaint(command)?,
        "error: PostgreSQL is not installed: run `make setup`, or install your system's package \
         `postgresql` (version 15 or newer)\n"
    );
    Ok(())
}

/// Megabytes: too few for an empty cluster, and for the databases in it.
const TOO_FEW: [u32; 2] = [16, 60];

#[test]
fn a_full_disk_is_named_and_once_there_is_room_the_same_command_works() -> anyhow::Result<()> {
    for megabytes in TOO_FEW {
        let folder = Folder::new();
        let home = home(&folder.0)?;
        let script = format!(
            "mount -t tmpfs -o size={megabytes}m,mode=0700 tmpfs \"$3\"
            ! \"$1\" --data \"$2\" up --port 0 --health-port 0
            mount -o remount,size=1g \"$3\"
            exec \"$1\" --data \"$2\" up --port 0 --health-port 0"
        );
        let words = [Path::new(BINARY), &folder.0, &home];
        let Some(command) = with_own_mounts(&script, &words) else { return Ok(()) };
        let mut up = Up::begin(command)?;
        up.ready()?;
        up.signal(Signal::SIGINT)?;
        let ended = up.end()?;
        let wanted = format!("error: the disk of {} is full: make room", home.display());
        let told = ended.complaints.lines().filter(|line| line.starts_with(&wanted)).count();
        assert_eq!((ended.code, told), (0, 1), "{megabytes} MB: {}", ended.complaints);
    }
    Ok(())
}

#[test]
fn a_second_suite_with_the_same_data_is_told_who_is_in_its_way() -> anyhow::Result<()> {
    let folder = Folder::new();
    let up = Up::start(&folder.0)?;
    let wanted = format!(
        "error: another suite is running on the cluster in {} (process {}): stop it, or choose \
         another folder with --data\n",
        home(&folder.0)?.display(),
        up.process()
    );
    assert_eq!(complaint(kinerja(&folder.0, &UP))?, wanted);
    let port = up.url("registry").rsplit(':').next().unwrap_or_default();
    let same_port = ["up", "--port", port, "--health-port", "0"];
    assert_eq!(complaint(kinerja(&folder.0, &same_port))?, wanted, "not the port, the data");
    up.signal(Signal::SIGINT)?;
    assert_eq!(up.end()?.code, 0);
    Ok(())
}

#[test]
fn a_second_suite_on_the_same_ports_is_told_how_to_get_others() -> anyhow::Result<()> {
    let (one, other) = (Folder::new(), Folder::new());
    let up = Up::start(&one.0)?;
    let addr = up.url("registry").trim_start_matches("http://");
    let port = addr.rsplit(':').next().unwrap_or_default();
    let refused = complaint(kinerja(&other.0, &["up", "--port", port, "--health-port", "0"]))?;
    let wanted = format!("error: registry cannot listen on {addr} ");
    assert!(refused.starts_with(&wanted) && refused.lines().count() == 1, "{refused}");
    assert!(refused.contains("choose other ports with --port and --health-port"), "{refused}");
    up.signal(Signal::SIGINT)?;
    assert_eq!(up.end()?.code, 0);
    Ok(())
}

#[tokio::test]
async fn a_folder_that_nobody_else_may_enter_is_no_obstacle() -> anyhow::Result<()> {
    let folder = Folder::new();
    let private = folder.0.join("private");
    fs::create_dir(&private)?;
    fs::set_permissions(&private, fs::Permissions::from_mode(0o700))?;
    let checkout = Folder(private.join("checkout"));
    let cluster = Cluster::start(&checkout.0).await?;
    cluster.owner("planning").connect().await?.close().await?;
    let inside = cluster.folder().starts_with(folder.0.canonicalize()?);
    assert_eq!(inside, !Uid::effective().is_root(), "{}", cluster.folder().display());
    assert_eq!(home(&checkout.0)?, cluster.folder());
    cluster.remove()
}
