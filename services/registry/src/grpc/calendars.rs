use jiff::{ToSpan as _, civil::Date};
use kinerja_kit::{
    auth::Caller,
    calendar::Week,
    fields::{Fields, MAX_NAME, etag},
};
use kinerja_proto::registry::v1 as pb;
use tonic::{Request, Response, Status};

use super::words;
use crate::{
    app::{App, calendars::Setting},
    domain::calendar::Days,
    store::calendars::{HolidayRow, UnitCalendarView, UnitDayRow, UnitWeekRow, YearView},
};

/// More days off than a year has working days are a mistake.
const MAX_DAYS: usize = 366;
/// A span of days that is worked out at once.
const MAX_SPAN: i32 = 2 * 366;

#[derive(Debug, Clone)]
pub(super) struct Calendars(App);

impl Calendars {
    pub(super) fn new(app: &App) -> Self {
        Self(app.clone())
    }
}

#[tonic::async_trait]
impl pb::calendar_service_server::CalendarService for Calendars {
    async fn set_calendar_year(
        &self,
        request: Request<pb::SetCalendarYearRequest>,
    ) -> Result<Response<pb::SetCalendarYearResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let year = year(&mut fields, request.year);
        let holidays = holidays(&mut fields, &request.holidays, year);
        let setting = Setting {
            key: fields.request_key(&caller, "SetCalendarYear", &request.request_id, &request),
            revision: first_or_next(&mut fields, &request.etag),
        };
        fields.finish()?;
        let year = self.0.set_calendar_year(&caller, year, &holidays, setting).await?;
        Ok(Response::new(pb::SetCalendarYearResponse { calendar_year: Some(year.into()) }))
    }

    async fn get_calendar_year(
        &self,
        request: Request<pb::GetCalendarYearRequest>,
    ) -> Result<Response<pb::GetCalendarYearResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let year = year(&mut fields, request.year);
        fields.finish()?;
        let year = self.0.get_calendar_year(&caller, year).await?;
        Ok(Response::new(pb::GetCalendarYearResponse { calendar_year: Some(year.into()) }))
    }

    async fn set_unit_calendar(
        &self,
        request: Request<pb::SetUnitCalendarRequest>,
    ) -> Result<Response<pb::SetUnitCalendarResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let unit = fields.id("unit_id", &request.unit_id);
        let weeks = weeks(&mut fields, &request.working_weeks);
        let days = unit_days(&mut fields, &request.days);
        let setting = Setting {
            key: fields.request_key(&caller, "SetUnitCalendar", &request.request_id, &request),
            revision: first_or_next(&mut fields, &request.etag),
        };
        fields.finish()?;
        let view = self.0.set_unit_calendar(&caller, unit, (&weeks, &days), setting).await?;
        let unit_calendar = Some(unit_calendar(request.unit_id, view));
        Ok(Response::new(pb::SetUnitCalendarResponse { unit_calendar }))
    }

    async fn get_unit_calendar(
        &self,
        request: Request<pb::GetUnitCalendarRequest>,
    ) -> Result<Response<pb::GetUnitCalendarResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let unit = fields.id("unit_id", &request.unit_id);
        fields.finish()?;
        let view = self.0.get_unit_calendar(&caller, unit).await?;
        let unit_calendar = Some(unit_calendar(request.unit_id, view));
        Ok(Response::new(pb::GetUnitCalendarResponse { unit_calendar }))
    }

    async fn get_calendar(
        &self,
        request: Request<pb::GetCalendarRequest>,
    ) -> Result<Response<pb::GetCalendarResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let unit = fields.opt_id("unit_id", &request.unit_id);
        let from_on = fields.date("from_on", &request.from_on);
        let until_on = fields.date("until_on", &request.until_on);
        if until_on < from_on || until_on > from_on.saturating_add(MAX_SPAN.days()) {
            fields.fault("until_on", "must be from_on or up to two years later");
        }
        fields.finish()?;
        let days = self.0.calendar(&caller, unit, from_on, until_on).await?;
        let calendar = Some(calendar(request.unit_id, &days, from_on, until_on));
        Ok(Response::new(pb::GetCalendarResponse { calendar }))
    }

    async fn resolve_due_day(
        &self,
        request: Request<pb::ResolveDueDayRequest>,
    ) -> Result<Response<pb::ResolveDueDayResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let unit = fields.opt_id("unit_id", &request.unit_id);
        let from_on = fields.date("from_on", &request.from_on);
        let working_days = u32::try_from(request.working_days).unwrap_or_default();
        if !(1..=366).contains(&working_days) {
            fields.fault("working_days", "must be from 1 to 366");
        }
        fields.finish()?;
        let due_on = self.0.due_day(&caller, unit, from_on, working_days).await?;
        Ok(Response::new(pb::ResolveDueDayResponse { due_on: due_on.to_string() }))
    }
}

fn year(fields: &mut Fields, year: i32) -> i16 {
    if !(2000..=2200).contains(&year) {
        fields.fault("year", "must be from 2000 to 2200");
    }
    i16::try_from(year).unwrap_or_default()
}

