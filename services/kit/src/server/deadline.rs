use std::{future::Future, time::Duration};

use tokio::time::Instant;

tokio::task_local! {
    static DEADLINE: Option<Instant>;
}

/// When the caller of the current call stops waiting, if it said so.
pub fn deadline() -> Option<Instant> {
    DEADLINE.try_with(|deadline| *deadline).ok().flatten()
}

/// Runs `work` with the deadline that [`deadline`] tells it.
pub(super) fn within<F: Future>(
    deadline: Option<Instant>,
    work: F,
) -> impl Future<Output = F::Output> {
    DEADLINE.scope(deadline, work)
}

/// The value of `grpc-timeout`, as the gRPC specification writes it.
pub(crate) fn parse_timeout(value: &str) -> Option<Duration> {
    let (number, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    if number.is_empty() || number.len() > 8 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u64 = number.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

/// The value of `grpc-timeout` in the finest unit whose eight digits hold the duration.
pub(crate) fn format_timeout(timeout: Duration) -> String {
    let units =
        [(timeout.as_micros(), "u"), (timeout.as_millis(), "m"), (timeout.as_secs().into(), "S")];
    let fitting = units.into_iter().find(|(number, _)| *number < 100_000_000);
    let (number, unit) = fitting.unwrap_or((99_999_999, "S"));
    format!("{number}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_of_a_timeout_is_understood() {
        let expected = [
            ("2H", Duration::from_secs(7200)),
            ("3M", Duration::from_secs(180)),
            ("42S", Duration::from_secs(42)),
            ("13m", Duration::from_millis(13)),
            ("2u", Duration::from_micros(2)),
            ("82n", Duration::from_nanos(82)),
            ("99999999H", Duration::from_secs(99_999_999 * 3600)),
        ];
        for (value, timeout) in expected {
            assert_eq!(parse_timeout(value), Some(timeout), "{value}");
        }
    }

    #[test]
    fn a_malformed_timeout_is_none() {
        for value in ["", "S", "1", "1s", "-1S", "+1S", "1.5S", "123456789n", "1é", "é"] {
            assert_eq!(parse_timeout(value), None, "{value}");
        }
    }

    #[test]
    fn a_timeout_survives_the_wire() {
        for timeout in [0, 1, 99_999_999, 100_000_000, 86_400_000_000] {
            let timeout = Duration::from_micros(timeout);
            let read = parse_timeout(&format_timeout(timeout)).expect("well formed");
            assert!(timeout - read < Duration::from_millis(1), "{timeout:?} {read:?}");
        }
    }
}
