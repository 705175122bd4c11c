use std::time::Duration;

use kinerja_kit::{auth::Caller, fields::Fields, tenant::TenantId};
use kinerja_proto::registry::v1::{self as pb, import_employees_request::Part as WirePart};
use tokio::time::timeout;
use tonic::{Status, Streaming};

use crate::{
    app::{
        App,
        imports::{Import, Intake, Mode, OpenImport, Part, State},
    },
    domain::imports::columns::COLUMNS,
};

const MAX_ROWS: usize = 5_000;
/// Without a message for so long, what arrived is staged: a batch of its own for each would be dear.
const LULL: Duration = Duration::from_millis(300);

/// One stream of an import.
pub(super) struct Session {
    app: App,
    caller: Caller,
    parts: Streaming<pb::ImportEmployeesRequest>,
    place: Place,
}

enum Place {
    Opening,
    Receiving(Box<Intake>),
    Advancing(Box<Import>),
    /// The last reply was sent.
    Cleaning(Box<Import>),
    Over,
}

impl Session {
    pub(super) fn new(
        app: &App,
        caller: Caller,
        parts: Streaming<pb::ImportEmployeesRequest>,
    ) -> Self {
        Self { app: app.clone(), caller, parts, place: Place::Opening }
    }

    /// Does what comes next, and says how far the import is; `None` at the end of the replies.
    pub(super) async fn step(&mut self) -> Result<Option<Import>, Status> {
        let tenant = self.caller.tenant()?.clone();
        match std::mem::replace(&mut self.place, Place::Over) {
            Place::Opening => self.open(&tenant).await.map(Some),
            Place::Receiving(intake) => self.receive(intake).await,
            Place::Advancing(import) => {
                let import = self.app.advance_import(&tenant, &import).await?;
                self.place = after(&import);
                Ok(Some(import))
            }
            Place::Cleaning(import) => {
                self.app.clean_up_import(&tenant, &import).await?;
                Ok(None)
            }
            Place::Over => Ok(None),
        }
    }

    async fn open(&mut self, tenant: &TenantId) -> Result<Import, Status> {
        let first = self.parts.message().await?.and_then(|message| message.part);
        let Some(WirePart::Header(header)) = first else {
            let mut fields = Fields::default();
            fields.fault("header", "must be the first message");
            fields.finish()?;
            return Err(Status::internal("a missing header is a fault"));
        };
        let import = self.app.open_import(&self.caller, open(header)?).await?;
        self.place = match import.state {
            State::Receiving => {
                Place::Receiving(Box::new(self.app.intake(tenant, import.clone()).await?))
            }
            _ => after(&import),
        };
        Ok(import)
    }

    /// Takes pieces until a batch was staged, or nothing has arrived for a moment, or everything has.
    async fn receive(&mut self, mut intake: Box<Intake>) -> Result<Option<Import>, Status> {
        let before = intake.import().received_rows;
        loop {
            let message = match timeout(LULL, self.parts.message()).await {
                Ok(message) => message?,
                Err(_) if intake.is_behind() => {
                    intake.flush().await?;
                    break;
                }
                Err(_) => self.parts.message().await?,
            };
            let Some(message) = message else {
                // Interrupted: what arrived is staged, and waits to be continued.
                intake.flush().await?;
                return Ok(Some(intake.import().clone()));
            };
            let is_end = matches!(message.part, Some(WirePart::End(_)));
            intake.push(part(message)?).await?;
            if is_end {
                let import = intake.import().clone();
                self.place = after(&import);
                return Ok(Some(import));
            }
            if intake.import().received_rows > before {
                break;
            }
        }
        let import = intake.import().clone();
        self.place = Place::Receiving(intake);
        Ok(Some(import))
    }
}

fn after(import: &Import) -> Place {
    match import.state {
        State::Done | State::Refused => Place::Cleaning(Box::new(import.clone())),
        _ => Place::Advancing(Box::new(import.clone())),
    }
}

fn open(header: pb::ImportHeader) -> Result<OpenImport, Status> {
    let mut fields = Fields::default();
    let mode = fields.one_of("header.mode", header.mode, |mode: pb::ImportMode| match mode {
        pb::ImportMode::AllOrNothing => Some(Mode::AllOrNothing),
        pb::ImportMode::GoodRows => Some(Mode::GoodRows),
        pb::ImportMode::Unspecified => None,
    });
    let open = OpenImport {
        import_id: fields.uuid("header.request_id", &header.request_id),
        mode: mode.unwrap_or(Mode::AllOrNothing),
        dry_run: header.dry_run,
        create_units: header.create_units,
        as_of: fields.opt_date("header.as_of", &header.as_of),
    };
    fields.finish()?;
    Ok(open)
}

fn part(message: pb::ImportEmployeesRequest) -> Result<Part, Status> {
    let mut fields = Fields::default();
    let part = match message.part {
        Some(WirePart::Csv(bytes)) => Part::Csv(bytes),
        Some(WirePart::Rows(rows)) if rows.rows.len() <= MAX_ROWS => {
            Part::Rows(rows.rows.into_iter().map(cells).collect())
        }
        Some(WirePart::Rows(_)) => {
            fields.fault("rows", format!("must have at most {MAX_ROWS} rows"));
            Part::End
        }
        Some(WirePart::End(_)) => Part::End,
        Some(WirePart::Header(_)) | None => {
            fields.fault("part", "must be csv, rows or end");
            Part::End
        }
    };
    fields.finish()?;
    Ok(part)
}

fn cells(row: pb::ImportRow) -> [String; COLUMNS] {
    [
        row.identity_number,
        row.name,
        row.employment_kind,
        row.birth_date,
        row.rank,
        row.rank_from,
        row.status,
        row.status_from,
        row.unit_code,
        row.unit_name,
        row.parent_unit_code,
        row.unit_kind,
        row.position,
        row.position_kind,
        row.position_level,
        row.position_class,
        row.heads_unit,
        row.assignment_kind,
        row.assignment_from,
        row.superior,
    ]
}
