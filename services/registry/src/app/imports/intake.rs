use kinerja_kit::tenant::TenantId;
use kinerja_proto::registry::v1::Reason;
use tokio::task::spawn_blocking;

use super::{
    App, BATCH, Error, Import, State, elsewhere, not_found,
    parser::{Parser, Staged},
};
use crate::{
    domain::imports::{columns::COLUMNS, reader::Unreadable},
    store,
};

/// The next piece of a delivery.
#[derive(Debug)]
pub(crate) enum Part {
    Csv(Vec<u8>),
    Rows(Vec<[String; COLUMNS]>),
    End,
}

/// Stages a delivery: the next piece is read while the one before is written.
#[derive(Debug)]
pub(crate) struct Intake {
    app: App,
    tenant: TenantId,
    import: Import,
    /// Away while it reads on a blocking thread.
    parser: Option<Box<Parser>>,
}

impl App {
    /// Continues a delivery behind what is staged.
    pub(crate) async fn intake(&self, tenant: &TenantId, import: Import) -> Result<Intake, Error> {
        let mut tx = self.db.begin(tenant).await?;
        let header = &import.header;
        let directory =
            store::imports::directory::load(&mut tx, header.import_id, header.create_units).await?;
        let parser = Parser::resume(
            import.header_line.as_deref(),
            (import.received_rows, import.received_bytes),
            directory,
            header.as_of,
            self.clock.clone(),
        )
        .map_err(unreadable)?;
        let parser = Some(Box::new(parser));
        Ok(Intake { app: self.clone(), tenant: tenant.clone(), import, parser })
    }
}

impl Intake {
    pub(crate) fn import(&self) -> &Import {
        &self.import
    }

    /// Whether rows were read that are not staged yet.
    pub(crate) fn is_behind(&self) -> bool {
        self.parser.as_ref().is_some_and(|parser| parser.waiting() > 0)
    }

    /// Reads a piece, and writes what was read before if it makes a batch.
    pub(crate) async fn push(&mut self, part: Part) -> Result<(), Error> {
        let mut parser = self.parser.take().ok_or_else(elsewhere)?;
        let full = i64::try_from(parser.waiting()).is_ok_and(|rows| rows >= BATCH);
        let staged = full.then(|| parser.take());
        let is_end = matches!(part, Part::End);
        let reading = spawn_blocking(move || {
            let read = read(&mut parser, part);
            (parser, read)
        });
        let writing = async {
            match staged {
                Some(staged) => self.app.stage(&self.tenant, &self.import, staged).await.map(Some),
                None => Ok(None),
            }
        };
        let (read, written) = tokio::join!(reading, writing);
        if let Some(import) = written? {
            self.import = import;
        }
        let (parser, read) = read.map_err(|_| sqlx::Error::WorkerCrashed)?;
        self.parser = Some(parser);
        read?;
        if is_end {
            self.flush().await?;
            self.import = self.app.close_delivery(&self.tenant, &self.import).await?;
        }
        Ok(())
    }

    /// Writes what was read.
    pub(crate) async fn flush(&mut self) -> Result<(), Error> {
        let Some(parser) = self.parser.as_mut() else { return Ok(()) };
        let staged = parser.take();
        self.import = self.app.stage(&self.tenant, &self.import, staged).await?;
        Ok(())
    }
}

impl App {
    async fn stage(
        &self,
        tenant: &TenantId,
        import: &Import,
        staged: Staged,
    ) -> Result<Import, Error> {
        let id = import.header.import_id;
        let mut tx = self.db.begin(tenant).await?;
        let mut now = self.lock_as_is(&mut tx, import).await?;
        store::imports::directory::insert(&mut tx, id, &staged.units, &staged.posts).await?;
        store::imports::rows::insert(&mut tx, id, &staged.batch).await?;
        now.counts.faults += store::imports::faults::insert(&mut tx, id, &staged.faults).await?;
        let refused = staged.batch.refused.iter().filter(|refused| **refused).count();
        now.counts.refused += i64::try_from(refused).unwrap_or(i64::MAX);
        now.counts.units_created += i64::try_from(staged.units.len()).unwrap_or(i64::MAX);
        now.counts.positions_created += i64::try_from(staged.posts.len()).unwrap_or(i64::MAX);
        now.header_line = staged.header_line.or(now.header_line);
        now.received_rows = staged.rows.max(now.received_rows);
        now.received_bytes = staged.bytes.max(now.received_bytes);
        store::imports::update(&mut tx, &now, self.clock.now()).await?;
        tx.commit().await?;
        Ok(now)
    }

    async fn close_delivery(&self, tenant: &TenantId, import: &Import) -> Result<Import, Error> {
        let mut tx = self.db.begin(tenant).await?;
        let mut now = self.lock_as_is(&mut tx, import).await?;
        now.state = State::Checking;
        store::imports::update(&mut tx, &now, self.clock.now()).await?;
        tx.commit().await?;
        Ok(now)
    }

    /// Locks the import if it is where this stream left it.
    pub(super) async fn lock_as_is(
        &self,
        tx: &mut kinerja_kit::tenant::Tx,
        import: &Import,
    ) -> Result<Import, Error> {
        let id = import.header.import_id;
        let now = store::imports::lock(tx, id).await?.ok_or_else(not_found)?;
        let place = |import: &Import| {
            (
                import.state,
                import.received_rows,
                import.checked_rows,
                import.merged_rows,
                import.linked_rows,
            )
        };
        if place(&now) == place(import) { Ok(now) } else { Err(elsewhere()) }
    }
}

fn read(parser: &mut Parser, part: Part) -> Result<(), Error> {
    let mixed = || {
        let message = "an import is a file or rows, not both";
        Error::refused(Reason::ImportFileUnreadable, message)
    };
    match part {
        Part::Csv(bytes) => parser.push_csv(&bytes).ok_or_else(mixed)?.map_err(unreadable),
        Part::Rows(rows) => parser.push_rows(&rows).ok_or_else(mixed),
        Part::End => parser.finish().map_err(unreadable),
    }
}

fn unreadable(fault: Unreadable) -> Error {
    Error::refused(Reason::ImportFileUnreadable, fault.to_string())
}
