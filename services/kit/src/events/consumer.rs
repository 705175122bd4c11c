//! Following a neighbour's feed.

use std::{fmt, pin::Pin, time::Duration};

use futures_util::{StreamExt as _, stream::BoxStream};
use kinerja_proto::events::v1 as pb;
use rand::Rng as _;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{
    ApplyError, Cursor, Event, FeedClient, FeedFault, Projection,
    batch::{Applier, Outcome},
    cursors::{self, Progress},
    metrics::Metrics,
    parked,
};
use crate::{clock::Clock, tenant::Database};

/// How long a replica rests when another one is at work.
const REST: Duration = Duration::from_secs(1);
/// How often parked events are counted, and those to be retried applied.
const SURVEY: Duration = Duration::from_secs(2);
/// A stream on which not even a heartbeat came for this long is taken for dead.
const SILENCE: Duration = Duration::from_secs(20);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How many messages that lie ready are applied as one batch.
const READY: usize = 4;

/// Keeps a projection up with its source. Every replica runs one: whoever has the cursor's row
/// applies, the others rest.
#[derive(Debug)]
pub struct Consumer<P> {
    pub(super) applier: Applier<P>,
    pub(super) client: FeedClient,
    metrics: Metrics,
}

/// A consumer, whatever its projection: `worker.run(shutdown)` until then.
pub struct Worker(Box<dyn FnOnce(CancellationToken) -> Run + Send>);

type Run = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Why a session ended.
enum End {
    /// There is something else to do at once.
    Again,
    /// The source ended the stream.
    Ended,
    /// Another replica is at it.
    Elsewhere,
}

/// Why a session failed. It is begun anew after a pause.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    #[error("the source does not answer: {0}")]
    Source(Box<Status>),
    #[error("the source sent nothing for {SILENCE:?}")]
    Silence,
    #[error("cannot apply events")]
    Apply(#[from] ApplyError),
}

type Messages = BoxStream<'static, Vec<Result<pb::WatchResponse, Status>>>;

impl<P: Projection> Consumer<P> {
    pub fn new(db: Database, clock: Clock, client: FeedClient, projection: P) -> Self {
        let metrics = Metrics::new(projection.name(), projection.source());
        Self { applier: Applier { db, clock, projection }, client, metrics }
    }

    /// Forgets which projection it is, to lie in a list with others.
    pub fn into_worker(self) -> Worker {
        Worker(Box::new(move |shutdown| Box::pin(self.run(shutdown))))
    }

