use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

use super::{Caller, bounded::BoundedMap};

/// A verified token is believed for so many seconds, and never beyond its own expiry.
pub(super) const BELIEVED: u64 = 300;
/// Tokens remembered at once.
const TOKENS: usize = 32_768;

/// SHA-256 of a token: the token itself is not kept.
pub(super) type TokenHash = [u8; SHA256_OUTPUT_LEN];

/// A token that was verified.
#[derive(Debug, Clone)]
pub(super) struct Verified {
    pub(super) caller: Arc<Caller>,
    /// Which of the trusted issuers, and of which generation its keys were.
    pub(super) issuer: usize,
    pub(super) generation: u64,
    /// Seconds since 1970, in real time.
    pub(super) expires: u64,
}

#[derive(Debug)]
pub(super) struct TokenCache(RwLock<BoundedMap<TokenHash, (Verified, u64)>>);

pub(super) fn hash(token: &str) -> TokenHash {
    let mut hash = TokenHash::default();
    hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    hash
}

impl TokenCache {
    pub(super) fn new() -> Self {
        Self(RwLock::new(BoundedMap::new(TOKENS / 2)))
    }

    /// What was verified, while it is believed.
    pub(super) fn get(&self, hash: &TokenHash, now: u64) -> Option<Verified> {
        let tokens = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (verified, until) = tokens.get(hash)?;
        (now < *until).then(|| verified.clone())
    }

    pub(super) fn put(&self, hash: TokenHash, verified: Verified, now: u64) {
        let until = verified.expires.min(now + BELIEVED);
        let mut tokens = self.0.write().unwrap_or_else(PoisonError::into_inner);
        tokens.insert(hash, (verified, until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{Roles, Scope};

    const NOW: u64 = 1_000_000;

    fn verified(expires: u64) -> Verified {
        let caller = Caller {
            subject: "s".into(),
            scope: Scope::System(None),
            employee_id: None,
            roles: Roles::default(),
        };
        Verified { caller: Arc::new(caller), issuer: 0, generation: 1, expires }
    }

    #[test]
    fn a_token_is_believed_for_five_minutes() {
        let cache = TokenCache::new();
        cache.put(hash("t"), verified(NOW + 3_600), NOW);
        assert!(cache.get(&hash("t"), NOW + 299).is_some());
        assert!(cache.get(&hash("t"), NOW + 300).is_none());
        assert!(cache.get(&hash("u"), NOW).is_none());
    }

    #[test]
    fn a_token_is_not_believed_beyond_its_expiry() {
        let cache = TokenCache::new();
        cache.put(hash("t"), verified(NOW + 10), NOW);
        assert!(cache.get(&hash("t"), NOW + 9).is_some());
        assert!(cache.get(&hash("t"), NOW + 10).is_none());
    }
}
