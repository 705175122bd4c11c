use std::sync::Arc;

use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, errors::ErrorKind};
use kinerja_proto::common::v1::Reason;
use serde::Deserialize;
use tonic::{Code, Status};

use super::{
    Caller, Jwks, Mapping, Unmapped,
    cache::{self, TokenCache, Verified},
    claims::Claims,
    denied,
    jwks::{Found, KeyError},
    real_time::real_seconds,
};
use crate::errors::{refusal, try_again};

/// Clocks of two machines may differ by so many seconds.
const LEEWAY: u64 = 10;
/// No issuer makes longer tokens.
const MAX_TOKEN: usize = 16 * 1024;

/// Turns bearer tokens into callers. Clones share one cache.
#[derive(Debug, Clone)]
pub struct Verifier(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    issuers: Vec<TrustedIssuer>,
    cache: TokenCache,
}

/// An issuer whose tokens are accepted, and what they mean.
#[derive(Debug)]
pub struct TrustedIssuer {
    /// `iss`, literally.
    pub issuer: String,
    /// One of `aud`.
    pub audience: String,
    pub jwks: Jwks,
    pub mapping: Mapping,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the token is malformed")]
    Malformed,
    #[error("the token's algorithm is not accepted, or not for its key")]
    Algorithm,
    #[error("the token's issuer is not trusted")]
    Issuer,
    #[error("the token is for another audience")]
    Audience,
    #[error("the token's key is unknown")]
    Key,
    #[error("the token's signature is wrong")]
    Signature,
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYetValid,
    #[error("the issuer's keys cannot be had")]
    Unreachable,
    #[error(transparent)]
    Unmapped(#[from] Unmapped),
}

impl Verifier {
    pub fn new(issuers: Vec<TrustedIssuer>) -> Self {
        Self(Arc::new(Inner { issuers, cache: TokenCache::new() }))
    }

    /// The caller of a token that was verified lately, by keys that are still in force.
    pub fn cached(&self, token: &str) -> Option<Arc<Caller>> {
        let verified = self.0.cache.get(&cache::hash(token), real_seconds())?;
        let in_force = self.0.issuers[verified.issuer].jwks.generation();
        (verified.generation == in_force).then_some(verified.caller)
    }

    /// Verifies a token from its signature up.
    pub async fn verify(&self, token: &str) -> Result<Arc<Caller>, Refusal> {
        if token.len() > MAX_TOKEN {
            return Err(Refusal::Malformed);
        }
        let header = decode_header(token).map_err(|_| Refusal::Malformed)?;
        let claimed = claimed_issuer(token)?;
        let trusted = self.0.issuers.iter().position(|trusted| trusted.issuer == claimed);
        let issuer = trusted.ok_or(Refusal::Issuer)?;
        let verified = self.0.issuers[issuer].verify(issuer, token, &header).await?;
        let caller = Arc::clone(&verified.caller);
        self.0.cache.put(cache::hash(token), verified, real_seconds());
        Ok(caller)
    }
}

impl TrustedIssuer {
    async fn verify(
        &self,
        index: usize,
        token: &str,
        header: &Header,
    ) -> Result<Verified, Refusal> {
        // Extensions that must be understood are not (RFC 7515, 4.1.11).
        if header.crit.is_some() {
            return Err(Refusal::Malformed);
        }
        if !matches!(header.alg, Algorithm::EdDSA | Algorithm::ES256 | Algorithm::RS256) {
            return Err(Refusal::Algorithm);
        }
        let Found { key, generation } = self.jwks.key(header.kid.as_deref(), header.alg).await?;
        let claims = decode::<Claims>(token, &key, &self.validation(header.alg))?.claims;
        let expires = claims.get("exp").and_then(seconds).ok_or(Refusal::Malformed)?;
        let caller = Arc::new(self.mapping.caller(&claims)?);
        Ok(Verified { caller, issuer: index, generation, expires })
    }

    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY;
        validation
    }
}

/// The issuer an unverified token names, which decides whose keys it must stand up to.
fn claimed_issuer(token: &str) -> Result<String, Refusal> {
    #[derive(Deserialize)]
    struct Claimed {
        iss: String,
    }
    let claimed = jsonwebtoken::dangerous::insecure_decode_claims::<Claimed>(token);
    claimed.map(|claimed| claimed.iss).map_err(|_| Refusal::Malformed)
}

/// A NumericDate; a part of a second is cut off.
fn seconds(value: &serde_json::Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_f64().filter(|at| *at >= 0.0).map(|at| at as u64))
}

impl From<KeyError> for Refusal {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Unknown => Self::Key,
            KeyError::OtherKind => Self::Algorithm,
            KeyError::Unreachable => Self::Unreachable,
        }
    }
}

impl From<jsonwebtoken::errors::Error> for Refusal {
    fn from(error: jsonwebtoken::errors::Error) -> Self {
        match error.kind() {
            ErrorKind::ExpiredSignature => Self::Expired,
            ErrorKind::ImmatureSignature => Self::NotYetValid,
            ErrorKind::InvalidIssuer => Self::Issuer,
            ErrorKind::InvalidAudience => Self::Audience,
            ErrorKind::InvalidSignature => Self::Signature,
            ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => Self::Algorithm,
            _ => Self::Malformed,
        }
    }
}

impl From<Refusal> for Status {
    fn from(refused: Refusal) -> Self {
        let message = refused.to_string();
        match refused {
            Refusal::Unreachable => {
                try_again(Code::Unavailable, Reason::NeighbourUnavailable, message)
            }
            Refusal::Unmapped(_) => denied(&message),
            _ => refusal(Code::Unauthenticated, Reason::Unauthenticated, message),
        }
    }
}
