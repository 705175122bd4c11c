use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// How long a process may take to open its ports.
const START: Duration = Duration::from_secs(30);
/// Lines of its log that are shown with a failure.
const TAIL: usize = 40;

/// A service in a process of its own. It is killed when this value goes.
#[derive(Debug)]
pub struct Process {
    child: Child,
    pub addr: SocketAddr,
    pub health_addr: SocketAddr,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Process {
    /// Starts a service and waits until it says where it listens.
    pub fn start(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", command.get_program().display()))?;
        let log = child.stderr.take().context("the log")?;
        let (listening, heard) = mpsc::channel();
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in BufReader::new(log).lines().map_while(Result::ok) {
                if let Some(addresses) = addresses(&line) {
                    let _ = listening.send(addresses);
                }
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        match heard.recv_timeout(START) {
            Ok((addr, health_addr)) => Ok(Self { child, addr, health_addr, lines }),
            Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                bail!("the service did not start; its log ends with\n{}", tail(&lines))
            }
        }
    }

    /// SIGKILL: no time for anything.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// SIGTERM: asks for a drain. Wait for the end with [`Self::wait`].
    pub fn terminate(&self) -> anyhow::Result<()> {
        kill(Pid::from_raw(i32::try_from(self.child.id())?), Signal::SIGTERM)?;
        Ok(())
    }

    pub async fn wait(&mut self, limit: Duration) -> anyhow::Result<ExitStatus> {
        let end = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() > end {
                bail!(
                    "the service did not end within {limit:?}; its log ends with\n{}",
                    self.log()
                );
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The last lines of its log.
    pub fn log(&self) -> String {
        tail(&self.lines)
    }

    /// Everything it has logged so far.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tail(lines: &Mutex<Vec<String>>) -> String {
    let lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}

/// From the line that a service logs once both its ports are open.
fn addresses(line: &str) -> Option<(SocketAddr, SocketAddr)> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    let field = |name: &str| line.get("fields").unwrap_or(&line).get(name)?.as_str()?.parse().ok();
    Some((field("addr")?, field("health_addr")?))
}
