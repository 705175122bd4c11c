//! Reads a request's fields, and keeps every fault of them, so that a caller sees all at once.

use std::{ops::RangeInclusive, str::FromStr};

use jiff::{
    civil::{Date, date},
    tz::TimeZone,
};
use prost::Message;
use serde::de::DeserializeOwned;
use tonic::Status;
use tonic_types::FieldViolation;
use uuid::Uuid;

use crate::{
    auth::Caller,
    errors::invalid,
    id::Id,
    idempotency::RequestKey,
    paging::{self, PageRequest, Scope},
};

/// Names and places are at most so long, in characters, unless a field says otherwise.
pub const MAX_NAME: usize = 200;
/// Prose is at most so long.
pub const MAX_PROSE: usize = 4000;
/// Days of records lie between these, the day of an instant (in UTC) too: what lies outside is a slip, and far
/// outside no database holds it.
const DAYS: RangeInclusive<Date> = date(1900, 1, 1)..=date(2299, 12, 31);

/// A fault leaves a value behind that is never used, because `finish` fails.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldViolation>);

impl Fields {
    pub fn fault(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.0.push(FieldViolation::new(field, description));
    }

    pub fn finish(self) -> Result<(), Status> {
        if self.0.is_empty() { Ok(()) } else { Err(invalid(self.0)) }
    }

    pub fn uuid(&mut self, field: &str, value: &str) -> Uuid {
        value.parse().unwrap_or_else(|_| {
            self.fault(field, "must be a UUID");
            Uuid::nil()
        })
    }

    pub fn id<T>(&mut self, field: &str, value: &str) -> Id<T> {
        self.uuid(field, value).into()
    }

    pub fn opt_id<T>(&mut self, field: &str, value: &str) -> Option<Id<T>> {
        (!value.is_empty()).then(|| self.id(field, value))
    }

    pub fn date(&mut self, field: &str, value: &str) -> Date {
        // jiff reads more forms of ISO 8601 than we promise.
        let date = (value.len() == 10).then(|| Date::from_str(value).ok()).flatten();
        let Some(date) = date else {
            self.fault(field, "must be a date such as 2026-01-31");
            return *DAYS.start();
        };
        self.within_days(field, date);
        date
    }

    pub fn opt_date(&mut self, field: &str, value: &str) -> Option<Date> {
        (!value.is_empty()).then(|| self.date(field, value))
    }

    pub fn instant(
        &mut self,
        field: &str,
        value: Option<&prost_types::Timestamp>,
    ) -> jiff::Timestamp {
        let instant = value.and_then(|t| jiff::Timestamp::new(t.seconds, t.nanos).ok());
        let Some(instant) = instant else {
            self.fault(field, "must be an instant");
            return jiff::Timestamp::UNIX_EPOCH;
        };
        self.within_days(field, instant.to_zoned(TimeZone::UTC).date());
        instant
    }

    fn within_days(&mut self, field: &str, day: Date) {
        if !DAYS.contains(&day) {
            self.fault(field, "must lie in the years from 1900 to 2299");
        }
    }

    /// Text that must be there, without white space around it.
    pub fn text(&mut self, field: &str, value: &str, max: usize) -> String {
        let text = self.opt_text(field, value, max);
        text.unwrap_or_else(|| {
            self.fault(field, "must not be empty");
            String::new()
        })
    }

    pub fn opt_text(&mut self, field: &str, value: &str, max: usize) -> Option<String> {
        let text = value.trim();
        if text.chars().count() > max {
            self.fault(field, format!("must have at most {max} characters"));
        }
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            self.fault(field, "must not hold control characters");
        }
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The revision behind an etag. There is no change without one.
    pub fn etag(&mut self, field: &str, value: &str) -> i64 {
        let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        inner.and_then(|revision| revision.parse().ok()).unwrap_or_else(|| {
            let fault = if value.is_empty() { "must be set" } else { "is malformed" };
            self.fault(field, fault);
            0
        })
    }

    /// A decimal such as `102.5`, times ten to the power of `scale`; more decimals are a fault.
    pub fn decimal(&mut self, field: &str, value: &str, scale: u32) -> i64 {
        scaled(value, scale).unwrap_or_else(|| {
            self.fault(field, format!("must be a decimal with at most {scale} decimal places"));
            0
        })
    }

    pub fn opt_decimal(&mut self, field: &str, value: &str, scale: u32) -> Option<i64> {
        (!value.is_empty()).then(|| self.decimal(field, value, scale))
    }

    /// The domain's value of a wire enum; unspecified and unknown ones are faults.
    pub fn one_of<W, D>(
        &mut self,
        field: &str,
        value: i32,
        domain: impl FnOnce(W) -> Option<D>,
    ) -> Option<D>
    where
        W: TryFrom<i32>,
    {
        let known = W::try_from(value).ok().and_then(domain);
        if known.is_none() {
            self.fault(field, "must be one of the values of its enum");
        }
        known
    }

