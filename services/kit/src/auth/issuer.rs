use std::{fmt, io, path::Path, sync::Arc, time::Duration};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Mode, Role, Roles, cache, key_file, real_time::real_seconds};
use crate::tenant::TenantId;

/// `iss` of development tokens. Production refuses to trust it.
pub const DEVELOPMENT_ISSUER: &str = "https://development.kinerja.invalid";
/// `aud` of every token, unless configured otherwise.
pub const DEFAULT_AUDIENCE: &str = "kinerja";

const LIFETIME: Duration = Duration::from_secs(12 * 3600);

/// Makes tokens for a laptop, a trial, a test; never in production. Clones share the key.
#[derive(Clone)]
pub struct DevelopmentIssuer(Arc<SigningKey>);

struct SigningKey {
    kid: String,
    /// The public key, as a JWK spells it.
    x: String,
    key: EncodingKey,
}

#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    #[error("the development issuer is not for production")]
    Production,
    #[error("the development issuer's key cannot be kept in {path}")]
    KeyFile { path: String, source: io::Error },
    #[error("{0} does not hold an Ed25519 key")]
    NotAKey(String),
    #[error("no key can be made")]
    KeyGeneration,
}

/// Whom a development token speaks for.
#[derive(Debug, Clone)]
pub struct Identity {
    subject: String,
    tenant: Option<TenantId>,
    province: Option<String>,
    employee_id: Option<Uuid>,
    roles: Roles,
    lifetime: Duration,
}

impl DevelopmentIssuer {
    /// An issuer whose key lasts as long as the process.
    pub fn new(mode: Mode) -> Result<Self, IssuerError> {
        allowed(mode)?;
        let pkcs8 = key_file::generate()?;
        Self::of(&pkcs8).ok_or(IssuerError::KeyGeneration)
    }

    /// An issuer whose key is read from `path`, or made and kept there, for its owner's eyes only.
    pub fn persisted(mode: Mode, path: &Path) -> Result<Self, IssuerError> {
        allowed(mode)?;
        let pkcs8 = key_file::read_or_make(path)?;
        Self::of(&pkcs8).ok_or_else(|| IssuerError::NotAKey(path.display().to_string()))
    }

    /// The JWKS document by which the issuer's tokens are verified.
    pub fn jwks(&self) -> String {
        let key = json!({
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
            "kid": self.0.kid, "x": self.0.x,
        });
        json!({ "keys": [key] }).to_string()
    }

    pub fn token(&self, identity: &Identity) -> String {
        self.sign(&identity.claims())
    }

    /// Signs claims as they are; tests make unusable tokens this way.
    pub fn sign(&self, claims: &Map<String, Value>) -> String {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.0.kid.clone());
        encode(&header, claims, &self.0.key).expect("an Ed25519 key signs whatever is JSON")
    }

    fn of(pkcs8: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).ok()?;
        let x = BASE64_URL_SAFE_NO_PAD.encode(pair.public_key());
        let kid = BASE64_URL_SAFE_NO_PAD.encode(&cache::hash(&x)[..9]);
        Some(Self(Arc::new(SigningKey { kid, x, key: EncodingKey::from_ed_der(pkcs8) })))
    }
}

impl fmt::Debug for DevelopmentIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevelopmentIssuer").field("kid", &self.0.kid).finish_non_exhaustive()
    }
}

impl Identity {
    pub fn employee(tenant: &TenantId, employee_id: Uuid) -> Self {
        let identity = Self::named(&format!("employee:{employee_id}"));
        Self { tenant: Some(tenant.clone()), employee_id: Some(employee_id), ..identity }
    }

    /// Somebody with a role for a whole government who is not, or need not be, one of its employees.
    pub fn officer(tenant: &TenantId, role: Role) -> Self {
        let identity = Self::named(&format!("{role}:{tenant}")).with(role);
        Self { tenant: Some(tenant.clone()), ..identity }
    }

    /// An auditor of the province with this two-digit code.
    pub fn province(code: &str) -> Self {
        let identity = Self::named(&format!("province:{code}")).with(Role::ProvinceAuditor);
        Self { province: Some(code.to_owned()), ..identity }
    }

    pub fn operator() -> Self {
        Self::named("operator").with(Role::Operator)
    }

    pub fn service(name: &str) -> Self {
        Self::named(&format!("service:{name}")).with(Role::Service)
    }

    #[must_use]
    pub fn with(self, role: Role) -> Self {
        Self { roles: self.roles.with(role), ..self }
    }

    #[must_use]
    pub fn subject(self, subject: &str) -> Self {
        Self { subject: subject.to_owned(), ..self }
    }

    #[must_use]
    pub fn lasting(self, lifetime: Duration) -> Self {
        Self { lifetime, ..self }
    }

    /// The claims, in the names that [`PeopleClaims::default`](super::PeopleClaims) reads.
    pub fn claims(&self) -> Map<String, Value> {
        let now = real_seconds();
        let roles: Vec<_> = self.roles.iter().map(Role::name).collect();
        let mut claims = Map::new();
        let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        say("iss", DEVELOPMENT_ISSUER.into());
        say("aud", DEFAULT_AUDIENCE.into());
        say("sub", self.subject.as_str().into());
        say("iat", now.into());
        say("exp", (now + self.lifetime.as_secs()).into());
        say("roles", roles.into());
        if let Some(tenant) = &self.tenant {
            say("tenant", tenant.as_str().into());
        }
        if let Some(province) = &self.province {
            say("province", province.as_str().into());
        }
        if let Some(employee_id) = self.employee_id {
            say("employee_id", employee_id.to_string().into());
        }
        claims
    }

    fn named(subject: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            tenant: None,
            province: None,
            employee_id: None,
            roles: Roles::default(),
            lifetime: LIFETIME,
        }
    }
}

fn allowed(mode: Mode) -> Result<(), IssuerError> {
    match mode {
        Mode::Development => Ok(()),
        Mode::Production => Err(IssuerError::Production),
    }
}
