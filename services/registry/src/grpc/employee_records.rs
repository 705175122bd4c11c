//! Records of people on the wire.

use kinerja_kit::fields::etag;
use kinerja_proto::registry::v1 as pb;

use super::{day, opt_day, opt_id, words};
use crate::{
    app::employees::Shown,
    domain::IdentityNumber,
    store::{employee_history::EmployeeChangeRow, employee_views::EmployeeView},
};

impl From<Shown> for pb::Employee {
    fn from(shown: Shown) -> Self {
        let Shown { view, whole_number, absence_kind } = shown;
        let number = view.identity_number.clone().unwrap_or_default();
        let absence = view.absence_kind.as_deref().filter(|_| absence_kind).unwrap_or_default();
        Self {
            employee_id: view.employee_id.to_string(),
            identity_number: if whole_number { number } else { masked(&number) },
            display_name: view.display_name.clone(),
            employment_kind: words::employment_kind(&view.employment_kind),
            status: words::status(view.status.as_deref().unwrap_or_default()),
            absence_kind: words::absence_kind(absence),
            rank: view.rank.clone().unwrap_or_default(),
            placement: placement(&view),
            opened_on: day(view.opened_on),
            closed_on: opt_day(view.closed_on),
            etag: etag(view.revision),
            name: Some(pb::PersonName {
                name: view.name,
                front_title: view.front_title,
                back_title: view.back_title,
            }),
        }
    }
}

fn placement(view: &EmployeeView) -> Option<pb::Placement> {
    Some(pb::Placement {
        assignment_id: view.assignment_id?.to_string(),
        unit_id: opt_id(view.unit_id),
        position_id: opt_id(view.position_id),
        position_name: view.position_name.clone().unwrap_or_default(),
        position_kind: words::position_kind(view.position_kind.as_deref().unwrap_or_default()),
        position_level: words::position_level(view.position_level.as_deref().unwrap_or_default()),
        heads_unit: view.heads_unit.unwrap_or_default(),
    })
}

/// A stored number as others see it.
pub(super) fn masked(number: &str) -> String {
    number.parse::<IdentityNumber>().map(|number| number.masked()).unwrap_or_default()
}

pub(super) fn change(row: EmployeeChangeRow, is_own: bool) -> pb::EmployeeChange {
    use pb::employee_change::Change;
    let change = match row.what {
        1 if is_own => Change::IdentityNumber(row.value),
        1 => Change::IdentityNumber(masked(&row.value)),
        2 => Change::Rank(row.value),
        _ => Change::Status(words::status(&row.value)),
    };
    pb::EmployeeChange {
        from_on: day(row.from_on),
        change: Some(change),
        absence_kind: words::absence_kind(row.absence_kind.as_deref().unwrap_or_default()),
    }
}
