//! Ratings as columns, which is how `unnest` takes them.

use uuid::Uuid;

use crate::{
    domain::evaluation::{Evaluation, GivenRating},
    store::ratings::{GOES_WELL, TO_IMPROVE},
};

/// Evaluations with the rating each was just given.
pub(super) struct Rows<'a>(Vec<(&'a Evaluation, &'a GivenRating)>);

#[derive(Default)]
pub(super) struct CoreValues<'a> {
    pub(super) ids: Vec<Uuid>,
    pub(super) numbers: Vec<i32>,
    pub(super) words: Vec<&'a str>,
    pub(super) ratings: Vec<&'a str>,
    pub(super) reasons: Vec<&'a str>,
    pub(super) facts: Vec<Option<&'a str>>,
}

#[derive(Default)]
pub(super) struct Remarks<'a> {
    pub(super) ids: Vec<Uuid>,
    pub(super) numbers: Vec<i32>,
    pub(super) kinds: Vec<&'a str>,
    pub(super) ordinals: Vec<i32>,
    pub(super) texts: Vec<&'a str>,
    pub(super) codes: Vec<Option<&'a str>>,
}

impl<'a> Rows<'a> {
    pub(super) fn of(rated: &'a [Evaluation]) -> Self {
        let given = |evaluation: &'a Evaluation| Some((evaluation, evaluation.rating()?));
        Self(rated.iter().filter_map(given).collect())
    }

    pub(super) fn evaluations<T>(&self, of: impl Fn(&'a Evaluation) -> T) -> Vec<T> {
        self.0.iter().map(|(evaluation, _)| of(evaluation)).collect()
    }

    pub(super) fn each<T>(&self, of: impl Fn(&'a GivenRating) -> T) -> Vec<T> {
        self.0.iter().map(|(_, rating)| of(rating)).collect()
    }

    pub(super) fn texts(&self, of: fn(&GivenRating) -> Option<&str>) -> Vec<Option<&'a str>> {
        self.0.iter().map(|(_, rating)| of(rating)).collect()
    }

    /// The word of the results proposal that each rating had before it.
    pub(super) fn proposals(&self) -> Vec<Option<&'static str>> {
        self.evaluations(|evaluation| evaluation.proposal().map(|made| made.proposal.word()))
    }

    pub(super) fn core_values(&self) -> CoreValues<'a> {
        let mut columns = CoreValues::default();
        for (evaluation, rating) in &self.0 {
            for value in rating.submission.behaviour.core_values.iter() {
                columns.ids.push(evaluation.id.uuid());
                columns.numbers.push(rating.number);
                columns.words.push(value.core_value.word());
                columns.ratings.push(value.rating.word());
                columns.reasons.push(&value.reason);
                columns.facts.push(value.fact.as_deref());
            }
        }
        columns
    }

    pub(super) fn remarks(&self) -> Remarks<'a> {
        let mut columns = Remarks::default();
        for (evaluation, rating) in &self.0 {
            let said = &rating.submission;
            let good = said.goes_well.iter().map(|text| (GOES_WELL, text.as_str(), None));
            let improve = said
                .improvements
                .iter()
                .map(|one| (TO_IMPROVE, one.text.as_str(), one.competency_code.as_deref()));
            for (ordinal, (kind, text, code)) in (1..).zip(good.chain(improve)) {
                columns.ids.push(evaluation.id.uuid());
                columns.numbers.push(rating.number);
                columns.kinds.push(kind);
                columns.ordinals.push(ordinal);
                columns.texts.push(text);
                columns.codes.push(code);
            }
        }
        columns
    }
}
