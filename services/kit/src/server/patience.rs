use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};
use tonic::{Status, body::Body};

use super::status;

/// What a caller has to send of a stream in the time it is given.
const PIECE: usize = 64 << 10;

/// The request body of a stream, which ends in DEADLINE_EXCEEDED when it comes too slowly: a caller
/// that sends a byte now and then would keep a place among the streams for ever. Only the time counts
/// in which the service waits for the caller.
pub(super) struct Patient {
    inner: Body,
    patience: Duration,
    /// What is left of it for this piece.
    left: Duration,
    received: usize,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    pub(super) fn new(inner: Body, patience: Duration) -> Self {
        Self { inner, patience, left: patience, received: 0, waiting: None }
    }

    fn receive(&mut self, bytes: usize) {
        if let Some(waiting) = self.waiting.take() {
            self.left = waiting.deadline().saturating_duration_since(Instant::now());
        }
        self.received += bytes;
        if self.received >= PIECE {
            (self.received, self.left) = (0, self.patience);
        }
    }
}

impl http_body::Body for Patient {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(cx) {
            let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
            this.receive(data.map_or(0, Bytes::len));
            return Poll::Ready(frame);
        }
        let left = this.left;
        ready!(this.waiting.get_or_insert_with(|| Box::pin(sleep(left))).as_mut().poll(cx));
        this.inner = Body::empty();
        Poll::Ready(Some(Err(status::deadline_exceeded())))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
