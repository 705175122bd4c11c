//! Who calls, and whether they may: bearer tokens become callers, a policy says which caller may
//! call which RPC, and services have an identity of their own.

mod args;
mod bounded;
mod cache;
mod caller;
mod claims;
mod fetch;
mod gate;
mod issuer;
mod jwks;
mod key_file;
mod key_set;
mod policy;
mod proxies;
mod rate;
mod real_time;
mod role;
mod tokens;
mod verifier;

pub use args::{AuthArgs, AuthConfigError, ClaimArgs, Mode, ServiceArgs};
pub use caller::{Caller, Scope, TENANT_METADATA};
pub use claims::{Mapping, PeopleClaims, RoleValue, Unmapped};
pub use gate::Gate;
pub use issuer::{DEFAULT_AUDIENCE, DEVELOPMENT_ISSUER, DevelopmentIssuer, Identity, IssuerError};
pub use jwks::{Jwks, JwksSource};
pub use policy::{FEED_POLICY, Incomplete, Policy, PolicyError, Rule, Who};
pub use proxies::{Network, NotANetwork};
pub use rate::PublicRate;
pub use role::{NotARole, Role, Roles};
pub use tokens::{TokenError, TokenSource};
pub use verifier::{Refusal, TrustedIssuer, Verifier};

use caller::denied;
