//! The year that is now by the services' own clock, which a restart leaves as it is.

use anyhow::Context as _;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use kinerja_kit::clock::Clock;
use serde_json::{Value, json};

use super::Scene;
use crate::calls::{Caller, Calls};

impl Scene {
    /// Opens this year's planning and its annual evaluation, from its first to its last day. The period's id.
    pub async fn open_this_year(&self, calls: &Calls) -> anyhow::Result<String> {
        let officer = calls.by(&self.hr()).persisting();
        let now = Clock::system().now();
        let year = now.to_zoned(TimeZone::get("Asia/Jakarta")?).year();
        let period = open_period(&officer, year).await?;
        open_cycle(&officer, year, now).await?;
        Ok(period)
    }
}

async fn open_period(officer: &Caller, year: i16) -> anyhow::Result<String> {
    let window = json!({"kind": "WINDOW_KIND_PLANNING", "opensOn": format!("{year}-01-01"),
                        "closesOn": format!("{year}-12-31")});
    let message = json!({"year": year, "kind": "PERIOD_KIND_ANNUAL", "ordinal": 1, "name": "Tahun ini",
                         "windows": [window]});
    let created = officer.call("planning.PeriodService/CreatePeriod", message).await?;
    let period = &created["period"];
    let message = json!({"periodId": period["periodId"], "etag": period["etag"]});
    officer.call("planning.PeriodService/OpenPeriod", message).await?;
    period["periodId"].as_str().map(str::to_owned).context("the period has no id")
}

async fn open_cycle(officer: &Caller, year: i16, now: Timestamp) -> anyhow::Result<Value> {
    let message = json!({"year": year, "kind": "CYCLE_KIND_ANNUAL", "ordinal": 1,
                         "openTime": (now - 1.hour()).to_string(), "closeTime": (now + 48.hours()).to_string()});
    let created = officer.call("evaluation.CycleService/CreateCycle", message).await?;
    let cycle = &created["cycle"];
    let message = json!({"cycleId": cycle["cycleId"], "etag": cycle["etag"]});
    Ok(officer.call("evaluation.CycleService/OpenCycle", message).await?)
}
