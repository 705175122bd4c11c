use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::Semaphore;

use super::{
    fetch::{FetchError, Fetcher},
    key_set::{KeySet, Missing},
};

/// An unknown key is asked for at most so often.
const ASK_AGAIN: Duration = Duration::from_secs(10);
/// Known keys are looked through after this time, so that a withdrawn one is noticed.
const FRESH: Duration = Duration::from_secs(60);

/// Where an issuer's public keys are found.
#[derive(Debug, Clone)]
pub enum JwksSource {
    Url {
        url: String,
        /// PEM; the machine's authorities when absent.
        authorities: Option<PathBuf>,
        /// A file with the bearer token the endpoint asks for, as a Kubernetes API server does.
        token: Option<PathBuf>,
    },
    File(PathBuf),
    /// The document itself.
    Fixed(String),
}

/// An issuer's keys, kept up to date. Without an answer from the source the known keys go on.
#[derive(Debug)]
pub struct Jwks {
    shared: Arc<Shared>,
    ask_again: Duration,
    /// One asks at a time; the others wait for that answer.
    turn: Arc<Semaphore>,
}

#[derive(Debug)]
struct Shared {
    fetcher: Fetcher,
    keys: RwLock<Arc<KeySet>>,
    asked: Mutex<Option<Asked>>,
}

#[derive(Debug, Clone, Copy)]
struct Asked {
    at: Instant,
    answered: bool,
}

/// A key to verify with, and the generation of the key set it comes from.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) key: DecodingKey,
    pub(super) generation: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyError {
    Unknown,
    OtherKind,
    /// Nobody can say whether the key exists.
    Unreachable,
}

impl Jwks {
    pub fn new(source: JwksSource) -> Self {
        let fetcher = Fetcher::new(source);
        let shared = Shared { fetcher, keys: RwLock::default(), asked: Mutex::default() };
        Self { shared: Arc::new(shared), ask_again: ASK_AGAIN, turn: Arc::new(Semaphore::new(1)) }
    }

    /// Asks again for unknown keys after `pause` instead of 10 s.
    #[must_use]
    pub fn asking_again_after(self, pause: Duration) -> Self {
        Self { ask_again: pause, ..self }
    }

    /// The generation of the keys in force: it changes when they do.
    pub(super) fn generation(&self) -> u64 {
        self.shared.keys.read().unwrap_or_else(PoisonError::into_inner).generation
    }

    pub(super) async fn key(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<Found, KeyError> {
        let pause = match self.look(kid, algorithm) {
            Err(Missing::Unknown) => self.ask_again,
            Ok(found) if self.shared.is_fresh() => return Ok(found),
            Err(Missing::OtherKind) if self.shared.is_fresh() => return Err(KeyError::OtherKind),
            _ => FRESH,
        };
        let answered = self.ask(pause).await;
        self.look(kid, algorithm).map_err(|missing| match missing {
            Missing::Unknown if answered => KeyError::Unknown,
            Missing::Unknown => KeyError::Unreachable,
            Missing::OtherKind => KeyError::OtherKind,
        })
    }

    fn look(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<Found, Missing> {
        let keys = self.shared.current();
        let key = keys.find(kid, algorithm)?;
        Ok(Found { key: key.decoding().clone(), generation: keys.generation })
    }

    /// Asks the source, unless it was asked within `pause`. Says whether the last asking was answered.
    async fn ask(&self, pause: Duration) -> bool {
        let turn = Arc::clone(&self.turn).acquire_owned().await;
        let turn = turn.expect("the semaphore is never closed");
        let asked = self.shared.last_asked().filter(|asked| asked.at.elapsed() < pause);
        if let Some(asked) = asked {
            return asked.answered;
        }
        let shared = Arc::clone(&self.shared);
        // A caller who hangs up does not stop it: else anybody could keep new keys away.
        #[expect(clippy::disallowed_methods, reason = "ends by itself within seconds")]
        let asking = tokio::spawn(async move {
            let answered = shared.ask().await;
            drop(turn);
            answered
        });
        asking.await.unwrap_or(false)
    }
}

impl Shared {
    fn current(&self) -> Arc<KeySet> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_fresh(&self) -> bool {
        self.last_asked().is_some_and(|asked| asked.at.elapsed() < FRESH)
    }

    fn last_asked(&self) -> Option<Asked> {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, asked: Asked) {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked);
    }

    async fn ask(&self) -> bool {
        // Noted before the answer is there: calls whose key is known do not wait for it.
        let at = Instant::now();
        self.note(Asked { at, answered: false });
        let fetched = self.fetch().await;
        if let Err(error) = &fetched {
            tracing::warn!(error = error as &dyn std::error::Error, "the JWKS cannot be had");
        }
        self.note(Asked { at, answered: fetched.is_ok() });
        fetched.is_ok()
    }

    async fn fetch(&self) -> Result<(), FetchError> {
        let mut fetched = KeySet::parse(&self.fetcher.document().await?)?;
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if !keys.same_keys(&fetched) {
            fetched.generation = keys.generation + 1;
            *keys = Arc::new(fetched);
        }
        Ok(())
    }
}
