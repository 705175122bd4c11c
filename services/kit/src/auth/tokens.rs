use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::HeaderValue;

use super::{DevelopmentIssuer, Identity, real_time::real_seconds};

/// A token file is read again after so many seconds: the platform rotates it well before expiry.
const READ_AGAIN: u64 = 30;
/// Lifetime of the tokens a service makes for itself in development, in seconds.
const MINTED: u64 = 600;

/// Where a service takes the token from by which its neighbours know it. Clones share one token.
#[derive(Debug, Clone)]
pub struct TokenSource(Arc<Source>);

#[derive(Debug)]
struct Source {
    origin: Origin,
    held: Mutex<Option<Held>>,
}

#[derive(Debug)]
enum Origin {
    /// A file that the platform rotates, such as a projected service-account token.
    File(PathBuf),
    Development {
        issuer: DevelopmentIssuer,
        identity: Identity,
    },
}

#[derive(Debug, Clone)]
struct Held {
    bearer: HeaderValue,
    /// Seconds since 1970 after which it is taken anew.
    until: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("the service's token cannot be read")]
    File(#[from] io::Error),
    #[error("the service's token holds what no header can carry")]
    NotAToken,
}

impl TokenSource {
    pub fn file(path: &Path) -> Self {
        Self::of(Origin::File(path.to_owned()))
    }

    /// Makes its own tokens, in the name of `identity`.
    pub fn development(issuer: DevelopmentIssuer, identity: Identity) -> Self {
        let identity = identity.lasting(Duration::from_secs(MINTED));
        Self::of(Origin::Development { issuer, identity })
    }

    /// The value of the `authorization` metadata. Ask for it at each call; it is held meanwhile.
    pub fn bearer(&self) -> Result<HeaderValue, TokenError> {
        let now = real_seconds();
        let held = self.held();
        if let Some(held) = held.as_ref().filter(|held| now < held.until) {
            return Ok(held.bearer.clone());
        }
        match self.take(now) {
            Ok(taken) => {
                let bearer = taken.bearer.clone();
                *self.0.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(taken);
                Ok(bearer)
            }
            Err(error) => {
                let held = held.ok_or(error)?;
                tracing::warn!("the service's token cannot be read anew; the last one goes on");
                Ok(held.bearer)
            }
        }
    }

    fn of(origin: Origin) -> Self {
        Self(Arc::new(Source { origin, held: Mutex::default() }))
    }

    fn held(&self) -> Option<Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn take(&self, now: u64) -> Result<Held, TokenError> {
        let (token, until) = match &self.0.origin {
            Origin::File(path) => (fs::read_to_string(path)?, now + READ_AGAIN),
            Origin::Development { issuer, identity } => (issuer.token(identity), now + MINTED / 2),
        };
        let bearer = format!("Bearer {}", token.trim());
        let mut bearer = HeaderValue::try_from(bearer).map_err(|_| TokenError::NotAToken)?;
        bearer.set_sensitive(true);
        Ok(Held { bearer, until })
    }
}
