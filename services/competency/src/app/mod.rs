//! Use cases: one transaction each, rules from [`crate::domain`], SQL from the store.

mod assessments;
mod competencies;
mod development_plans;
mod error;
mod gaps;
pub(crate) mod projections;
mod readers;
mod standards;
mod superiors;

use jiff::{civil::Date, tz::TimeZone};
use kinerja_kit::{access_log::AccessLog, clock::Clock, service::Context, tenant::Database};
use kinerja_proto::competency::v1::Reason;
use sqlx::PgConnection;

use crate::{domain::Code, store};

pub use assessments::{RecordAssessment, WithdrawAssessment};
pub use competencies::{CompetencyWords, RetireCompetency};
pub use development_plans::{Act, AddNeed};
pub use error::Error;
pub use gaps::MatchedGap;
pub use standards::{CreateStandard, WithdrawStandard};
pub use superiors::Superiors;

/// Everything a use case may reach for.
#[derive(Debug, Clone)]
pub struct App {
    db: Database,
    clock: Clock,
    access_log: AccessLog,
    superiors: Superiors,
}

impl App {
    pub fn new(context: &Context) -> anyhow::Result<Self> {
        Ok(Self {
            db: context.db.clone(),
            clock: context.clock.clone(),
            access_log: context.access_log.clone(),
            superiors: Superiors::new(context.neighbour("registry")?),
        })
    }

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
