use std::collections::HashMap;

use jiff::civil::Date;
use kinerja_kit::{
    client::{self, Channel},
    id::Id,
    tenant::TenantId,
};
use kinerja_proto::{planning::v1::Reason, registry::v1 as pb};
use pb::reporting_line_service_client::ReportingLineServiceClient;
use tonic::Status;
use uuid::Uuid;

use super::Error;
use crate::domain::{Authority, EmployeeId, Line};

/// The most people the registry answers for at once.
const BATCH: usize = 500;

/// Who rates whom, asked of the registry.
#[derive(Debug, Clone)]
pub struct Registry {
    lines: ReportingLineServiceClient<Channel>,
}

/// The answers by employee; `Err` carries the registry's reason why nobody rates.
pub type Lines = HashMap<EmployeeId, Result<Line, String>>;

impl Registry {
    pub fn new(channel: Channel) -> Self {
        Self { lines: ReportingLineServiceClient::new(channel) }
    }

    /// Who rates each of these people on a day. UNAVAILABLE while the registry does not answer.
    pub(super) async fn lines(
        &self,
        tenant: &TenantId,
        employees: &[EmployeeId],
        on: Date,
    ) -> Result<Lines, Error> {
        let mut lines = Lines::new();
        for batch in employees.chunks(BATCH) {
            let request = pb::ResolveRatersRequest {
                employee_ids: batch.iter().map(ToString::to_string).collect(),
                on: on.to_string(),
            };
            let reply = self.lines.clone().resolve_raters(client::request(tenant, request)).await;
            let reply = reply.map_err(Error::elsewhere)?.into_inner();
            for resolution in reply.resolutions {
                let (employee, line) = line(resolution, on).ok_or_else(unreadable)?;
                lines.insert(employee, Ok(line));
            }
            for unresolved in reply.unresolved {
                let employee = id(&unresolved.employee_id).ok_or_else(unreadable)?;
                lines.insert(employee, Err(unresolved.reason));
            }
        }
        Ok(lines)
    }
}

/// What the registry answered for one employee.
pub(super) fn resolved(lines: &Lines, employee: EmployeeId) -> Result<Line, Error> {
    match lines.get(&employee) {
        Some(Ok(line)) => Ok(line.clone()),
        Some(Err(reason)) => {
            let message = format!("the registry names nobody who rates the employee: {reason}");
            Err(Error::wrong_state(Reason::NoRater, message))
        }
        // The plan came to where the answer is needed after the registry was asked.
        None => Err(Error::Stale),
    }
}

fn line(resolution: pb::RaterResolution, on: Date) -> Option<(EmployeeId, Line)> {
    let basis = resolution.basis().as_str_name();
    let basis = basis.strip_prefix("RATER_BASIS_").unwrap_or(basis);
    let rater = authority(&resolution.rater?, on, basis)?;
    let superior = resolution.rater_superior.map(|above| authority(&above, on, "RATERS_SUPERIOR"));
    // A superior who cannot be read must not pass for one who does not exist.
    let superior = match superior {
        Some(superior) => Some(superior?),
        None => None,
    };
    Some((id(&resolution.employee_id)?, Line { rater, superior }))
}

/// Why, as the registry names it, with the instrument where the office rates by delegation only.
fn authority(official: &pb::RatingOfficial, on: Date, basis: &str) -> Option<Authority> {
    let reason = match &official.delegation {
        Some(instrument) => format!("{basis}, delegated by {}", instrument.number),
        None => basis.to_owned(),
    };
    Some(Authority { employee_id: id(&official.employee_id)?, on, reason })
}

fn id(text: &str) -> Option<EmployeeId> {
    text.parse::<Uuid>().ok().map(Id::from)
}

fn unreadable() -> Error {
    Error::elsewhere(Status::internal("the registry's answer cannot be read"))
}
