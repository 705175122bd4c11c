//! The service put together.

use kinerja_kit::service::{Assembly, Context};

use crate::{
    app::{
        App,
        projections::{FromEvaluation, FromRegistry},
    },
    grpc,
};

pub(crate) fn assemble(context: &Context) -> anyhow::Result<Assembly> {
    let clock = || context.clock.clone();
    Ok(Assembly {
        routes: grpc::routes(App::new(context)?),
        // Nobody watches this service.
        snapshot: None,
        workers: vec![
            context.consumer(FromRegistry { clock: clock() })?,
            context.consumer(FromEvaluation { clock: clock() })?,
        ],
    })
}