    pub fn page<K: DeserializeOwned>(
        &mut self,
        size: i32,
        token: &str,
        scope: Scope,
    ) -> PageRequest<K> {
        paging::request(self, size, token, scope)
    }

    /// The caller's mark on this mutation. `method` is the RPC's bare name.
    pub fn request_key(
        &mut self,
        caller: &Caller,
        method: &'static str,
        request_id: &str,
        request: &impl Message,
    ) -> RequestKey {
        let request_id = self.uuid("request_id", request_id);
        RequestKey::new(caller.subject.clone(), method, request_id, request)
    }
}

/// How a revision is shown.
pub fn etag(revision: i64) -> String {
    format!("\"{revision}\"")
}

/// An instant as it travels.
pub fn instant(at: jiff::Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() }
}

/// The decimal text of a scaled integer, without zeros that say nothing.
pub fn decimal(value: i64, scale: u32) -> String {
    let unit = 10_u64.pow(scale);
    let (whole, part) = (value.unsigned_abs() / unit, value.unsigned_abs() % unit);
    let sign = if value < 0 { "-" } else { "" };
    if part == 0 {
        return format!("{sign}{whole}");
    }
    let digits = format!("{part:0width$}", width = scale as usize);
    format!("{sign}{whole}.{}", digits.trim_end_matches('0'))
}

fn scaled(text: &str, scale: u32) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let form = !whole.is_empty()
        && (digits.contains('.') != part.is_empty())
        && part.len() <= scale as usize
        && whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit());
    if !form {
        return None;
    }
    let padded = format!("{whole}{part:0<width$}", width = scale as usize);
    padded.parse::<i64>().ok().map(|value| sign * value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tonic_types::StatusExt as _;

    use super::*;

    #[test]
    fn every_faulty_field_is_named_at_once() {
        let mut fields = Fields::default();
        fields.uuid("employee_id", "7");
        fields.date("on", "31-01-2026");
        fields.text("name", "  ", MAX_NAME);
        fields.etag("etag", "");
        let status = fields.finish().expect_err("faults");
        let bad = status.get_details_bad_request().expect("bad request").field_violations;
        let named: Vec<_> = bad.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(named, ["employee_id", "on", "name", "etag"]);
    }

    /// The fields that a reader of one value finds fault with.
    fn named(read: impl FnOnce(&mut Fields)) -> Vec<String> {
        let mut fields = Fields::default();
        read(&mut fields);
        let Err(status) = fields.finish() else { return Vec::new() };
        let bad = status.get_details_bad_request().expect("bad request").field_violations;
        bad.into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn a_day_that_no_record_has_is_refused() {
        for day in ["1900-01-01", "2299-12-31"] {
            assert!(named(|fields| _ = fields.date("on", day)).is_empty(), "{day}");
        }
        for day in ["-4800-01-01", "-004800-01-01", "0000-01-01", "1899-12-31", "2300-01-01"] {
            assert_eq!(named(|fields| _ = fields.date("on", day)), ["on"], "{day}");
        }
    }

    #[test]
    fn an_instant_that_no_database_holds_is_refused() {
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let read = |seconds| named(|fields| _ = fields.instant("open_time", at(seconds).as_ref()));
        for seconds in [-2_208_988_800, 0, 10_413_791_999] {
            assert!(read(seconds).is_empty(), "{seconds}");
        }
        for seconds in [-377_705_023_201, -2_208_988_801, 10_413_792_000, i64::MIN, i64::MAX] {
            assert_eq!(read(seconds), ["open_time"], "{seconds}");
        }
    }

    #[test]
    fn text_that_no_database_holds_is_refused() {
        let read = |text| named(|fields| _ = fields.text("name", text, MAX_NAME));
        assert_eq!(read("Si\0ti"), ["name"]);
        assert!(read("Siti\n\tRahma").is_empty());
    }

    #[test]
    fn an_etag_is_the_revision_in_quotes() {
        let mut fields = Fields::default();
        assert_eq!(fields.etag("etag", &etag(7)), 7);
        assert!(fields.finish().is_ok());
    }

    #[test]
    fn a_decimal_is_never_rounded() {
        assert_eq!(scaled("102.22", 2), Some(10_222));
        assert_eq!(scaled("-0.5", 4), Some(-5_000));
        for text in ["", ".", "1.", ".5", "1.234", "1e3", "1,5", "+1", "9".repeat(20).as_str()] {
            assert_eq!(scaled(text, 2), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_decimal_survives_its_text(value in -1_000_000_000_i64..1_000_000_000, scale in 0_u32..6) {
            prop_assert_eq!(scaled(&decimal(value, scale), scale), Some(value));
        }
    }
}
