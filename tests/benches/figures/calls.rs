//! Load from many callers, and what it cost the servers.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::processes;

/// Callers at a time.
const CALLERS: usize = 8;

/// What a number of calls took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// CPU of the service and of the database, in microseconds per call.
    pub(crate) service_us: f64,
    pub(crate) database_us: f64,
    pub(crate) per_second: f64,
}

/// Makes `calls` calls, the nth with its number, from several callers at once.
pub(crate) async fn make<F, T>(calls: usize, call: F) -> anyhow::Result<Duration>
where
    F: Fn(usize) -> T + Send + Sync + 'static,
    T: Future<Output = anyhow::Result<()>> + Send,
{
    let call = Arc::new(call);
    let begun = Instant::now();
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let call = Arc::clone(&call);
        callers.spawn(async move {
            for number in (caller..calls).step_by(CALLERS) {
                call(number).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller??;
    }
    Ok(begun.elapsed())
}

/// The same, and what it cost the process `service` and the family of `postmaster`.
pub(crate) async fn cost<F, T>(
    service: u32,
    postmaster: u32,
    calls: usize,
    call: F,
) -> anyhow::Result<Cost>
where
    F: Fn(usize) -> T + Send + Sync + 'static,
    T: Future<Output = anyhow::Result<()>> + Send,
{
    let before = (processes::cpu(service)?, processes::family_cpu(postmaster)?);
    let taken = make(calls, call).await?;
    let after = (processes::cpu(service)?, processes::family_cpu(postmaster)?);
    let per_call = |spent: Duration| spent.as_secs_f64() * 1e6 / calls as f64;
    Ok(Cost {
        service_us: per_call(after.0.saturating_sub(before.0)),
        database_us: per_call(after.1.saturating_sub(before.1)),
        per_second: calls as f64 / taken.as_secs_f64(),
    })
}
