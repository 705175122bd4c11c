//! From rows of one unit on one person's way up to the person's line.

use std::collections::hash_map::Entry;

use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::decode;
use crate::domain::{
    Eligibility, EmployeeId,
    reporting_line::{Instrument, Line, Lines, Office, Official, Recusal, Step},
};

/// One unit on one person's way up; what is the person's alone is repeated on each.
pub(super) struct LineRow {
    pub(super) day: jiff_sqlx::Date,
    pub(super) version: i32,
    pub(super) lowest_rater_kind: String,
    pub(super) delegation_allowed: bool,
    pub(super) employee_id: Uuid,
    pub(super) name: String,
    pub(super) office_position_id: Option<Uuid>,
    pub(super) office_position_name: Option<String>,
    pub(super) office_position_kind: Option<String>,
    pub(super) office_capacity: Option<String>,
    pub(super) office_instrument_number: Option<String>,
    pub(super) office_instrument_on: Option<jiff_sqlx::Date>,
    pub(super) unit_id: Option<Uuid>,
    pub(super) unit_name: Option<String>,
    pub(super) holder_id: Option<Uuid>,
    pub(super) leader_id: Option<Uuid>,
    pub(super) leader_name: Option<String>,
    pub(super) capacity: Option<String>,
    pub(super) position_id: Option<Uuid>,
    pub(super) position_name: Option<String>,
    pub(super) position_kind: Option<String>,
    pub(super) instrument_number: Option<String>,
    pub(super) instrument_on: Option<jiff_sqlx::Date>,
    pub(super) explicit_id: Option<Uuid>,
    pub(super) explicit_name: Option<String>,
    pub(super) explicit_position_id: Option<Uuid>,
    pub(super) explicit_position_name: Option<String>,
    pub(super) explicit_position_kind: Option<String>,
    pub(super) explicit_capacity: Option<String>,
    pub(super) explicit_instrument_number: Option<String>,
    pub(super) explicit_instrument_on: Option<jiff_sqlx::Date>,
    pub(super) recusals: Option<sqlx::types::Json<Vec<RecusalRow>>>,
}

#[derive(Deserialize)]
pub(super) struct RecusalRow {
    rater: Uuid,
    delegate: Option<Uuid>,
    name: Option<String>,
    position: Option<Uuid>,
    position_name: Option<String>,
    position_kind: Option<String>,
    capacity: Option<String>,
    number: Option<String>,
    dated_on: Option<Date>,
}

/// The columns of somebody in an office, of which all or none are there.
struct OfficialColumns {
    employee: Option<Uuid>,
    name: Option<String>,
    position: Option<Uuid>,
    position_name: Option<String>,
    kind: Option<String>,
    capacity: Option<String>,
    instrument: Option<Instrument>,
}

/// Rows come person by person, each from the own unit upwards.
pub(super) fn fold(rows: Vec<LineRow>) -> Result<Option<Lines>, sqlx::Error> {
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let eligibility = Eligibility {
        lowest: decode(first.lowest_rater_kind.parse())?,
        delegation_allowed: first.delegation_allowed,
    };
    let mut lines = Lines::new(first.day.to_jiff(), first.version, eligibility);
    for mut row in rows {
        let employee = EmployeeId::from(row.employee_id);
        let line = match lines.of.entry(employee) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(row.line(employee)?),
        };
        line.path.extend(row.step()?);
    }
    Ok(Some(lines))
}

impl LineRow {
    fn line(&mut self, employee: EmployeeId) -> Result<Line, sqlx::Error> {
        let explicit = OfficialColumns {
            employee: self.explicit_id,
            name: self.explicit_name.take(),
            position: self.explicit_position_id,
            position_name: self.explicit_position_name.take(),
            kind: self.explicit_position_kind.take(),
            capacity: self.explicit_capacity.take(),
            instrument: instrument(
                self.explicit_instrument_number.take(),
                self.explicit_instrument_on.map(jiff_sqlx::Date::to_jiff),
            ),
        };
        let own = OfficialColumns {
            employee: Some(self.employee_id),
            name: Some(std::mem::take(&mut self.name)),
            position: self.office_position_id,
            position_name: self.office_position_name.take(),
            kind: self.office_position_kind.take(),
            capacity: self.office_capacity.take(),
            instrument: instrument(
                self.office_instrument_number.take(),
                self.office_instrument_on.map(jiff_sqlx::Date::to_jiff),
            ),
        };
        let recusals = self.recusals.take().map(|json| json.0).unwrap_or_default();
        let recusals = recusals.into_iter().map(Recusal::try_from).collect::<Result<_, _>>()?;
        let (own, explicit) = (own.read()?, explicit.read()?);
        Ok(Line { employee, own, explicit, recusals, path: Vec::new() })
    }

    fn step(self) -> Result<Option<Step>, sqlx::Error> {
        let (Some(unit), Some(unit_name)) = (self.unit_id, self.unit_name) else {
            return Ok(None);
        };
        let leader = OfficialColumns {
            employee: self.leader_id,
            name: self.leader_name,
            position: self.position_id,
            position_name: self.position_name,
            kind: self.position_kind,
            capacity: self.capacity,
            instrument: instrument(
                self.instrument_number,
                self.instrument_on.map(jiff_sqlx::Date::to_jiff),
            ),
        };
        let holder = self.holder_id.map(EmployeeId::from);
        Ok(Some(Step { unit: unit.into(), unit_name, holder, leader: leader.read()? }))
    }
}

impl TryFrom<RecusalRow> for Recusal {
    type Error = sqlx::Error;

    fn try_from(row: RecusalRow) -> Result<Self, Self::Error> {
        let delegate = OfficialColumns {
            employee: row.delegate,
            name: row.name,
            position: row.position,
            position_name: row.position_name,
            kind: row.position_kind,
            capacity: row.capacity,
            instrument: None,
        };
        let delegate = delegate.read()?.zip(instrument(row.number, row.dated_on));
        Ok(Self { rater: row.rater.into(), delegate })
    }
}

impl OfficialColumns {
    fn read(self) -> Result<Option<Official>, sqlx::Error> {
        let Some((employee, name)) = self.employee.zip(self.name) else {
            return Ok(None);
        };
        let office = self.position.zip(self.position_name).zip(self.kind.zip(self.capacity));
        let office = office.map(|((position, position_name), (kind, capacity))| {
            Ok::<_, sqlx::Error>(Office {
                position: position.into(),
                position_name,
                kind: decode(kind.parse())?,
                capacity: decode(capacity.parse())?,
                delegation: self.instrument,
            })
        });
        Ok(Some(Official { employee: employee.into(), name, office: office.transpose()? }))
    }
}

fn instrument(number: Option<String>, dated_on: Option<Date>) -> Option<Instrument> {
    number.zip(dated_on).map(|(number, dated_on)| Instrument { number, dated_on })
}
