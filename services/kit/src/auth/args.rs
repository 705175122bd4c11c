use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{
    DEFAULT_AUDIENCE, DEVELOPMENT_ISSUER, DevelopmentIssuer, IssuerError, Jwks, JwksSource,
    Mapping, Network, PeopleClaims, PublicRate, RoleValue, TrustedIssuer, Verifier,
};

/// What kind of installation this is: production refuses what only development may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    #[default]
    Production,
    /// Own tokens, and a clock that can be set.
    Development,
}

/// Whom a service believes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Callers")]
pub struct AuthArgs {
    /// Issuer of people's tokens: their `iss`, literally
    #[arg(long, env = "KINERJA_TOKEN_ISSUER")]
    pub token_issuer: Option<String>,
    /// Audience that tokens must be for: one of their `aud`
    #[arg(long, env = "KINERJA_TOKEN_AUDIENCE", default_value = DEFAULT_AUDIENCE)]
    pub token_audience: String,
    /// The issuer's public keys: an https address or a file
    #[arg(long, env = "KINERJA_TOKEN_JWKS", value_name = "URL|FILE")]
    pub token_jwks: Option<String>,
    /// Authorities that the keys' address is certified by (PEM); the machine's when absent
    #[arg(long, env = "KINERJA_TOKEN_JWKS_CA", value_name = "FILE")]
    pub token_jwks_ca: Option<PathBuf>,
    #[command(flatten)]
    pub claims: ClaimArgs,
    #[command(flatten)]
    pub service: ServiceArgs,
    /// Calls a second that one address may make of the public RPCs
    #[arg(long, env = "KINERJA_PUBLIC_RATE", default_value_t = PublicRate::default().per_second)]
    pub public_rate: f64,
    /// Calls that one address may make of the public RPCs at once
    #[arg(long, env = "KINERJA_PUBLIC_BURST", default_value_t = PublicRate::default().burst)]
    pub public_burst: f64,
    /// Networks of our own proxies, whose x-forwarded-for says which address a public call is from
    #[arg(long, env = "KINERJA_PUBLIC_PROXIES", value_delimiter = ',', value_name = "NETWORK")]
    pub public_proxies: Vec<Network>,
    /// Key file of the development issuer, which is then the only one trusted; made if absent
    #[arg(long, env = "KINERJA_DEVELOPMENT_KEY", value_name = "FILE")]
    pub development_key: Option<PathBuf>,
}

/// Which claim of people's tokens says what; a name with dots may lead into objects.
#[derive(Debug, Clone, Args)]
pub struct ClaimArgs {
    /// Claim with the Kemendagri code of the government, such as 12.76
    #[arg(long, env = "KINERJA_CLAIM_TENANT", default_value = "tenant")]
    pub claim_tenant: String,
    /// Claim with the two digits of the province that a province_auditor reads
    #[arg(long, env = "KINERJA_CLAIM_PROVINCE", default_value = "province")]
    pub claim_province: String,
    /// Claim with the employee's id in the registry
    #[arg(long, env = "KINERJA_CLAIM_EMPLOYEE", default_value = "employee_id")]
    pub claim_employee: String,
    /// Claim with the roles
    #[arg(long, env = "KINERJA_CLAIM_ROLES", default_value = "roles")]
    pub claim_roles: String,
    /// Values of the roles claim and the roles they give; without any, each role by its own name
    #[arg(long, env = "KINERJA_ROLE_VALUES", value_delimiter = ',', value_name = "VALUE=ROLE")]
    pub role_values: Vec<RoleValue>,
}

