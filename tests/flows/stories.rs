//! The year of five governments as `kinerja demo` plays it, and the five stories in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use kinerja_kit::clock::Clock;
use kinerja_proto::{
    competency::v1::{DevelopmentPlan, DevelopmentPlanState, NeedOrigin},
    evaluation::v1::{
        CoreValue, EvaluationState, Explanation, GivenRating, Predicate, Proposal, Rating,
    },
};
use kinerja_suite::{
    cluster::{Cluster, THROW_AWAY},
    demo::{self, Outcome, Told},
    suite::{Options, Suite},
};
use serde_json::Value;

const EXPECTED: &str = include_str!("../../deploy/demo/expected.json");
const STORIES: &str = include_str!("../../deploy/demo/stories.json");

/// What follows from a story by policy K1, worked out by hand.
struct Follows {
    /// Of the indicators, in the order of the story.
    achievements: &'static [&'static str],
    /// Units of counting above, meeting and below the target; a pair is one.
    counted: (i32, i32, i32),
    proposal: Proposal,
    behaviour: Rating,
    predicate: Predicate,
    /// Competency, level asked for, level found.
    gaps: &'static [(&'static str, i32, i32)],
}

const FOLLOWS: [Follows; 5] = [
    Follows {
        achievements: &["105.00", "116.00", "101.22", "104.24", "100.00"],
        counted: (3, 0, 0),
        proposal: Proposal::Above,
        behaviour: Rating::Above,
        predicate: Predicate::VeryGood,
        gaps: &[("M.03", 2, 1)],
    },
    Follows {
        achievements: &["102.50", "103.33", "95.79", "100.00"],
        counted: (2, 2, 0),
        proposal: Proposal::Meets,
        behaviour: Rating::Meets,
        predicate: Predicate::Good,
        gaps: &[("M.07", 2, 1), ("T.KES.02", 2, 1)],
    },
    Follows {
        achievements: &["102.50", "101.47", "98.94"],
        counted: (2, 1, 0),
        proposal: Proposal::Above,
        behaviour: Rating::Meets,
        predicate: Predicate::Good,
        gaps: &[("M.03", 2, 1), ("M.06", 2, 1), ("M.07", 2, 1), ("M.08", 2, 1)],
    },
    Follows {
        achievements: &["106.67", "140.00", "97.89", "133.33"],
        counted: (2, 1, 0),
        proposal: Proposal::Above,
        behaviour: Rating::Above,
        predicate: Predicate::VeryGood,
        gaps: &[("M.07", 1, 0)],
    },
    Follows {
        achievements: &["62.50", "83.33", "101.43"],
        counted: (1, 0, 2),
        proposal: Proposal::Below,
        behaviour: Rating::Meets,
        predicate: Predicate::NeedsImprovement,
        gaps: &[("M.04", 1, 0), ("M.08", 1, 0), ("T.PRJ.01", 2, 1)],
    },
];

/// A folder of the test's own, gone with it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = Cluster::discard(&self.0);
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_governments_live_through_a_year_and_five_people_see_what_comes_of_it()
-> anyhow::Result<()> {
    kinerja_kit::server::install_crypto();
    let template = std::env::temp_dir().join("kinerja-year-XXXXXX");
    let folder = Folder(nix::unistd::mkdtemp(&template)?);
    Cluster::claim(&folder.0)?;
    let options = Options {
        folder: folder.0.clone(),
        port: 0,
        health_port: 0,
        clock: Clock::system(),
        settings: &THROW_AWAY,
    };
    let suite = Suite::start(options).await?;
    let played = demo::play(&suite, &demo::GOVERNMENTS).await;
    suite.stop().await?;

    let outcomes = played?;
    let (expected, stories): (Value, Vec<Value>) =
        (serde_json::from_str(EXPECTED)?, serde_json::from_str(STORIES)?);
    assert_eq!((outcomes.len(), stories.len()), (5, 5));
    for ((outcome, story), follows) in outcomes.iter().zip(&stories).zip(&FOLLOWS) {
        let tenant = outcome.government.tenant.as_str();
        assert_eq!(story["government"], tenant, "a story for each government");
        the_import_reports_what_is_in_the_file(outcome, &expected[tenant]);
        everybody_has_an_agreed_plan_and_one_predicate(outcome);
        every_development_plan_answers_an_evaluation(outcome);
        the_story_is_as_it_is_told(&outcome.told, story, follows);
    }
    Ok(())
}

