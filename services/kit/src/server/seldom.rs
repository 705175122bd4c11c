use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// What peers can bring about as often as they like is logged at most so often.
const PAUSE: Duration = Duration::from_secs(10);

/// Keeps a line from filling the log.
#[derive(Debug, Default)]
pub(super) struct Seldom(Mutex<Option<Instant>>);

impl Seldom {
    /// Whether it is time to say it again; then the pause begins anew.
    pub(super) fn now(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|last| last.elapsed() >= PAUSE);
        if due {
            *last = Some(Instant::now());
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_not_said_twice_in_a_row() {
        let seldom = Seldom::default();
        assert!(seldom.now());
        assert!(!seldom.now());
    }
}