/// Services' tokens, where another issuer makes them than people's, as on Kubernetes.
#[derive(Debug, Clone, Args)]
pub struct ServiceArgs {
    /// Issuer of services' tokens; people's when absent
    #[arg(long, env = "KINERJA_SERVICE_ISSUER", requires_all = ["service_jwks", "service_subjects"])]
    pub service_issuer: Option<String>,
    /// Public keys of that issuer: an https address or a file
    #[arg(long, env = "KINERJA_SERVICE_JWKS", value_name = "URL|FILE")]
    pub service_jwks: Option<String>,
    #[arg(long, env = "KINERJA_SERVICE_JWKS_CA", value_name = "FILE")]
    pub service_jwks_ca: Option<PathBuf>,
    /// Token that the keys' address asks for
    #[arg(long, env = "KINERJA_SERVICE_JWKS_TOKEN", value_name = "FILE")]
    pub service_jwks_token: Option<PathBuf>,
    /// Subjects that are services, such as system:serviceaccount:kinerja:planning
    #[arg(long, env = "KINERJA_SERVICE_SUBJECTS", value_delimiter = ',')]
    pub service_subjects: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum AuthConfigError {
    #[error("set {0}")]
    Missing(&'static str),
    #[error("{0} must be an https address or a file")]
    NotHttps(String),
    #[error("the development issuer is not trusted in production")]
    DevelopmentIssuer,
    #[error(transparent)]
    Issuer(#[from] IssuerError),
}

impl AuthArgs {
    pub fn public_rate(&self) -> PublicRate {
        PublicRate {
            per_second: self.public_rate,
            burst: self.public_burst,
            proxies: self.public_proxies.clone(),
        }
    }

    fn people(&self) -> Mapping {
        let claims = self.claims.clone();
        let names = claims.role_values.is_empty();
        Mapping::People(PeopleClaims {
            tenant: claims.claim_tenant,
            province: claims.claim_province,
            employee_id: claims.claim_employee,
            roles: claims.claim_roles,
            role_values: if names { RoleValue::names() } else { claims.role_values },
            services: self.service.service_issuer.is_none(),
        })
    }

    /// The development issuer, if its key is named; refused in production.
    pub fn development_issuer(
        &self,
        mode: Mode,
    ) -> Result<Option<DevelopmentIssuer>, AuthConfigError> {
        let key = self.development_key.as_deref();
        Ok(key.map(|key| DevelopmentIssuer::persisted(mode, key)).transpose()?)
    }

    fn people_issuer(&self, mode: Mode) -> Result<TrustedIssuer, AuthConfigError> {
        let issuer =
            self.token_issuer.as_deref().ok_or(AuthConfigError::Missing("KINERJA_TOKEN_ISSUER"))?;
        let jwks =
            self.token_jwks.as_deref().ok_or(AuthConfigError::Missing("KINERJA_TOKEN_JWKS"))?;
        let jwks = jwks_source(mode, jwks, self.token_jwks_ca.clone(), None)?;
        self.trusted(mode, issuer, jwks, self.people())
    }

    fn service_issuer(&self, mode: Mode) -> Result<Option<TrustedIssuer>, AuthConfigError> {
        let service = &self.service;
        let Some(issuer) = &service.service_issuer else { return Ok(None) };
        let jwks = service.service_jwks.as_deref();
        let jwks = jwks.ok_or(AuthConfigError::Missing("KINERJA_SERVICE_JWKS"))?;
        let (ca, token) = (service.service_jwks_ca.clone(), service.service_jwks_token.clone());
        let jwks = jwks_source(mode, jwks, ca, token)?;
        let mapping = Mapping::Services { subjects: service.service_subjects.clone() };
        self.trusted(mode, issuer, jwks, mapping).map(Some)
    }

    fn trusted(
        &self,
        mode: Mode,
        issuer: &str,
        jwks: JwksSource,
        mapping: Mapping,
    ) -> Result<TrustedIssuer, AuthConfigError> {
        if mode == Mode::Production && issuer == DEVELOPMENT_ISSUER {
            return Err(AuthConfigError::DevelopmentIssuer);
        }
        let (issuer, audience) = (issuer.to_owned(), self.token_audience.clone());
        Ok(TrustedIssuer { issuer, audience, jwks: Jwks::new(jwks), mapping })
    }
}

fn jwks_source(
    mode: Mode,
    place: &str,
    authorities: Option<PathBuf>,
    token: Option<PathBuf>,
) -> Result<JwksSource, AuthConfigError> {
    let plain = place.starts_with("http://");
    if plain && mode == Mode::Production {
        return Err(AuthConfigError::NotHttps(place.to_owned()));
    }
    Ok(if plain || place.starts_with("https://") {
        JwksSource::Url { url: place.to_owned(), authorities, token }
    } else {
        JwksSource::File(place.into())
    })
}

impl Verifier {
    /// Trusts the development issuer if its key is named, else the issuers that are configured.
    pub fn from_args(args: &AuthArgs, mode: Mode) -> Result<Self, AuthConfigError> {
        if let Some(issuer) = args.development_issuer(mode)? {
            return Ok(Self::development(&issuer));
        }
        let mut issuers = vec![args.people_issuer(mode)?];
        issuers.extend(args.service_issuer(mode)?);
        Ok(Self::new(issuers))
    }

    /// Trusts tokens of `issuer` alone.
    pub fn development(issuer: &DevelopmentIssuer) -> Self {
        Self::new(vec![TrustedIssuer {
            issuer: DEVELOPMENT_ISSUER.to_owned(),
            audience: DEFAULT_AUDIENCE.to_owned(),
            jwks: Jwks::new(JwksSource::Fixed(issuer.jwks())),
            mapping: Mapping::People(PeopleClaims::default()),
        }])
    }
}
