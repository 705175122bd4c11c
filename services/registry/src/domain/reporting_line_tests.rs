use jiff::civil::date;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const KEPSEK: u128 = 1;
const GURU: u128 = 2;
const KADIS: u128 = 3;
const SEKDA: u128 = 4;
const KASI: u128 = 5;

fn id(n: u128) -> EmployeeId {
    Uuid::from_u128(n).into()
}

fn instrument() -> Instrument {
    Instrument { number: "800/12/2026".into(), dated_on: date(2026, 1, 2) }
}

fn official(n: u128, kind: PositionKind) -> Official {
    let office = Office {
        position: Uuid::from_u128(100 + n).into(),
        position_name: format!("position {n}"),
        kind,
        capacity: AssignmentKind::Definitive,
        delegation: None,
    };
    Official { employee: id(n), name: format!("person {n}"), office: Some(office) }
}

fn delegated(n: u128) -> Official {
    let mut official = official(n, PositionKind::Functional);
    official.office.as_mut().expect("office").delegation = Some(instrument());
    official
}

fn step(n: u128, leader: Option<Official>) -> Step {
    Step {
        unit: Uuid::from_u128(200 + n).into(),
        unit_name: format!("unit {n}"),
        holder: leader.as_ref().map(|leader| leader.employee),
        leader,
    }
}

fn line(n: u128, path: &[Step]) -> Line {
    let path = path.to_vec();
    Line { employee: id(n), own: None, explicit: None, recusals: vec![], path }
}

/// School, education department, government.
fn school(head: Option<Official>) -> Vec<Step> {
    vec![
        step(1, head),
        step(2, Some(official(KADIS, PositionKind::Jpt))),
        step(3, Some(official(SEKDA, PositionKind::Jpt))),
    ]
}

fn rules() -> Eligibility {
    Eligibility { lowest: PositionKind::Pengawas, delegation_allowed: true }
}

fn resolve_all(lines: &[Line], n: u128) -> Result<Resolution, Unresolved> {
    resolve_under(rules(), lines, n)
}

fn resolve_under(rules: Eligibility, lines: &[Line], n: u128) -> Result<Resolution, Unresolved> {
    let mut all = Lines::new(date(2026, 6, 1), 1, rules);
    all.of = lines.iter().map(|line| (line.employee, line.clone())).collect();
    all.resolve(id(n))
}

fn causes(resolution: &Resolution) -> Vec<Cause> {
    resolution.passed_over.iter().map(|passed| passed.cause).collect()
}

#[test]
fn the_head_of_the_unit_rates_and_the_head_above_is_the_superior() {
    let path = school(Some(delegated(KEPSEK)));
    let lines = [line(GURU, &path), line(KEPSEK, &path)];
    let found = resolve_all(&lines, GURU).expect("a rater");
    assert_eq!(
        (found.rater.employee, found.superior.map(|s| s.employee)),
        (id(KEPSEK), Some(id(KADIS)))
    );
    assert!(matches!(found.basis, Basis::HeadOfUnit { is_own: true, .. }));
}

#[test]
fn a_functional_head_without_delegation_is_passed_over() {
    let path = school(Some(official(KEPSEK, PositionKind::Functional)));
    let lines = [line(GURU, &path), line(KEPSEK, &path), line(KADIS, &path[1..])];
    let found = resolve_all(&lines, GURU).expect("a rater");
    assert_eq!(found.rater.employee, id(KADIS));
    assert_eq!(causes(&found), [Cause::NotEligible]);
}

#[test]
fn a_head_is_rated_above_and_never_by_oneself() {
    let path = school(Some(delegated(KEPSEK)));
    let found = resolve_all(&[line(KEPSEK, &path)], KEPSEK).expect("a rater");
    assert_eq!(found.rater.employee, id(KADIS));
}

#[test]
fn a_vacant_head_leaves_it_to_the_unit_above() {
    let found = resolve_all(&[line(GURU, &school(None))], GURU).expect("a rater");
    assert_eq!((found.rater.employee, causes(&found)), (id(KADIS), vec![Cause::Vacant]));
}

