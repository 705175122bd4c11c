//! Callers: which tokens are believed, by which keys, and what the policy lets through.

mod args;
mod gate;
mod issuer;
mod jwks_server;
mod keys;
mod policy;
mod signer;
mod tokens;
mod wire;

use kinerja_kit::auth::{
    Caller, Identity, Jwks, JwksSource, Mapping, PeopleClaims, Refusal, Role, TrustedIssuer,
    Verifier,
};
use serde_json::{Map, Value};

use crate::tenancy::tenant;

const ISSUER: &str = "https://sso.example.go.id/realms/asn";
const AUDIENCE: &str = "kinerja-api";

fn trusted(jwks: Jwks) -> TrustedIssuer {
    TrustedIssuer {
        issuer: ISSUER.into(),
        audience: AUDIENCE.into(),
        jwks,
        mapping: Mapping::People(PeopleClaims::default()),
    }
}

fn verifier(jwks: Jwks) -> Verifier {
    Verifier::new(vec![trusted(jwks)])
}

fn knowing(jwks: String) -> Verifier {
    verifier(Jwks::new(JwksSource::Fixed(jwks)))
}

/// Claims that nothing is wrong with: an HR officer of 12.76, for the next hours.
fn claims() -> Map<String, Value> {
    let mut claims = Identity::officer(&tenant("12.76"), Role::HrOfficer).subject("sari").claims();
    claims.insert("iss".into(), ISSUER.into());
    claims.insert("aud".into(), AUDIENCE.into());
    claims
}

fn with(name: &str, value: impl Into<Value>) -> Map<String, Value> {
    let mut claims = claims();
    claims.insert(name.into(), value.into());
    claims
}

fn without(name: &str) -> Map<String, Value> {
    let mut claims = claims();
    claims.remove(name).expect("a claim to remove");
    claims
}

/// The real time, which development tokens carry.
fn now() -> u64 {
    claims()["iat"].as_u64().expect("seconds")
}

async fn refused(verifier: &Verifier, token: &str) -> Refusal {
    verifier.verify(token).await.expect_err("a refusal")
}

async fn accepted(verifier: &Verifier, token: &str) -> Caller {
    Caller::clone(&*verifier.verify(token).await.expect("a caller"))
}
