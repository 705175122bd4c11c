//! What the demonstration prints: a summary of each government, and a story for each text.

use std::collections::BTreeMap;

use kinerja_proto::{
    competency::v1::{DevelopmentPlan, NeedOrigin},
    evaluation::v1::{
        AnnualPredicate, Evaluation, Explanation, Predicate, Rating, UnitExplanation,
    },
};

use super::{
    Outcome,
    api::Api,
    competency, evaluation,
    government::{Government, Person},
    planning,
};
use crate::upload::told;

pub(super) fn print_import(government: &Government) {
    let counts = &government.import;
    println!(
        "  {} {}: {} people in {} units came, {} rows were refused",
        government.source.tenant,
        government.source.name,
        counts.created,
        counts.units_created,
        counts.refused
    );
    for fault in &government.faults {
        println!("      {}", told(fault));
    }
}

/// Every government's year in figures, then the five stories.
pub(super) fn print(outcomes: &[Outcome]) {
    for outcome in outcomes {
        outcome.summary.print(&outcome.government);
    }
    for Outcome { government, told, .. } in outcomes {
        told.print(government);
    }
}

/// What came of a government's year.
#[derive(Debug)]
pub struct Summary {
    /// How many plans there are in each state.
    pub plans: BTreeMap<&'static str, usize>,
    pub predicates: Vec<AnnualPredicate>,
    pub development_plans: Vec<DevelopmentPlan>,
}

const PREDICATES: [(Predicate, &str); 5] = [
    (Predicate::VeryGood, "Sangat Baik"),
    (Predicate::Good, "Baik"),
    (Predicate::NeedsImprovement, "Butuh Perbaikan"),
    (Predicate::Poor, "Kurang/Misconduct"),
    (Predicate::VeryPoor, "Sangat Kurang"),
];

impl Summary {
    pub async fn of(api: &Api, government: &Government) -> anyhow::Result<Self> {
        let wanted = evaluation::to_improve(api, government).await?;
        Ok(Self {
            plans: planning::by_state(api, government).await?,
            predicates: evaluation::predicates(api, government).await?,
            development_plans: competency::plans(api, government, wanted).await?,
        })
    }

    pub fn print(&self, government: &Government) {
        let predicates = counts(self.predicates.iter().map(|one| word(one.predicate())));
        let by_rank = PREDICATES
            .iter()
            .filter_map(|(_, word)| predicates.get(word).map(|count| format!("{word} {count}")));
        let needs = self.development_plans.iter().flat_map(|plan| &plan.needs);
        let needs = counts(needs.map(|need| origin(need.origin())));
        println!("\n  {} {}", government.source.tenant, government.source.name);
        println!("      people with a post   {}", government.people.len());
        println!("      plans                {}", list(&self.plans));
        println!("      predicates           {}", by_rank.collect::<Vec<_>>().join(", "));
        let development = self.development_plans.len();
        println!("      development plans    {development}; needs: {}", list(&needs));
        let spent = government.spent.iter();
        let spent = spent.map(|(phase, time)| format!("{phase} {:.1} s", time.as_secs_f64()));
        println!("      time taken           {}", spent.collect::<Vec<_>>().join(", "));
    }
}

fn counts(words: impl Iterator<Item = &'static str>) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    counts
}

fn word(predicate: Predicate) -> &'static str {
    PREDICATES.iter().find(|(known, _)| *known == predicate).map_or("?", |(_, word)| word)
}

fn rating(rating: Rating) -> &'static str {
    rating.as_str_name().trim_start_matches("RATING_")
}

fn print_indicators(unit: &UnitExplanation) {
    for indicator in &unit.indicators {
        println!("         {}: {}", indicator.name, indicator.working);
    }
}

fn origin(origin: NeedOrigin) -> &'static str {
    match origin {
        NeedOrigin::Gap => "from the gap",
        NeedOrigin::Rater => "named by the rater",
        NeedOrigin::Added | NeedOrigin::Unspecified => "added",
    }
}

fn list(counts: &BTreeMap<&'static str, usize>) -> String {
    let each = counts.iter().map(|(what, count)| format!("{what} {count}"));
    each.collect::<Vec<_>>().join(", ")
}

/// One person's year, as that person may read it.
#[derive(Debug)]
pub struct Told {
    pub person: Person,
    pub evaluation: Evaluation,
    pub explanation: Explanation,
    pub development: DevelopmentPlan,
}

impl Told {
    pub async fn of(api: &Api, government: &Government, person: &Person) -> anyhow::Result<Self> {
        let (evaluation, explanation) = evaluation::story(api, government, person).await?;
        let development = competency::agree(api, government, person).await?;
        Ok(Self { person: person.clone(), evaluation, explanation, development })
    }

    pub fn print(&self, government: &Government) {
        let (story, person) = (&government.story, &self.person);
        println!(
            "\n{} {} — {}, {}",
            story.text, story.role, person.name, person.placement.position_name
        );
        println!("    {}, {}", story.employee.unit, government.source.name);
        self.print_results();
        self.print_rating();
        if let Some(report) = &story.project_report {
            println!(
                "    Project report: {} Obstacles: {} Help needed: {}",
                report.achievements, report.obstacles, report.help_needed
            );
        }
        println!("    To be learnt, agreed with the superior:");
        for need in &self.development.needs {
            let code = if need.competency_code.is_empty() { "-" } else { &need.competency_code };
            println!(
                "      {code}: {} ({}) → {}",
                need.reason,
                origin(need.origin()),
                need.activity
            );
        }
    }

    fn print_results(&self) {
        let Some(results) = &self.explanation.results else { return };
        println!("    Plan and what was reached:");
        for (number, unit) in (1..).zip(&results.units) {
            println!("      {number}. {}: {}", unit.result_name, rating(unit.class()));
            print_indicators(unit);
        }
        for unit in &results.additional {
            println!("      +  {}: additional, not counted", unit.result_name);
            print_indicators(unit);
        }
        let sentence = results.sentence.clone().unwrap_or_default();
        println!("    Proposed: {}", sentence.english);
        println!("    Diusulkan: {}", sentence.indonesian);
    }

    fn print_rating(&self) {
        let given = self.evaluation.rating.clone().unwrap_or_default();
        let (results, behaviour) = (
            given.results.clone().unwrap_or_default(),
            given.behaviour.clone().unwrap_or_default(),
        );
        println!(
            "    Rated: results {}, behaviour {} → {}",
            rating(results.rating()),
            rating(behaviour.rating()),
            word(given.predicate())
        );
        if !results.departure.is_empty() {
            println!("    Departs from the proposal because: {}", results.departure);
        }
        println!("    Goes well: {}", given.goes_well.join(" "));
        for improvement in &given.improvements {
            println!("    To improve: {} [{}]", improvement.text, improvement.competency_code);
        }
    }
}
