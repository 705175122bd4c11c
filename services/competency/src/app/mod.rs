//! Use cases: one transaction each, rules from [`crate::domain`], SQL from the store.

mod assessments;
mod competencies;
mod development_plans;
mod error;
mod gaps;
mod projections;
mod readers;
mod registry;
mod standards;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kinerja_kit::{
    access_log::AccessLog,
    clock::Clock,
    idempotency::{self, Claim, RequestKey},
    tenant::{Database, Tx},
};
use kinerja_proto::competency::v1::Reason;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{domain::Code, store};

pub use assessments::{RecordAssessment, WithdrawAssessment};
pub use competencies::{CompetencyWords, RetireCompetency};
pub use development_plans::{Act, AddNeed};
pub use error::Error;
pub use gaps::MatchedGap;
pub(crate) use projections::{EvaluationProjection, RegistryProjection};
pub use registry::Registry;
pub use standards::{CreateStandard, WithdrawStandard};

/// Everything a use case may reach for.
#[derive(Debug, Clone)]
pub struct App {
    pub db: Database,
    pub clock: Clock,
    pub access_log: AccessLog,
    pub registry: Registry,
}

impl App {
    /// Today in the zone of the transaction's government.
    async fn today(&self, conn: &mut PgConnection) -> Result<Date, Error> {
        let zone = store::employees::time_zone(conn).await?;
        self.today_in(zone.as_deref())
    }

    fn today_in(&self, zone: Option<&str>) -> Result<Date, Error> {
        let zone = zone.and_then(|name| TimeZone::get(name).ok()).ok_or_else(|| {
            Error::wrong_state(Reason::TenantUnknown, "the government's time zone is not known yet")
        })?;
        Ok(self.clock.now().to_zoned(zone).date())
    }
}

/// Claims a request: `Some` resource when it was done before.
async fn claim(
    tx: &mut Tx,
    key: &RequestKey,
    resource: Uuid,
    now: Timestamp,
) -> Result<Option<Uuid>, Error> {
    match idempotency::claim(tx, key, resource, now).await? {
        Claim::New => Ok(None),
        Claim::Done(resource) => Ok(Some(resource)),
        Claim::Reused => Err(Error::RequestIdReused),
    }
}

/// Makes sure that the dictionary has every code, and none of them is retired.
async fn check_codes<'a>(
    conn: &mut PgConnection,
    codes: impl Iterator<Item = &'a Code>,
) -> Result<(), Error> {
    let codes: Vec<String> = codes.map(Code::to_string).collect();
    let known = store::competencies::known(conn, &codes).await?;
    for code in codes {
        match known.get(&code) {
            Some(false) => {}
            Some(true) => {
                let message = format!("competency {code} is no longer used");
                return Err(Error::wrong_state(Reason::CompetencyRetired, message));
            }
            None => {
                let message = format!("the dictionary has no competency {code}");
                return Err(Error::not_found(Reason::CompetencyNotFound, message));
            }
        }
    }
    Ok(())
}
