//! How the service is put together.

use std::sync::Arc;

use kinerja_kit::service::{Assembly, Context};

use crate::{
    app::{App, PlanningSnapshot, Registry, RegistryProjection},
    grpc, store,
};

pub(crate) fn assemble(context: &Context) -> anyhow::Result<Assembly> {
    let registry = Registry::new(context.neighbour("registry")?);
    let projection =
        RegistryProjection::new(context.db.clone(), context.clock.clone(), registry.clone());
    let app = App {
        db: context.db.clone(),
        clock: context.clock.clone(),
        access_log: context.access_log.clone(),
        registry,
    };
    context.take_census(store::census::take);
    Ok(Assembly {
        routes: grpc::routes(app),
        snapshot: Some(Arc::new(PlanningSnapshot)),
        workers: vec![context.consumer(projection)?],
    })
}