fn the_import_reports_what_is_in_the_file(outcome: &Outcome, expected: &Value) {
    let (government, counts) = (&outcome.government, &outcome.government.import);
    let tenant = government.tenant.as_str();
    assert_eq!(expected["people"], counts.created, "people of {tenant}");
    assert_eq!(expected["units"], counts.units_created, "units of {tenant}");
    let found: BTreeSet<(i64, &str)> =
        government.faults.iter().map(|fault| (fault.row, fault.heading.as_str())).collect();
    let planted = expected["faults"].as_array().into_iter().flatten();
    let planted: BTreeSet<(i64, &str)> = planted
        .map(|fault| {
            (fault["row"].as_i64().unwrap_or(0), fault["column"].as_str().unwrap_or_default())
        })
        .collect();
    assert_eq!(found, planted, "faults of {tenant}");
    assert_eq!(
        (counts.faults, counts.refused),
        (5, 5),
        "each fault of {tenant} in a row of its own"
    );
}

fn everybody_has_an_agreed_plan_and_one_predicate(outcome: &Outcome) {
    let (government, summary) = (&outcome.government, &outcome.summary);
    let tenant = government.tenant.as_str();
    let people: BTreeSet<String> = government.people.iter().map(|p| p.id.to_string()).collect();
    assert_eq!(summary.plans, BTreeMap::from([("APPROVED", people.len())]), "plans of {tenant}");
    let rated: BTreeSet<String> =
        summary.predicates.iter().map(|predicate| predicate.employee_id.clone()).collect();
    assert_eq!(rated, people, "who has a predicate in {tenant}");
    assert_eq!(summary.predicates.len(), people.len(), "one predicate for each in {tenant}");
    for predicate in &summary.predicates {
        assert_eq!(predicate.year, 2026);
        let cell = (predicate.results(), predicate.behaviour());
        assert_eq!(predicate.predicate(), by_matrix(cell), "{cell:?}");
    }
}

/// Nine cells of PermenPANRB 6/2022: the matrix is not symmetric.
fn by_matrix(cell: (Rating, Rating)) -> Predicate {
    match cell {
        (Rating::Above, Rating::Above) => Predicate::VeryGood,
        (Rating::Above | Rating::Meets, Rating::Below) => Predicate::Poor,
        (Rating::Above | Rating::Meets, Rating::Above | Rating::Meets) => Predicate::Good,
        (Rating::Below, Rating::Above | Rating::Meets) => Predicate::NeedsImprovement,
        (Rating::Below, Rating::Below) => Predicate::VeryPoor,
        _ => Predicate::Unspecified,
    }
}

fn every_development_plan_answers_an_evaluation(outcome: &Outcome) {
    let people: BTreeSet<String> =
        outcome.government.people.iter().map(|person| person.id.to_string()).collect();
    let plans = &outcome.summary.development_plans;
    let planned: BTreeSet<&String> = plans.iter().map(|plan| &plan.employee_id).collect();
    assert_eq!(planned.len(), plans.len(), "one plan for each person and year");
    for plan in plans {
        assert!(people.contains(&plan.employee_id) && plan.year == 2026);
        assert!(!plan.needs.is_empty(), "a plan without need");
        assert!(plan.needs.iter().all(|need| !need.evaluation_id.is_empty()));
    }
}

fn the_story_is_as_it_is_told(told: &Told, story: &Value, follows: &Follows) {
    let text = story["text"].as_str().unwrap_or_default();
    assert_eq!(story["employee"]["name"], told.person.name, "{text}");
    assert_eq!(told.evaluation.state(), EvaluationState::Finalised, "{text}");
    let rating = told.evaluation.rating.as_ref().expect("a rating");
    the_rating_is_the_raters(rating, &story["evaluation"], follows);
    the_explanation_shows_its_working(&told.explanation, story, follows);
    needs_come_from_the_gap_and_from_the_rater(&told.development, story, follows);
    let of = |need: &str| need == told.evaluation.evaluation_id;
    assert!(told.development.needs.iter().all(|need| of(&need.evaluation_id)), "{text}");
}

