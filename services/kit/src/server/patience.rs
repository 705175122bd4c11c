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

/// Waiting is counted in steps of this length. Whether the service waits or does something else is not
/// to be seen from here, but that nobody asks at the end of a step is: no other begins then. So of the
/// time in which the service does something else, at most a step is counted.
const STEP: Duration = Duration::from_millis(100);

/// The request body of a stream, which ends in DEADLINE_EXCEEDED when it comes too slowly: a caller
/// that sends a byte now and then would keep a place among the streams for ever. The time counts in
/// which the service waits for the caller; a slow database costs it at most a [`STEP`] each time.
pub(super) struct Patient {
    inner: Body,
    patience: Duration,
    /// What is left of it for this piece.
    left: Duration,
    received: usize,
    step: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    pub(super) fn new(inner: Body, patience: Duration) -> Self {
        Self { inner, patience, left: patience, received: 0, step: None }
    }

    fn receive(&mut self, bytes: usize) {
        self.count();
        self.received += bytes;
        if self.received >= PIECE {
            (self.received, self.left) = (0, self.patience);
        }
    }

    /// Counts the step under way, as far as it has come.
    fn count(&mut self) {
        if let Some(step) = self.step.take() {
            let ahead = step.deadline().saturating_duration_since(Instant::now());
            self.left = self.left.saturating_sub(STEP.saturating_sub(ahead));
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
        while !this.left.is_zero() {
            ready!(this.step.get_or_insert_with(|| Box::pin(sleep(STEP))).as_mut().poll(cx));
            this.count();
        }
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

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures_util::FutureExt as _;
    use http_body::Body as _;
    use http_body_util::StreamBody;
    use tokio::{
        sync::mpsc::{Sender, channel},
        time::{interval, sleep_until, timeout},
    };
    use tokio_stream::wrappers::ReceiverStream;
    use tokio_util::task::TaskTracker;
    use tonic::Code;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(250);

    struct Caller(Sender<Result<Frame<Bytes>, Status>>);

    impl Caller {
        /// Whether somebody took it.
        async fn sends(&self) -> bool {
            self.0.send(Ok(Frame::data(Bytes::from_static(b"a")))).await.is_ok()
        }
    }

    fn body() -> (Patient, Caller) {
        let (caller, sent) = channel(8);
        let body = Body::new(StreamBody::new(ReceiverStream::new(sent)));
        (Patient::new(body, PATIENCE), Caller(caller))
    }

    async fn next(body: &mut Patient) -> Option<Result<Frame<Bytes>, Status>> {
        let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx));
        timeout(Duration::from_secs(20), frame).await.expect("a frame or an end")
    }

    /// Waits for what does not come, and then does other work until long after.
    fn leaves_alone(body: &mut Patient) {
        assert!(next(body).now_or_never().is_none(), "nothing was sent, and there is patience");
        let ended = Instant::now() - 10 * PATIENCE;
        body.step = Some(Box::pin(sleep_until(ended)));
    }

    #[tokio::test]
    async fn while_the_service_does_other_work_no_patience_is_lost() {
        let (mut body, caller) = body();
        leaves_alone(&mut body);
        assert!(caller.sends().await);
        assert!(next(&mut body).await.is_some_and(|frame| frame.is_ok()));
        leaves_alone(&mut body);
        assert!(next(&mut body).now_or_never().is_none(), "there is patience left");
    }

    #[tokio::test]
    async fn who_sends_too_slowly_is_refused_when_patience_ends() {
        let (mut body, caller) = body();
        let began = Instant::now();
        TaskTracker::new().spawn(async move {
            let mut ticks = interval(STEP / 5);
            while caller.sends().await {
                ticks.tick().await;
            }
        });
        let refused = loop {
            match next(&mut body).await.expect("an end that says why") {
                Ok(_) => {}
                Err(refused) => break refused,
            }
        };
        assert_eq!(refused.code(), Code::DeadlineExceeded);
        assert!(began.elapsed() >= PATIENCE, "after {:?}", began.elapsed());
        assert!(next(&mut body).await.is_none());
    }
}
