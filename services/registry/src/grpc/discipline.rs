use jiff::civil::Date;
use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_NAME},
    paging::Scope,
};
use kinerja_proto::registry::v1 as pb;
use tonic::{Request, Response, Status};

use crate::{
    app::{
        App,
        discipline::{BulkOutcome, BulkRow},
    },
    domain::{
        IdentityNumber,
        discipline::{Attendance, NotAnAttendance, Sanction, Severity, month},
    },
    store::discipline::{AttendanceRow, SanctionRow},
};

pub(super) const MAX_ROWS: usize = 5_000;
const MAX_DECREE: usize = 100;

#[derive(Debug, Clone)]
pub(crate) struct Discipline {
    app: App,
}

impl Discipline {
    pub(crate) fn new(app: &App) -> Self {
        Self { app: app.clone() }
    }
}

#[tonic::async_trait]
impl pb::discipline_service_server::DisciplineService for Discipline {
    async fn import_attendance(
        &self,
        request: Request<pb::ImportAttendanceRequest>,
    ) -> Result<Response<pb::ImportAttendanceResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "ImportAttendance", &request.request_id, &request);
        rows_fit(&mut fields, request.rows.len());
        fields.finish()?;
        let mut sheet = Sheet::default();
        let rows = request.rows.iter().enumerate();
        let rows = rows.filter_map(|(row, wire)| attendance(&mut sheet, row, wire)).collect();
        let outcome = self.app.import_attendance(&caller, rows, &key).await?;
        Ok(Response::new(pb::ImportAttendanceResponse {
            recorded: count(outcome.recorded),
            faults: sheet.finish(&outcome),
        }))
    }

    async fn import_sanctions(
        &self,
        request: Request<pb::ImportSanctionsRequest>,
    ) -> Result<Response<pb::ImportSanctionsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let key = fields.request_key(&caller, "ImportSanctions", &request.request_id, &request);
        rows_fit(&mut fields, request.rows.len());
        fields.finish()?;
        let mut sheet = Sheet::default();
        let rows = request.rows.iter().enumerate();
        let rows = rows.filter_map(|(row, wire)| sanction(&mut sheet, row, wire)).collect();
        let outcome = self.app.import_sanctions(&caller, rows, &key).await?;
        Ok(Response::new(pb::ImportSanctionsResponse {
            recorded: count(outcome.recorded),
            faults: sheet.finish(&outcome),
        }))
    }

    async fn list_attendance(
        &self,
        request: Request<pb::ListAttendanceRequest>,
    ) -> Result<Response<pb::ListAttendanceResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let employee = fields.id("employee_id", &request.employee_id);
        let bare =
            pb::ListAttendanceRequest { employee_id: request.employee_id, ..Default::default() };
        let scope = Scope::of("ListAttendance", &caller, &bare);
        let page = fields.page(request.page_size, &request.page_token, scope);
        fields.finish()?;
        let page = self.app.list_attendance(&caller, employee, page).await?;
        Ok(Response::new(pb::ListAttendanceResponse {
            months: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn list_sanctions(
        &self,
        request: Request<pb::ListSanctionsRequest>,
    ) -> Result<Response<pb::ListSanctionsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let employee = fields.id("employee_id", &request.employee_id);
        let bare =
            pb::ListSanctionsRequest { employee_id: request.employee_id, ..Default::default() };
        let scope = Scope::of("ListSanctions", &caller, &bare);
        let page = fields.page(request.page_size, &request.page_token, scope);
        fields.finish()?;
        let page = self.app.list_sanctions(&caller, employee, page).await?;
        Ok(Response::new(pb::ListSanctionsResponse {
            sanctions: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn get_discipline_facts(
        &self,
        request: Request<pb::GetDisciplineFactsRequest>,
    ) -> Result<Response<pb::GetDisciplineFactsResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let employee = fields.id("employee_id", &request.employee_id);
        let days = days(&mut fields, &request.from_on, &request.until_on);
        fields.finish()?;
        let facts = self.app.get_discipline_facts(&caller, employee, days).await?;
        let [working, present, excused, unexcused, lost] = facts.sums.map(total);
        Ok(Response::new(pb::GetDisciplineFactsResponse {
            months: total(facts.months),
            working_days: working,
            present_days: present,
            excused_days: excused,
            unexcused_days: unexcused,
            lost_minutes: lost,
            sanctions: facts.sanctions.into_iter().map(Into::into).collect(),
        }))
    }
}

/// Faults of rows, by row and field.
#[derive(Debug, Default)]
pub(super) struct Sheet(Vec<pb::RowFault>);

impl Sheet {
    pub(super) fn fault(&mut self, row: usize, field: &str, description: impl Into<String>) {
        let description = description.into();
        self.0.push(pb::RowFault { row: count(row), field: field.to_owned(), description });
    }

    pub(super) fn number(&mut self, row: usize, number: &str) -> Option<IdentityNumber> {
        let digits: String = number.chars().filter(|c| !c.is_whitespace()).collect();
        let read = digits.parse::<IdentityNumber>();
        read.map_err(|fault| self.fault(row, "identity_number", fault.to_string())).ok()
    }

    pub(super) fn date(&mut self, row: usize, field: &str, text: &str) -> Option<Date> {
        let date = (text.len() == 10).then(|| text.parse().ok()).flatten();
        if date.is_none() {
            self.fault(row, field, "must be a date such as 2026-01-31");
        }
        date
    }

    pub(super) fn text(
        &mut self,
        row: usize,
        field: &str,
        text: &str,
        max: usize,
    ) -> Option<String> {
        let text = text.trim();
        let fits =
            !text.is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control);
        if !fits {
            self.fault(row, field, format!("must have 1 to {max} characters"));
        }
        fits.then(|| text.to_owned())
    }

    pub(super) fn unknown(&mut self, rows: &[usize]) {
        for row in rows {
            self.fault(*row, "identity_number", "is of nobody in the registry");
        }
    }

    pub(super) fn into_faults(mut self) -> Vec<pb::RowFault> {
        self.0.sort_by_key(|fault| fault.row);
        self.0
    }

    fn finish(mut self, outcome: &BulkOutcome) -> Vec<pb::RowFault> {
        self.unknown(&outcome.unknown);
        self.into_faults()
    }
}

pub(super) fn rows_fit(fields: &mut Fields, rows: usize) {
    if !(1..=MAX_ROWS).contains(&rows) {
        fields.fault("rows", format!("must have 1 to {MAX_ROWS} rows"));
    }
}

pub(super) fn days(fields: &mut Fields, from_on: &str, until_on: &str) -> (Date, Date) {
    let days = (fields.date("from_on", from_on), fields.date("until_on", until_on));
    if days.1 < days.0 {
        fields.fault("until_on", "must not be before from_on");
    }
    days
}

pub(super) fn count(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn total(sum: i64) -> i32 {
    i32::try_from(sum).unwrap_or(i32::MAX)
}

fn attendance(
    sheet: &mut Sheet,
    row: usize,
    wire: &pb::AttendanceRow,
) -> Option<BulkRow<(Date, Attendance)>> {
    let number = sheet.number(row, &wire.identity_number);
    let month = month(&wire.month);
    if month.is_none() {
        sheet.fault(row, "month", "must be a month such as 2026-01");
    }
    let days = [wire.working_days, wire.present_days, wire.excused_days, wire.unexcused_days];
    let days = Attendance::try_new(days, wire.lost_minutes);
    let days = days.map_err(|fault| {
        let field = match fault {
            NotAnAttendance::Minutes => "lost_minutes",
            NotAnAttendance::Days | NotAnAttendance::Sum => "working_days",
        };
        sheet.fault(row, field, fault.to_string());
    });
    Some(BulkRow { row, number: number?, fact: (month?, days.ok()?) })
}

fn sanction(sheet: &mut Sheet, row: usize, wire: &pb::SanctionRow) -> Option<BulkRow<Sanction>> {
    let number = sheet.number(row, &wire.identity_number);
    let severity = match wire.severity() {
        pb::SanctionSeverity::Light => Some(Severity::Light),
        pb::SanctionSeverity::Medium => Some(Severity::Medium),
        pb::SanctionSeverity::Heavy => Some(Severity::Heavy),
        pb::SanctionSeverity::Unspecified => None,
    };
    if severity.is_none() {
        sheet.fault(row, "severity", "must be one of the values of its enum");
    }
    let kind = sheet.text(row, "kind", &wire.kind, MAX_NAME);
    let decree_number = sheet.text(row, "decree_number", &wire.decree_number, MAX_DECREE);
    let decree_on = sheet.date(row, "decree_on", &wire.decree_on);
    let starts_on = sheet.date(row, "starts_on", &wire.starts_on);
    let ends_on = (!wire.ends_on.is_empty()).then(|| sheet.date(row, "ends_on", &wire.ends_on));
    let ends_on = match ends_on {
        Some(None) => return None,
        ends_on => ends_on.flatten(),
    };
    let (number, decree_on, starts_on) = (number?, decree_on?, starts_on?);
    if starts_on < decree_on {
        sheet.fault(row, "starts_on", "must not be before the decree");
        return None;
    }
    if ends_on.is_some_and(|ends| ends < starts_on) {
        sheet.fault(row, "ends_on", "must not be before the start");
        return None;
    }
    let fact = Sanction {
        severity: severity?,
        kind: kind?,
        decree_number: decree_number?,
        decree_on,
        starts_on,
        ends_on,
    };
    Some(BulkRow { row, number, fact })
}

impl From<AttendanceRow> for pb::AttendanceMonth {
    fn from(row: AttendanceRow) -> Self {
        Self {
            employee_id: row.employee_id.to_string(),
            month: row.month_on.to_jiff().strftime("%Y-%m").to_string(),
            working_days: row.working_days.into(),
            present_days: row.present_days.into(),
            excused_days: row.excused_days.into(),
            unexcused_days: row.unexcused_days.into(),
            lost_minutes: row.lost_minutes,
        }
    }
}

impl From<SanctionRow> for pb::Sanction {
    fn from(row: SanctionRow) -> Self {
        let severity = format!("SANCTION_SEVERITY_{}", row.severity);
        Self {
            id: row.sanction_id.to_string(),
            employee_id: row.employee_id.to_string(),
            severity: pb::SanctionSeverity::from_str_name(&severity).unwrap_or_default().into(),
            kind: row.kind,
            decree_number: row.decree_number,
            decree_on: row.decree_on.to_jiff().to_string(),
            starts_on: row.starts_on.to_jiff().to_string(),
            ends_on: row.ends_on.map(|day| day.to_jiff().to_string()).unwrap_or_default(),
        }
    }
}
