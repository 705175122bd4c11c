//! Who may call each RPC. Whose data they get is a matter of rules.

use kinerja_kit::auth::{
    Policy,
    Role::{self, Employee, HrOfficer, PerformanceTeam, RegionalLeader, Service, UnitLeader},
    Rule, Who,
};

pub static POLICY: Policy = Policy::new(&[
    Rule { rpc: "/kinerja.competency.v1.CompetencyService/GetCompetency", who: EVERYBODY },
    Rule { rpc: "/kinerja.competency.v1.CompetencyService/ListCompetencies", who: EVERYBODY },
    Rule { rpc: "/kinerja.competency.v1.CompetencyService/CreateCompetency", who: HR_OFFICERS },
    Rule { rpc: "/kinerja.competency.v1.CompetencyService/UpdateCompetency", who: HR_OFFICERS },
    Rule { rpc: "/kinerja.competency.v1.CompetencyService/RetireCompetency", who: HR_OFFICERS },
    Rule { rpc: "/kinerja.competency.v1.StandardService/ResolveStandard", who: EVERYBODY },
    Rule { rpc: "/kinerja.competency.v1.StandardService/GetStandard", who: EVERYBODY },
    Rule { rpc: "/kinerja.competency.v1.StandardService/ListStandards", who: EVERYBODY },
    Rule { rpc: "/kinerja.competency.v1.StandardService/CreateStandard", who: HR_OFFICERS },
    Rule { rpc: "/kinerja.competency.v1.StandardService/WithdrawStandard", who: HR_OFFICERS },
    Rule { rpc: "/kinerja.competency.v1.AssessmentService/RecordAssessment", who: ASSESSORS },
    Rule { rpc: "/kinerja.competency.v1.AssessmentService/GetAssessment", who: READERS },
    Rule { rpc: "/kinerja.competency.v1.AssessmentService/ListAssessments", who: READERS },
    Rule { rpc: "/kinerja.competency.v1.AssessmentService/WithdrawAssessment", who: WITHDRAWERS },
    Rule { rpc: "/kinerja.competency.v1.GapService/GetGap", who: READERS },
    Rule { rpc: "/kinerja.competency.v1.GapService/ListUnitCoverage", who: READERS },
    Rule { rpc: "/kinerja.competency.v1.GapService/ListMatchSchemes", who: EVERYBODY },
    Rule { rpc: "/kinerja.competency.v1.DevelopmentPlanService/GetDevelopmentPlan", who: READERS },
    Rule {
        rpc: "/kinerja.competency.v1.DevelopmentPlanService/ListDevelopmentPlans",
        who: READERS,
    },
    Rule {
        rpc: "/kinerja.competency.v1.DevelopmentPlanService/ListEmployeeDevelopmentPlans",
        who: READERS,
    },
    Rule {
        rpc: "/kinerja.competency.v1.DevelopmentPlanService/AgreeDevelopmentPlan",
        who: PARTIES,
    },
    Rule { rpc: "/kinerja.competency.v1.DevelopmentPlanService/AddDevelopmentNeed", who: PARTIES },
    Rule {
        rpc: "/kinerja.competency.v1.DevelopmentPlanService/UpdateDevelopmentNeed",
        who: PARTIES,
    },
    Rule {
        rpc: "/kinerja.competency.v1.DevelopmentPlanService/StartDevelopmentNeed",
        who: PARTIES,
    },
    Rule {
        rpc: "/kinerja.competency.v1.DevelopmentPlanService/CompleteDevelopmentNeed",
        who: PARTIES,
    },
    Rule { rpc: "/kinerja.competency.v1.DevelopmentPlanService/DropDevelopmentNeed", who: PARTIES },
]);

/// Everybody of a government, and the suite's own services.
const EVERYBODY: Who =
    Who::Roles(&[Employee, HrOfficer, UnitLeader, RegionalLeader, PerformanceTeam, Service]);
const HR_OFFICERS: Who = Who::Roles(&[HrOfficer]);
const ASSESSORS: Who = Who::Roles(&[Employee, HrOfficer, PerformanceTeam, Service]);
const WITHDRAWERS: Who = Who::Roles(&[Employee, HrOfficer]);
const READERS: Who = Who::Roles(READING);
const READING: &[Role] = &[Employee, HrOfficer, RegionalLeader, PerformanceTeam, Service];
/// The employee and the superior, who is one too.
const PARTIES: Who = Who::Roles(&[Employee]);
