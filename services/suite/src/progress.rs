//! How far long work has come: a bar on a terminal, plain lines elsewhere.

use std::{
    io::{IsTerminal as _, Write as _, stderr},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// Off a terminal, a line at most so often.
const EVERY: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct Progress {
    what: String,
    /// None of work whose end is not known.
    total: Option<u64>,
    done: AtomicU64,
    started: Instant,
    lines: AtomicU64,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(crate) fn start(what: impl Into<String>, total: usize) -> Self {
        Self::of(what.into(), Some(total as u64), "  {msg:40} {bar:30} {pos}/{len} {elapsed}")
    }

    /// Of work whose end is not known.
    pub(crate) fn counting(what: impl Into<String>) -> Self {
        Self::of(what.into(), None, "  {msg:40} {spinner} {pos} {elapsed}")
    }

    fn of(what: String, total: Option<u64>, template: &str) -> Self {
        let bar = stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template(template);
            let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
            let bar = bar.with_message(what.clone());
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        let (done, lines) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { what, total, done, started: Instant::now(), lines, bar }
    }

    pub(crate) fn add(&self, more: usize) {
        let done = self.done.fetch_add(more as u64, Ordering::Relaxed) + more as u64;
        match &self.bar {
            Some(bar) => bar.inc(more as u64),
            None => self.line(done),
        }
    }

    /// Ends the display; how long it took.
    pub(crate) fn finish(self) -> Duration {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.started.elapsed()
    }

    fn line(&self, done: u64) {
        let due = self.started.elapsed().as_secs() / EVERY.as_secs();
        if self.lines.fetch_max(due, Ordering::Relaxed) < due {
            let of = self.total.map(|total| format!(" of {total}")).unwrap_or_default();
            // The work goes on when nobody watches.
            let _ = writeln!(stderr(), "  {}: {done}{of}", self.what);
        }
    }
}
