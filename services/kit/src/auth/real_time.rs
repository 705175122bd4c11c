use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970 by the machine.
///
/// Tokens are made by others and expire in real time. The services' clock, which a development
/// suite moves through a year in a minute, has no part in it.
#[expect(clippy::disallowed_methods, reason = "tokens expire in real time, not by the moved clock")]
pub(super) fn real_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
