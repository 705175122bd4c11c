use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};

use super::{binaries::Binaries, home::Home};

/// How long killed processes may take to be gone.
const GONE: Duration = Duration::from_secs(60);

/// `initdb` into a folder of its own and a rename: a cluster is there, or it is not.
pub(super) fn make(home: &Home, binaries: &Binaries) -> anyhow::Result<()> {
    if home.data().join("PG_VERSION").exists() {
        return Ok(());
    }
    for half_made in [home.unfinished(), home.data()] {
        if half_made.exists() {
            fs::remove_dir_all(half_made)?;
        }
    }
    let mut initdb = home.command(binaries.path("initdb"));
    initdb.arg("-D").arg(home.unfinished());
    initdb.arg("--pwfile").arg(home.password_file());
    initdb.args(["-U", "postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]);
    run(&mut initdb, "making a PostgreSQL cluster")?;
    fs::rename(home.unfinished(), home.data()).context("cannot move the new cluster to its place")
}

/// Starts the server on its last loopback port or a free one, or finds the one that runs already.
pub(super) fn start(home: &Home, binaries: &Binaries, settings: &[String]) -> anyhow::Result<u16> {
    if let Some((_, port)) = running(home) {
        return Ok(port);
    }
    let port = choose_port(home)?;
    let mut options = format!(
        "-h 127.0.0.1 -p {port} -k {} -c max_connections=200 -c shared_buffers=256MB",
        home.sockets().display()
    );
    for setting in settings {
        options += &format!(" -c {setting}");
    }
    let mut pg_ctl = home.command(binaries.path("pg_ctl"));
    pg_ctl.arg("-D").arg(home.data()).arg("-l").arg(home.log());
    // pg_ctl puts the server into a session of its own: Ctrl-C reaches the services alone, which
    // drain while the database is still there.
    pg_ctl.args(["-w", "-t", "60", "-o", &options, "start"]);
    if let Err(error) = run(&mut pg_ctl, "starting PostgreSQL") {
        bail!("{error:#}{}", last_words(home));
    }
    Ok(port)
}

/// Stops the server in one of its ways: `fast`, or `immediate` when its data is not needed any more.
pub(super) fn stop(home: &Home, binaries: &Binaries, way: &str) -> anyhow::Result<()> {
    let mut pg_ctl = home.command(binaries.path("pg_ctl"));
    pg_ctl.arg("-D").arg(home.data()).args(["-m", way, "-w", "stop"]);
    run(&mut pg_ctl, "stopping PostgreSQL")
}

/// SIGKILL of every process of the server, as a crash of the machine would be. Returns when they are gone.
pub(super) fn kill(home: &Home) -> anyhow::Result<()> {
    let (postmaster, _) = running(home).context("the server does not run")?;
    let children = fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children"))?;
    let children = children.split_whitespace().map(|pid| pid.parse().map(Pid::from_raw));
    let mut all = vec![postmaster];
    all.extend(children.collect::<Result<Vec<_>, _>>()?);
    for &pid in &all {
        // A backend may have ended by itself.
        let _ = signal::kill(pid, Signal::SIGKILL);
    }
    // A dead process keeps its number until it is waited for, and PostgreSQL would take it for alive.
    let end = Instant::now() + GONE;
    while all.iter().any(|&pid| signal::kill(pid, None).is_ok()) {
        ensure!(Instant::now() < end, "the killed server is still there after {GONE:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn choose_port(home: &Home) -> anyhow::Result<u16> {
    let last = fs::read_to_string(home.port_file()).ok().and_then(|port| port.parse().ok());
    let bind = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let socket = last.and_then(|port| bind(port).ok()).map_or_else(|| bind(0), Ok)?;
    let port = socket.local_addr()?.port();
    fs::write(home.port_file(), port.to_string())?;
    Ok(port)
}

pub(super) fn runs(home: &Home) -> bool {
    running(home).is_some()
}

/// The process and port of the server of this folder, if it is alive: lines 1 and 4 of `postmaster.pid`.
fn running(home: &Home) -> Option<(Pid, u16)> {
    let text = fs::read_to_string(home.data().join("postmaster.pid")).ok()?;
    let mut lines = text.lines();
    let pid = Pid::from_raw(lines.next()?.trim().parse().ok()?);
    is_alive(pid).then_some((pid, lines.nth(2)?.trim().parse().ok()?))
}

/// Not so of a process that ended and whose parent has not looked yet.
fn is_alive(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let ended = stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with(['Z', 'X']));
    signal::kill(pid, None).is_ok() && !ended
}

fn run(command: &mut Command, doing: &str) -> anyhow::Result<()> {
    let output = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    if output.status.success() {
        return Ok(());
    }
    bail!("{doing} failed: {}", String::from_utf8_lossy(&output.stderr).trim())
}

fn last_words(home: &Home) -> String {
    let log = fs::read_to_string(home.log()).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    let tail = lines[lines.len().saturating_sub(3)..].join("\n");
    if tail.is_empty() { String::new() } else { format!("; its log ends with\n{tail}") }
}
