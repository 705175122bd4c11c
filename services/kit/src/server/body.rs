use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body::{Body as _, Frame, SizeHint};
use tonic::{Code, Status, body::Body};

use super::status;
use crate::telemetry::ServerCall;

/// The body of an answer: watches for the call's status, and ends a stream whose time is up.
pub(super) struct Answer {
    inner: Body,
    call: ServerCall,
    stream: Option<StreamEnd>,
    ended: bool,
}

/// Resolves when an open stream must end, with the status that ends it. Keeps the stream's place
/// among the streams of the process.
pub(super) type StreamEnd = BoxFuture<'static, Status>;

impl Answer {
    pub(super) fn new(inner: Body, call: ServerCall, stream: Option<StreamEnd>) -> Self {
        Self { inner, call, stream, ended: false }
    }

    fn poll_inner(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let mut frame = std::task::ready!(Pin::new(&mut self.inner).poll_frame(cx));
        match &mut frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_mut() {
                    status::translate(trailers);
                    self.finish(status::code(trailers).unwrap_or(Code::Ok));
                }
            }
            Some(Err(error)) => self.finish(error.code()),
            None => self.finish(Code::Ok),
        }
        Poll::Ready(frame)
    }

    fn cut(&mut self, status: &Status) -> Option<Result<Frame<Bytes>, Status>> {
        self.inner = Body::empty();
        self.finish(status.code());
        let mut trailers = http::HeaderMap::new();
        status.add_header(&mut trailers).ok()?;
        Some(Ok(Frame::trailers(trailers)))
    }

    fn finish(&mut self, code: Code) {
        self.ended = true;
        self.stream = None;
        self.call.finish(code);
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        if let Some(end) = &mut this.stream
            && let Poll::Ready(status) = end.as_mut().poll(cx)
        {
            return Poll::Ready(this.cut(&status));
        }
        let span = this.call.span().clone();
        span.in_scope(|| this.poll_inner(cx))
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
