use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::ensure;
use kinerja_kit::client::Channel;
use tokio::{sync::watch, task::JoinSet};
use tonic::Status;

use super::{units, until};

/// Before a refused write is made again.
const BREATH: Duration = Duration::from_millis(20);

/// Callers that write one unit after the other, each again and again until it is acknowledged.
pub(super) struct Writers {
    channel: Channel,
    there: BTreeSet<String>,
    seen: Arc<Mutex<Seen>>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// What became of the writes.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen {
    pub acknowledged: Vec<String>,
    /// With the time that the caller waited for it.
    pub refused: Vec<(Status, Duration)>,
}

impl Writers {
    pub(super) async fn start(channel: &Channel, count: usize) -> anyhow::Result<Self> {
        let (stop, _) = watch::channel(false);
        let there = units::all(channel).await?;
        let seen = Arc::<Mutex<Seen>>::default();
        let mut tasks = JoinSet::new();
        for index in 0..count {
            let (channel, seen, stopped) = (channel.clone(), Arc::clone(&seen), stop.subscribe());
            tasks.spawn(async move {
                let mut number = index;
                while !*stopped.borrow() {
                    persist(&channel, number, &seen).await;
                    number += count;
                }
            });
        }
        Ok(Self { channel: channel.clone(), there, seen, stop, tasks })
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for so many more acknowledged writes.
    pub(super) async fn go_on(&self, more: usize) -> anyhow::Result<()> {
        let wanted = self.seen().acknowledged.len() + more;
        until("writes go on", async || Ok(self.seen().acknowledged.len() >= wanted)).await
    }

    /// Ends the work. Each unit that was written is there, once.
    pub(super) async fn finish(mut self) -> anyhow::Result<Seen> {
        self.stop.send_replace(true);
        while let Some(task) = self.tasks.join_next().await {
            task?;
        }
        let (seen, mut there) = (self.seen(), units::all(&self.channel).await?);
        there.retain(|id| !self.there.contains(id));
        let acknowledged: BTreeSet<String> = seen.acknowledged.iter().cloned().collect();
        let lost: Vec<_> = acknowledged.difference(&there).collect();
        ensure!(lost.is_empty(), "{} of {} were lost: {lost:?}", lost.len(), acknowledged.len());
        ensure!(there == acknowledged, "{} units of {} writes", there.len(), acknowledged.len());
        Ok(seen)
    }
}

async fn persist(channel: &Channel, number: usize, seen: &Mutex<Seen>) {
    while !attempt(channel, number, seen).await {
        tokio::time::sleep(BREATH).await;
    }
}

/// Whether it was acknowledged.
async fn attempt(channel: &Channel, number: usize, seen: &Mutex<Seen>) -> bool {
    let began = Instant::now();
    let outcome = units::create(channel, number).await;
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    match outcome {
        Ok(id) => {
            seen.acknowledged.push(id);
            true
        }
        Err(status) => {
            seen.refused.push((status, began.elapsed()));
            false
        }
    }
}
