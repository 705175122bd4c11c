//! Personnel exports taken in: opened, staged, checked, merged.

mod check;
mod clean_up;
mod intake;
mod link;
mod merge;
mod parser;
mod units;

use jiff::civil::Date;
use kinerja_kit::{
    auth::Caller,
    idempotency::{self, Claim, RequestKey},
    paging::{Page, PageRequest},
    tenant::TenantId,
};
use kinerja_proto::registry::v1::Reason;
use tonic_types::FieldViolation;
use uuid::Uuid;

use super::{App, Error};
use crate::{
    domain::imports::faults::Fault,
    store::{
        self,
        imports::{Header, faults::FaultKey},
    },
};

pub(crate) use crate::store::imports::{Import, Mode, State};
pub(crate) use intake::{Intake, Part};

/// Rows that one statement stages, checks or merges.
const BATCH: i64 = 2_500;

/// How an import is meant. The same id with other settings is refused.
#[derive(Debug)]
pub(crate) struct OpenImport {
    pub(crate) import_id: Uuid,
    pub(crate) mode: Mode,
    pub(crate) dry_run: bool,
    pub(crate) create_units: bool,
    pub(crate) as_of: Option<Date>,
}

impl App {
    /// Begins an import, or finds how far it has come.
    pub(crate) async fn open_import(
        &self,
        caller: &Caller,
        open: OpenImport,
    ) -> Result<Import, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(import) = store::imports::find(&mut tx, open.import_id).await? {
            let same = open.as_of.is_none_or(|as_of| as_of == import.header.as_of)
                && (open.mode, open.dry_run, open.create_units)
                    == (import.header.mode, import.header.dry_run, import.header.create_units);
            return if same { Ok(import) } else { Err(Error::RequestIdReused) };
        }
        let today = store::tenants::day(&mut tx, None, now).await?.ok_or_else(no_tenant)?;
        let as_of = open.as_of.unwrap_or(today);
        if as_of > today {
            return Err(from_the_future());
        }
        let header = Header {
            import_id: open.import_id,
            caller: caller.subject.clone(),
            mode: open.mode,
            dry_run: open.dry_run,
            create_units: open.create_units,
            as_of,
        };
        store::imports::insert(&mut tx, &header, now).await?;
        let import = store::imports::find(&mut tx, open.import_id).await?.ok_or_else(not_found)?;
        tx.commit().await?;
        Ok(import)
    }

    pub(crate) async fn get_import(&self, caller: &Caller, id: Uuid) -> Result<Import, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        store::imports::find(&mut tx, id).await?.ok_or_else(not_found)
    }

    pub(crate) async fn list_imports(
        &self,
        caller: &Caller,
        page: PageRequest<(jiff::Timestamp, Uuid)>,
    ) -> Result<Page<Import>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let imports = store::imports::list(&mut tx, page.after, page.limit).await?;
        Ok(page.page(imports, |import| (import.created_at, import.header.import_id)))
    }

    pub(crate) async fn list_import_faults(
        &self,
        caller: &Caller,
        id: Uuid,
        page: PageRequest<FaultKey>,
    ) -> Result<Page<Fault>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        store::imports::find(&mut tx, id).await?.ok_or_else(not_found)?;
        let faults =
            store::imports::faults::list(&mut tx, id, page.after.as_ref(), page.limit).await?;
        Ok(page.page(faults, |fault| (fault.row, fault.place, fault.code.as_str().to_owned())))
    }

    pub(crate) async fn delete_import(
        &self,
        caller: &Caller,
        id: Uuid,
        key: &RequestKey,
    ) -> Result<(), Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        match idempotency::claim(&mut tx, key, id, self.clock.now()).await? {
            Claim::New => {}
            Claim::Done(_) => return Ok(()),
            Claim::Reused => return Err(Error::RequestIdReused),
        }
        let import = store::imports::lock(&mut tx, id).await?.ok_or_else(not_found)?;
        if matches!(import.state, State::Merging | State::Linking) && import.merged_rows > 0 {
            let message = "the import is half in the registry: continue it";
            return Err(Error::wrong_state(Reason::ImportMerging, message));
        }
        store::imports::delete(&mut tx, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes an import one step further; a final one stays as it is.
    pub(crate) async fn advance_import(
        &self,
        tenant: &TenantId,
        import: &Import,
    ) -> Result<Import, Error> {
        match import.state {
            State::Receiving | State::Done | State::Refused => Ok(import.clone()),
            State::Checking => self.check_import(tenant, import).await,
            State::Merging | State::Linking => self.merge_import(tenant, import).await,
        }
    }
}

/// The rows after the first `done`, as many as one statement takes.
fn next_batch(done: i64, all: i64) -> (i64, i64) {
    (done, all.min(done + BATCH))
}

fn not_found() -> Error {
    Error::not_found(Reason::ImportNotFound, "the import does not exist")
}

fn no_tenant() -> Error {
    Error::not_found(Reason::TenantNotFound, "the government is not in the registry")
}

/// Who moves on different days to come would be told of once, with the first of them.
fn from_the_future() -> Error {
    Error::Invalid(vec![FieldViolation::new("header.as_of", "must not be after today")])
}

fn elsewhere() -> Error {
    Error::wrong_state(Reason::ImportElsewhere, "another stream continues the same import")
}
