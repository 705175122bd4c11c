use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use jiff_sqlx::ToSqlx as _;
use kinerja_kit::{events, tenant::Tx};
use kinerja_proto::events::v1::UnitChanged;
use uuid::Uuid;

use super::{App, Error, Import};
use crate::store::{
    self,
    imports::directory::{MadeUnit, StagedUnit},
};

/// The units that an import brings.
#[derive(Debug)]
pub(super) struct Brought(HashMap<Uuid, StagedUnit>);

impl Brought {
    /// With the units above, which may come with the import too.
    pub(super) fn of(mut units: Vec<StagedUnit>) -> Self {
        let by_code: HashMap<_, _> =
            units.iter().map(|unit| (unit.code.clone(), unit.unit_id)).collect();
        for unit in &mut units {
            let above = unit.parent_code.as_ref().and_then(|code| by_code.get(code).copied());
            unit.parent_unit_id = unit.parent_unit_id.or(above);
        }
        Self(units.into_iter().map(|unit| (unit.unit_id, unit)).collect())
    }

    /// Units that hang on nothing: the unit above is unknown, or they form a ring, or lie below such.
    pub(super) fn homeless(&self) -> Vec<Uuid> {
        let homeless = self.0.keys().filter(|unit| self.depth(**unit).is_none());
        homeless.copied().collect()
    }

    /// How many units of the import lie above; `None` for a homeless one.
    fn depth(&self, unit: Uuid) -> Option<usize> {
        let (mut at, mut seen) = (unit, HashSet::new());
        while let Some(unit) = self.0.get(&at) {
            if !seen.insert(at) {
                return None;
            }
            match (unit.parent_unit_id, &unit.parent_code) {
                (Some(parent), _) => at = parent,
                (None, Some(_)) => return None,
                (None, None) => break,
            }
        }
        Some(seen.len())
    }

    /// Units with a home, those above first, each with its first known day or that of what lies below.
    fn in_order(&self, days: &HashMap<Uuid, Date>, as_of: Date) -> Vec<(&StagedUnit, Date)> {
        let mut earliest: HashMap<Uuid, Date> = HashMap::new();
        for (unit, day) in days {
            let (mut at, mut seen) = (*unit, HashSet::new());
            while let Some(unit) = self.0.get(&at) {
                if !seen.insert(at) {
                    break;
                }
                let known = earliest.entry(at).or_insert(*day);
                *known = (*known).min(*day);
                let Some(parent) = unit.parent_unit_id else { break };
                at = parent;
            }
        }
        let mut units: Vec<_> = self
            .0
            .values()
            .filter_map(|unit| Some((self.depth(unit.unit_id)?, unit.row_no, unit)))
            .collect();
        units.sort_unstable_by_key(|(depth, row, unit)| (*depth, *row, unit.unit_id));
        units
            .into_iter()
            .map(|(_, _, unit)| (unit, earliest.get(&unit.unit_id).copied().unwrap_or(as_of)))
            .collect()
    }
}

impl App {
    /// Makes the units and positions that the import brings.
    pub(super) async fn make_places(&self, tx: &mut Tx, import: &mut Import) -> Result<(), Error> {
        let (id, as_of, now) = (import.header.import_id, import.header.as_of, self.clock.now());
        let brought = Brought::of(store::imports::directory::staged_units(tx, id).await?);
        let days = store::imports::directory::first_days(tx, id).await?.into_iter().collect();
        let units = brought.in_order(&days, as_of);
        let made: Vec<_> =
            units.iter().map(|(unit, day)| MadeUnit { unit, opened_on: day.to_sqlx() }).collect();
        if !made.is_empty() {
            store::imports::directory::make_units(tx, &made, now.to_sqlx()).await?;
            let facts = units.iter().map(|(unit, _)| events::Append {
                key: unit.unit_id,
                revision: 1,
                message: fact(unit),
            });
            events::append_all(tx, now, facts).await?;
        }
        import.counts.units_created = i64::try_from(made.len()).unwrap_or(i64::MAX);
        import.counts.positions_created =
            store::imports::directory::make_positions(tx, id, as_of.to_sqlx(), now.to_sqlx())
                .await?;
        Ok(())
    }
}

fn fact(unit: &StagedUnit) -> UnitChanged {
    UnitChanged {
        unit_id: unit.unit_id.to_string(),
        parent_unit_id: unit.parent_unit_id.map(|parent| parent.to_string()).unwrap_or_default(),
        name: unit.name.clone(),
        kind: unit.kind.clone(),
        closed_on: String::new(),
        code: unit.code.clone(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn unit(id: u128, parent: Option<u128>, code: Option<&str>) -> StagedUnit {
        StagedUnit {
            unit_id: Uuid::from_u128(id),
            code: id.to_string(),
            name: "Unit".into(),
            kind: "DIVISION".into(),
            parent_code: code.map(str::to_owned),
            parent_unit_id: parent.map(Uuid::from_u128),
            row_no: i64::try_from(id).expect("small"),
        }
    }

    #[test]
    fn a_unit_without_a_known_unit_above_and_all_below_it_are_homeless() {
        let brought = Brought::of(vec![
            unit(1, None, None),
            unit(2, None, Some("1")),
            unit(3, None, Some("X")),
            unit(4, None, Some("3")),
            unit(5, None, Some("6")),
            unit(6, None, Some("5")),
            unit(7, Some(99), Some("KNOWN")),
        ]);
        let mut homeless: Vec<_> = brought.homeless().iter().map(Uuid::as_u128).collect();
        homeless.sort_unstable();
        assert_eq!(homeless, [3, 4, 5, 6]);
    }

    #[test]
    fn the_registrys_unit_of_a_code_comes_before_one_of_the_import() {
        let brought = Brought::of(vec![unit(1, None, None), unit(2, Some(99), Some("1"))]);
        let order = brought.in_order(&HashMap::new(), date(2026, 1, 1));
        let above: Vec<_> = order.iter().map(|(unit, _)| unit.parent_unit_id).collect();
        assert_eq!(above, [None, Some(Uuid::from_u128(99))]);
    }

    #[test]
    fn units_above_come_first_and_are_no_younger_than_those_below() {
        let brought = Brought::of(vec![unit(1, None, Some("2")), unit(2, None, None)]);
        let days = HashMap::from([
            (Uuid::from_u128(1), date(2020, 1, 1)),
            (Uuid::from_u128(2), date(2024, 1, 1)),
        ]);
        let order = brought.in_order(&days, date(2026, 1, 1));
        let order: Vec<_> =
            order.iter().map(|(unit, day)| (unit.unit_id.as_u128(), *day)).collect();
        assert_eq!(order, [(2, date(2020, 1, 1)), (1, date(2020, 1, 1))]);
    }
}
