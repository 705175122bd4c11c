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
use crate::{output, upload::told};

pub(super) fn print_import(government: &Government) -> anyhow::Result<()> {
    let counts = &government.import;
    output::line(format_args!(
        "  {} {}: {} people in {} units came, {} rows were refused",
        government.source.tenant,
        government.source.name,
        counts.created,
        counts.units_created,
        counts.refused
    ))?;
    for fault in &government.faults {
        output::line(format_args!("      {}", told(fault)))?;
    }
    Ok(())
}

/// Every government's year in figures, then the five stories.
pub(super) fn print(outcomes: &[Outcome]) -> anyhow::Result<()> {
    for outcome in outcomes {
        outcome.summary.print(&outcome.government)?;
    }
    for Outcome { government, told, .. } in outcomes {
        told.print(government)?;
    }
    Ok(())
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

    pub fn print(&self, government: &Government) -> anyhow::Result<()> {
        let predicates = counts(self.predicates.iter().map(|one| word(one.predicate())));
        let by_rank = PREDICATES
            .iter()
            .filter_map(|(_, word)| predicates.get(word).map(|count| format!("{word} {count}")));
        let needs = self.development_plans.iter().flat_map(|plan| &plan.needs);
        let needs = counts(needs.map(|need| origin(need.origin())));
        output::line(format_args!("\n  {} {}", government.source.tenant, government.source.name))?;
        output::line(format_args!("      people with a post   {}", government.people.len()))?;
        output::line(format_args!("      plans                {}", list(&self.plans)))?;
        output::line(format_args!(
            "      predicates           {}",
            by_rank.collect::<Vec<_>>().join(", ")
        ))?;
        let development = self.development_plans.len();
        output::line(format_args!(
            "      development plans    {development}; needs: {}",
            list(&needs)
        ))?;
        let spent = government.spent.iter();
        let spent = spent.map(|(phase, time)| format!("{phase} {:.1} s", time.as_secs_f64()));
        output::line(format_args!(
            "      time taken           {}",
            spent.collect::<Vec<_>>().join(", ")
        ))
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

fn print_indicators(unit: &UnitExplanation) -> anyhow::Result<()> {
    for indicator in &unit.indicators {
        output::line(format_args!("         {}: {}", indicator.name, indicator.working))?;
    }
    Ok(())
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

    pub fn print(&self, government: &Government) -> anyhow::Result<()> {
        let (story, person) = (&government.story, &self.person);
        output::line(format_args!(
            "\n{} {} — {}, {}",
            story.text, story.role, person.name, person.placement.position_name
        ))?;
        output::line(format_args!("    {}, {}", story.employee.unit, government.source.name))?;
        self.print_results()?;
        self.print_rating()?;
        if let Some(report) = &story.project_report {
            output::line(format_args!(
                "    Project report: {} Obstacles: {} Help needed: {}",
                report.achievements, report.obstacles, report.help_needed
            ))?;
        }
        output::line("    To be learnt, agreed with the superior:")?;
        for need in &self.development.needs {
            let code = if need.competency_code.is_empty() { "-" } else { &need.competency_code };
            output::line(format_args!(
                "      {code}: {} ({}) → {}",
                need.reason,
                origin(need.origin()),
                need.activity
            ))?;
        }
        Ok(())
    }

    fn print_results(&self) -> anyhow::Result<()> {
        let Some(results) = &self.explanation.results else { return Ok(()) };
        output::line("    Plan and what was reached:")?;
        for (number, unit) in (1..).zip(&results.units) {
            output::line(format_args!(
                "      {number}. {}: {}",
                unit.result_name,
                rating(unit.class())
            ))?;
            print_indicators(unit)?;
        }
        for unit in &results.additional {
            output::line(format_args!("      +  {}: additional, not counted", unit.result_name))?;
            print_indicators(unit)?;
        }
        let sentence = results.sentence.clone().unwrap_or_default();
        output::line(format_args!("    Proposed: {}", sentence.english))?;
        output::line(format_args!("    Diusulkan: {}", sentence.indonesian))
    }

    fn print_rating(&self) -> anyhow::Result<()> {
        let given = self.evaluation.rating.clone().unwrap_or_default();
        let (results, behaviour) = (
            given.results.clone().unwrap_or_default(),
            given.behaviour.clone().unwrap_or_default(),
        );
        output::line(format_args!(
            "    Rated: results {}, behaviour {} → {}",
            rating(results.rating()),
            rating(behaviour.rating()),
            word(given.predicate())
        ))?;
        if !results.departure.is_empty() {
            output::line(format_args!(
                "    Departs from the proposal because: {}",
                results.departure
            ))?;
        }
        output::line(format_args!("    Goes well: {}", given.goes_well.join(" ")))?;
        for improvement in &given.improvements {
            output::line(format_args!(
                "    To improve: {} [{}]",
                improvement.text, improvement.competency_code
            ))?;
        }
        Ok(())
    }
}
