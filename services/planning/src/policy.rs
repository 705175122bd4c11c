//! Who may call what. Whose plan it is, who rates it and when is a matter of rules.

use kinerja_kit::auth::{Policy, Role, Rule, Who};

const EMPLOYEES: Who = Who::Roles(&[Role::Employee]);
const EVERYBODY: Who =
    Who::Roles(&[Role::Employee, Role::HrOfficer, Role::PerformanceTeam, Role::Service]);
const POLICY_MAKERS: Who = Who::Roles(&[Role::HrOfficer, Role::PerformanceTeam]);
const OFFICERS: Who = Who::Roles(&[Role::HrOfficer]);
const OFFICERS_AND_SERVICES: Who = Who::Roles(&[Role::HrOfficer, Role::Service]);
const EMPLOYEES_AND_OFFICERS: Who = Who::Roles(&[Role::Employee, Role::HrOfficer]);
const READERS: Who = Who::Roles(&[Role::Employee, Role::HrOfficer, Role::Service]);

pub(crate) static POLICY: Policy = Policy::new(&[
    Rule { rpc: "/kinerja.planning.v1.PeriodService/CreatePeriod", who: OFFICERS },
    Rule { rpc: "/kinerja.planning.v1.PeriodService/GetPeriod", who: READERS },
    Rule { rpc: "/kinerja.planning.v1.PeriodService/ListPeriods", who: READERS },
    Rule { rpc: "/kinerja.planning.v1.PeriodService/SetPeriodWindow", who: OFFICERS },
    Rule { rpc: "/kinerja.planning.v1.PeriodService/OpenPeriod", who: OFFICERS },
    Rule { rpc: "/kinerja.planning.v1.PeriodService/ClosePeriod", who: OFFICERS },
    Rule { rpc: "/kinerja.planning.v1.PlanService/CreatePlan", who: EMPLOYEES },
    Rule { rpc: "/kinerja.planning.v1.PlanService/GetPlan", who: READERS },
    Rule { rpc: "/kinerja.planning.v1.PlanService/UpdatePlan", who: EMPLOYEES },
    Rule { rpc: "/kinerja.planning.v1.PlanService/CheckPlan", who: READERS },
    Rule { rpc: "/kinerja.planning.v1.PlanService/AmendPlan", who: EMPLOYEES },
    Rule { rpc: "/kinerja.planning.v1.PlanService/ClosePlan", who: OFFICERS },
    Rule { rpc: "/kinerja.planning.v1.PlanService/ListPlans", who: OFFICERS_AND_SERVICES },
    Rule { rpc: "/kinerja.planning.v1.PlanService/ListEmployeePlans", who: READERS },
    Rule { rpc: "/kinerja.planning.v1.PlanAgreementService/SubmitPlan", who: EMPLOYEES },
    Rule { rpc: "/kinerja.planning.v1.PlanAgreementService/ApprovePlan", who: EMPLOYEES },
    Rule { rpc: "/kinerja.planning.v1.PlanAgreementService/ReturnPlan", who: EMPLOYEES },
    Rule { rpc: "/kinerja.planning.v1.PlanAgreementService/EscalatePlan", who: EMPLOYEES },
    Rule { rpc: "/kinerja.planning.v1.PlanAgreementService/DecideEscalation", who: EMPLOYEES },
    Rule { rpc: "/kinerja.planning.v1.PlanAgreementService/SubmitPlans", who: EMPLOYEES },
    Rule { rpc: "/kinerja.planning.v1.PlanAgreementService/ApprovePlans", who: EMPLOYEES },
    Rule { rpc: "/kinerja.planning.v1.PlanAgreementService/ListWaitingPlans", who: EMPLOYEES },
    Rule {
        rpc: "/kinerja.planning.v1.PlanAgreementService/RefreshPlanRater",
        who: EMPLOYEES_AND_OFFICERS,
    },
    Rule { rpc: "/kinerja.planning.v1.PlanAgreementService/ListPlanSteps", who: READERS },
    Rule { rpc: "/kinerja.planning.v1.PolicyService/CreatePolicy", who: POLICY_MAKERS },
    Rule { rpc: "/kinerja.planning.v1.PolicyService/GetPolicy", who: EVERYBODY },
    Rule { rpc: "/kinerja.planning.v1.PolicyService/ListPolicies", who: EVERYBODY },
    Rule { rpc: "/kinerja.planning.v1.RealisationService/RecordRealisations", who: EMPLOYEES },
    Rule { rpc: "/kinerja.planning.v1.RealisationService/GetPlanResults", who: READERS },
]);
