use std::collections::HashMap;

use jiff::Timestamp;

use super::{
    Achievement, Amount, Class, EmployeeId, Indicator, IndicatorId, PeriodId, PlanId, Policy,
    PolicyId, ResultKind, WindowBounds, WorkResult,
};

/// What an employee recorded of a plan in a period: which version's targets, which policy, when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    pub plan_id: PlanId,
    pub period_id: PeriodId,
    pub version: i32,
    pub employee_id: EmployeeId,
    pub policy_id: PolicyId,
    pub recorded_at: Timestamp,
    pub window: WindowBounds,
    pub created_at: Timestamp,
    pub revision: i64,
}

/// What became of one indicator: a figure, words, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Realisation {
    pub indicator_id: IndicatorId,
    pub value: Option<Amount>,
    pub narrative: String,
    pub evidence: String,
    pub evidence_url: String,
}

impl Realisation {
    /// How long its words are, in bytes.
    pub fn words(&self) -> usize {
        self.narrative.len() + self.evidence.len() + self.evidence_url.len()
    }
}

/// A realisation with what it amounts to; none without a figure or a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    pub realisation: Realisation,
    pub achievement: Option<Achievement>,
}

/// What counts as one: an indicator, or a pair of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountingUnit {
    pub indicator_ids: Vec<IndicatorId>,
    pub pair: Option<String>,
    /// Of a pair the worse of the two; unset while an achievement is missing.
    pub class: Option<Class>,
}

/// Measures realisations against the targets of their indicators, in the plan's order. What belongs to
/// no indicator of this version is left out.
pub fn measure(
    results: &[WorkResult],
    policy: &Policy,
    recorded: Vec<Realisation>,
) -> Vec<Measured> {
    let mut recorded: HashMap<_, _> =
        recorded.into_iter().map(|realisation| (realisation.indicator_id, realisation)).collect();
    let measure_one = |indicator: &Indicator, realisation: Realisation| {
        let achievement = realisation.value.zip(indicator.target.as_ref());
        let achievement = achievement
            .map(|(value, target)| policy.achievement(indicator.polarity, target, value));
        Measured { realisation, achievement }
    };
    let indicators = results.iter().flat_map(|result| &result.indicators);
    indicators
        .filter_map(|indicator| Some(measure_one(indicator, recorded.remove(&indicator.id)?)))
        .collect()
}

/// K4: what counts, of main work results only.
pub fn units(results: &[WorkResult], classes: &HashMap<IndicatorId, Class>) -> Vec<CountingUnit> {
    let main = results.iter().filter(|result| result.kind == ResultKind::Main);
    main.flat_map(|result| units_of(result, classes)).collect()
}

fn units_of(result: &WorkResult, classes: &HashMap<IndicatorId, Class>) -> Vec<CountingUnit> {
    let mut units: Vec<CountingUnit> = Vec::new();
    for indicator in &result.indicators {
        let class = classes.get(&indicator.id).copied();
        let begun =
            indicator.pair.is_some().then(|| units.iter_mut().find(|u| u.pair == indicator.pair));
        match begun.flatten() {
            Some(unit) => {
                unit.indicator_ids.push(indicator.id);
                unit.class = unit.class.zip(class).map(|(one, other)| one.min(other));
            }
            None => units.push(CountingUnit {
                indicator_ids: vec![indicator.id],
                pair: indicator.pair.clone(),
                class,
            }),
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use kinerja_kit::id::Id;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{Aspect, Polarity, ResultScope, Target};

    fn id(number: u128) -> IndicatorId {
        Id::from(Uuid::from_u128(number))
    }

    fn indicator(number: u128, pair: Option<&str>) -> Indicator {
        let hundred = Amount::of(100 * 10_000).expect("amount");
        Indicator {
            id: id(number),
            aspect: Aspect::Quality,
            name: "berkas benar".into(),
            polarity: Polarity::Higher,
            target: Some(Target { min: hundred, max: hundred, unit: "%".into() }),
            success: String::new(),
            data_source: "OSS".into(),
            pair: pair.map(Into::into),
        }
    }

    fn results(kind: ResultKind, indicators: Vec<Indicator>) -> Vec<WorkResult> {
        vec![WorkResult {
            id: Id::from(Uuid::from_u128(99)),
            kind,
            scope: ResultScope::Individual,
            name: "izin terbit".into(),
            assigned_from: String::new(),
            indicators,
        }]
    }

    fn classes(known: &[(u128, Class)]) -> HashMap<IndicatorId, Class> {
        known.iter().map(|(number, class)| (id(*number), *class)).collect()
    }

    #[test]
    fn a_pair_counts_once_with_the_worse_class() {
        let plan = results(
            ResultKind::Main,
            vec![indicator(1, Some("izin")), indicator(2, None), indicator(3, Some("izin"))],
        );
        let known = [(1, Class::Above), (2, Class::Meets), (3, Class::Below)];
        let counted = units(&plan, &classes(&known));
        let classes: Vec<_> = counted.iter().map(|unit| unit.class).collect();
        assert_eq!(classes, [Some(Class::Below), Some(Class::Meets)]);
        assert_eq!(counted[0].indicator_ids, [id(1), id(3)]);
    }

    #[test]
    fn half_a_pair_has_no_class() {
        let plan =
            results(ResultKind::Main, vec![indicator(1, Some("izin")), indicator(2, Some("izin"))]);
        assert_eq!(units(&plan, &classes(&[(2, Class::Above)]))[0].class, None);
    }

    #[test]
    fn additional_results_count_for_nothing() {
        let plan = results(ResultKind::Additional, vec![indicator(1, None)]);
        assert_eq!(units(&plan, &classes(&[(1, Class::Above)])), []);
    }

    #[test]
    fn no_realisation_is_none_and_never_zero() {
        let plan = results(ResultKind::Main, vec![indicator(1, None), indicator(2, None)]);
        let policy = Policy::k1();
        let told = Realisation {
            indicator_id: id(1),
            value: None,
            narrative: "selesai".into(),
            evidence: String::new(),
            evidence_url: String::new(),
        };
        let measured = measure(&plan, &policy, vec![told]);
        assert_eq!(measured.len(), 1);
        assert_eq!(measured[0].achievement, None);
    }
}
