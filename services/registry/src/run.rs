use std::sync::Arc;

use kinerja_kit::service::{Assembly, Context};

use crate::{
    app::{App, RegistrySnapshot},
    grpc,
};

/// Makes the service of what the kit hands it. It has no neighbours to watch.
pub(crate) fn assemble(context: &Context) -> anyhow::Result<Assembly> {
    let app = App::new(context);
    app.start_telling(&context.tasks);
    Ok(Assembly {
        routes: grpc::routes(&app),
        snapshot: Some(Arc::new(RegistrySnapshot::new(context.clock.clone()))),
        workers: Vec::new(),
    })
}
