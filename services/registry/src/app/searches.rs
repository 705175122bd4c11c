use kinerja_kit::{
    auth::{Caller, Role},
    errors::refusal,
    paging::{Page, PageRequest},
};
use kinerja_proto::common::v1::Reason as Common;
use tonic::Code;
use uuid::Uuid;

use super::{App, Error};
use crate::{
    domain::name_words,
    store::{self, employee_views::EmployeeView},
};

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Query {
    /// The beginning of the name, plain.
    Name(String),
    /// The beginning of a word of the name and what follows it, plain.
    Word(String),
    /// The first digits of the identity number.
    Number(String),
}

impl Query {
    pub(crate) fn name(text: &str) -> Self {
        Self::Name(name_words::plain(text))
    }

    pub(crate) fn word(text: &str) -> Self {
        Self::Word(name_words::plain(text))
    }
}

/// A person found. One whose name has the word twice is found twice.
#[derive(Debug)]
pub(crate) struct FoundEmployee {
    pub(crate) view: EmployeeView,
    pub(crate) unit_name: String,
}

impl App {
    pub(crate) async fn search_employees(
        &self,
        caller: &Caller,
        query: Query,
        page: PageRequest<(String, Uuid)>,
    ) -> Result<Page<FoundEmployee>, Error> {
        if matches!(query, Query::Number(_)) && !may_search_numbers(caller) {
            let message = "only HR officers and the performance team search by number";
            return Err(Error::from(refusal(
                Code::PermissionDenied,
                Common::PermissionDenied,
                message,
            )));
        }
        let (after, limit) = (page.after.as_ref(), page.limit);
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let found = match &query {
            Query::Name(prefix) => store::searches::by_name(&mut tx, prefix, after, limit).await?,
            Query::Word(prefix) => store::searches::by_word(&mut tx, prefix, after, limit).await?,
            Query::Number(prefix) => {
                store::searches::by_number(&mut tx, prefix, after, limit).await?
            }
        };
        let found = page.page(found, |found| (found.key.clone(), found.employee_id));
        let ids: Vec<Uuid> = found.items.iter().map(|found| found.employee_id).collect();
        let views = store::employee_views::views(&mut tx, &ids, None, self.clock.now()).await?;
        let units: Vec<Uuid> = views.iter().filter_map(|view| view.unit_id).collect();
        let names = store::searches::unit_names(&mut tx, &units).await?;
        drop(tx);
        self.access_log.record_all(caller, "SearchEmployees", ids).await;
        let name = |view: &EmployeeView| {
            view.unit_id.and_then(|unit| names.get(&unit).cloned()).unwrap_or_default()
        };
        let items = views.into_iter().map(|view| FoundEmployee { unit_name: name(&view), view });
        Ok(Page { items: items.collect(), next_token: found.next_token })
    }
}

fn may_search_numbers(caller: &Caller) -> bool {
    caller.has(Role::HrOfficer) || caller.has(Role::PerformanceTeam)
}
