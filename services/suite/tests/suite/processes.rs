//! The binary `kinerja` in processes of its own.

use std::{
    collections::BTreeMap,
    io::{self, BufRead as _, BufReader, Read as _},
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{self, Receiver},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

/// How long a suite may take to be up, or to end.
const LIMIT: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// `kinerja` with its data in `folder`.
pub(crate) fn kinerja(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinerja"));
    command.arg("--data").arg(folder).args(words).stdin(Stdio::null());
    command
}

/// What is said on standard error by a command that must fail with exit code 1.
pub(crate) fn complaint(mut command: Command) -> anyhow::Result<String> {
    let Output { status, stderr, .. } = command.output()?;
    let said = String::from_utf8(stderr)?;
    ensure!(status.code() == Some(1), "ended with {status}: {said}");
    Ok(said)
}

/// What becomes of a command of whose output nobody reads more than the first lines, `lines` of them.
pub(crate) fn after_head(mut command: Command, lines: usize) -> anyhow::Result<Output> {
    let (reader, writer) = io::pipe()?;
    // Gone before anything is printed, where nothing is to be read.
    let reader = (lines > 0).then_some(reader);
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn()?;
    // It has the other end.
    drop(command);
    if let Some(reader) = reader {
        BufReader::new(reader).lines().take(lines).collect::<Result<Vec<_>, _>>()?;
    }
    Ok(child.wait_with_output()?)
}

/// A running `kinerja up`, in a process group of its own as a shell makes one. It is ended when this
/// value goes.
pub(crate) struct Up {
    child: Child,
    lines: Receiver<String>,
    urls: BTreeMap<String, String>,
}

/// What came of it.
pub(crate) struct Ended {
    /// The exit code, or minus the signal that ended it.
    pub(crate) code: i32,
    pub(crate) last_line: String,
    pub(crate) complaints: String,
}

/// The words for a suite on free ports.
pub(crate) const UP: [&str; 5] = ["up", "--port", "0", "--health-port", "0"];

impl Up {
    /// On free ports, with its data in `folder`.
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Self> {
        let mut up = Self::begin(kinerja(folder, &UP))?;
        up.ready()?;
        Ok(up)
    }

    /// Does not wait until it is up.
    pub(crate) fn begin(mut command: Command) -> anyhow::Result<Self> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().context("standard output")?;
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(stdout).lines().map_while(Result::ok);
            lines.map(|line| sender.send(line)).take_while(Result::is_ok).for_each(drop);
        });
        Ok(Self { child, lines, urls: BTreeMap::new() })
    }

    /// Waits until it is up.
    pub(crate) fn ready(&mut self) -> anyhow::Result<()> {
        self.says("Ctrl-C stops it.")
    }

    /// Waits for a line.
    pub(crate) fn says(&mut self, wanted: &str) -> anyhow::Result<()> {
        while let Ok(line) = self.lines.recv_timeout(LIMIT) {
            if let [service, "gRPC", addr, ..] = line.split_whitespace().collect::<Vec<_>>()[..] {
                self.urls.insert(service.to_owned(), format!("http://{addr}"));
            }
            if line == wanted {
                return Ok(());
            }
        }
        let _ = self.child.kill();
        bail!("it does not say {wanted:?}: {}", self.complaints())
    }

    pub(crate) fn url(&self, service: &str) -> &str {
        &self.urls[service]
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// A signal to the whole group, as a terminal sends it.
    pub(crate) fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        Ok(killpg(Pid::from_raw(i32::try_from(self.child.id())?), signal)?)
    }

    pub(crate) fn end(mut self) -> anyhow::Result<Ended> {
        let end = Instant::now() + LIMIT;
        while self.child.try_wait()?.is_none() {
            ensure!(Instant::now() < end, "it does not end");
            std::thread::sleep(LOOK_AGAIN);
        }
        let status = self.child.wait()?;
        let code = status.code().or(status.signal().map(|signal| -signal));
        Ok(Ended {
            code: code.context("an end without code or signal")?,
            last_line: self.lines.iter().last().unwrap_or_default(),
            complaints: self.complaints(),
        })
    }

    /// What it wrote to standard error, once it has ended.
    fn complaints(&mut self) -> String {
        let mut text = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            let _ = stderr.read_to_string(&mut text);
        }
        text
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.signal(Signal::SIGKILL);
            let _ = self.child.wait();
        }
    }
}
