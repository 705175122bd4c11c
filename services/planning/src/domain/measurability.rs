use std::collections::BTreeMap;

use super::{Approach, Indicator, PlanContent, Polarity, ResultKind, WorkResult};

/// Why a plan cannot be measured yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The path on the wire, such as `results[0].indicators[1].target`.
    pub field: String,
    pub description: &'static str,
}

/// Everything in `content` that cannot be measured; nothing for a plan that can be submitted.
pub fn faults(content: &PlanContent) -> Vec<Fault> {
    let mut faults = Vec::new();
    if !content.results.iter().any(|result| result.kind == ResultKind::Main) {
        faults.push(Fault { field: "results".into(), description: "must hold a main work result" });
    }
    for (at, result) in content.results.iter().enumerate() {
        check_result(&format!("results[{at}]"), content.approach, result, &mut faults);
    }
    faults
}

fn check_result(path: &str, approach: Approach, result: &WorkResult, faults: &mut Vec<Fault>) {
    if result.indicators.is_empty() {
        let field = format!("{path}.indicators");
        faults
            .push(Fault { field, description: "must hold an indicator: how is the result seen?" });
    }
    for (at, indicator) in result.indicators.iter().enumerate() {
        check_indicator(&format!("{path}.indicators[{at}]"), approach, indicator, faults);
    }
    check_pairs(path, &result.indicators, faults);
}

fn check_indicator(path: &str, approach: Approach, indicator: &Indicator, faults: &mut Vec<Fault>) {
    let mut fault = |field: &str, description| {
        faults.push(Fault { field: format!("{path}.{field}"), description });
    };
    if indicator.data_source.is_empty() {
        fault("data_source", "must say where the figures come from");
    }
    match (&indicator.target, approach) {
        (Some(target), _) => {
            if indicator.polarity == Polarity::Higher
                && target.min.e4() == 0
                && target.max.e4() == 0
            {
                fault("target", "must be more than nothing where more is better");
            }
            if indicator.polarity == Polarity::Range && target.min == target.max {
                fault("target", "must have a max above its min where staying between is best");
            }
        }
        (None, Approach::Quantitative) => {
            fault("target", "must be set: how much, and in which unit?");
        }
        (None, Approach::Qualitative) if indicator.success.is_empty() => {
            fault("success", "must say what success is where there is no target");
        }
        (None, Approach::Qualitative) => {}
    }
}

fn check_pairs(path: &str, indicators: &[Indicator], faults: &mut Vec<Fault>) {
    let mut pairs: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, indicator) in indicators.iter().enumerate() {
        if let Some(pair) = &indicator.pair {
            pairs.entry(pair).or_default().push(at);
        }
    }
    for members in pairs.values() {
        let description = match members.as_slice() {
            [one, other] if indicators[*one].aspect == indicators[*other].aspect => {
                "must join two different aspects, such as speed and accuracy"
            }
            [_, _] => continue,
            _ => "must be shared by exactly two indicators of the result",
        };
        faults.extend(
            members
                .iter()
                .map(|at| Fault { field: format!("{path}.indicators[{at}].pair"), description }),
        );
    }
}

#[cfg(test)]
mod tests {
    use kinerja_kit::id::Id;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{Amount, Aspect, ResultScope, Target};

    fn target(min: i64, max: i64) -> Option<Target> {
        let of = |units| Amount::of(units * 10_000).expect("an amount");
        Some(Target { min: of(min), max: of(max), unit: "hari".into() })
    }

    fn indicator(aspect: Aspect, polarity: Polarity, target: Option<Target>) -> Indicator {
        Indicator {
            id: Id::from(Uuid::nil()),
            aspect,
            name: "lama penerbitan izin".into(),
            polarity,
            target,
            success: String::new(),
            data_source: "OSS".into(),
            pair: None,
        }
    }

    fn content(approach: Approach, indicators: Vec<Indicator>) -> PlanContent {
        let result = WorkResult {
            id: Id::from(Uuid::nil()),
            kind: ResultKind::Main,
            scope: ResultScope::Individual,
            name: "izin terbit".into(),
            assigned_from: String::new(),
            indicators,
        };
        PlanContent {
            approach,
            results: vec![result],
            expectations: Vec::new(),
            support: String::new(),
            accountability: String::new(),
            consequences: String::new(),
        }
    }

    fn fields(content: &PlanContent) -> Vec<String> {
        faults(content).into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn a_plan_without_a_main_result_is_not_measurable() {
        let mut plan = content(
            Approach::Quantitative,
            vec![indicator(Aspect::Time, Polarity::Lower, target(3, 5))],
        );
        assert_eq!(fields(&plan), Vec::<String>::new());
        plan.results[0].kind = ResultKind::Additional;
        assert_eq!(fields(&plan), ["results"]);
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let mut nowhere = indicator(Aspect::Quality, Polarity::Higher, target(0, 0));
        nowhere.data_source = String::new();
        let plan = content(
            Approach::Quantitative,
            vec![
                indicator(Aspect::Time, Polarity::Lower, None),
                nowhere,
                indicator(Aspect::Cost, Polarity::Range, target(5, 5)),
            ],
        );
        assert_eq!(
            fields(&plan),
            [
                "results[0].indicators[0].target",
                "results[0].indicators[1].data_source",
                "results[0].indicators[1].target",
                "results[0].indicators[2].target",
            ]
        );
    }

    #[test]
    fn a_qualitative_indicator_says_what_success_is() {
        let mut plan = content(
            Approach::Qualitative,
            vec![indicator(Aspect::Quality, Polarity::Higher, None)],
        );
        assert_eq!(fields(&plan), ["results[0].indicators[0].success"]);
        plan.results[0].indicators[0].success = "warga puas".into();
        assert_eq!(fields(&plan), Vec::<String>::new());
    }

    #[test]
    fn a_pair_is_two_indicators_of_different_aspects() {
        let paired = |aspect| Indicator {
            pair: Some("cepat dan tepat".into()),
            ..indicator(aspect, Polarity::Higher, target(9, 9))
        };
        let faulty = |aspects: &[Aspect]| {
            let indicators = aspects.iter().map(|aspect| paired(*aspect)).collect();
            faults(&content(Approach::Quantitative, indicators)).len()
        };
        assert_eq!(faulty(&[Aspect::Time, Aspect::Quality]), 0);
        assert_eq!(faulty(&[Aspect::Time]), 1);
        assert_eq!(faulty(&[Aspect::Time, Aspect::Time]), 2);
        assert_eq!(faulty(&[Aspect::Time, Aspect::Quality, Aspect::Cost]), 3);
    }
}
