use crate::domain::{EmployeeId, Outcome, Plan, PlanError, State, StepKind};

/// A step towards agreement.
#[derive(Debug, Clone)]
pub enum Act {
    Submit,
    Approve,
    Return { reason: String },
    Escalate { dissent: String },
    Decide { outcome: Outcome, reason: String },
    RefreshRater,
}

impl Act {
    /// Whether the plan is where this step begins, so that the registry is to be asked.
    pub(super) fn needs_line(&self, plan: &Plan, actor: Option<EmployeeId>) -> bool {
        match self {
            Self::Submit => plan.is_editable() && actor == Some(plan.employee_id),
            Self::Approve | Self::Return { .. } => matches!(plan.state, State::Submitted(_)),
            Self::RefreshRater => {
                matches!(plan.state, State::Submitted(_) | State::Escalated(..))
            }
            Self::Escalate { .. } => {
                matches!(plan.state, State::Submitted(_) | State::Returned(_, None, _))
            }
            Self::Decide { .. } => matches!(plan.state, State::Escalated(..)),
        }
    }

    /// Why a plan that is not there cannot take the step.
    pub(super) fn wrong_state(&self) -> PlanError {
        match self {
            Self::Submit => PlanError::NotEditable,
            Self::Escalate { .. } => PlanError::NothingToEscalate,
            Self::Approve | Self::Return { .. } | Self::Decide { .. } | Self::RefreshRater => {
                PlanError::NotWaiting
            }
        }
    }

    /// What is kept of the step that led to `plan`.
    pub(super) fn step(&self, plan: &Plan) -> Option<(StepKind, String)> {
        let decided = match plan.state {
            State::Approved(..) => StepKind::Approved,
            _ => StepKind::Returned,
        };
        match self {
            Self::Submit => Some((StepKind::Submitted, String::new())),
            Self::Approve => Some((decided, String::new())),
            Self::Return { reason } | Self::Decide { reason, .. } => {
                Some((decided, reason.clone()))
            }
            Self::Escalate { dissent } => Some((StepKind::Escalated, dissent.clone())),
            Self::RefreshRater => None,
        }
    }

    /// The RPC that takes the step with many plans; of those without one, that for one plan.
    pub(super) fn bulk_method(&self) -> &'static str {
        match self {
            Self::Submit => "SubmitPlans",
            Self::Approve => "ApprovePlans",
            _ => self.method(),
        }
    }

    /// The RPC that takes the step with one plan.
    pub(super) fn method(&self) -> &'static str {
        match self {
            Self::Submit => "SubmitPlan",
            Self::Approve => "ApprovePlan",
            Self::Return { .. } => "ReturnPlan",
            Self::Escalate { .. } => "EscalatePlan",
            Self::Decide { .. } => "DecideEscalation",
            Self::RefreshRater => "RefreshPlanRater",
        }
    }
}
