use std::{error::Error, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, request::Parts};
use http_body_util::{BodyExt as _, Full};
use tokio::time::Instant;
use tonic::{Code, ConnectError, body::Body};
use tower::{Service as _, ServiceExt as _};

use super::endpoint::Replica;
use crate::{server, telemetry::chain};

pub(super) struct Answer {
    pub response: Response<Body>,
    pub code: Code,
}

/// An attempt that brought no answer, because of the transport.
pub(super) struct Failure {
    pub error: String,
    /// The request cannot have reached a handler.
    pub unsent: bool,
}

impl Failure {
    pub(super) fn unreachable() -> Self {
        Self { error: "no replica can be reached".to_owned(), unsent: true }
    }

    fn sent(error: String) -> Self {
        Self { error, unsent: false }
    }

    /// Why a replica cannot be reached is told by its keeper, once.
    pub(super) fn tell(&self) {
        let error = &self.error;
        if self.unsent {
            tracing::debug!(error, "a neighbour was not reached");
        } else {
            tracing::warn!(error, "a neighbour did not answer");
        }
    }
}

/// One attempt at a unary call, with its whole answer: a server that dies half way through it has
/// not answered.
pub(super) async fn attempt(
    replica: &Arc<Replica>,
    deadline: Option<Instant>,
    head: &Parts,
    body: &Bytes,
) -> Result<Answer, Failure> {
    let mut head = head.clone();
    write_timeout(&mut head.headers, deadline);
    let _busy = replica.enter();
    let request = Request::from_parts(head, Body::new(Full::new(body.clone())));
    let (head, body) = deliver(replica, request).await?.into_parts();
    let body = body.collect().await.map_err(|status| Failure::sent(chain(&status)))?;
    let code = grpc_code(&head.headers).or_else(|| body.trailers().and_then(grpc_code));
    let code = code.ok_or_else(|| Failure::sent("the answer broke off".to_owned()))?;
    Ok(Answer { response: Response::from_parts(head, Body::new(body)), code })
}

/// Sends a request to a replica and waits for the head of its answer.
pub(super) async fn deliver(
    replica: &Arc<Replica>,
    request: Request<Body>,
) -> Result<Response<Body>, Failure> {
    let mut channel = replica.channel.clone();
    let sent = async { channel.ready().await?.call(request).await };
    let response = sent.await.map_err(|error| {
        let refused = source::<ConnectError>(&error).is_some();
        if refused {
            replica.lose();
        }
        // The connection was closed (at its age, say) before the request was taken up.
        let overtaken = source::<hyper::Error>(&error).is_some_and(hyper::Error::is_canceled);
        Failure { error: chain(&error), unsent: refused || overtaken }
    })?;
    if is_from_a_proxy(&response) {
        return Err(Failure::sent("a proxy did not reach the neighbour".to_owned()));
    }
    Ok(response)
}

/// Tells the callee how long we wait.
pub(super) fn write_timeout(headers: &mut HeaderMap, deadline: Option<Instant>) {
    if let Some(deadline) = deadline {
        let left = deadline.saturating_duration_since(Instant::now());
        let value = HeaderValue::try_from(server::format_timeout(left));
        headers.insert("grpc-timeout", value.expect("digits and a letter"));
    }
}

pub(super) fn grpc_code(headers: &HeaderMap) -> Option<Code> {
    headers.get("grpc-status").map(|value| Code::from_bytes(value.as_bytes()))
}

/// An answer that no service of ours gives: they never fail without details, nor over HTTP.
fn is_from_a_proxy(response: &Response<Body>) -> bool {
    let headers = response.headers();
    match grpc_code(headers) {
        Some(Code::Unavailable) => !headers.contains_key("grpc-status-details-bin"),
        Some(_) => false,
        None => response.status() != StatusCode::OK,
    }
}

fn source<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    error.downcast_ref().or_else(|| source(error.source()?))
}