#[test]
fn an_absent_head_is_not_rated_by_the_plh() {
    let mut path = school(Some(official(KASI, PositionKind::Pengawas)));
    path[0].holder = Some(id(KEPSEK));
    let found = resolve_all(&[line(KEPSEK, &path)], KEPSEK).expect("a rater");
    assert_eq!(found.rater.employee, id(KADIS));
}

#[test]
fn who_acts_above_the_own_head_is_rated_above_that_office() {
    // The head of the school acts as head of the department too.
    let mut path = school(Some(delegated(KEPSEK)));
    path[1] = step(2, Some(official(KEPSEK, PositionKind::Jpt)));
    let found = resolve_all(&[line(KEPSEK, &path)], KEPSEK).expect("a rater");
    assert_eq!(found.rater.employee, id(SEKDA));
}

#[test]
fn two_people_never_rate_each_other() {
    let mut first = line(GURU, &school(None));
    first.explicit = Some(official(KASI, PositionKind::Pengawas));
    let mut second = line(KASI, &school(None));
    second.explicit = Some(official(GURU, PositionKind::Pengawas));
    let found = resolve_all(&[first, second], GURU).expect("a rater");
    assert_eq!(found.rater.employee, id(KADIS));
    assert_eq!(causes(&found), [Cause::Subordinate, Cause::Vacant]);
}

#[test]
fn an_explicit_line_comes_first_while_its_rater_may_rate() {
    let mut own = line(GURU, &school(Some(delegated(KEPSEK))));
    own.explicit = Some(official(KASI, PositionKind::Pengawas));
    assert_eq!(resolve_all(&[own.clone()], GURU).expect("rater").basis, Basis::ExplicitLine);

    own.explicit = Some(Official { office: None, ..official(KASI, PositionKind::Pengawas) });
    let found = resolve_all(&[own], GURU).expect("a rater");
    assert_eq!((found.rater.employee, causes(&found)), (id(KEPSEK), vec![Cause::NotInOffice]));
}

#[test]
fn a_recused_rater_gives_way_to_the_next_superior() {
    let mut own = line(GURU, &school(Some(delegated(KEPSEK))));
    own.recusals = vec![Recusal { rater: id(KEPSEK), delegate: None }];
    let found = resolve_all(&[own], GURU).expect("a rater");
    assert_eq!((found.rater.employee, causes(&found)), (id(KADIS), vec![Cause::Recused]));
}

#[test]
fn a_recused_rater_gives_way_to_a_delegate_named_by_an_instrument() {
    let path = school(Some(delegated(KEPSEK)));
    let mut own = line(GURU, &path);
    let delegate = (official(KASI, PositionKind::Pengawas), instrument());
    own.recusals = vec![Recusal { rater: id(KEPSEK), delegate: Some(delegate) }];
    let found = resolve_all(&[own, line(KASI, &path[1..])], GURU).expect("a rater");
    assert_eq!(found.rater.employee, id(KASI));
    assert_eq!(found.basis, Basis::RecusalDelegate { instrument: instrument() });
    assert_eq!(found.superior.map(|s| s.employee), Some(id(KADIS)));
}

#[test]
fn who_leads_the_root_has_no_rater() {
    let path = [step(3, Some(official(SEKDA, PositionKind::Jpt)))];
    assert_eq!(resolve_all(&[line(SEKDA, &path)], SEKDA), Err(Unresolved::NoRater));
}

#[test]
fn who_holds_no_position_has_no_line() {
    assert_eq!(resolve_all(&[line(GURU, &[])], GURU), Err(Unresolved::NoPosition));
}

#[test]
fn delegation_counts_only_where_the_policy_allows_it() {
    let path = school(Some(delegated(KEPSEK)));
    let strict = Eligibility { delegation_allowed: false, ..rules() };
    let found = resolve_under(strict, &[line(GURU, &path)], GURU).expect("a rater");
    assert_eq!(found.rater.employee, id(KADIS));
}

/// Somebody definitively in a unit whose head another acts as, below the department.
fn under_acting(n: u128, unit: u128, other: u128) -> Line {
    let mut own = step(unit, Some(official(other, PositionKind::Administrator)));
    own.holder = None;
    line(n, &[own, step(9, Some(official(KADIS, PositionKind::Jpt)))])
}

