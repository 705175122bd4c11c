use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Request, Response, header::AUTHORIZATION, request::Parts};
use http_body_util::BodyExt as _;
use kinerja_proto::common::v1::Reason;
use tokio::time::{Instant, timeout_at};
use tonic::{Code, Status, body::Body};
use tower::{
    Service,
    retry::budget::{Budget as _, TpsBudget},
};
use tracing::Instrument as _;

use super::{
    Options,
    attempt::{Answer, Failure, attempt, deliver, grpc_code, write_timeout},
    balance::Balancer,
};
use crate::{
    errors::{refusal, try_again},
    server,
    telemetry::{self, ClientCall},
};

/// What may be done with a call besides sending it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Unary; may arrive twice without harm.
    Repeatable,
    /// Unary; must not arrive twice.
    Once,
    /// Anything else. Requests made without the functions of this module are taken for it.
    Stream,
}

/// A connection to a neighbour, for every generated client. Clones share it.
///
/// Each call carries the time that is left (the least of its own `grpc-timeout`, of what the call
/// being served has left, and of the default), the current trace and the service's token.
#[derive(Debug, Clone)]
pub struct Channel {
    balancer: Balancer,
    options: Arc<Options>,
    budget: Arc<Budget>,
}

/// Repetitions that are paid for by calls: a neighbour in trouble is not drowned in them.
#[derive(Debug)]
struct Budget(TpsBudget);

const FIRST_PAUSE: Duration = Duration::from_millis(25);

impl Channel {
    pub(super) fn new(balancer: Balancer, options: Arc<Options>) -> Self {
        let budget = Arc::new(Budget(TpsBudget::new(Duration::from_secs(10), 10, 0.2)));
        Self { balancer, options, budget }
    }

    async fn send(
        self,
        kind: Kind,
        deadline: Option<Instant>,
        request: Request<Body>,
        attempts: &mut u32,
    ) -> Result<Answer, Status> {
        let calling = async {
            let (mut head, body) = request.into_parts();
            self.authenticate(&mut head.headers)?;
            telemetry::inject(&tracing::Span::current(), &mut head.headers);
            if kind == Kind::Stream {
                *attempts = 1;
                return self.send_stream(deadline, head, body).await;
            }
            let body = body.collect().await?.to_bytes();
            self.send_unary(kind, deadline, head, body, attempts).await
        };
        match deadline {
            Some(deadline) => {
                let expired = |_| Err(deadline_exceeded());
                timeout_at(deadline, calling).await.unwrap_or_else(expired)
            }
            None => calling.await,
        }
    }

    async fn send_stream(
        mut self,
        deadline: Option<Instant>,
        mut head: Parts,
        body: Body,
    ) -> Result<Answer, Status> {
        let replica = self.balancer.pick(None).await;
        let replica = replica.ok_or_else(unavailable)?;
        write_timeout(&mut head.headers, deadline);
        let sent = deliver(&replica, Request::from_parts(head, body)).await;
        let response = sent.map_err(|failure| {
            failure.tell();
            unavailable()
        })?;
        let code = grpc_code(response.headers()).unwrap_or(Code::Ok);
        Ok(Answer { response, code })
    }

    async fn send_unary(
        mut self,
        kind: Kind,
        deadline: Option<Instant>,
        head: Parts,
        body: Bytes,
        attempts: &mut u32,
    ) -> Result<Answer, Status> {
        self.budget.0.deposit();
        let (mut last, mut pause) = (None, FIRST_PAUSE);
        loop {
            *attempts += 1;
            let replica = self.balancer.pick(last.as_ref()).await;
            let outcome = match &replica {
                Some(replica) => attempt(replica, deadline, &head, &body).await,
                None => Err(Failure::unreachable()),
            };
            let failure = match outcome {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            failure.tell();
            let repeat = (failure.unsent || kind == Kind::Repeatable)
                && *attempts < self.options.attempts
                && self.budget.0.withdraw();
            if !repeat {
                return Err(unavailable());
            }
            last = replica;
            tokio::time::sleep(server::around(pause)).await;
            pause *= 2;
        }
    }

    fn authenticate(&self, headers: &mut HeaderMap) -> Result<(), Status> {
        let Some(token) = self.options.token.as_ref() else { return Ok(()) };
        if !headers.contains_key(AUTHORIZATION) {
            let bearer = token.bearer().map_err(|error| {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot say who we are");
                unavailable()
            })?;
            headers.insert(AUTHORIZATION, bearer);
        }
        Ok(())
    }

    fn deadline(&self, kind: Kind, headers: &HeaderMap) -> Option<Instant> {
        let own = headers.get("grpc-timeout").and_then(|value| value.to_str().ok());
        let own = own.and_then(server::parse_timeout);
        let default = (kind != Kind::Stream).then_some(self.options.deadline);
        let after = |timeout| Instant::now().checked_add(timeout);
        let ends = [own.and_then(after), default.and_then(after), server::deadline()];
        ends.into_iter().flatten().min()
    }
}

impl Service<Request<Body>> for Channel {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let kind = request.extensions().get::<Kind>().copied().unwrap_or(Kind::Stream);
        let deadline = self.deadline(kind, request.headers());
        let call = ClientCall::begin(request.uri().path());
        let channel = self.clone();
        Box::pin(async move {
            let mut attempts = 0;
            let span = call.span().clone();
            let outcome =
                channel.send(kind, deadline, request, &mut attempts).instrument(span).await;
            let code = outcome.as_ref().map_or_else(Status::code, |answer| answer.code);
            call.finish(code, attempts);
            outcome.map(|answer| answer.response)
        })
    }
}

fn deadline_exceeded() -> Status {
    refusal(Code::DeadlineExceeded, Reason::DeadlineExceeded, "the deadline has passed")
}

/// The neighbour did not answer. Why is for the log: it may name hosts.
fn unavailable() -> Status {
    let message = "a service that is needed does not answer";
    try_again(Code::Unavailable, Reason::NeighbourUnavailable, message)
}
