//! Calls to neighbours: balanced over their replicas, within the caller's deadline, under the
//! service's own name, and repeated where that is safe.

mod attempt;
mod balance;
mod channel;
mod connector;
mod endpoint;
mod resolve;

use std::{sync::Arc, time::Duration};

use tonic::metadata::{Ascii, MetadataValue};

use self::{balance::Balancer, channel::Kind, connector::Connector};
pub use self::{channel::Channel, resolve::InvalidUrl};
use crate::{
    args::TlsArgs,
    auth::{TENANT_METADATA, TokenSource},
    tenant::TenantId,
};

/// How a service reaches a neighbour.
#[derive(Debug, Clone)]
pub struct Options {
    /// Says who we are, unless a call brings its own `authorization`.
    pub token: Option<TokenSource>,
    /// For `https`: our certificate and the authorities of neighbours.
    pub tls: TlsArgs,
    /// The most a unary call may take; less when the caller of our caller has less time left.
    pub deadline: Duration,
    /// How often names are resolved again.
    pub resolve_every: Duration,
    pub connect_timeout: Duration,
    /// Attempts at a repeatable call, the first one included.
    pub attempts: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            token: None,
            tls: TlsArgs::default(),
            deadline: Duration::from_secs(10),
            resolve_every: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(2),
            attempts: 5,
        }
    }
}

/// Begins to connect to the replicas behind `urls` (see [`crate::args::NeighbourArgs`]); calls wait
/// until the first is there or none can be. Within a runtime.
pub fn connect(urls: &str, options: Options) -> Result<Channel, InvalidUrl> {
    let targets = resolve::parse(urls)?;
    let secure = targets.iter().any(|target| target.secure);
    let connector = Connector::new(&options, secure)?;
    let balancer = Balancer::start(targets, connector, options.resolve_every);
    Ok(Channel::new(balancer, Arc::new(options)))
}

/// A unary call that may be repeated when the transport fails: any read, any mutation that carries a
/// `request_id`. Acts for `tenant`.
pub fn request<M>(tenant: &TenantId, message: M) -> tonic::Request<M> {
    for_tenant(tenant, marked(message, Kind::Repeatable))
}

/// A unary call that is never sent twice.
pub fn once<M>(tenant: &TenantId, message: M) -> tonic::Request<M> {
    for_tenant(tenant, marked(message, Kind::Once))
}

/// A call of the service itself, for no tenant: unary and repeatable.
pub fn system<M>(message: M) -> tonic::Request<M> {
    marked(message, Kind::Repeatable)
}

/// A call with a stream on either side: no deadline but the caller's, and not repeated.
pub fn stream<M>(message: M) -> tonic::Request<M> {
    marked(message, Kind::Stream)
}

/// The same on behalf of `tenant`.
pub fn stream_for<M>(tenant: &TenantId, message: M) -> tonic::Request<M> {
    for_tenant(tenant, marked(message, Kind::Stream))
}

fn marked<M>(message: M, kind: Kind) -> tonic::Request<M> {
    let mut request = tonic::Request::new(message);
    request.extensions_mut().insert(kind);
    request
}

fn for_tenant<M>(tenant: &TenantId, mut request: tonic::Request<M>) -> tonic::Request<M> {
    let value: MetadataValue<Ascii> = tenant.as_str().parse().expect("digits and a dot");
    request.metadata_mut().insert(TENANT_METADATA, value);
    request
}
