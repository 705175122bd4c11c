//! Words of closed lists: on the wire an enum, in the database the enum's name without its prefix.

use std::str::FromStr;

use kinerja_proto::registry::v1 as pb;

/// The domain's value behind the name of a wire enum's value; none for the unspecified one.
pub(super) fn read<D: FromStr>(name: &str, prefix: &str) -> Option<D> {
    name.strip_prefix(prefix)?.parse().ok()
}

pub(super) fn unit_kind(word: &str) -> i32 {
    pb::UnitKind::from_str_name(&format!("UNIT_KIND_{word}")).unwrap_or_default().into()
}

pub(super) fn position_kind(word: &str) -> i32 {
    pb::PositionKind::from_str_name(&format!("POSITION_KIND_{word}")).unwrap_or_default().into()
}

pub(super) fn position_level(word: &str) -> i32 {
    pb::PositionLevel::from_str_name(&format!("POSITION_LEVEL_{word}")).unwrap_or_default().into()
}

pub(super) fn employment_kind(word: &str) -> i32 {
    pb::EmploymentKind::from_str_name(&format!("EMPLOYMENT_KIND_{word}")).unwrap_or_default().into()
}

pub(super) fn status(word: &str) -> i32 {
    pb::EmployeeStatus::from_str_name(&format!("EMPLOYEE_STATUS_{word}")).unwrap_or_default().into()
}

pub(super) fn absence_kind(word: &str) -> i32 {
    pb::AbsenceKind::from_str_name(&format!("ABSENCE_KIND_{word}")).unwrap_or_default().into()
}

pub(super) fn assignment_kind(word: &str) -> i32 {
    pb::AssignmentKind::from_str_name(&format!("ASSIGNMENT_KIND_{word}")).unwrap_or_default().into()
}

pub(super) fn holiday_kind(word: &str) -> i32 {
    pb::HolidayKind::from_str_name(&format!("HOLIDAY_KIND_{word}")).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EmploymentKind, PositionKind, PositionLevel, UnitKind};

    #[test]
    fn a_word_is_its_enums_name_without_the_prefix() {
        assert_eq!(unit_kind("HEALTH_CENTRE"), pb::UnitKind::HealthCentre as i32);
        let read_back = read("UNIT_KIND_HEALTH_CENTRE", "UNIT_KIND_");
        assert_eq!(read_back, Some(UnitKind::HealthCentre));
        assert_eq!(read::<UnitKind>("UNIT_KIND_UNSPECIFIED", "UNIT_KIND_"), None);
    }

    #[test]
    fn every_wire_value_has_a_value_of_the_domain() {
        for wire in (1..=15).map(|n| pb::UnitKind::try_from(n).expect("a kind")) {
            assert!(read::<UnitKind>(wire.as_str_name(), "UNIT_KIND_").is_some(), "{wire:?}");
        }
        for wire in (1..=6).map(|n| pb::PositionKind::try_from(n).expect("a kind")) {
            assert!(read::<PositionKind>(wire.as_str_name(), "POSITION_KIND_").is_some());
        }
        for wire in (1..=14).map(|n| pb::PositionLevel::try_from(n).expect("a level")) {
            assert!(read::<PositionLevel>(wire.as_str_name(), "POSITION_LEVEL_").is_some());
        }
        for wire in (1..=5).map(|n| pb::EmploymentKind::try_from(n).expect("a kind")) {
            assert!(read::<EmploymentKind>(wire.as_str_name(), "EMPLOYMENT_KIND_").is_some());
        }
    }
}
