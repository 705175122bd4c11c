use std::{collections::BTreeSet, io, net::SocketAddr, sync::Arc};

use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::service::Routes;
use tonic_reflection::{
    pb::{v1, v1alpha},
    server::Builder,
};

use super::{
    Limits, Running, Service,
    accept::accept,
    connection::Connections,
    descriptors::{Method, Methods},
    front::Front,
    health::Health,
    tls::Acceptor,
};
use crate::args::ServerArgs;

/// Why a service could not be served.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen on {addr}")]
    Listen { addr: SocketAddr, source: io::Error },
    #[error("the certificates cannot be used")]
    Tls(#[source] io::Error),
    #[error("the descriptors of the service cannot be used")]
    Descriptors(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Opens the two ports of a service and serves it until [`Running::shutdown`].
pub async fn start(
    args: &ServerArgs,
    limits: &Limits,
    service: Service,
) -> Result<Running, StartError> {
    let tls = Acceptor::new(&args.tls).map_err(StartError::Tls)?;
    if let Some(tls) = &tls {
        tls.observe(service.name);
    }
    let (name, tasks, probe) = (service.name, service.tasks.clone(), service.probe.clone());
    tasks.set_stream_age(limits.connection_age());
    let front = Arc::new(front(limits, service)?);
    let listener = listen(args.addr).await?;
    let addr = listener.local_addr().map_err(|source| listen_error(args.addr, source))?;
    let health = Health::start(args.health_addr, probe, args.drain.probe_interval)
        .await
        .map_err(|source| listen_error(args.health_addr, source))?;

    let (stop, finish, cut) =
        (CancellationToken::new(), CancellationToken::new(), CancellationToken::new());
    let connections = Connections { front, tls, finish: finish.clone(), cut: cut.clone() };
    let tracker = TaskTracker::new();
    let accepting =
        accept(listener, limits.clone(), Arc::new(connections), tracker.clone(), stop.clone());
    tracker.spawn(accepting);
    tracing::info!(service = name, %addr, health_addr = %health.addr, "serving");
    let drain = args.drain.clone();
    Ok(Running {
        addr,
        health_addr: health.addr,
        name,
        health,
        tasks,
        tracker,
        stop,
        finish,
        cut,
        drain,
    })
}

fn front(limits: &Limits, service: Service) -> Result<Front, StartError> {
    let own = service.descriptors;
    let methods = Methods::read(&[own, v1::FILE_DESCRIPTOR_SET, v1alpha::FILE_DESCRIPTOR_SET])
        .map_err(|error| StartError::Descriptors(error.into()))?;
    let routes = with_reflection(service.routes, &service.names, own)
        .map_err(|error| StartError::Descriptors(error.into()))?;
    Ok(Front {
        methods,
        unknown: Method::unknown(),
        routes: routes.prepare(),
        guard: service.guard,
        limits: limits.clone(),
        tasks: service.tasks,
    })
}

/// Any part of the schema can be asked for; only what is served here is listed.
fn with_reflection(
    routes: Routes,
    names: &BTreeSet<&'static str>,
    descriptors: &'static [u8],
) -> Result<Routes, tonic_reflection::server::Error> {
    let builder = |reflection: &'static str| {
        let builder = Builder::configure().register_encoded_file_descriptor_set(descriptors);
        names
            .iter()
            .chain([&reflection])
            .fold(builder, |builder, name| builder.with_service_name(*name))
    };
    let v1 = builder(v1::server_reflection_server::SERVICE_NAME).build_v1()?;
    let v1alpha = builder(v1alpha::server_reflection_server::SERVICE_NAME).build_v1alpha()?;
    Ok(routes.add_service(v1).add_service(v1alpha))
}

async fn listen(addr: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(addr).await.map_err(|source| listen_error(addr, source))
}

fn listen_error(addr: SocketAddr, source: io::Error) -> StartError {
    StartError::Listen { addr, source }
}
