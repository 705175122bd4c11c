use jiff::civil::Date;
use kinerja_kit::{
    errors::constraint,
    events,
    tenant::{TenantId, Tx},
};
use kinerja_proto::{events::v1::EmployeeChanged, registry::v1::Reason};

use super::{
    App, Error, Import, Mode, State,
    check::{layout, refuse},
    link::tell_below,
    next_batch,
    parser::fault_of_row,
};
use crate::{
    domain::imports::{
        changes::{Change, change},
        faults::FaultCode,
    },
    store::{self, imports::known::Subject},
};

impl App {
    /// Merges the next batch; of an import that is all or nothing, everything in one transaction.
    pub(super) async fn merge_import(
        &self,
        tenant: &TenantId,
        import: &Import,
    ) -> Result<Import, Error> {
        let mut tx = self.db.begin(tenant).await?;
        store::imports::merge::by_keys(&mut tx).await?;
        store::tenants::lock_organisation(&mut tx).await?;
        let mut now = self.lock_as_is(&mut tx, import).await?;
        self.merge_step(&mut tx, &mut now).await.map_err(ground)?;
        if now.header.mode == Mode::AllOrNothing {
            while now.state != State::Done && now.counts.refused == 0 {
                self.merge_step(&mut tx, &mut now).await.map_err(ground)?;
            }
            if now.counts.refused > 0 {
                tx.rollback().await?;
                return self.refuse_all(tenant, import).await;
            }
        }
        store::imports::update(&mut tx, &now, self.clock.now()).await?;
        tx.commit().await?;
        Ok(now)
    }

    async fn merge_step(&self, tx: &mut Tx, import: &mut Import) -> Result<(), Error> {
        if import.state == State::Linking {
            return self.link_batch(tx, import).await;
        }
        if import.merged_rows == 0 {
            self.make_places(tx, import).await?;
        }
        let range = next_batch(import.merged_rows, import.received_rows);
        store::imports::merge::by_keys(tx).await?;
        self.update_known(tx, import, range).await?;
        store::imports::merge::open(tx, &import.header, range, self.clock.now()).await?;
        import.merged_rows = range.1;
        if import.merged_rows == import.received_rows {
            import.state = State::Linking;
        }
        Ok(())
    }

    /// Changes the people whom the registry knows; a row that fits no more since the check is refused.
    async fn update_known(
        &self,
        tx: &mut Tx,
        import: &mut Import,
        range: (i64, i64),
    ) -> Result<(), Error> {
        store::imports::known::lock(tx, &import.header, range).await?;
        let subjects = store::imports::known::read(tx, &import.header, range).await?;
        store::imports::merge::keep_plans(tx).await?;
        let (layout, as_of) = (layout(import), import.header.as_of);
        let (mut changes, mut faults) = (Vec::new(), Vec::new());
        for subject in &subjects {
            match change(&subject.stated, &subject.known, as_of) {
                Ok(change) if change.is_none() => {}
                Ok(change) => changes.push((subject, change)),
                Err((column, _)) => {
                    let code = FaultCode::ChangedMeanwhile;
                    faults.push(fault_of_row(&layout, subject.row_no, column, code, ""));
                }
            }
        }
        refuse(tx, import, &faults).await?;
        let changes: Vec<_> = changes.iter().map(|(subject, change)| (*subject, change)).collect();
        let now = self.clock.now();
        store::imports::updates::apply(tx, &changes, now).await?;
        let facts = changes.iter().map(|(subject, change)| events::Append {
            key: subject.employee_id,
            revision: subject.revision + 1,
            message: fact(subject, change, as_of),
        });
        events::append_all(tx, now, facts).await?;
        let moved = changes.iter().filter_map(|(subject, change)| {
            Some((subject.employee_id, change.transfer?.to.from_on))
        });
        tell_below(tx, moved.collect(), now).await
    }

    /// The registry changed since the check, and one row is as bad as all.
    async fn refuse_all(&self, tenant: &TenantId, import: &Import) -> Result<Import, Error> {
        let mut tx = self.db.begin(tenant).await?;
        let mut now = self.lock_as_is(&mut tx, import).await?;
        now.state = State::Refused;
        store::imports::update(&mut tx, &now, self.clock.now()).await?;
        tx.commit().await?;
        Ok(now)
    }
}

/// A unit, position or person of the import that somebody else made since the check.
fn ground(error: Error) -> Error {
    let Error::Storage(storage) = &error else { return error };
    match constraint(storage) {
        Some("units_code_unique" | "positions_one_head" | "identity_numbers_number_unique") => {
            let message =
                "units, positions or people of the import were made meanwhile: import again";
            Error::wrong_state(Reason::ImportGroundChanged, message)
        }
        _ => error,
    }
}

/// The person as of the day of the export, after the change.
fn fact(subject: &Subject, change: &Change, as_of: Date) -> EmployeeChanged {
    let (known, present) = (&subject.known, &subject.present);
    let newer =
        |from: Date, known: Option<Date>| from <= as_of && known.is_none_or(|known| from >= known);
    let rank = change.rank.filter(|(_, from)| newer(*from, present.rank.map(|(_, from)| from)));
    let status =
        change.status.filter(|(_, from)| newer(*from, present.status.map(|(_, from)| from)));
    let rank = rank.or(present.rank).map(|(rank, _)| rank.to_string());
    let status = status.or(present.status).map(|(status, _)| status.as_str().to_owned());
    let mut event = EmployeeChanged {
        employee_id: subject.employee_id.to_string(),
        name: change.name.as_ref().unwrap_or(&known.name).to_string(),
        employment_kind: change.kind.unwrap_or(known.kind).as_str().to_owned(),
        status: status.unwrap_or_default(),
        rank: rank.unwrap_or_default(),
        ..Default::default()
    };
    if let Some(post) = &present.post {
        event.unit_id = post.unit_id.to_string();
        event.position_id = post.position_id.to_string();
        event.position_kind.clone_from(&post.kind);
        event.position_level = post.level.clone().unwrap_or_default();
        event.position_name.clone_from(&post.name);
        event.heads_unit = post.heads_unit;
    }
    event
}
