use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use kinerja_kit::auth::{
    Jwks, JwksSource, Mapping, PeopleClaims, Refusal, Role, Roles, Scope, Unmapped, Verifier,
};
use serde_json::json;

use super::{
    AUDIENCE, ISSUER, accepted, claims, knowing, now, refused,
    signer::{Signer, forged, jwks},
    trusted, with, without,
};
use crate::tenancy::tenant;

fn fixed(signer: &Signer) -> Jwks {
    Jwks::new(JwksSource::Fixed(jwks(&[signer])))
}

#[tokio::test]
async fn a_genuine_token_of_each_algorithm_makes_a_caller() {
    for signer in [Signer::eddsa("ed"), Signer::es256("es"), Signer::rs256("rs")] {
        let verifier = knowing(jwks(&[&signer]));
        let caller = accepted(&verifier, &signer.sign(&claims())).await;
        assert_eq!(caller.subject, "sari");
        assert_eq!(caller.roles, Roles::of(&[Role::HrOfficer]));
        assert_eq!(caller.scope, Scope::Tenant(tenant("12.76")));
    }
}

#[tokio::test]
async fn a_token_is_valid_from_its_nbf_to_its_exp() {
    let signer = Signer::eddsa("k");
    let verifier = knowing(jwks(&[&signer]));
    let expired = signer.sign(&with("exp", now() - 60));
    assert_eq!(refused(&verifier, &expired).await, Refusal::Expired);
    let early = signer.sign(&with("nbf", now() + 60));
    assert_eq!(refused(&verifier, &early).await, Refusal::NotYetValid);
    accepted(&verifier, &signer.sign(&with("nbf", now() - 60))).await;
    let endless = signer.sign(&without("exp"));
    assert_eq!(refused(&verifier, &endless).await, Refusal::Malformed);
}

#[tokio::test]
async fn a_token_for_another_audience_is_refused() {
    let signer = Signer::eddsa("k");
    let verifier = knowing(jwks(&[&signer]));
    let other = signer.sign(&with("aud", "another-api"));
    assert_eq!(refused(&verifier, &other).await, Refusal::Audience);
    let nobody = signer.sign(&without("aud"));
    assert_eq!(refused(&verifier, &nobody).await, Refusal::Malformed);
    accepted(&verifier, &signer.sign(&with("aud", json!(["another-api", AUDIENCE])))).await;
}

#[tokio::test]
async fn a_token_of_another_issuer_is_refused() {
    let signer = Signer::eddsa("k");
    let verifier = knowing(jwks(&[&signer]));
    let other = signer.sign(&with("iss", "https://evil.example"));
    assert_eq!(refused(&verifier, &other).await, Refusal::Issuer);
    assert_eq!(refused(&verifier, &signer.sign(&without("iss"))).await, Refusal::Malformed);
}

#[tokio::test]
async fn each_issuer_signs_by_its_own_keys_only() {
    let (people, platform) = (Signer::eddsa("k"), Signer::es256("k"));
    let planning = "system:serviceaccount:kinerja:planning";
    let cluster = "https://kubernetes.default.svc";
    let mut services = trusted(fixed(&platform));
    services.issuer = cluster.into();
    services.mapping = Mapping::Services { subjects: vec![planning.into()] };
    let verifier = Verifier::new(vec![trusted(fixed(&people)), services]);

    let mut token = with("iss", cluster);
    token.insert("sub".into(), planning.into());
    assert!(accepted(&verifier, &platform.sign(&token)).await.has(Role::Service));
    assert_eq!(refused(&verifier, &people.sign(&token)).await, Refusal::Algorithm);
    assert_eq!(refused(&verifier, &platform.sign(&claims())).await, Refusal::Algorithm);
}

#[tokio::test]
async fn a_token_signed_by_another_key_of_the_same_name_is_refused() {
    let (ours, theirs) = (Signer::eddsa("k"), Signer::eddsa("k"));
    let verifier = knowing(jwks(&[&ours]));
    assert_eq!(refused(&verifier, &theirs.sign(&claims())).await, Refusal::Signature);
}

#[tokio::test]
async fn a_token_that_was_changed_is_refused() {
    let signer = Signer::rs256("k");
    let verifier = knowing(jwks(&[&signer]));
    let genuine = signer.sign(&claims());
    let changed = signer.sign(&with("tenant", "15.04"));
    let mut parts: Vec<_> = genuine.split('.').collect();
    parts[1] = changed.split('.').nth(1).expect("claims");
    assert_eq!(refused(&verifier, &parts.join(".")).await, Refusal::Signature);
}

