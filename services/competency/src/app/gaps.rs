use jiff::civil::Date;
use kinerja_kit::{
    auth::Caller,
    paging::{Page, PageRequest},
};
use kinerja_proto::competency::v1::Reason;
use uuid::Uuid;

use super::{App, Error, readers, standards::no_standard};
use crate::{
    domain::{EmployeeId, Gap, PostScope, Scheme, UnitId},
    store::{self, gaps::Holder},
};

/// A gap, and the scheme that its match is to be named by.
#[derive(Debug)]
pub struct MatchedGap {
    pub gap: Gap,
    pub scheme: Scheme,
}

impl App {
    /// An employee's gap on a day, today unless it is named.
    pub async fn get_gap(
        &self,
        caller: &Caller,
        employee_id: EmployeeId,
        on: Option<Date>,
        scheme: &str,
    ) -> Result<MatchedGap, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let subject = readers::subject_for(&mut tx, caller, employee_id).await?;
        let on = match on {
            Some(on) => on,
            None => self.today_in(subject.time_zone.as_deref())?,
        };
        let scheme = store::match_schemes::get(&mut tx, scheme).await?.ok_or_else(|| {
            Error::not_found(Reason::SchemeNotFound, "no scheme of categories has this name")
        })?;
        let posts = subject.posts.ok_or_else(|| {
            Error::wrong_state(Reason::NoPosition, "the employee holds no position")
        })?;
        let holder = Holder { posts: posts.clone(), employee_id: Some(employee_id), on };
        let lines: Vec<_> =
            store::gaps::lines(&mut tx, &[holder]).await?.into_iter().flatten().collect();
        if lines.is_empty() {
            return Err(no_standard());
        }
        self.access_log.record(caller, "GetGap", employee_id.uuid()).await;
        Ok(MatchedGap { gap: Gap { employee_id, on, posts, lines }, scheme })
    }

    /// The gaps of the people of a unit on a day, today unless it is named.
    pub async fn list_unit_gaps(
        &self,
        caller: &Caller,
        unit: UnitId,
        on: Option<Date>,
        page: PageRequest<Uuid>,
    ) -> Result<Page<Gap>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let zone = readers::check_unit(&mut tx, caller, unit).await?;
        let on = match on {
            Some(on) => on,
            None => self.today_in(zone.as_deref())?,
        };
        let after = page.after.unwrap_or_default();
        let held = store::employees::holders(&mut tx, unit, after, page.limit).await?;
        let page = page.page(held, |(employee, _)| employee.uuid());
        let holder = |(employee, posts): &(EmployeeId, PostScope)| Holder {
            posts: posts.clone(),
            employee_id: Some(*employee),
            on,
        };
        let holders: Vec<_> = page.items.iter().map(holder).collect();
        let mut lines = store::gaps::lines(&mut tx, &holders).await?.into_iter();
        let page = page.map(|(employee_id, posts)| {
            let lines = lines.next().unwrap_or_default();
            Gap { employee_id, on, posts, lines }
        });
        let people: Vec<_> = page.items.iter().map(|gap| gap.employee_id.uuid()).collect();
        self.access_log.record_all(caller, "ListUnitCoverage", people).await;
        Ok(page)
    }

    /// Lists the schemes of categories, by name. They are policy, and few.
    pub async fn list_match_schemes(
        &self,
        caller: &Caller,
        page: PageRequest<String>,
    ) -> Result<Page<Scheme>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let after = page.after.as_deref().unwrap_or_default();
        let mut schemes = store::match_schemes::list(&mut tx, None).await?;
        schemes.retain(|scheme| scheme.name.as_str() > after);
        Ok(page.page(schemes, |last| last.name.clone()))
    }
}
