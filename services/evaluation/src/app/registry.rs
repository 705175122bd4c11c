use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use kinerja_kit::{
    client::{self, Channel},
    id::Id,
    tenant::TenantId,
};
use kinerja_proto::{evaluation::v1::Reason, registry::v1 as pb};
use pb::{
    calendar_service_client::CalendarServiceClient,
    reporting_line_service_client::ReportingLineServiceClient,
};
use tonic::Status;
use uuid::Uuid;

use super::Error;
use crate::domain::{EmployeeId, rater::RaterAnswer};

/// The most people the registry answers for at once.
const BATCH: usize = 500;

/// Who rates whom and which days are working days, asked of the registry.
#[derive(Debug, Clone)]
pub struct Registry {
    lines: ReportingLineServiceClient<Channel>,
    calendars: CalendarServiceClient<Channel>,
}

/// Who rates whom, on which day.
pub(super) type Questions = BTreeSet<(Date, EmployeeId)>;

/// The answers; `Err` carries the registry's reason why nobody rates.
#[derive(Debug, Default)]
pub(super) struct Answers(HashMap<(Date, EmployeeId), Result<RaterAnswer, String>>);

impl Answers {
    pub(super) fn of(&self, day: Date, employee: EmployeeId) -> Result<RaterAnswer, Error> {
        match self.0.get(&(day, employee)) {
            Some(Ok(answer)) => Ok(answer.clone()),
            Some(Err(reason)) => {
                let message = format!("the registry names nobody who rates the employee: {reason}");
                Err(Error::wrong_state(Reason::NoRater, message))
            }
            // What the question was made from changed after it was asked.
            None => Err(Error::Stale),
        }
    }
}

impl Registry {
    pub fn new(channel: Channel) -> Self {
        Self {
            lines: ReportingLineServiceClient::new(channel.clone()),
            calendars: CalendarServiceClient::new(channel),
        }
    }

    /// Who rates these people on these days. UNAVAILABLE while the registry does not answer.
    pub(super) async fn raters(
        &self,
        tenant: &TenantId,
        questions: Questions,
    ) -> Result<Answers, Error> {
        let mut by_day: BTreeMap<Date, Vec<EmployeeId>> = BTreeMap::new();
        for (day, employee) in questions {
            by_day.entry(day).or_default().push(employee);
        }
        let mut answers = Answers::default();
        for (day, employees) in by_day {
            for batch in employees.chunks(BATCH) {
                self.ask(tenant, day, batch, &mut answers).await?;
            }
        }
        Ok(answers)
    }

    async fn ask(
        &self,
        tenant: &TenantId,
        day: Date,
        employees: &[EmployeeId],
        answers: &mut Answers,
    ) -> Result<(), Error> {
        let request = pb::ResolveRatersRequest {
            employee_ids: employees.iter().map(ToString::to_string).collect(),
            on: day.to_string(),
        };
        let reply = self.lines.clone().resolve_raters(client::request(tenant, request)).await;
        let reply = reply.map_err(Error::elsewhere)?.into_inner();
        for resolution in reply.resolutions {
            let (employee, answer) = answer(resolution, day).ok_or_else(unreadable)?;
            answers.0.insert((day, employee), Ok(answer));
        }
        for unresolved in reply.unresolved {
            let employee = id(&unresolved.employee_id).ok_or_else(unreadable)?;
            answers.0.insert((day, employee), Err(unresolved.reason));
        }
        Ok(())
    }

    /// The day on which a clock of so many working days runs out that began on `from`.
    pub(super) async fn due_day(
        &self,
        tenant: &TenantId,
        from: Date,
        days: u16,
    ) -> Result<Date, Error> {
        let request = pb::ResolveDueDayRequest {
            unit_id: String::new(),
            from_on: from.to_string(),
            working_days: i32::from(days),
        };
        let reply = self.calendars.clone().resolve_due_day(client::request(tenant, request)).await;
        let due_on = reply.map_err(Error::elsewhere)?.into_inner().due_on;
        due_on.parse().map_err(|_| unreadable())
    }
}

fn answer(resolution: pb::RaterResolution, day: Date) -> Option<(EmployeeId, RaterAnswer)> {
    let basis = resolution.basis().as_str_name();
    let basis = basis.strip_prefix("RATER_BASIS_").unwrap_or(basis);
    let rater = resolution.rater?;
    let basis = match &rater.delegation {
        Some(instrument) => format!("{basis}, delegated by {}", instrument.number),
        None => basis.to_owned(),
    };
    let superior_id = match resolution.rater_superior {
        // A superior who cannot be read must not pass for one who does not exist.
        Some(superior) => Some(id(&superior.employee_id)?),
        None => None,
    };
    let answer = RaterAnswer { rater_id: id(&rater.employee_id)?, as_of: day, basis, superior_id };
    Some((id(&resolution.employee_id)?, answer))
}

fn id(text: &str) -> Option<EmployeeId> {
    text.parse::<Uuid>().ok().map(Id::from)
}

fn unreadable() -> Error {
    Error::elsewhere(Status::internal("the registry's answer cannot be read"))
}
