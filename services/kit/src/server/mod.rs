//! The gRPC server of a service: its limits, deadlines, health, TLS and orderly end.
//!
//! The connections are driven here rather than by tonic's transport server, because that one wraps a
//! deadline of its own round every layer (an expired call would be CANCELLED, without a reason),
//! cannot count connections or streams for the whole process, and loads certificates once.

mod accept;
mod body;
mod connection;
mod crypto;
mod deadline;
mod descriptors;
mod drain;
mod front;
mod health;
mod limits;
mod patience;
mod seldom;
mod start;
mod status;
mod tasks;
mod tls;

use std::{collections::BTreeSet, sync::Arc};

use futures_util::future::BoxFuture;
use tonic::{Status, service::Routes};

pub use self::{
    crypto::install_crypto,
    deadline::deadline,
    drain::{Drained, Running, terminated},
    limits::Limits,
    start::{StartError, start},
    tasks::Tasks,
    tls::PeerCertificate,
};
pub(crate) use self::{
    deadline::{format_timeout, parse_timeout},
    tasks::around,
    tls::{Reloaded, certificates, private_key, roots},
};

/// Says who calls and whether they may. Gets the head of the request, and gives it back with the
/// caller in its extensions. Runs inside the span and the deadline of the call, before the body is
/// read. The peer's address is there as [`tonic::transport::server::TcpConnectInfo`].
pub type Guard = Arc<
    dyn Fn(http::request::Parts) -> BoxFuture<'static, Result<http::request::Parts, Status>>
        + Send
        + Sync,
>;

/// Whether the service can do its work now; if not, why.
pub type Probe = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// One service, ready to be served.
pub struct Service {
    pub name: &'static str,
    pub routes: Routes,
    /// The full names of what is in `routes`: reflection lists these alone.
    pub names: BTreeSet<&'static str>,
    /// Encoded `FileDescriptorSet`: for reflection, and to know which methods stream. A method that
    /// is not in it is not served.
    pub descriptors: &'static [u8],
    pub guard: Guard,
    pub probe: Probe,
    pub tasks: Tasks,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A guard that lets everybody in.
pub fn open_guard() -> Guard {
    Arc::new(|parts| Box::pin(std::future::ready(Ok(parts))))
}
