use std::collections::HashSet;

use kinerja_kit::{
    clock::Clock,
    fields::{Fields, MAX_NAME, MAX_PROSE, decimal},
};
use kinerja_proto::planning::v1 as pb;
use prost::Message as _;
use uuid::Uuid;

use super::names::{to_domain, to_wire};
use crate::domain::{Amount, Expectation, Indicator, PlanContent, Target, WorkResult};

/// Results and indicators are worded in a sentence or two.
const MAX_WORDING: usize = 1000;
const MAX_RESULTS: usize = 50;
const MAX_INDICATORS: usize = 20;
/// Of all results of a plan: it is told, measured and explained whole.
const MAX_INDICATORS_IN_ALL: usize = 200;
/// On the wire, where stock clients take four MiB: the rest of a plan and what is recorded of it are beside it.
const MAX_BYTES: usize = 1 << 20;

/// Reads what is planned. New results and indicators get their ids here; nothing is given back only
/// when a fault was noted.
pub(super) fn read(
    fields: &mut Fields,
    clock: &Clock,
    content: Option<&pb::PlanContent>,
) -> Option<PlanContent> {
    let Some(content) = content else {
        fields.fault("content", "must be set");
        return None;
    };
    if content.encoded_len() > MAX_BYTES {
        fields.fault("content", "must be at most 1 MiB");
    }
    let mut reader = Reader { fields, clock, ids: HashSet::new() };
    let approach = to_domain(
        reader.fields,
        "content.approach",
        content.approach,
        "PLAN_APPROACH_",
        pb::PlanApproach::as_str_name,
    );
    let results = reader.results(&content.results);
    let expectations = reader.expectations(&content.expectations);
    let support = reader.prose("content.support", &content.support);
    let accountability = reader.prose("content.accountability", &content.accountability);
    let consequences = reader.prose("content.consequences", &content.consequences);
    let approach = approach?;
    Some(PlanContent { approach, results, expectations, support, accountability, consequences })
}

struct Reader<'a> {
    fields: &'a mut Fields,
    clock: &'a Clock,
    /// Ids of results and indicators met so far.
    ids: HashSet<Uuid>,
}

impl Reader<'_> {
    fn results(&mut self, results: &[pb::WorkResult]) -> Vec<WorkResult> {
        if results.len() > MAX_RESULTS {
            self.fields.fault("content.results", format!("must be at most {MAX_RESULTS}"));
        }
        let indicators: usize = results.iter().map(|result| result.indicators.len()).sum();
        if indicators > MAX_INDICATORS_IN_ALL {
            let fault = format!("must have at most {MAX_INDICATORS_IN_ALL} indicators in all");
            self.fields.fault("content.results", fault);
        }
        let each = results.iter().take(MAX_RESULTS).enumerate();
        each.filter_map(|(at, given)| self.result(&format!("content.results[{at}]"), given))
            .collect()
    }

    fn result(&mut self, path: &str, given: &pb::WorkResult) -> Option<WorkResult> {
        let id = self.id(&format!("{path}.result_id"), &given.result_id);
        let kind = to_domain(
            self.fields,
            &format!("{path}.kind"),
            given.kind,
            "WORK_RESULT_KIND_",
            pb::WorkResultKind::as_str_name,
        );
        let scope = to_domain(
            self.fields,
            &format!("{path}.scope"),
            given.scope,
            "WORK_RESULT_SCOPE_",
            pb::WorkResultScope::as_str_name,
        );
        let name = self.fields.text(&format!("{path}.name"), &given.name, MAX_WORDING);
        let assigned_from = self.prose(&format!("{path}.assigned_from"), &given.assigned_from);
        if given.indicators.len() > MAX_INDICATORS {
            let field = format!("{path}.indicators");
            self.fields.fault(field, format!("must be at most {MAX_INDICATORS}"));
        }
        let each = given.indicators.iter().take(MAX_INDICATORS).enumerate();
        let indicators = each
            .filter_map(|(at, given)| self.indicator(&format!("{path}.indicators[{at}]"), given))
            .collect();
        let (kind, scope) = kind.zip(scope)?;
        Some(WorkResult { id: id.into(), kind, scope, name, assigned_from, indicators })
    }

    fn indicator(&mut self, path: &str, given: &pb::Indicator) -> Option<Indicator> {
        let id = self.id(&format!("{path}.indicator_id"), &given.indicator_id);
        let aspect = to_domain(
            self.fields,
            &format!("{path}.aspect"),
            given.aspect,
            "ASPECT_",
            pb::Aspect::as_str_name,
        );
        let polarity = to_domain(
            self.fields,
            &format!("{path}.polarity"),
            given.polarity,
            "POLARITY_",
            pb::Polarity::as_str_name,
        );
        let name = self.fields.text(&format!("{path}.name"), &given.name, MAX_WORDING);
        let target = given.target.as_ref();
        let target = target.and_then(|given| self.target(&format!("{path}.target"), given));
        let success = self.prose(&format!("{path}.success"), &given.success);
        let data_source = self.prose(&format!("{path}.data_source"), &given.data_source);
        let pair = self.fields.opt_text(&format!("{path}.pair"), &given.pair, MAX_NAME);
        let (aspect, polarity) = aspect.zip(polarity)?;
        Some(Indicator {
            id: id.into(),
            aspect,
            name,
            polarity,
            target,
            success,
            data_source,
            pair,
        })
    }

    fn target(&mut self, path: &str, given: &pb::Target) -> Option<Target> {
        let unit = self.fields.text(&format!("{path}.unit"), &given.unit, MAX_NAME);
        let (min, max) = match (given.min.as_str(), given.max.as_str()) {
            ("", one) | (one, "") => (one, one),
            both => both,
        };
        let min = amount(self.fields, &format!("{path}.min"), min);
        let max = amount(self.fields, &format!("{path}.max"), max);
        let (min, max) = min.zip(max)?;
        if max < min {
            self.fields.fault(format!("{path}.max"), "must not be below min");
        }
        Some(Target { min, max, unit })
    }

    fn expectations(&mut self, given: &[pb::BehaviourExpectation]) -> Vec<Expectation> {
        let mut expectations: Vec<Expectation> = Vec::new();
        for (at, given) in given.iter().enumerate() {
            let path = format!("content.expectations[{at}]");
            let text = self.fields.text(&format!("{path}.text"), &given.text, MAX_PROSE);
            let field = format!("{path}.core_value");
            let core_value = to_domain(
                self.fields,
                &field,
                given.core_value,
                "CORE_VALUE_",
                pb::CoreValue::as_str_name,
            );
            let Some(core_value) = core_value else { continue };
            if expectations.iter().any(|known| known.core_value == core_value) {
                self.fields.fault(field, "must not be that of another expectation");
            }
            expectations.push(Expectation { core_value, text });
        }
        expectations
    }

    /// The id given, or a new one.
    fn id(&mut self, field: &str, given: &str) -> Uuid {
        if given.is_empty() {
            return self.clock.new_uuid();
        }
        let id = self.fields.uuid(field, given);
        if !self.ids.insert(id) {
            self.fields.fault(field, "must not be that of another result or indicator");
        }
        id
    }

    fn prose(&mut self, field: &str, given: &str) -> String {
        self.fields.opt_text(field, given, MAX_PROSE).unwrap_or_default()
    }
}

