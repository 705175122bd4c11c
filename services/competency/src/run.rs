//! How the service is put together.

use kinerja_kit::service::{Assembly, Context};

use crate::{
    app::{App, EvaluationProjection, Registry, RegistryProjection},
    grpc, store,
};

pub(crate) fn assemble(context: &Context) -> anyhow::Result<Assembly> {
    let app = App {
        db: context.db.clone(),
        clock: context.clock.clone(),
        access_log: context.access_log.clone(),
        registry: Registry::new(context.neighbour("registry")?),
    };
    context.take_census(store::census::take);
    let clock = context.clock.clone();
    Ok(Assembly {
        routes: grpc::routes(app),
        // Nobody watches this service.
        snapshot: None,
        workers: vec![
            context.consumer(RegistryProjection { clock: clock.clone() })?,
            context.consumer(EvaluationProjection { clock })?,
        ],
    })
}
