//! What a rater says, on its way in and out.

use kinerja_kit::fields::{Fields, MAX_PROSE, instant};
use kinerja_proto::evaluation::v1 as pb;

use super::words;
use crate::domain::{
    evaluation::GivenRating,
    rater::RaterAnswer,
    rating::{CoreValue, Rating},
    submission::{
        BehaviourRating, CoreValueRating, CoreValueRatings, Improvement, ResultsRating, Submission,
    },
};

/// How many things one rating says that go well, or that are to improve.
const MAX_REMARKS: usize = 20;
const MAX_CODE: usize = 32;

/// Reads a field's values under the path of its message.
struct At<'a> {
    fields: &'a mut Fields,
    path: String,
}

/// `path` is that of the rating in its request, such as `rating`. None where a fault was found that
/// leaves nothing to go on with.
pub(super) fn submission(
    fields: &mut Fields,
    path: &str,
    given: Option<&pb::GivenRating>,
) -> Option<Submission> {
    let Some(given) = given else {
        fields.fault(path, "must be set");
        return None;
    };
    let results = results(fields, path, given.results.as_ref());
    let behaviour = behaviour(fields, path, given.behaviour.as_ref());
    let mut at = At { fields, path: path.to_owned() };
    let goes_well = at.texts("goes_well", &given.goes_well);
    let improvements = at.improvements(&given.improvements);
    Some(Submission { results: results?, behaviour: behaviour?, goes_well, improvements })
}

fn results(
    fields: &mut Fields,
    path: &str,
    given: Option<&pb::ResultsRating>,
) -> Option<ResultsRating> {
    let mut at = At { fields, path: format!("{path}.results") };
    let given = at.required(given)?;
    let rating = at.rating(given.rating);
    let (reason, departure) =
        (at.text("reason", &given.reason), at.opt("departure", &given.departure));
    let unit_result = at.opt("unit_result", &given.unit_result);
    Some(ResultsRating { rating: rating?, reason, departure, unit_result })
}

fn behaviour(
    fields: &mut Fields,
    path: &str,
    given: Option<&pb::BehaviourRating>,
) -> Option<BehaviourRating> {
    let mut at = At { fields, path: format!("{path}.behaviour") };
    let given = at.required(given)?;
    let rating = at.rating(given.rating);
    let (reason, departure) =
        (at.text("reason", &given.reason), at.opt("departure", &given.departure));
    let fact = at.opt("fact", &given.fact);
    let core_values = at.core_values(&given.core_values);
    Some(BehaviourRating { rating: rating?, reason, departure, fact, core_values: core_values? })
}

impl At<'_> {
    fn field(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    fn required<'v, T>(&mut self, value: Option<&'v T>) -> Option<&'v T> {
        if value.is_none() {
            self.fields.fault(self.path.clone(), "must be set");
        }
        value
    }

    fn rating(&mut self, value: i32) -> Option<Rating> {
        self.fields.one_of(&self.field("rating"), value, words::rating)
    }

    fn text(&mut self, name: &str, value: &str) -> String {
        self.fields.text(&self.field(name), value, MAX_PROSE)
    }

    fn opt(&mut self, name: &str, value: &str) -> Option<String> {
        self.fields.opt_text(&self.field(name), value, MAX_PROSE)
    }

    fn texts(&mut self, name: &str, values: &[String]) -> Vec<String> {
        if !(1..=MAX_REMARKS).contains(&values.len()) {
            self.fields.fault(self.field(name), format!("must have 1 to {MAX_REMARKS} sentences"));
        }
        let numbered = values.iter().enumerate();
        numbered.map(|(n, value)| self.text(&format!("{name}[{n}]"), value)).collect()
    }

    fn improvements(&mut self, given: &[pb::Improvement]) -> Vec<Improvement> {
        if given.len() > MAX_REMARKS {
            let fault = format!("must have at most {MAX_REMARKS}");
            self.fields.fault(self.field("improvements"), fault);
        }
        let numbered = given.iter().enumerate();
        numbered
            .map(|(n, one)| {
                let code = self.field(&format!("improvements[{n}].competency_code"));
                Improvement {
                    text: self.text(&format!("improvements[{n}].text"), &one.text),
                    competency_code: self.fields.opt_text(&code, &one.competency_code, MAX_CODE),
                }
            })
            .collect()
    }

    fn core_values(&mut self, given: &[pb::CoreValueRating]) -> Option<CoreValueRatings> {
        let numbered = given.iter().enumerate();
        let read: Vec<_> = numbered.map(|(n, value)| self.core_value(n, value)).collect();
        let ratings = read.into_iter().collect::<Option<Vec<_>>>()?;
        CoreValueRatings::try_from(ratings)
            .map_err(|error| self.fields.fault(self.field("core_values"), error.to_string()))
            .ok()
    }

    fn core_value(&mut self, n: usize, given: &pb::CoreValueRating) -> Option<CoreValueRating> {
        let mut at = At { path: self.field(&format!("core_values[{n}]")), fields: self.fields };
        let core_value: Option<CoreValue> =
            at.fields.one_of(&at.field("core_value"), given.core_value, words::core_value);
        let rating = at.rating(given.rating);
        let (reason, fact) = (at.text("reason", &given.reason), at.opt("fact", &given.fact));
        Some(CoreValueRating { core_value: core_value?, rating: rating?, reason, fact })
    }
}