/// The revision behind an etag; 0, for what is not there yet, without one.
fn first_or_next(fields: &mut Fields, text: &str) -> i64 {
    if text.is_empty() { 0 } else { fields.etag("etag", text) }
}

fn holidays(fields: &mut Fields, holidays: &[pb::Holiday], year: i16) -> Vec<HolidayRow> {
    let mut rows = Vec::new();
    for (nth, holiday) in holidays.iter().enumerate() {
        let field = format!("holidays[{nth}]");
        let holiday_on = fields.date(&format!("{field}.on"), &holiday.on);
        if holiday_on.year() != year {
            fields.fault(format!("{field}.on"), "must lie in the year");
        }
        let kind =
            fields.one_of(&format!("{field}.kind"), holiday.kind, |kind: pb::HolidayKind| {
                let word = kind.as_str_name().strip_prefix("HOLIDAY_KIND_")?;
                (word != "UNSPECIFIED").then(|| word.to_owned())
            });
        let name = fields.text(&format!("{field}.name"), &holiday.name, MAX_NAME);
        rows.push(HolidayRow { holiday_on, kind: kind.unwrap_or_default(), name });
    }
    refuse_repeated(fields, "holidays", rows.iter().map(|row| row.holiday_on).collect());
    rows
}

fn weeks(fields: &mut Fields, weeks: &[pb::UnitWorkingWeek]) -> Vec<UnitWeekRow> {
    let mut rows = Vec::new();
    for (nth, week) in weeks.iter().enumerate() {
        let field = format!("working_weeks[{nth}]");
        let working_week = i16::try_from(week.working_week).unwrap_or_default();
        if !matches!(working_week, 5 | 6) {
            fields.fault(format!("{field}.working_week"), "must be 5 or 6");
        }
        let from_on = fields.date(&format!("{field}.from_on"), &week.from_on);
        rows.push(UnitWeekRow { from_on, working_week });
    }
    refuse_repeated(fields, "working_weeks", rows.iter().map(|row| row.from_on).collect());
    rows
}

fn unit_days(fields: &mut Fields, days: &[pb::UnitCalendarDay]) -> Vec<UnitDayRow> {
    let mut rows = Vec::new();
    for (nth, day) in days.iter().enumerate() {
        let field = format!("days[{nth}]");
        let day_on = fields.date(&format!("{field}.on"), &day.on);
        let name = fields.text(&format!("{field}.name"), &day.name, MAX_NAME);
        rows.push(UnitDayRow { day_on, works: day.works, name });
    }
    refuse_repeated(fields, "days", rows.iter().map(|row| row.day_on).collect());
    rows
}

fn refuse_repeated(fields: &mut Fields, field: &str, mut days: Vec<Date>) {
    if days.len() > MAX_DAYS {
        fields.fault(field, "must be at most 366");
    }
    days.sort_unstable();
    if days.windows(2).any(|pair| pair[0] == pair[1]) {
        fields.fault(field, "must name each day once");
    }
}

impl From<YearView> for pb::CalendarYear {
    fn from(view: YearView) -> Self {
        let holiday = |row: HolidayRow| pb::Holiday {
            on: row.holiday_on.to_string(),
            kind: words::holiday_kind(&row.kind),
            name: row.name,
        };
        Self {
            year: view.year.into(),
            holidays: view.holidays.into_iter().map(holiday).collect(),
            etag: etag(view.revision),
        }
    }
}

fn unit_calendar(unit_id: String, view: UnitCalendarView) -> pb::UnitCalendar {
    let week = |row: UnitWeekRow| pb::UnitWorkingWeek {
        from_on: row.from_on.to_string(),
        working_week: row.working_week.into(),
    };
    let day = |row: UnitDayRow| pb::UnitCalendarDay {
        on: row.day_on.to_string(),
        works: row.works,
        name: row.name,
    };
    pb::UnitCalendar {
        unit_id,
        working_weeks: view.working_weeks.into_iter().map(week).collect(),
        days: view.days.into_iter().map(day).collect(),
        etag: etag(view.revision),
    }
}

fn calendar(unit_id: String, days: &Days, from_on: Date, until_on: Date) -> pb::Calendar {
    let mut calendar = pb::Calendar {
        unit_id,
        from_on: from_on.to_string(),
        until_on: until_on.to_string(),
        working_week: length(days.week(from_on)),
        ..Default::default()
    };
    let mut week = days.week(from_on);
    for day in from_on.series(1.day()).take_while(|day| *day <= until_on) {
        if days.week(day) != week {
            week = days.week(day);
            let (from_on, working_week) = (day.to_string(), length(week));
            calendar.working_week_changes.push(pb::UnitWorkingWeek { from_on, working_week });
        }
        match (days.week_says(day), days.is_working_day(day)) {
            (true, false) => calendar.days_off.push(day.to_string()),
            (false, true) => calendar.days_on.push(day.to_string()),
            _ => {}
        }
    }
    calendar
}

fn length(week: Week) -> i32 {
    match week {
        Week::Five => 5,
        Week::Six => 6,
    }
}
