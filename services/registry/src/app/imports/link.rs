use kinerja_kit::{events, tenant::Tx};
use kinerja_proto::events::v1::ReportingLineChanged;

use super::{
    App, Error, Import, State,
    check::{layout, refuse},
    next_batch,
    parser::fault_of_row,
};
use crate::{
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
            import.state = State::Done;
        }
        Ok(())
    }
}
