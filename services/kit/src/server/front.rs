//! What every call passes before it reaches its handler, and its answer on the way back.

use std::{sync::Arc, time::Duration};

use http::{Request, Response, request::Parts};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, timeout_at},
};
use tonic::{Code, Status, body::Body, service::Routes};
use tower::Service as _;
use tracing::Instrument as _;

use super::{
    Guard, Limits, Tasks,
    body::{Answer, StreamEnd},
    deadline,
    descriptors::{Method, Methods},
    patience::Patient,
    status,
};
use crate::telemetry::{self, ServerCall};

/// The bytes before each message on the wire: compression and length.
const PREFIX: usize = 5;

/// How long the handler of a stream has to end it by itself at a drain.
const STREAM_GRACE: Duration = Duration::from_secs(1);

pub(super) struct Front {
    pub methods: Methods,
    pub unknown: Method,
    pub routes: Routes,
    pub guard: Guard,
    pub limits: Limits,
    pub tasks: Tasks,
}

impl Front {
    pub(super) async fn answer(self: Arc<Self>, request: Request<Body>) -> Response<Answer> {
        let method = self.methods.find(request.uri().path()).cloned();
        let known = method.as_deref().unwrap_or(&self.unknown);
        let mut call =
            ServerCall::begin(request.headers(), &known.service, &known.name, &known.labels);
        let work = self.clone().serve(method, request, &call);
        let (mut response, stream) = match work.instrument(call.span().clone()).await {
            Ok(answered) => answered,
            Err(status) => (status.into_http(), None),
        };
        status::translate(response.headers_mut());
        if let Some(code) = status::code(response.headers()) {
            call.finish(code);
        }
        response.map(|body| Answer::new(body, call, stream))
    }

    fn serve(
        self: Arc<Self>,
        method: Option<Arc<Method>>,
        request: Request<Body>,
        call: &ServerCall,
    ) -> impl Future<Output = Result<(Response<Body>, Option<StreamEnd>), Status>> + use<> {
        let cost = call.cost();
        async move {
            let method = method.ok_or_else(status::unknown_method)?;
            let permit = self.limits.call(method.streaming).ok_or_else(|| {
                telemetry::count_shed();
                status::overloaded()
            })?;
            let deadline = self.deadline(&method, &request);
            let work = self.clone().admitted(method, request, permit, deadline);
            telemetry::with_cost(cost, deadline::within(deadline, work)).await
        }
    }

    async fn admitted(
        self: Arc<Self>,
        method: Arc<Method>,
        request: Request<Body>,
        permit: OwnedSemaphorePermit,
        deadline: Option<Instant>,
    ) -> Result<(Response<Body>, Option<StreamEnd>), Status> {
        let (mut parts, body) = request.into_parts();
        if method.guarded {
            parts = or_expired(deadline, (self.guard)(parts)).await??;
        }
        if method.streaming {
            let body = Body::new(Patient::new(body, self.limits.args().deadline));
            let handled = self.routes.clone().call(Request::from_parts(parts, body));
            let Ok(response) = or_expired(deadline, handled).await?;
            return Ok((response, Some(stream_end(self.tasks.clone(), permit, deadline))));
        }
        // However long the call may take, it is asked in the usual time.
        let asked = Instant::now().checked_add(self.limits.args().deadline);
        let asked = asked.into_iter().chain(deadline).min();
        let request = or_expired(asked, self.read(parts, body)).await??;
        let response = or_expired(deadline, self.handle(request, permit)).await??;
        Ok((response, None))
    }

    /// The whole request, so that a handler never waits for its caller.
    async fn read(&self, parts: Parts, body: Body) -> Result<Request<Body>, Status> {
        let limit = self.limits.args().max_message_bytes;
        match Limited::new(body, limit + PREFIX).collect().await {
            Ok(body) => Ok(Request::from_parts(parts, Body::new(Full::new(body.to_bytes())))),
            Err(error) if error.is::<LengthLimitError>() => Err(status::message_too_large(limit)),
            Err(_) => Err(Status::new(Code::Cancelled, "the request broke off")),
        }
    }

    /// Runs a unary handler as a task of its own: a caller who hangs up, or whose deadline passes,
    /// never stops it half way. It keeps its place among the calls until it has ended.
    async fn handle(
        &self,
        request: Request<Body>,
        permit: OwnedSemaphorePermit,
    ) -> Result<Response<Body>, Status> {
        let mut routes = self.routes.clone();
        let (deadline, cost) = (deadline::deadline(), telemetry::cost());
        let handler = async move {
            let Ok(response) = routes.call(request).await;
            drop(permit);
            response
        };
        let handler = telemetry::with_cost(cost, deadline::within(deadline, handler));
        self.tasks.spawn_call(handler.in_current_span()).await.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "a handler panicked");
            status::internal()
        })
    }

    fn deadline(&self, method: &Method, request: &Request<Body>) -> Option<Instant> {
        let asked = request.headers().get("grpc-timeout").and_then(|value| value.to_str().ok());
        let asked = asked.and_then(deadline::parse_timeout);
        let default = (!method.streaming).then(|| self.limits.args().deadline);
        asked.or(default).and_then(|timeout| Instant::now().checked_add(timeout))
    }
}

async fn or_expired<T>(
    deadline: Option<Instant>,
    work: impl Future<Output = T>,
) -> Result<T, Status> {
    match deadline {
        Some(deadline) => timeout_at(deadline, work).await.map_err(|_| status::deadline_exceeded()),
        None => Ok(work.await),
    }
}

fn stream_end(tasks: Tasks, permit: OwnedSemaphorePermit, deadline: Option<Instant>) -> StreamEnd {
    Box::pin(async move {
        let _place = permit;
        let drained = async {
            tasks.draining().cancelled_owned().await;
            tokio::time::sleep(STREAM_GRACE).await;
        };
        match or_expired(deadline, drained).await {
            Ok(()) => status::closing(),
            Err(expired) => expired,
        }
    })
}