impl From<GivenRating> for pb::GivenRating {
    fn from(given: GivenRating) -> Self {
        let Submission { results, behaviour, goes_well, improvements } = given.submission;
        Self {
            results: Some(results.into()),
            behaviour: Some(pb::BehaviourRating {
                proposal: pb::Proposal::from(given.behaviour_proposal).into(),
                ..behaviour.into()
            }),
            goes_well,
            improvements: improvements.into_iter().map(Into::into).collect(),
            predicate: pb::Predicate::from(given.predicate).into(),
            number: given.number,
            rater: Some(given.rater.into()),
            rate_time: Some(instant(given.rated_at)),
            window_open_time: Some(instant(given.window.opens_at)),
            window_close_time: Some(instant(given.window.closes_at)),
            proposal_number: given.proposal_number,
        }
    }
}

impl From<ResultsRating> for pb::ResultsRating {
    fn from(results: ResultsRating) -> Self {
        Self {
            rating: pb::Rating::from(results.rating).into(),
            reason: results.reason,
            departure: results.departure.unwrap_or_default(),
            unit_result: results.unit_result.unwrap_or_default(),
            proposal: pb::Proposal::Unspecified.into(),
        }
    }
}

impl From<BehaviourRating> for pb::BehaviourRating {
    fn from(behaviour: BehaviourRating) -> Self {
        Self {
            rating: pb::Rating::from(behaviour.rating).into(),
            reason: behaviour.reason,
            departure: behaviour.departure.unwrap_or_default(),
            fact: behaviour.fact.unwrap_or_default(),
            core_values: behaviour.core_values.iter().cloned().map(Into::into).collect(),
            proposal: pb::Proposal::Unspecified.into(),
        }
    }
}

impl From<CoreValueRating> for pb::CoreValueRating {
    fn from(value: CoreValueRating) -> Self {
        Self {
            core_value: pb::CoreValue::from(value.core_value).into(),
            rating: pb::Rating::from(value.rating).into(),
            reason: value.reason,
            fact: value.fact.unwrap_or_default(),
        }
    }
}

impl From<Improvement> for pb::Improvement {
    fn from(improvement: Improvement) -> Self {
        Self {
            text: improvement.text,
            competency_code: improvement.competency_code.unwrap_or_default(),
        }
    }
}

impl From<RaterAnswer> for pb::Rater {
    fn from(answer: RaterAnswer) -> Self {
        Self {
            employee_id: answer.rater_id.to_string(),
            as_of: answer.as_of.to_string(),
            basis: answer.basis,
            superior_employee_id: answer.superior_id.map(|id| id.to_string()).unwrap_or_default(),
        }
    }
}
