//! Who may call what. Whose evaluation one may read or rate is a matter of rules, not of this table.

use kinerja_kit::auth::{Policy, Role, Rule, Who};

const EVERYBODY: Who =
    Who::Roles(&[Role::Employee, Role::HrOfficer, Role::PerformanceTeam, Role::Service]);
const PEOPLE: Who = Who::Roles(&[Role::Employee]);
const OFFICERS: Who = Who::Roles(&[Role::HrOfficer, Role::PerformanceTeam]);
const OFFICERS_AND_SERVICES: Who =
    Who::Roles(&[Role::HrOfficer, Role::PerformanceTeam, Role::Service]);

pub static POLICY: Policy = Policy::new(&[
    Rule { rpc: "/kinerja.evaluation.v1.PolicyService/CreatePolicy", who: OFFICERS },
    Rule { rpc: "/kinerja.evaluation.v1.PolicyService/GetPolicy", who: EVERYBODY },
    Rule { rpc: "/kinerja.evaluation.v1.PolicyService/ListPolicies", who: EVERYBODY },
    Rule { rpc: "/kinerja.evaluation.v1.CycleService/CreateCycle", who: OFFICERS },
    Rule { rpc: "/kinerja.evaluation.v1.CycleService/GetCycle", who: EVERYBODY },
    Rule { rpc: "/kinerja.evaluation.v1.CycleService/ListCycles", who: EVERYBODY },
    Rule { rpc: "/kinerja.evaluation.v1.CycleService/OpenCycle", who: OFFICERS },
    Rule { rpc: "/kinerja.evaluation.v1.CycleService/SetCycleWindow", who: OFFICERS },
    Rule { rpc: "/kinerja.evaluation.v1.CycleService/CloseCycle", who: OFFICERS },
    // The employee, the rater, who stands above the rater, officers and services.
    Rule { rpc: "/kinerja.evaluation.v1.EvaluationService/GetEvaluation", who: EVERYBODY },
    Rule { rpc: "/kinerja.evaluation.v1.EvaluationService/ListEvaluations", who: EVERYBODY },
    Rule { rpc: "/kinerja.evaluation.v1.EvaluationService/GetExplanation", who: EVERYBODY },
    Rule { rpc: "/kinerja.evaluation.v1.EvaluationService/SplitEvaluation", who: OFFICERS },
    Rule { rpc: "/kinerja.evaluation.v1.EvaluationService/AcknowledgeEvaluation", who: PEOPLE },
    Rule { rpc: "/kinerja.evaluation.v1.EvaluationService/RecordReceipts", who: OFFICERS },
    Rule {
        rpc: "/kinerja.evaluation.v1.EvaluationService/FinaliseEvaluation",
        who: OFFICERS_AND_SERVICES,
    },
    Rule {
        rpc: "/kinerja.evaluation.v1.EvaluationService/FinaliseEvaluations",
        who: OFFICERS_AND_SERVICES,
    },
    // The rater of the date, as the registry answers; preparing also officers and services.
    Rule { rpc: "/kinerja.evaluation.v1.RatingService/PrepareRating", who: EVERYBODY },
    Rule { rpc: "/kinerja.evaluation.v1.RatingService/PrepareRatings", who: EVERYBODY },
    Rule { rpc: "/kinerja.evaluation.v1.RatingService/SubmitRating", who: PEOPLE },
    Rule { rpc: "/kinerja.evaluation.v1.RatingService/SubmitRatings", who: PEOPLE },
    Rule { rpc: "/kinerja.evaluation.v1.RatingService/ListRatings", who: EVERYBODY },
    Rule { rpc: "/kinerja.evaluation.v1.AnnualPredicateService/SetAnnualPredicate", who: PEOPLE },
    Rule { rpc: "/kinerja.evaluation.v1.AnnualPredicateService/SetAnnualPredicates", who: PEOPLE },
    Rule {
        rpc: "/kinerja.evaluation.v1.AnnualPredicateService/GetAnnualPredicate",
        who: EVERYBODY,
    },
    Rule {
        rpc: "/kinerja.evaluation.v1.AnnualPredicateService/ListAnnualPredicates",
        who: EVERYBODY,
    },
]);
