//! What a row changes of a person whom the registry knows.

use jiff::civil::Date;
use uuid::Uuid;

use super::{columns::Column, faults::FaultCode};
use crate::domain::{EmploymentKind, PersonName, Rank, Status};

/// What a staged row says of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    pub name: PersonName,
    pub kind: EmploymentKind,
    pub rank: Option<(Rank, Date)>,
    pub status: Option<(Status, Option<Date>)>,
    pub assignment: Option<StatedAssignment>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatedAssignment {
    pub position_id: Uuid,
    pub from_on: Date,
}

/// What the registry knows of the person on the days the row speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub closed: bool,
    pub name: PersonName,
    pub kind: EmploymentKind,
    /// On the day of the row's rank.
    pub rank: Option<Rank>,
    /// On the day of the row's status.
    pub status: Option<Status>,
    /// The definitive assignment that has no end.
    pub assignment: Option<KnownAssignment>,
    /// The first day after the last definitive assignment that has ended.
    pub free_from: Option<Date>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownAssignment {
    pub assignment_id: Uuid,
    pub position_id: Uuid,
    pub from_on: Date,
}

/// What differs; all `None` when nothing does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    pub name: Option<PersonName>,
    pub kind: Option<EmploymentKind>,
    pub rank: Option<(Rank, Date)>,
    pub status: Option<(Status, Date)>,
    pub transfer: Option<Transfer>,
}

/// A new definitive assignment, and the one it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    pub closes: Option<Uuid>,
    pub to: StatedAssignment,
}

impl Change {
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// Compares a row with the registry; `as_of` is the day the export describes.
pub fn change(stated: &Stated, known: &Known, as_of: Date) -> Result<Change, (Column, FaultCode)> {
    if known.closed {
        return Err((Column::IdentityNumber, FaultCode::EmployeeClosed));
    }
    let rank = stated.rank.filter(|(rank, _)| known.rank != Some(*rank));
    let status = stated.status.filter(|(status, _)| known.status != Some(*status));
    Ok(Change {
        name: (stated.name != known.name).then(|| stated.name.clone()),
        kind: (stated.kind != known.kind).then_some(stated.kind),
        rank,
        status: status.map(|(status, from)| (status, from.unwrap_or(as_of))),
        transfer: stated.assignment.map(|to| transfer(to, known)).transpose()?.flatten(),
    })
}

fn transfer(to: StatedAssignment, known: &Known) -> Result<Option<Transfer>, (Column, FaultCode)> {
    let fault = |code| Err((Column::AssignmentFrom, code));
    match known.assignment {
        Some(open) if open.position_id == to.position_id && open.from_on == to.from_on => Ok(None),
        Some(open) if open.position_id == to.position_id => {
            fault(FaultCode::AssignmentStartDiffers)
        }
        Some(open) if to.from_on <= open.from_on => fault(FaultCode::AssignmentOverlap),
        None if known.free_from.is_some_and(|free| to.from_on < free) => {
            fault(FaultCode::AssignmentOverlap)
        }
        open => Ok(Some(Transfer { closes: open.map(|open| open.assignment_id), to })),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const FEBRUARY: Date = date(2026, 2, 1);
    const JUNE: Date = date(2026, 6, 1);

    fn rank(text: &str) -> Rank {
        text.parse().expect("a rank")
    }

    fn name(name: &str) -> PersonName {
        PersonName { name: name.into(), front_title: String::new(), back_title: String::new() }
    }

    fn stated() -> Stated {
        Stated {
            name: name("Ani"),
            kind: EmploymentKind::Pns,
            rank: Some((rank("III/b"), FEBRUARY)),
            status: Some((Status::Active, None)),
            assignment: Some(StatedAssignment {
                position_id: Uuid::from_u128(1),
                from_on: FEBRUARY,
            }),
        }
    }

    fn known() -> Known {
        let assignment = KnownAssignment {
            assignment_id: Uuid::from_u128(7),
            position_id: Uuid::from_u128(1),
            from_on: FEBRUARY,
        };
        Known {
            closed: false,
            name: name("Ani"),
            kind: EmploymentKind::Pns,
            rank: Some(rank("III/b")),
            status: Some(Status::Active),
            assignment: Some(assignment),
            free_from: None,
        }
    }

    #[test]
    fn a_row_that_says_what_is_known_changes_nothing() {
        assert!(change(&stated(), &known(), JUNE).expect("good").is_none());
    }

    #[test]
    fn a_blank_cell_leaves_what_is_known() {
        let blank = Stated { rank: None, status: None, assignment: None, ..stated() };
        assert!(change(&blank, &known(), JUNE).expect("good").is_none());
    }

    #[test]
    fn a_status_without_a_day_counts_from_the_day_of_the_export() {
        let stated = Stated { status: Some((Status::StudyLeave, None)), ..stated() };
        let change = change(&stated, &known(), JUNE).expect("good");
        assert_eq!(change.status, Some((Status::StudyLeave, JUNE)));
    }

    #[test]
    fn another_position_ends_the_one_before() {
        let to = StatedAssignment { position_id: Uuid::from_u128(2), from_on: JUNE };
        let stated = Stated { assignment: Some(to), ..stated() };
        let transfer = Transfer { closes: Some(Uuid::from_u128(7)), to };
        assert_eq!(change(&stated, &known(), JUNE).expect("good").transfer, Some(transfer));
    }

    #[test]
    fn a_position_held_from_an_earlier_day_than_the_last_is_refused() {
        let to = StatedAssignment { position_id: Uuid::from_u128(2), from_on: FEBRUARY };
        let stated = Stated { assignment: Some(to), ..stated() };
        let fault = Err((Column::AssignmentFrom, FaultCode::AssignmentOverlap));
        assert_eq!(change(&stated, &known(), JUNE), fault);
        let free = Known { assignment: None, free_from: Some(JUNE), ..known() };
        assert_eq!(change(&stated, &free, JUNE), fault);
    }

    #[test]
    fn another_first_day_of_the_same_assignment_is_refused() {
        let to = StatedAssignment { position_id: Uuid::from_u128(1), from_on: JUNE };
        let stated = Stated { assignment: Some(to), ..stated() };
        let fault = Err((Column::AssignmentFrom, FaultCode::AssignmentStartDiffers));
        assert_eq!(change(&stated, &known(), JUNE), fault);
    }

    #[test]
    fn a_closed_record_takes_no_row() {
        let known = Known { closed: true, ..known() };
        let fault = Err((Column::IdentityNumber, FaultCode::EmployeeClosed));
        assert_eq!(change(&stated(), &known, JUNE), fault);
    }
}
