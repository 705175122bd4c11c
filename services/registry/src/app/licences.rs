use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use kinerja_kit::{
    auth::Caller,
    errors::constraint,
    idempotency::RequestKey,
    paging::{Page, PageRequest},
};
use kinerja_proto::registry::v1::Reason;
use uuid::Uuid;

use super::{
    App, Error, Mutation, check_etag, claim,
    discipline::{BulkRow, key_id, matched},
    error::no_employee,
};
use crate::{
    domain::{
        EmployeeId,
        licence::{Licence, LicenceId, LicenceKind, LicenceTerm},
    },
    store::{self, employee_views::EmployeeView},
};

/// What a licence says.
#[derive(Debug)]
pub(crate) struct LicenceText {
    pub(crate) number: String,
    pub(crate) issuer: String,
    pub(crate) term: LicenceTerm,
}

#[derive(Debug)]
pub(crate) struct CreateLicence {
    pub(crate) employee: EmployeeId,
    pub(crate) kind: LicenceKind,
    pub(crate) text: LicenceText,
    pub(crate) key: RequestKey,
}

/// What became of a bulk call.
#[derive(Debug, Default)]
pub(crate) struct LicenceOutcome {
    pub(crate) recorded: usize,
    /// Rows whose person is not known.
    pub(crate) unknown: Vec<usize>,
    /// Rows whose number is of another person's licence.
    pub(crate) taken: Vec<usize>,
}

/// A licence and its holder today.
#[derive(Debug)]
pub(crate) struct ExpiringLicence {
    pub(crate) licence: Licence,
    pub(crate) holder: Option<EmployeeView>,
}

impl App {
    pub(crate) async fn create_licence(
        &self,
        caller: &Caller,
        new: CreateLicence,
    ) -> Result<Licence, Error> {
        let now = self.clock.now();
        let licence = Licence {
            id: self.clock.new_id(),
            employee: new.employee,
            kind: new.kind,
            number: new.text.number,
            issuer: new.text.issuer,
            term: new.text.term,
            revision: 1,
        };
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(done) = claim(&mut tx, &new.key, licence.id.uuid(), now).await? {
            return store::licences::get(&mut tx, done.into()).await?.ok_or_else(not_found);
        }
        store::licences::insert(&mut tx, &licence, now).await.map_err(of_constraint)?;
        tx.commit().await?;
        Ok(licence)
    }

    /// Records licences; of a number that comes twice the last row counts.
    pub(crate) async fn import_licences(
        &self,
        caller: &Caller,
        rows: Vec<BulkRow<(LicenceKind, LicenceText)>>,
        key: &RequestKey,
    ) -> Result<LicenceOutcome, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        // A replay tells the same and writes nothing: a later call may have renewed these licences.
        let is_new = claim(&mut tx, key, key_id(), now).await?.is_none();
        let (rows, unknown) = matched(&mut tx, rows).await?;
        let named: Vec<_> =
            rows.iter().map(|row| (row.fact.0.as_str(), row.fact.1.number.as_str())).collect();
        let holders = store::licences::holders(&mut tx, &named).await?;
        let (mut last, mut taken, mut recorded) = (HashMap::new(), Vec::new(), 0);
        for row in rows {
            let (kind, text) = row.fact;
            let known_as = (kind.as_str().to_owned(), text.number.clone());
            if holders.get(&known_as).is_some_and(|holder| *holder != row.employee) {
                taken.push(row.row);
                continue;
            }
            recorded += 1;
            let licence = Licence {
                id: self.clock.new_id(),
                employee: row.employee.into(),
                kind,
                number: text.number,
                issuer: text.issuer,
                term: text.term,
                revision: 1,
            };
            last.insert(known_as, licence);
        }
        if is_new {
            let licences: Vec<_> = last.into_values().collect();
            store::licences::record(&mut tx, &licences, now).await?;
        }
        tx.commit().await?;
        Ok(LicenceOutcome { recorded, unknown, taken })
    }

    pub(crate) async fn update_licence(
        &self,
        caller: &Caller,
        id: LicenceId,
        text: LicenceText,
        mutation: Mutation,
    ) -> Result<Licence, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let done = claim(&mut tx, &mutation.key, id.uuid(), self.clock.now()).await?;
        let licence = store::licences::lock(&mut tx, id).await?.ok_or_else(not_found)?;
        if done.is_some() {
            return Ok(licence);
        }
        check_etag(mutation.revision, licence.revision)?;
        let LicenceText { number, issuer, term } = text;
        let licence = Licence { number, issuer, term, revision: licence.revision + 1, ..licence };
        store::licences::update(&mut tx, &licence).await.map_err(of_constraint)?;
        tx.commit().await?;
        Ok(licence)
    }

    pub(crate) async fn get_licence(
        &self,
        caller: &Caller,
        id: LicenceId,
    ) -> Result<Licence, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let licence = store::licences::get(&mut tx, id).await?.ok_or_else(not_found)?;
        drop(tx);
        self.facts_of(caller, licence.employee).await?;
        self.access_log.record(caller, "GetLicence", licence.employee.uuid()).await;
        Ok(licence)
    }

    pub(crate) async fn list_licences(
        &self,
        caller: &Caller,
        employee: EmployeeId,
        page: PageRequest<(Date, Uuid)>,
    ) -> Result<Page<Licence>, Error> {
        let mut tx = self.facts_of(caller, employee).await?;
        let (before, limit) = (page.after, page.limit);
        let licences =
            store::licences::of_employee(&mut tx, employee.uuid(), before, limit).await?;
        drop(tx);
        self.access_log.record(caller, "ListLicences", employee.uuid()).await;
        Ok(page.page(licences, place))
    }

    /// Licences that expire between two days.
    pub(crate) async fn list_expiring_licences(
        &self,
        caller: &Caller,
        days: (Date, Date),
        page: PageRequest<(Date, Uuid)>,
    ) -> Result<Page<ExpiringLicence>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let licences = store::licences::expiring(&mut tx, days, page.after, page.limit).await?;
        let licences = page.page(licences, place);
        let people: HashSet<Uuid> =
            licences.items.iter().map(|licence| licence.employee.uuid()).collect();
        let people: Vec<_> = people.into_iter().collect();
        let views = store::employee_views::views(&mut tx, &people, None, self.clock.now()).await?;
        drop(tx);
        self.access_log.record_all(caller, "ListExpiringLicences", people).await;
        let holders: HashMap<Uuid, EmployeeView> =
            views.into_iter().map(|view| (view.employee_id, view)).collect();
        Ok(licences.map(|licence| ExpiringLicence {
            holder: holders.get(&licence.employee.uuid()).cloned(),
            licence,
        }))
    }
}

fn place(licence: &Licence) -> (Date, Uuid) {
    (licence.term.expires_on(), licence.id.uuid())
}

fn of_constraint(error: sqlx::Error) -> Error {
    match constraint(&error) {
        Some("licences_number_unique") => {
            Error::taken(Reason::LicenceNumberTaken, "another licence has the number")
        }
        Some("licences_employee_exists") => no_employee(),
        _ => error.into(),
    }
}

fn not_found() -> Error {
    Error::not_found(Reason::LicenceNotFound, "the licence does not exist")
}
