//! What the system knows of processes, from `/proc`.

use std::{fs, time::Duration};

use anyhow::Context as _;

/// Ticks of `/proc/<pid>/stat`: 100 a second on every Linux that distributions ship.
const TICK: Duration = Duration::from_millis(10);

/// CPU time of a process, in user and kernel mode.
pub(crate) fn cpu(pid: u32) -> anyhow::Result<Duration> {
    let fields = stat(pid).with_context(|| format!("process {pid} is gone"))?;
    let ticks = |place: usize| fields.get(place).and_then(|field| field.parse::<u32>().ok());
    // utime and stime, the 14th and 15th; what is here begins with the third.
    let ticks = ticks(11).zip(ticks(12)).context("no CPU times")?;
    Ok(TICK * (ticks.0 + ticks.1))
}

/// CPU time of a process and its living children.
pub(crate) fn family_cpu(parent: u32) -> anyhow::Result<Duration> {
    let mut total = cpu(parent)?;
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if parent_of(pid) == Some(parent) {
            total += cpu(pid).unwrap_or_default();
        }
    }
    Ok(total)
}

pub(crate) fn parent_of(pid: u32) -> Option<u32> {
    stat(pid)?.get(1)?.parse().ok()
}

/// Resident memory now and at its highest, in MiB.
pub(crate) fn resident(pid: u32) -> anyhow::Result<(f64, f64)> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().trim_end_matches(" kB").parse::<f64>().ok()
    };
    let (now, highest) = line("VmRSS:").zip(line("VmHWM:")).context("no memory figures")?;
    Ok((now / 1024.0, highest / 1024.0))
}

/// The fields behind the program's name, which may hold anything.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}
