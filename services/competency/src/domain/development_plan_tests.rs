use uuid::Uuid;

use super::*;
use crate::domain::Superior;

const THEN: Timestamp = Timestamp::UNIX_EPOCH;

fn need(nth: u128, state: NeedState) -> Need {
    Need {
        id: Uuid::from_u128(nth).into(),
        code: None,
        origin: Origin::Added,
        reason: "diminta warga".into(),
        activity: "coaching".into(),
        due_on: None,
        state,
        state_at: THEN,
    }
}

fn plan(needs: Vec<Need>) -> DevelopmentPlan {
    DevelopmentPlan {
        id: Uuid::from_u128(1).into(),
        employee_id: Uuid::from_u128(2).into(),
        year: 2026,
        unit_id: None,
        state: PlanState::Proposed(Awaited::Both),
        needs,
        created_at: THEN,
        revision: 1,
    }
}

fn superior() -> Party {
    Party::Superior(Superior {
        employee_id: Uuid::from_u128(3).into(),
        basis: "HEAD_OF_UNIT".into(),
    })
}

fn agreed() -> DevelopmentPlan {
    let proposed = plan(vec![need(1, NeedState::Planned), need(2, NeedState::Planned)]);
    let one = proposed.agree(Party::Employee, THEN).expect("the employee's word");
    one.agree(superior(), THEN).expect("the superior's word")
}

fn first() -> NeedId {
    Uuid::from_u128(1).into()
}

#[test]
fn a_plan_has_an_end() {
    let most = u128::try_from(MOST_NEEDS).expect("a count");
    let full = plan((0..most).map(|nth| need(nth, NeedState::Planned)).collect());
    assert_eq!(full.with_need(need(most, NeedState::Planned)), Err(PlanError::TooManyNeeds));
}

#[test]
fn needs_are_agreed_with_the_word_of_both_in_either_order() {
    let other = plan(vec![need(1, NeedState::Planned)]).agree(superior(), THEN).expect("superior");
    assert_eq!(other.needs[0].state, NeedState::Planned);
    let other = other.agree(Party::Employee, THEN).expect("employee");
    for plan in [agreed(), other] {
        assert!(matches!(plan.state, PlanState::Agreed { .. }));
        assert!(plan.needs.iter().all(|need| need.state == NeedState::Agreed));
    }
}

#[test]
fn nobody_agrees_twice_to_the_same_needs() {
    let once = plan(vec![need(1, NeedState::Planned)]).agree(Party::Employee, THEN).expect("once");
    assert_eq!(once.agree(Party::Employee, THEN), Err(PlanError::AlreadyAgreed));
    assert_eq!(agreed().agree(superior(), THEN), Err(PlanError::AlreadyAgreed));
}

#[test]
fn a_new_need_asks_both_again() {
    let reopened = agreed().with_need(need(9, NeedState::Planned)).expect("room");
    assert_eq!(reopened.state, PlanState::Proposed(Awaited::Both));
    assert_eq!(reopened.needs[0].state, NeedState::Agreed);
}

#[test]
fn words_lapse_when_a_planned_need_is_changed() {
    let once = plan(vec![need(1, NeedState::Planned)]).agree(Party::Employee, THEN).expect("once");
    let changed = once.change(first(), "pelatihan".into(), None).expect("planned");
    assert_eq!(changed.state, PlanState::Proposed(Awaited::Both));
}

#[test]
fn an_agreed_need_is_not_changed() {
    let changed = agreed().change(first(), "pelatihan".into(), None);
    assert_eq!(changed, Err(PlanError::NeedState));
}

#[test]
fn a_planned_need_cannot_be_started_or_done() {
    let planned = || plan(vec![need(1, NeedState::Planned)]);
    assert_eq!(planned().start(first(), THEN), Err(PlanError::NeedState));
    assert_eq!(planned().complete(first(), "selesai".into(), THEN), Err(PlanError::NeedState));
}

#[test]
fn a_plan_closes_with_its_last_need() {
    let one = agreed().complete(first(), "lulus".into(), THEN).expect("done");
    assert!(matches!(one.state, PlanState::Agreed { .. }));
    let second = Uuid::from_u128(2).into();
    let all = one.give_up(&superior(), second, "pindah".into(), THEN).expect("dropped");
    assert!(matches!(all.state, PlanState::Closed { .. }));
    assert_eq!(all.agree(superior(), THEN), Err(PlanError::Closed));
}

#[test]
fn the_employee_alone_gives_up_nothing() {
    let dropped = agreed().give_up(&Party::Employee, first(), "tidak mau".into(), THEN);
    assert_eq!(dropped, Err(PlanError::NotTheSuperior));
}

#[test]
fn a_settled_need_stays_settled() {
    let done = agreed().complete(first(), "lulus".into(), THEN).expect("done");
    let again = done.give_up(&superior(), first(), "salah".into(), THEN);
    assert_eq!(again, Err(PlanError::NeedState));
}

#[test]
fn every_change_raises_the_revision_by_one() {
    assert_eq!(plan(vec![need(1, NeedState::Planned)]).revision, 1);
    assert_eq!(agreed().revision, 3);
    assert_eq!(agreed().start(first(), THEN).expect("agreed").revision, 4);
}