/// A figure; a fault and nothing for what is none.
pub(super) fn amount(fields: &mut Fields, field: &str, given: &str) -> Option<Amount> {
    let amount = Amount::of(fields.decimal(field, given, Amount::SCALE));
    if amount.is_none() {
        fields.fault(field, "must be between 0 and 1000000000000");
    }
    amount
}

impl From<PlanContent> for pb::PlanContent {
    fn from(content: PlanContent) -> Self {
        let expectations = content.expectations.into_iter().map(|expected| {
            let core_value = expected.core_value;
            pb::BehaviourExpectation {
                core_value: to_wire("CORE_VALUE_", core_value, pb::CoreValue::from_str_name),
                text: expected.text,
            }
        });
        let approach = content.approach;
        Self {
            approach: to_wire("PLAN_APPROACH_", approach, pb::PlanApproach::from_str_name),
            expectations: expectations.collect(),
            results: content.results.into_iter().map(Into::into).collect(),
            support: content.support,
            accountability: content.accountability,
            consequences: content.consequences,
        }
    }
}

impl From<WorkResult> for pb::WorkResult {
    fn from(result: WorkResult) -> Self {
        Self {
            result_id: result.id.to_string(),
            kind: to_wire("WORK_RESULT_KIND_", result.kind, pb::WorkResultKind::from_str_name),
            scope: to_wire("WORK_RESULT_SCOPE_", result.scope, pb::WorkResultScope::from_str_name),
            name: result.name,
            assigned_from: result.assigned_from,
            indicators: result.indicators.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Indicator> for pb::Indicator {
    fn from(indicator: Indicator) -> Self {
        let target = indicator.target.map(|target| pb::Target {
            min: decimal(target.min.e4(), Amount::SCALE),
            max: decimal(target.max.e4(), Amount::SCALE),
            unit: target.unit,
        });
        Self {
            indicator_id: indicator.id.to_string(),
            aspect: to_wire("ASPECT_", indicator.aspect, pb::Aspect::from_str_name),
            name: indicator.name,
            polarity: to_wire("POLARITY_", indicator.polarity, pb::Polarity::from_str_name),
            target,
            success: indicator.success,
            data_source: indicator.data_source,
            pair: indicator.pair.unwrap_or_default(),
        }
    }
}
