use jiff::civil::date;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn level(value: i32) -> Level {
    Level::try_from(value).expect("level")
}

fn line(nth: usize, required: i32, found: Option<i32>) -> GapLine {
    let requirement = Requirement {
        code: format!("T.{nth}").try_into().expect("code"),
        level: level(required),
        source: "PermenPANRB 38/2017".into(),
        policy_version: Some("K1".into()),
        standard_id: None,
        valid_from: date(2026, 1, 1),
    };
    let found = found.map(|found| Finding {
        level: level(found),
        source: Source::AssessmentCentre,
        assessment_id: Uuid::nil().into(),
        assessed_on: date(2026, 2, 1),
        valid_until: date(2029, 1, 31),
    });
    GapLine { requirement, found, own_view: None }
}

fn gap(levels: &[(i32, Option<i32>)]) -> Gap {
    let lines =
        levels.iter().enumerate().map(|(nth, (required, found))| line(nth, *required, *found));
    Gap {
        employee_id: Uuid::nil().into(),
        on: date(2026, 12, 31),
        posts: PostScope {
            kind: "FUNCTIONAL".into(),
            level: "AHLI_MUDA".into(),
            position_id: None,
        },
        lines: lines.collect(),
    }
}

fn scheme(bounds: &[(&str, u32)]) -> Scheme {
    let category = |(code, from_e2): &(&str, u32)| Category {
        code: (*code).to_owned(),
        name: Bilingual { indonesian: String::new(), english: String::new() },
        from_e2: *from_e2,
    };
    let categories = bounds.iter().map(category).collect();
    Scheme { name: "OPTIMAL".into(), policy_version: "K1".into(), categories }
}

#[test]
fn surplus_in_one_competency_does_not_pay_for_a_gap_in_another() {
    let matched = gap(&[(3, Some(5)), (3, Some(1))]).job_person_match().expect("complete");
    assert_eq!(matched, Match { reached: 4, required: 6 });
    assert_eq!(matched.percent_e2(), 6667);
}

#[test]
fn what_was_not_assessed_leaves_the_match_open() {
    let gap = gap(&[(3, Some(3)), (3, None)]);
    assert_eq!(gap.job_person_match(), None);
    assert_eq!(gap.lines[1].missing(), None);
}

#[test]
fn a_post_that_asks_nothing_has_no_match() {
    assert_eq!(gap(&[]).job_person_match(), None);
}

#[test]
fn missing_levels_are_never_negative() {
    let gap = gap(&[(2, Some(4)), (4, Some(2)), (1, Some(0))]);
    let missing: Vec<_> = gap.lines.iter().map(GapLine::missing).collect();
    assert_eq!(missing, [Some(0), Some(2), Some(1)]);
}

#[test]
fn the_shown_percentage_is_compared_with_the_bound() {
    let scheme = scheme(&[("OPTIMAL", 9000), ("CUKUP_OPTIMAL", 7800), ("KURANG_OPTIMAL", 0)]);
    let category = |reached, required| {
        scheme.category(Match { reached, required }).map(|category| category.code.clone())
    };
    assert_eq!(category(9, 10).as_deref(), Some("OPTIMAL"));
    assert_eq!(category(89_995, 100_000).as_deref(), Some("OPTIMAL"));
    assert_eq!(category(89_994, 100_000).as_deref(), Some("CUKUP_OPTIMAL"));
    assert_eq!(category(7, 9).as_deref(), Some("KURANG_OPTIMAL"));
}

proptest! {
    #[test]
    fn a_match_lies_between_nothing_and_everything(
        levels in prop::collection::vec((1_i32..=5, 0_i32..=5), 1..20),
    ) {
        let levels: Vec<_> = levels.into_iter().map(|(asked, found)| (asked, Some(found))).collect();
        let gap = gap(&levels);
        let matched = gap.job_person_match().expect("complete");
        prop_assert!(matched.percent_e2() <= 10_000);
        let nothing_missing = gap.lines.iter().all(|line| line.missing() == Some(0));
        prop_assert_eq!(nothing_missing, matched.reached == matched.required);
    }
}
