use kinerja_kit::fields::decimal;
use kinerja_proto::evaluation::v1 as pb;

use crate::{
    app::Explained,
    domain::{
        evaluation::{Evaluation, GivenRating, ResultsProposal},
        explanation::{self, Sentence},
        policy::Parameters,
        rating::Rating,
        results::{Measured, Unit, Working, work_out},
    },
};

/// Figures are kept with four decimal places.
const SCALE: u32 = 4;

impl From<&Explained> for pb::Explanation {
    fn from(explained: &Explained) -> Self {
        let Explained { evaluation, policy, measurements } = explained;
        let parameters = &policy.parameters;
        let working = work_out(parameters, measurements);
        let rating = evaluation.rating();
        Self {
            evaluation_id: evaluation.id.to_string(),
            results: Some(results(&working, parameters, evaluation)),
            behaviour: rating.map(|rating| behaviour(rating, parameters.behaviour_above_from)),
            matrix: rating.map(matrix),
            not_used: explanation::not_used(&working).into_iter().map(Into::into).collect(),
            policy: Some(policy.clone().into()),
        }
    }
}

fn results(
    working: &Working<'_>,
    parameters: &Parameters,
    evaluation: &Evaluation,
) -> pb::ResultsExplanation {
    let decimals = parameters.shown_decimals;
    let units = |units: &[Unit<'_>]| units.iter().map(|one| unit(one, parameters)).collect();
    let mean = working.mean.as_ref();
    let made: Option<&ResultsProposal> = evaluation.proposal();
    pb::ResultsExplanation {
        units: units(&working.units),
        additional: units(&working.additional),
        above: working.tally.above.into(),
        meets: working.tally.meets.into(),
        below: working.tally.below.into(),
        unmeasured: working.unmeasured.into(),
        mean_exact: mean.map(|mean| mean.exact.to_string()).unwrap_or_default(),
        mean_shown: mean.map(|mean| mean.shown.text(decimals)).unwrap_or_default(),
        proposal: pb::Proposal::from(working.proposal).into(),
        sentence: Some(explanation::results(working, parameters).into()),
        plan_version: made.map_or(0, |made| made.plan_version),
        source_etag: made.map(|made| made.source_etag.clone()).unwrap_or_default(),
        heads_unit: evaluation.heads_unit,
    }
}

fn unit(unit: &Unit<'_>, parameters: &Parameters) -> pb::UnitExplanation {
    let first = unit.measured.first();
    let name = first.map(|one| one.measurement.indicator.result_name.clone());
    pb::UnitExplanation {
        result_name: name.unwrap_or_default(),
        indicators: unit.measured.iter().map(|one| indicator(one, parameters)).collect(),
        class: class(unit.class()),
        sentence: Some(explanation::unit(unit).into()),
    }
}

fn indicator(measured: &Measured<'_>, parameters: &Parameters) -> pb::IndicatorExplanation {
    let indicator = &measured.measurement.indicator;
    let figure = |value: Option<i64>| value.map(|value| decimal(value, SCALE)).unwrap_or_default();
    let achievement = measured.achievement.as_ref();
    let shown = achievement.map(|made| made.shown.text(parameters.shown_decimals));
    pb::IndicatorExplanation {
        indicator_id: indicator.indicator_id.to_string(),
        name: indicator.name.clone(),
        aspect: indicator.aspect.clone(),
        polarity: indicator.polarity.word().to_owned(),
        target_min: figure(indicator.target.map(|target| target.min_e4)),
        target_max: figure(indicator.target.map(|target| target.max_e4)),
        unit: indicator.unit.clone(),
        realised: figure(measured.measurement.realised_e4),
        achievement_exact: achievement.map(|made| made.exact.to_string()).unwrap_or_default(),
        achievement_shown: shown.unwrap_or_default(),
        class: class(measured.class()),
        working: explanation::terms(measured, parameters),
    }
}

fn behaviour(rating: &GivenRating, above_from: u8) -> pb::BehaviourExplanation {
    let values = &rating.submission.behaviour.core_values;
    let tally = values.tally();
    let sentence = explanation::behaviour(tally, rating.behaviour_proposal, above_from);
    pb::BehaviourExplanation {
        core_values: values.iter().cloned().map(Into::into).collect(),
        above: tally.above.into(),
        meets: tally.meets.into(),
        below: tally.below.into(),
        proposal: pb::Proposal::from(rating.behaviour_proposal).into(),
        sentence: Some(sentence.into()),
    }
}

fn matrix(rating: &GivenRating) -> pb::MatrixExplanation {
    let (results, behaviour) =
        (rating.submission.results.rating, rating.submission.behaviour.rating);
    pb::MatrixExplanation {
        results: pb::Rating::from(results).into(),
        behaviour: pb::Rating::from(behaviour).into(),
        predicate: pb::Predicate::from(rating.predicate).into(),
        sentence: Some(explanation::matrix(results, behaviour, rating.predicate).into()),
        rating: Some(rating.clone().into()),
    }
}

fn class(class: Option<Rating>) -> i32 {
    class.map_or(pb::Rating::Unspecified, Into::into).into()
}

impl From<Sentence> for pb::Sentence {
    fn from(sentence: Sentence) -> Self {
        Self { indonesian: sentence.indonesian, english: sentence.english }
    }
}