    /// Follows the feed until `shutdown`, which is heeded between batches.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut pause = FIRST_PAUSE;
        let mut heard = Instant::now();
        while !shutdown.is_cancelled() {
            let session = self.session(shutdown.clone(), &mut heard).await;
            pause = match &session {
                Ok(_) => FIRST_PAUSE,
                Err(_) => (pause * 2).min(LONGEST_PAUSE),
            };
            let rest = match session {
                Ok(End::Again) => Duration::ZERO,
                Ok(End::Ended) => FIRST_PAUSE,
                Ok(End::Elsewhere) => REST,
                Err(error) => {
                    let projection = self.applier.projection.name();
                    tracing::warn!(
                        projection,
                        error = &error as &dyn std::error::Error,
                        "the feed waits"
                    );
                    pause
                }
            };
            self.metrics.silence(heard.elapsed());
            let rest = rest.mul_f64(rand::rng().random_range(0.8..=1.2));
            let _ = timeout(rest, shutdown.cancelled()).await;
        }
    }

    async fn session(
        &self,
        shutdown: CancellationToken,
        heard: &mut Instant,
    ) -> Result<End, SessionError> {
        let projection = &self.applier.projection;
        let progress = self.open().await?;
        if progress.version > projection.version() {
            // A newer build has the projection; this one is about to be replaced.
            return Ok(End::Elsewhere);
        }
        let outcome = match &progress.rebuild {
            Some(rebuild) => self.continue_rebuild(&progress, rebuild).await?,
            None if progress.version < projection.version() => {
                self.begin_rebuild(&progress).await?
            }
            None => return self.follow(progress, shutdown, heard).await,
        };
        *heard = Instant::now();
        Ok(outcome.into())
    }

    async fn open(&self) -> Result<Progress, SessionError> {
        let projection = &self.applier.projection;
        let mut tx = self.applier.db.begin_system().await?;
        let version = projection.version();
        let opened =
            cursors::open(&mut tx, projection.name(), projection.source(), version).await?;
        tx.commit().await?;
        Ok(opened)
    }

    async fn follow(
        &self,
        mut progress: Progress,
        shutdown: CancellationToken,
        heard: &mut Instant,
    ) -> Result<End, SessionError> {
        let types = self.applier.projection.types();
        let watch = timeout(SILENCE, self.client.watch(progress.cursor, types));
        let opened = tokio::select! {
            () = shutdown.cancelled() => return Ok(End::Ended),
            opened = watch => opened.map_err(|_| SessionError::Silence)?,
        };
        let mut messages: Messages = match opened {
            Ok(stream) => stream.ready_chunks(READY).boxed(),
            Err(status) => return self.refused(&progress, status).await,
        };
        *heard = Instant::now();
        let mut survey = interval(SURVEY);
        survey.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let ready = tokio::select! {
                () = shutdown.cancelled() => return Ok(End::Ended),
                _ = survey.tick() => {
                    self.retry_due(&progress).await?;
                    self.metrics.silence(heard.elapsed());
                    if heard.elapsed() > SILENCE {
                        return Err(SessionError::Silence);
                    }
                    continue;
                }
                ready = messages.next() => ready,
            };
            let Some(ready) = ready else {
                return Ok(End::Ended);
            };
            let (received, fault) = until_fault(ready);
            match self.receive(&progress, received).await? {
                Outcome::Committed(next) => progress = next,
                Outcome::Elsewhere => return Ok(End::Elsewhere),
            }
            *heard = Instant::now();
            if let Some(status) = fault {
                return self.refused(&progress, status).await;
            }
        }
    }

    /// Applies what came, and moves the cursor if there is something to move.
    async fn receive(
        &self,
        progress: &Progress,
        messages: Vec<pb::WatchResponse>,
    ) -> Result<Outcome, SessionError> {
        let (mut events, mut through, mut head) = (Vec::new(), progress.cursor, 0);
        for message in messages {
            events.extend(message.events.into_iter().map(Event::try_from));
            let reached = message.through.unwrap_or_default();
            through = Cursor::try_from(reached).map_err(Status::from)?;
            head = head.max(message.head_position);
        }
        let events: Vec<Event> =
            events.into_iter().collect::<Result<_, _>>().map_err(ApplyError::from)?;
        let count = events.len();
        self.metrics.lag((head - progress.cursor.position).max(0));
        if through == progress.cursor {
            return Ok(Outcome::Committed(progress.clone()));
        }
        let next = Progress { cursor: through, ..progress.clone() };
        let outcome = self.applier.apply(progress, next, events).await?;
        self.metrics.lag((head - through.position).max(0));
        if outcome != Outcome::Elsewhere {
            self.metrics.applied(count);
        }
        Ok(outcome)
    }

    /// The source ended the watch: with a fault of the feed the projection is rebuilt.
    async fn refused(&self, progress: &Progress, status: Status) -> Result<End, SessionError> {
        let Some(fault) = FeedFault::of(&status) else {
            return Err(status.into());
        };
        tracing::warn!(projection = self.applier.projection.name(), %fault, "the feed cannot go on");
        Ok(self.begin_rebuild(progress).await?.into())
    }

    async fn retry_due(&self, progress: &Progress) -> Result<(), SessionError> {
        let mut tx = self.applier.db.begin_system().await?;
        let parked = parked::survey(&mut tx, self.applier.projection.name()).await?;
        tx.rollback().await?;
        self.metrics.parked(parked.events);
        for (tenant, key) in parked.due {
            let tenant = tenant.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
            if !self.applier.retry(progress, &tenant, key).await? {
                break;
            }
        }
        Ok(())
    }
}

impl Worker {
    /// Runs the consumer until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        (self.0)(shutdown).await;
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Worker")
    }
}

impl From<Outcome> for End {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Committed(_) => Self::Again,
            Outcome::Elsewhere => Self::Elsewhere,
        }
    }
}

impl From<Status> for SessionError {
    fn from(status: Status) -> Self {
        Self::Source(Box::new(status))
    }
}

impl From<sqlx::Error> for SessionError {
    fn from(error: sqlx::Error) -> Self {
        Self::Apply(error.into())
    }
}

/// What came before the stream failed, and how it failed.
fn until_fault(
    ready: Vec<Result<pb::WatchResponse, Status>>,
) -> (Vec<pb::WatchResponse>, Option<Status>) {
    let mut received = Vec::with_capacity(ready.len());
    for message in ready {
        match message {
            Ok(message) => received.push(message),
            Err(status) => return (received, Some(status)),
        }
    }
    (received, None)
}