#[tokio::test]
async fn the_algorithm_is_the_keys_and_not_the_tokens() {
    let (ed, es) = (Signer::eddsa("ed"), Signer::es256("es"));
    let verifier = knowing(jwks(&[&ed, &es]));
    let borrowed = ed.sign_with(&claims(), |header| header.kid = Some("es".into()));
    assert_eq!(refused(&verifier, &borrowed).await, Refusal::Algorithm);
    let borrowed = es.sign_with(&claims(), |header| header.kid = Some("ed".into()));
    assert_eq!(refused(&verifier, &borrowed).await, Refusal::Algorithm);
}

#[tokio::test]
async fn a_public_key_is_no_secret_of_hs256() {
    for signer in [Signer::eddsa("k"), Signer::rs256("k")] {
        let jwk = signer.jwk();
        let public = jwk["x"].as_str().or(jwk["n"].as_str()).expect("the public part");
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some("k".into());
        for secret in [
            EncodingKey::from_secret(public.as_bytes()),
            EncodingKey::from_urlsafe_base64_secret(&format!("{public}{}", pad(public)))
                .expect("bytes"),
        ] {
            let token = encode(&header, &claims(), &secret).expect("a token");
            assert_eq!(refused(&knowing(jwks(&[&signer])), &token).await, Refusal::Algorithm);
        }
    }
}

fn pad(base64: &str) -> &'static str {
    ["", "", "==", "="][base64.len() % 4]
}

#[tokio::test]
async fn other_algorithms_even_of_the_keys_family_are_refused() {
    let signer = Signer::rs256("k");
    let verifier = knowing(jwks(&[&signer]));
    for algorithm in [Algorithm::RS512, Algorithm::PS256] {
        let token = signer.sign_with(&claims(), |header| header.alg = algorithm);
        assert_eq!(refused(&verifier, &token).await, Refusal::Algorithm);
    }
}

#[tokio::test]
async fn a_token_without_signature_is_refused() {
    let signer = Signer::eddsa("k");
    let verifier = knowing(jwks(&[&signer]));
    for alg in ["none", "None", "NONE", ""] {
        let header = json!({ "alg": alg, "typ": "JWT", "kid": "k" });
        assert_eq!(refused(&verifier, &forged(&header, &claims(), b"")).await, Refusal::Malformed);
    }
    let header = json!({ "alg": "EdDSA", "kid": "k" });
    assert_eq!(refused(&verifier, &forged(&header, &claims(), b"")).await, Refusal::Signature);
}

#[tokio::test]
async fn a_token_does_not_bring_its_own_key() {
    let (ours, theirs) = (Signer::eddsa("k"), Signer::eddsa("k"));
    let verifier = knowing(jwks(&[&ours]));
    let jwk = serde_json::from_value(theirs.jwk()).expect("a JWK");
    let token = theirs.sign_with(&claims(), |header| header.jwk = Some(jwk));
    assert_eq!(refused(&verifier, &token).await, Refusal::Signature);
}

#[tokio::test]
async fn an_extension_that_must_be_understood_is_not() {
    let signer = Signer::eddsa("k");
    let token = signer.sign_with(&claims(), |header| header.crit = Some(vec!["b64".into()]));
    assert_eq!(refused(&knowing(jwks(&[&signer])), &token).await, Refusal::Malformed);
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let signer = Signer::eddsa("k");
    let verifier = knowing(jwks(&[&signer]));
    let (genuine, huge) = (signer.sign(&claims()), signer.sign(&with("x", "x".repeat(20_000))));
    for text in ["", ".", "..", "a.b.c", &genuine[1..], &format!("{genuine}.{genuine}"), &huge] {
        assert_eq!(refused(&verifier, text).await, Refusal::Malformed, "{text:.40}");
    }
}

#[tokio::test]
async fn a_genuine_token_that_belongs_nowhere_makes_no_caller() {
    let signer = Signer::eddsa("k");
    let verifier = knowing(jwks(&[&signer]));
    let token = signer.sign(&without("tenant"));
    assert_eq!(refused(&verifier, &token).await, Refusal::Unmapped(Unmapped::NoScope));
}

#[tokio::test]
async fn names_of_claims_are_configured() {
    let signer = Signer::eddsa("k");
    let mut issuer = trusted(fixed(&signer));
    issuer.mapping = Mapping::People(PeopleClaims { tenant: "pemda".into(), ..Default::default() });
    let mut token = with("pemda", "15.04");
    token.insert("iss".into(), ISSUER.into());
    let caller = accepted(&Verifier::new(vec![issuer]), &signer.sign(&token)).await;
    assert_eq!(caller.scope, Scope::Tenant(tenant("15.04")), "not the claim tenant");
}