#[test]
fn two_who_act_over_each_others_unit_are_both_rated_further_up() {
    let lines = [under_acting(GURU, 1, KASI), under_acting(KASI, 2, GURU)];
    for n in [GURU, KASI] {
        let found = resolve_all(&lines, n).expect("a rater");
        assert_eq!((found.rater.employee, causes(&found)), (id(KADIS), vec![Cause::Subordinate]));
    }
}

#[test]
fn two_whose_first_raters_are_below_them_do_not_end_up_rating_each_other() {
    let mut lines = [under_acting(GURU, 1, KASI), under_acting(KASI, 2, GURU)];
    lines[0].explicit = Some(official(6, PositionKind::Pengawas));
    lines[1].explicit = Some(official(7, PositionKind::Pengawas));
    let below = |n, rater| line(n, &[step(n, Some(official(rater, PositionKind::Pengawas)))]);
    let [first, second] = lines;
    let lines = [first, second, below(6, GURU), below(7, KASI)];
    for n in [GURU, KASI] {
        assert_eq!(resolve_all(&lines, n).expect("a rater").rater.employee, id(KADIS));
    }
}

#[test]
fn a_delegate_never_rates_whom_they_are_rated_by() {
    let path = school(Some(delegated(KEPSEK)));
    let mut head = line(KEPSEK, &path);
    let delegate = (official(GURU, PositionKind::Functional), instrument());
    head.recusals = vec![Recusal { rater: id(KADIS), delegate: Some(delegate) }];
    let found = resolve_all(&[head, line(GURU, &path)], KEPSEK).expect("a rater");
    assert_eq!((found.rater.employee, causes(&found)), (id(SEKDA), vec![Cause::Subordinate]));
}

#[test]
fn lines_lead_back_only_to_who_is_part_of_their_ring() {
    let named = |n, rater| {
        let mut line = line(n, &[]);
        line.explicit = Some(official(rater, PositionKind::Jpt));
        (line.employee, line)
    };
    let mut lines = Lines::new(date(2026, 6, 1), 1, rules());
    lines.of = [named(1, 2), named(2, 3), named(3, 2)].into();
    assert_eq!([1, 2, 3].map(|n| lines.lead_back(id(n))), [false, true, true]);
}

const PEOPLE: u128 = 6;

/// Somebody who may rate, or may not, or nobody.
fn any_official() -> impl Strategy<Value = Option<Official>> {
    let kinds = prop::sample::select(vec![PositionKind::Pengawas, PositionKind::Functional]);
    prop::option::of((0..PEOPLE, kinds).prop_map(|(n, kind)| official(n, kind)))
}

fn any_step() -> impl Strategy<Value = Step> {
    let holder = prop::option::of(0..PEOPLE);
    (0..PEOPLE, any_official(), holder)
        .prop_map(|(unit, leader, holder)| Step { holder: holder.map(id), ..step(unit, leader) })
}

fn any_line(n: u128) -> impl Strategy<Value = Line> {
    let explicit =
        any_official().prop_map(move |rater| rater.filter(|rater| rater.employee != id(n)));
    let recusal = (0..PEOPLE, any_official()).prop_map(move |(rater, delegate)| {
        let delegate = delegate.filter(|delegate| delegate.employee != id(n));
        Recusal { rater: id(rater), delegate: delegate.map(|delegate| (delegate, instrument())) }
    });
    let parts =
        (explicit, prop::collection::vec(any_step(), 0..4), prop::collection::vec(recusal, 0..2));
    parts.prop_map(move |(explicit, path, recusals)| Line { explicit, recusals, ..line(n, &path) })
}

fn any_lines() -> impl Strategy<Value = Lines> {
    (0..PEOPLE).map(any_line).collect::<Vec<_>>().prop_map(|lines| {
        let mut all = Lines::new(date(2026, 6, 1), 1, rules());
        all.of = lines.into_iter().map(|line| (line.employee, line)).collect();
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Whatever lines, heads, acting officials and delegates there are.
    #[test]
    fn of_two_people_at_most_one_rates_the_other(lines in any_lines()) {
        let rater = |n| lines.resolve(id(n)).ok().map(|found| found.rater.employee);
        for n in 0..PEOPLE {
            prop_assert_ne!(rater(n), Some(id(n)));
            for other in 0..n {
                prop_assert!(rater(n) != Some(id(other)) || rater(other) != Some(id(n)));
            }
        }
    }
}
