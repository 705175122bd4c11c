use jiff::civil::Date;
use kinerja_kit::{
    client::{self, Channel},
    tenant::TenantId,
};
use kinerja_proto::{
    competency::v1::Reason,
    registry::v1::{
        ResolveRaterRequest, reporting_line_service_client::ReportingLineServiceClient,
    },
};

use super::Error;
use crate::domain::{EmployeeId, Superior};

/// The registry's word on who is whose superior.
#[derive(Debug, Clone)]
pub struct Registry {
    lines: ReportingLineServiceClient<Channel>,
}

impl Registry {
    pub fn new(channel: Channel) -> Self {
        Self { lines: ReportingLineServiceClient::new(channel) }
    }

    /// Who rates `employee` on a day, and why. A refusal of the registry's is passed on.
    pub(super) async fn superior_of(
        &self,
        tenant: &TenantId,
        employee: EmployeeId,
        on: Option<Date>,
    ) -> Result<Superior, Error> {
        let on = on.map(|on| on.to_string()).unwrap_or_default();
        let request = ResolveRaterRequest { employee_id: employee.to_string(), on };
        let mut lines = self.lines.clone();
        let answer = lines.resolve_rater(client::request(tenant, request)).await;
        let resolution =
            answer.map_err(Error::elsewhere)?.into_inner().resolution.unwrap_or_default();
        let basis = resolution.basis().as_str_name().trim_start_matches("RATER_BASIS_").to_owned();
        let rater = resolution.rater.and_then(|rater| rater.employee_id.parse().ok());
        let employee_id = rater.ok_or_else(|| {
            Error::forbidden(
                Reason::NotYourPlan,
                "the registry names nobody who rates the employee",
            )
        })?;
        Ok(Superior { employee_id, basis })
    }
}
