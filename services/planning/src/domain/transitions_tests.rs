use jiff::{Timestamp, civil::date, tz::TimeZone};
use kinerja_kit::id::Id;
use uuid::Uuid;

use super::{
    Assignment, Authority, EmployeeId, Line, Outcome, Plan, PlanError, State, Window, WindowBounds,
    WindowDays, WindowKind,
};

const AT: Timestamp = Timestamp::UNIX_EPOCH;

fn person(number: u128) -> EmployeeId {
    Id::from(Uuid::from_u128(number))
}

fn employee() -> EmployeeId {
    person(1)
}

fn authority(number: u128) -> Authority {
    Authority { employee_id: person(number), on: date(2026, 1, 15), reason: "HEAD_OF_UNIT".into() }
}

fn line() -> Line {
    Line { rater: authority(2), superior: Some(authority(3)) }
}

fn window() -> WindowBounds {
    let days = WindowDays {
        kind: WindowKind::Planning,
        opens_on: date(2026, 1, 1),
        closes_on: date(2026, 1, 31),
    };
    Window::new(days, &TimeZone::UTC).expect("window").bounds()
}

fn draft() -> Plan {
    Plan {
        id: Id::from(Uuid::from_u128(9)),
        version: 1,
        employee_id: employee(),
        period_id: Id::from(Uuid::from_u128(8)),
        year: 2026,
        assignment: Assignment {
            unit_id: Id::from(Uuid::from_u128(7)),
            position_id: Id::from(Uuid::from_u128(6)),
            position_kind: "PELAKSANA".into(),
            position_level: String::new(),
            position_name: "Pengelola Perizinan".into(),
            heads_unit: false,
        },
        starts_on: date(2026, 1, 1),
        ends_on: date(2026, 12, 31),
        state: State::Draft,
        created_at: AT,
        revision: 1,
    }
}

fn submitted() -> Plan {
    draft().submit(AT, window(), authority(2)).expect("submitted")
}

fn returned() -> Plan {
    submitted().decide(AT, person(2), authority(2), Outcome::Returned).expect("returned")
}

fn approved() -> Plan {
    submitted().decide(AT, person(2), authority(2), Outcome::Approved).expect("approved")
}

#[test]
fn a_submitted_plan_does_not_change() {
    assert_eq!(submitted().edit(), Err(PlanError::NotEditable));
    assert_eq!(approved().edit(), Err(PlanError::NotEditable));
    assert!(returned().edit().is_ok());
}

#[test]
fn nobody_rates_their_own_plan() {
    assert_eq!(draft().submit(AT, window(), authority(1)), Err(PlanError::NoRater));
    let own = submitted().decide(AT, person(1), authority(1), Outcome::Approved);
    assert_eq!(own, Err(PlanError::NoRater));
}

#[test]
fn only_the_rater_of_the_day_decides() {
    let yesterdays = submitted().decide(AT, person(2), authority(4), Outcome::Approved);
    assert_eq!(yesterdays, Err(PlanError::NotTheRater));
    let todays = submitted().decide(AT, person(4), authority(4), Outcome::Approved);
    assert!(todays.expect("approved").is_under(person(4)));
}

#[test]
fn a_return_may_be_laid_before_the_superior_once() {
    let escalated = returned().escalate(AT, employee(), line()).expect("escalated");
    let back = escalated
        .decide_escalation(AT, person(3), line(), Outcome::Returned)
        .expect("returned by the superior");
    assert_eq!(back.escalate(AT, employee(), line()), Err(PlanError::NothingToEscalate));
}

#[test]
fn what_was_changed_since_it_was_returned_is_submitted_before_it_is_escalated() {
    let changed = returned().edit().expect("a draft");
    assert_eq!(changed.state, State::Draft);
    let escalated = changed.clone().escalate(AT, employee(), line());
    assert_eq!(escalated, Err(PlanError::NothingToEscalate));
    let again = changed.submit(AT, window(), authority(2)).expect("submitted");
    assert!(again.escalate(AT, person(2), line()).is_ok());
}

#[test]
fn the_rater_may_ask_the_superior_too() {
    assert!(submitted().escalate(AT, person(2), line()).is_ok());
    assert_eq!(submitted().escalate(AT, person(5), line()), Err(PlanError::NotTheRater));
    assert_eq!(draft().escalate(AT, employee(), line()), Err(PlanError::NothingToEscalate));
}

#[test]
fn an_escalated_plan_is_the_superiors_to_decide() {
    let escalated = || returned().escalate(AT, employee(), line()).expect("escalated");
    let by = |number| escalated().decide_escalation(AT, person(number), line(), Outcome::Approved);
    assert_eq!(by(2), Err(PlanError::NotTheSuperior));
    assert!(by(3).expect("approved").was_approved());
    let rater = escalated().decide(AT, person(2), authority(2), Outcome::Approved);
    assert_eq!(rater, Err(PlanError::NotWaiting));
}

#[test]
fn a_superior_is_neither_rater_nor_employee() {
    for superior in [None, Some(authority(1)), Some(authority(2))] {
        let line = Line { superior, ..line() };
        assert_eq!(returned().escalate(AT, employee(), line), Err(PlanError::NoSuperior));
    }
}

#[test]
fn an_amendment_is_the_next_version_with_a_higher_revision() {
    let approved = approved();
    let next = approved.amend(AT).expect("draft");
    assert_eq!((next.version, &next.state), (2, &State::Draft));
    assert!(next.revision > approved.revision);
    assert_eq!(submitted().amend(AT), Err(PlanError::NotApproved));
}

#[test]
fn a_plan_ends_on_a_day_that_it_covers() {
    assert_eq!(approved().close(date(2027, 1, 1)), Err(PlanError::OutsidePeriod));
    let closed = approved().close(date(2026, 6, 30)).expect("closed");
    assert!(closed.was_approved());
    assert_eq!(closed.close(date(2026, 6, 30)), Err(PlanError::Closed));
}
