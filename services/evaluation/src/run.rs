//! What the service is made of.

use std::sync::Arc;

use kinerja_kit::service::{Assembly, Context};

use crate::{
    app::{App, EvaluationSnapshot, Planning, PlanningProjection, Registry, RegistryProjection},
    grpc, store,
};

pub(crate) fn assemble(context: &Context) -> anyhow::Result<Assembly> {
    let app = App {
        db: context.db.clone(),
        clock: context.clock.clone(),
        access_log: context.access_log.clone(),
        registry: Registry::new(context.neighbour("registry")?),
        planning: Planning::new(context.neighbour("planning")?),
    };
    context.take_census(store::census::take);
    let clock = context.clock.clone();
    Ok(Assembly {
        routes: grpc::routes(app),
        snapshot: Some(Arc::new(EvaluationSnapshot)),
        workers: vec![
            context.consumer(RegistryProjection { clock: clock.clone() })?,
            context.consumer(PlanningProjection { clock })?,
        ],
    })
}
