use jiff::{Timestamp, civil::Date};
use kinerja_kit::{events, tenant::Tx};
use kinerja_proto::events::v1::ReportingLineChanged;
use uuid::Uuid;

use super::{
    App, Error, Import, State,
    check::{layout, refuse},
    next_batch,
    parser::fault_of_row,
};
use crate::{
    app::publish,
    domain::imports::{columns::Column, faults::FaultCode},
    store::{self, imports::links},
};

impl App {
    /// Sets the reporting lines of the next batch, and after the last one who acts for whom.
    pub(super) async fn link_batch(&self, tx: &mut Tx, import: &mut Import) -> Result<(), Error> {
        let (now, range) = (self.clock.now(), next_batch(import.linked_rows, import.received_rows));
        let linked = links::set(tx, &import.header, range, now).await?;
        let facts = linked.into_iter().map(|line| events::Append {
            key: line.employee_id,
            revision: line.revision,
            message: ReportingLineChanged {
                employee_id: line.employee_id.to_string(),
                from_on: line.from_on.to_string(),
            },
        });
        events::append_all(tx, now, facts).await?;
        let layout = layout(import);
        let missing = links::missing(tx, import.header.import_id, range).await?;
        let fault = |(row, number): &(i64, String)| {
            fault_of_row(&layout, *row, Column::Superior, FaultCode::SuperiorRefused, number)
        };
        refuse(tx, import, &missing.iter().map(fault).collect::<Vec<_>>()).await?;
        import.linked_rows = range.1;
        if import.linked_rows == import.received_rows {
            store::imports::acting::assign(tx, import.header.import_id, now).await?;
            let heads = links::new_heads(tx, import.header.import_id, import.created_at).await?;
            tell_below(tx, heads, now).await?;
            import.state = State::Done;
        }
        Ok(())
    }
}

/// Tells of people who stand elsewhere since some days, and of everybody below them.
pub(super) async fn tell_below(
    tx: &mut Tx,
    moved: Vec<(Uuid, Date)>,
    now: Timestamp,
) -> Result<(), Error> {
    let first = moved.iter().map(|(_, from_on)| *from_on).min();
    let people: Vec<_> = moved.into_iter().map(|(employee, _)| employee).collect();
    publish::lines(tx, &people, &[], first.as_slice(), now).await
}
