use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Instant,
};

use http::{Extensions, HeaderMap, header::AUTHORIZATION, request::Parts};
use kinerja_proto::common::v1::Reason;
use tonic::{
    Code, Status,
    transport::server::{TcpConnectInfo, TlsConnectInfo},
};

use super::{
    Caller, FEED_POLICY, Policy, PublicRate, Roles, Scope, Verifier, Who, denied, rate::Limiter,
};
use crate::{
    errors::{overload, refusal},
    telemetry,
};

/// Lets a call through whose caller the policy admits. Clones share one cache and one rate.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    verifier: Verifier,
    lines: HashMap<&'static str, Line>,
    limiter: Limiter,
}

#[derive(Debug, Clone, Copy)]
enum Line {
    Public,
    Roles(Roles),
}

impl Gate {
    /// Rules by `policies` and the feed's, which every service serves.
    pub fn new(verifier: Verifier, policies: &[Policy], rate: PublicRate) -> Self {
        let rules = policies.iter().chain([&FEED_POLICY]).flat_map(|policy| policy.rules());
        let line = |who| match who {
            Who::Anyone => Line::Public,
            Who::Roles(roles) => Line::Roles(Roles::of(roles)),
        };
        let lines = rules.map(|rule| (rule.rpc, line(rule.who))).collect();
        Self(Arc::new(Inner { verifier, lines, limiter: Limiter::new(rate) }))
    }

    /// Puts the [`Caller`] into the extensions of a call that may go on; a public call has none.
    pub async fn admit(&self, mut call: Parts) -> Result<Parts, Status> {
        match self.decide(&call).await {
            Ok(Some(caller)) => {
                if let Scope::Tenant(tenant) | Scope::System(Some(tenant)) = &caller.scope {
                    telemetry::record_tenant(tenant.as_str());
                }
                call.extensions.insert(caller);
                Ok(call)
            }
            Ok(None) => Ok(call),
            Err(status) => {
                let rpc = call.uri.path();
                tracing::info!(rpc, code = ?status.code(), why = status.message(), "call refused");
                Err(status)
            }
        }
    }

    /// The caller of a call that may go on, or none if it is a public one.
    async fn decide(&self, call: &Parts) -> Result<Option<Caller>, Status> {
        let line = self.0.lines.get(call.uri.path());
        if let Some(Line::Public) = line {
            return self.admit_public(call).map(|()| None);
        }
        let caller = self.caller(&call.headers).await?;
        let Some(Line::Roles(roles)) = line else {
            return Err(denied("the policy has no line for this call"));
        };
        if !caller.roles.meets(*roles) {
            return Err(denied("the caller has none of the roles this call is for"));
        }
        Caller::clone(&caller).acting_for(&call.headers).map(Some)
    }

    fn admit_public(&self, call: &Parts) -> Result<(), Status> {
        let peer = peer(&call.extensions);
        let admitted = self.0.limiter.admit(peer, &call.headers, Instant::now());
        admitted.then_some(()).ok_or_else(|| overload("too many calls from this address"))
    }

    async fn caller(&self, headers: &HeaderMap) -> Result<Arc<Caller>, Status> {
        let token = bearer(headers).ok_or_else(|| {
            let message = "the call needs a bearer token";
            refusal(Code::Unauthenticated, Reason::Unauthenticated, message)
        })?;
        match self.0.verifier.cached(token) {
            Some(caller) => Ok(caller),
            None => Ok(self.0.verifier.verify(token).await?),
        }
    }
}

/// The one bearer token of a call.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The address a call comes from; without one (inside a process) all share a bucket.
fn peer(extensions: &Extensions) -> IpAddr {
    let tls = extensions.get::<TlsConnectInfo<TcpConnectInfo>>().map(TlsConnectInfo::get_ref);
    let tcp = extensions.get::<TcpConnectInfo>().or(tls);
    tcp.and_then(TcpConnectInfo::remote_addr)
        .map_or(Ipv4Addr::UNSPECIFIED.into(), |address| address.ip())
}
