//! The gRPC face: wire types in, use cases called, wire types out.

mod content;
mod names;
mod periods;
mod plan_agreements;
mod plans;
mod policies;
mod realisations;
mod rows;

use kinerja_proto::planning::v1 as pb;
use pb::{
    period_service_server::PeriodServiceServer,
    plan_agreement_service_server::PlanAgreementServiceServer,
    plan_service_server::PlanServiceServer, policy_service_server::PolicyServiceServer,
    realisation_service_server::RealisationServiceServer,
};
use tonic::service::Routes;

use crate::app::App;

/// Every service of the package.
pub fn routes(app: App) -> Routes {
    Routes::new(PeriodServiceServer::new(periods::PeriodService { app: app.clone() }))
        .add_service(PlanServiceServer::new(plans::PlanService { app: app.clone() }))
        .add_service(PlanAgreementServiceServer::new(plan_agreements::PlanAgreementService {
            app: app.clone(),
        }))
        .add_service(PolicyServiceServer::new(policies::PolicyService { app: app.clone() }))
        .add_service(RealisationServiceServer::new(realisations::RealisationService { app }))
}

/// Bulk calls take so many rows at most, lists so many units.
const MAX_ROWS: usize = 500;