fn the_rating_is_the_raters(rating: &GivenRating, said: &Value, follows: &Follows) {
    let results = rating.results.as_ref().expect("results are rated");
    let behaviour = rating.behaviour.as_ref().expect("behaviour is rated");
    let word = |rating: Rating| rating.as_str_name().trim_start_matches("RATING_").to_owned();
    assert_eq!(said["results_rating"], word(results.rating()));
    assert_eq!(results.departure, "", "the rater agrees with the proposal");
    assert_eq!((behaviour.rating(), rating.predicate()), (follows.behaviour, follows.predicate));
    let values = behaviour.core_values.iter().map(|value| {
        let name = CoreValue::as_str_name(&value.core_value()).trim_start_matches("CORE_VALUE_");
        serde_json::json!({"value": name, "rating": word(value.rating()), "reason": value.reason})
    });
    assert_eq!(said["core_values"], Value::Array(values.collect()));
    assert_eq!(said["goes_well"], serde_json::json!(rating.goes_well));
    let improvements = rating.improvements.iter().map(|improvement| {
        serde_json::json!({"text": improvement.text, "competency_code": improvement.competency_code})
    });
    assert_eq!(said["to_improve"], Value::Array(improvements.collect()));
}

fn the_explanation_shows_its_working(explanation: &Explanation, story: &Value, follows: &Follows) {
    let policy = explanation.policy.as_ref().expect("a policy");
    assert_eq!(policy.policy_id, "K1");
    let results = explanation.results.as_ref().expect("results are explained");
    let shown: BTreeMap<&str, (&str, &str)> = results
        .units
        .iter()
        .chain(&results.additional)
        .flat_map(|unit| &unit.indicators)
        .map(|one| (one.name.as_str(), (one.realised.as_str(), one.achievement_shown.as_str())))
        .collect();
    let indicators = story["work_results"].as_array().into_iter().flatten();
    let indicators: Vec<&Value> = indicators
        .flat_map(|result| result["indicators"].as_array().into_iter().flatten())
        .collect();
    assert_eq!((shown.len(), indicators.len()), (follows.achievements.len(), shown.len()));
    for (indicator, achievement) in indicators.into_iter().zip(follows.achievements) {
        let name = indicator["name"].as_str().unwrap_or_default();
        let realised = indicator["realisation"].as_str().unwrap_or_default();
        assert_eq!(shown.get(name), Some(&(realised, *achievement)), "{name}");
    }
    assert_eq!((results.above, results.meets, results.below), follows.counted);
    assert_eq!((results.proposal(), results.unmeasured), (follows.proposal, 0));
    let sentence = results.sentence.as_ref().expect("a sentence");
    assert!(!sentence.indonesian.is_empty() && !sentence.english.is_empty());
    let matrix = explanation.matrix.as_ref().expect("the matrix is explained");
    let cell = (matrix.results(), matrix.behaviour());
    assert_eq!((matrix.predicate(), by_matrix(cell)), (follows.predicate, follows.predicate));
}

fn needs_come_from_the_gap_and_from_the_rater(
    plan: &DevelopmentPlan,
    story: &Value,
    follows: &Follows,
) {
    assert_eq!(plan.state(), DevelopmentPlanState::Agreed);
    let of = |origin: NeedOrigin| plan.needs.iter().filter(move |need| need.origin() == origin);
    let gaps: BTreeSet<(&str, i32, i32)> = of(NeedOrigin::Gap)
        .map(|need| (need.competency_code.as_str(), need.required_level, need.found_level))
        .collect();
    assert_eq!(gaps, follows.gaps.iter().copied().collect(), "{}", story["text"]);
    let named = of(NeedOrigin::Rater).map(
        |need| serde_json::json!({"text": need.reason, "competency_code": need.competency_code}),
    );
    assert_eq!(
        story["evaluation"]["to_improve"],
        Value::Array(named.collect()),
        "{}",
        story["text"]
    );
    assert_eq!(of(NeedOrigin::Added).count(), 0);
    assert!(plan.needs.iter().all(|need| !need.activity.is_empty()), "something is to be done");
}
