//! Development plans and their needs on the wire.

use kinerja_kit::fields::{etag, instant};
use kinerja_proto::competency::v1 as pb;

use crate::domain::{DevelopmentPlan, Need, NeedState, Origin, PlanState};

/// The domain's word for a state that a list is narrowed to.
pub(super) fn state(wire: pb::DevelopmentPlanState) -> Option<&'static str> {
    match wire {
        pb::DevelopmentPlanState::Unspecified => None,
        pb::DevelopmentPlanState::Proposed => Some("PROPOSED"),
        pb::DevelopmentPlanState::Agreed => Some("AGREED"),
        pb::DevelopmentPlanState::Closed => Some("CLOSED"),
    }
}

impl From<DevelopmentPlan> for pb::DevelopmentPlan {
    fn from(plan: DevelopmentPlan) -> Self {
        let (employee_at, superior) = plan.state.consents();
        Self {
            id: plan.id.to_string(),
            employee_id: plan.employee_id.to_string(),
            year: plan.year,
            unit_id: plan.unit_id.map(|id| id.to_string()).unwrap_or_default(),
            state: pb::DevelopmentPlanState::from(&plan.state).into(),
            employee_consent: employee_at.map(|at| pb::Consent {
                employee_id: plan.employee_id.to_string(),
                time: Some(instant(at)),
                basis: String::new(),
            }),
            superior_consent: superior.map(|consent| pb::Consent {
                employee_id: consent.superior.employee_id.to_string(),
                time: Some(instant(consent.at)),
                basis: consent.superior.basis.clone(),
            }),
            needs: plan.needs.into_iter().map(Into::into).collect(),
            create_time: Some(instant(plan.created_at)),
            etag: etag(plan.revision),
        }
    }
}

impl From<&PlanState> for pb::DevelopmentPlanState {
    fn from(state: &PlanState) -> Self {
        match state {
            PlanState::Proposed(_) => Self::Proposed,
            PlanState::Agreed { .. } => Self::Agreed,
            PlanState::Closed { .. } => Self::Closed,
        }
    }
}

impl From<Need> for pb::DevelopmentNeed {
    fn from(need: Need) -> Self {
        let (origin, required, found) = match need.origin {
            Origin::Gap { required, found, .. } => (pb::NeedOrigin::Gap, required, found),
            Origin::Rater { .. } => (pb::NeedOrigin::Rater, Default::default(), Default::default()),
            Origin::Added => (pb::NeedOrigin::Added, Default::default(), Default::default()),
        };
        Self {
            id: need.id.to_string(),
            competency_code: need.code.map(|code| code.to_string()).unwrap_or_default(),
            origin: origin.into(),
            reason: need.reason,
            evaluation_id: need.origin.evaluation_id().map(|id| id.to_string()).unwrap_or_default(),
            required_level: i32::from(required.get()),
            found_level: i32::from(found.get()),
            activity: need.activity,
            due_on: need.due_on.map(|on| on.to_string()).unwrap_or_default(),
            state: pb::NeedState::from(&need.state).into(),
            outcome: need.state.outcome().unwrap_or_default().to_owned(),
            state_time: Some(instant(need.state_at)),
        }
    }
}

impl From<&NeedState> for pb::NeedState {
    fn from(state: &NeedState) -> Self {
        match state {
            NeedState::Planned => Self::Planned,
            NeedState::Agreed => Self::Agreed,
            NeedState::Started => Self::Started,
            NeedState::Done { .. } => Self::Done,
            NeedState::Dropped { .. } => Self::Dropped,
        }
    }
}
