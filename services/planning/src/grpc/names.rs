//! Enums by name: the wire's is the domain's with a prefix.

use kinerja_kit::fields::Fields;

use crate::domain::Named;

pub(super) fn to_wire<W: Into<i32> + Default>(
    prefix: &str,
    value: impl Named,
    from_name: fn(&str) -> Option<W>,
) -> i32 {
    from_name(&[prefix, value.name()].concat()).unwrap_or_default().into()
}

/// Notes a fault and gives nothing for an unspecified or unknown value.
pub(super) fn to_domain<W: TryFrom<i32>, D: Named>(
    fields: &mut Fields,
    field: &str,
    value: i32,
    prefix: &str,
    name: fn(&W) -> &'static str,
) -> Option<D> {
    fields.one_of(field, value, |wire: W| D::from_name(name(&wire).strip_prefix(prefix)?))
}

#[cfg(test)]
mod tests {
    use kinerja_proto::planning::v1 as pb;

    use super::*;
    use crate::domain::{
        Approach, Aspect, Class, CoreValue, PeriodKind, PeriodState, Polarity, ResultKind,
        ResultScope, StateName, StepKind, WindowKind,
    };

    fn every_name_is_known<D: Named, W>(prefix: &str, from_name: fn(&str) -> Option<W>) {
        for (_, name) in D::NAMES {
            assert!(from_name(&[prefix, name].concat()).is_some(), "{prefix}{name}");
        }
    }

    #[test]
    fn every_value_of_the_domain_has_its_name_on_the_wire() {
        every_name_is_known::<PeriodKind, _>("PERIOD_KIND_", pb::PeriodKind::from_str_name);
        every_name_is_known::<PeriodState, _>("PERIOD_STATE_", pb::PeriodState::from_str_name);
        every_name_is_known::<WindowKind, _>("WINDOW_KIND_", pb::WindowKind::from_str_name);
        every_name_is_known::<Approach, _>("PLAN_APPROACH_", pb::PlanApproach::from_str_name);
        every_name_is_known::<ResultKind, _>(
            "WORK_RESULT_KIND_",
            pb::WorkResultKind::from_str_name,
        );
        every_name_is_known::<ResultScope, _>(
            "WORK_RESULT_SCOPE_",
            pb::WorkResultScope::from_str_name,
        );
        every_name_is_known::<Aspect, _>("ASPECT_", pb::Aspect::from_str_name);
        every_name_is_known::<Polarity, _>("POLARITY_", pb::Polarity::from_str_name);
        every_name_is_known::<CoreValue, _>("CORE_VALUE_", pb::CoreValue::from_str_name);
        every_name_is_known::<Class, _>("ACHIEVEMENT_CLASS_", pb::AchievementClass::from_str_name);
        every_name_is_known::<StepKind, _>("PLAN_STEP_KIND_", pb::PlanStepKind::from_str_name);
        every_name_is_known::<StateName, _>("PLAN_STATE_", pb::PlanState::from_str_name);
    }
}
