//! The time, as a value that is handed down: rules and tests never ask the machine.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::id::Id;

/// Where a service takes instants and new ids from. Clones share one setting.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    /// The machine's time, moved by so many milliseconds; zero in production.
    Moved(Arc<AtomicI64>),
    /// Stands still, at so many milliseconds since 1970, until it is set.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    pub fn system() -> Self {
        Self(Source::Moved(Arc::default()))
    }

    /// A clock that stands still, for tests.
    pub fn fixed(at: Timestamp) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(at.as_millisecond()))))
    }

    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::Moved(by) => {
                machine_time() + SignedDuration::from_millis(by.load(Ordering::Relaxed))
            }
            Source::Fixed(at) => {
                Timestamp::from_millisecond(at.load(Ordering::Relaxed)).unwrap_or(Timestamp::MAX)
            }
        }
    }

    /// Makes it `at` now; a moving clock goes on from there.
    pub fn set(&self, at: Timestamp) {
        match &self.0 {
            Source::Moved(by) => {
                let difference = at.as_millisecond() - machine_time().as_millisecond();
                by.store(difference, Ordering::Relaxed);
            }
            Source::Fixed(fixed) => fixed.store(at.as_millisecond(), Ordering::Relaxed),
        }
    }

    /// Makes a UUIDv7. Its time part is the machine's, so that ids grow even when the clock is set back.
    #[expect(clippy::disallowed_methods, reason = "the one place where ids are made")]
    pub fn new_uuid(&self) -> Uuid {
        Uuid::now_v7()
    }

    pub fn new_id<T>(&self) -> Id<T> {
        self.new_uuid().into()
    }
}

/// In microseconds, as PostgreSQL keeps it: what is answered at once is what is read later.
#[expect(clippy::disallowed_methods, reason = "the one place where the machine's time is read")]
fn machine_time() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_is_set_for_every_clone() {
        let clock = Clock::system();
        let clone = clock.clone();
        let march = "2026-03-01T00:00:00Z".parse().expect("instant");
        clock.set(march);
        assert!(clone.now().duration_since(march).abs() < SignedDuration::from_secs(60));
    }

    #[test]
    fn no_instant_is_finer_than_a_database_keeps_it() {
        let now = Clock::system().now();
        let kept = Timestamp::from_microsecond(now.as_microsecond()).expect("in range");
        assert_eq!(kept, now);
    }

    #[test]
    fn a_fixed_clock_stands_still() {
        let noon = "2026-01-05T12:00:00Z".parse().expect("instant");
        assert_eq!(Clock::fixed(noon).now(), noon);
    }
}
