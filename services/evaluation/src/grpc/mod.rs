//! The gRPC face: wire types in, use cases called, wire types out.

mod annual_predicates;
mod cycles;
mod evaluations;
mod explanations;
mod policies;
mod ratings;
mod rows;
mod submissions;
mod words;

use kinerja_proto::evaluation::v1 as pb;
use pb::{
    annual_predicate_service_server::AnnualPredicateServiceServer,
    cycle_service_server::CycleServiceServer, evaluation_service_server::EvaluationServiceServer,
    policy_service_server::PolicyServiceServer, rating_service_server::RatingServiceServer,
};
use tonic::service::Routes;

use crate::app::App;

/// Every gRPC service of evaluation; a type of tonic's server for each.
#[derive(Debug, Clone)]
struct Api {
    app: App,
}

pub(crate) fn routes(app: App) -> Routes {
    let api = Api { app };
    Routes::new(PolicyServiceServer::new(api.clone()))
        .add_service(CycleServiceServer::new(api.clone()))
        .add_service(EvaluationServiceServer::new(api.clone()))
        .add_service(RatingServiceServer::new(api.clone()))
        .add_service(AnnualPredicateServiceServer::new(api))
}
