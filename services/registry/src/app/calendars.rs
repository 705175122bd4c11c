use jiff::{ToSpan as _, civil::Date};
use kinerja_kit::{auth::Caller, idempotency::RequestKey, tenant::Tx};
use kinerja_proto::registry::v1::Reason;

use super::{App, Error, check_etag, claim, error::no_unit};
use crate::{
    domain::{UnitId, calendar::Days},
    store::{
        self,
        calendars::{HolidayRow, UnitCalendarView, UnitDayRow, UnitWeekRow, YearView},
    },
};

/// The mark of a request that may begin what it changes: revision 0 for what is not there yet.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) key: RequestKey,
    pub(crate) revision: i64,
}

impl App {
    pub(crate) async fn set_calendar_year(
        &self,
        caller: &Caller,
        year: i16,
        holidays: &[HolidayRow],
        setting: Setting,
    ) -> Result<YearView, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if claim(&mut tx, &setting.key, self.clock.new_uuid(), now).await?.is_none() {
            check_etag(setting.revision, store::calendars::touch_year(&mut tx, year, now).await?)?;
            store::calendars::replace_holidays(&mut tx, year, holidays).await?;
        }
        let view = store::calendars::year(&mut tx, year).await?.ok_or_else(no_year)?;
        tx.commit().await?;
        Ok(view)
    }

    pub(crate) async fn get_calendar_year(
        &self,
        caller: &Caller,
        year: i16,
    ) -> Result<YearView, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        store::calendars::year(&mut tx, year).await?.ok_or_else(no_year)
    }

    pub(crate) async fn set_unit_calendar(
        &self,
        caller: &Caller,
        unit: UnitId,
        (weeks, days): (&[UnitWeekRow], &[UnitDayRow]),
        setting: Setting,
    ) -> Result<UnitCalendarView, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if claim(&mut tx, &setting.key, unit.uuid(), now).await?.is_none() {
            store::units::lock(&mut tx, unit).await?.ok_or_else(no_unit)?;
            check_etag(setting.revision, store::calendars::touch_unit(&mut tx, unit, now).await?)?;
            store::calendars::replace_unit_days(&mut tx, unit, weeks, days).await?;
        }
        let view = store::calendars::unit(&mut tx, unit).await?.ok_or_else(no_unit_calendar)?;
        tx.commit().await?;
        Ok(view)
    }

    pub(crate) async fn get_unit_calendar(
        &self,
        caller: &Caller,
        unit: UnitId,
    ) -> Result<UnitCalendarView, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        store::calendars::unit(&mut tx, unit).await?.ok_or_else(no_unit_calendar)
    }

    /// The days of the government, or of a unit with what the units above it do otherwise.
    pub(crate) async fn calendar(
        &self,
        caller: &Caller,
        unit: Option<UnitId>,
        from_on: Date,
        until_on: Date,
    ) -> Result<Days, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        days(&mut tx, unit, from_on, until_on).await
    }

    /// The day on which so many working days after `from_on` are over.
    pub(crate) async fn due_day(
        &self,
        caller: &Caller,
        unit: Option<UnitId>,
        from_on: Date,
        working_days: u32,
    ) -> Result<Date, Error> {
        // Whatever the holidays, every month has some working days.
        let end = from_on.saturating_add((31 * i64::from(working_days)).days());
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let days = days(&mut tx, unit, from_on, end).await?;
        Ok(days.working_day_after(from_on, working_days, end).unwrap_or(end))
    }
}

async fn days(
    tx: &mut Tx,
    unit: Option<UnitId>,
    from_on: Date,
    until_on: Date,
) -> Result<Days, Error> {
    if let Some(unit) = unit
        && !store::units::exists(tx, unit).await?
    {
        return Err(no_unit());
    }
    Ok(store::calendars::days(tx, unit, from_on, until_on).await?)
}

fn no_year() -> Error {
    Error::not_found(Reason::CalendarYearNotFound, "the year has no holidays yet")
}

fn no_unit_calendar() -> Error {
    let message = "the unit does nothing otherwise than those above it";
    Error::not_found(Reason::UnitCalendarNotFound, message)
}
